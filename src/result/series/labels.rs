//! Label sets: which of k6's tags are kept, and how a query picks some of them.

use std::collections::BTreeMap;

/// Tags by name.
pub type Labels = BTreeMap<String, String>;

/// Not kept: `url` is what `name` is (k6 1.1.0 and 0.57.0 set both alike), `error` is the text of
/// `error_code`, and the protocol is that of the target.
const DROPPED: [&str; 5] = ["url", "error", "proto", "subproto", "tls_version"];

/// Marks the set that holds what came after the limit.
pub(super) const FOLDED: &str = "(other)";

/// The labels under which a sample is kept.
pub(super) fn kept(sent: &[(String, String)]) -> Labels {
    let kept = sent.iter().filter(|(name, _)| !DROPPED.contains(&name.as_str()));
    kept.cloned().collect()
}

/// The same of a map; a tag without a value is none.
pub(super) fn kept_labels(sent: &Labels) -> Labels {
    let kept = sent.iter().filter(|(name, value)| !value.is_empty() && !DROPPED.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The labels of what is folded: setup, teardown and scenarios stay apart, because a window needs that.
pub(super) fn folded(labels: &Labels) -> Labels {
    let mut folded = Labels::new();
    if let Some(scenario) = labels.get("scenario") {
        folded.insert("scenario".to_owned(), scenario.clone());
    } else if outside_scenarios(labels) {
        folded.extend(labels.get_key_value("group").map(|(name, group)| (name.clone(), group.clone())));
    }
    folded.insert("name".to_owned(), FOLDED.to_owned());
    folded
}

/// Whether these are labels of setup or teardown: they carry their group and no scenario.
pub(super) fn outside_scenarios(labels: &Labels) -> bool {
    let phase = |group: &String| {
        ["::setup", "::teardown"].iter().any(|phase| {
            group.strip_prefix(phase).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        })
    };
    !labels.contains_key("scenario") && labels.get("group").is_some_and(phase)
}

/// Tags that a label set must have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    tags: Labels,
    patterns: BTreeMap<String, glob::Pattern>,
}

impl Filter {
    /// Takes every set.
    pub fn any() -> Self {
        Self::default()
    }

    /// The tags of a summary's `name{tag:value,…}`, every set where there are none; `None` where the series
    /// does not keep one of them, or they are unclear.
    pub fn of_name(name: &str) -> Option<Self> {
        let Some((_, tags)) = name.split_once('{') else { return Some(Self::any()) };
        let mut filter = Self::any();
        for tag in tags.strip_suffix('}')?.split(',').filter(|tag| !tag.trim().is_empty()) {
            let (key, value) = tag.split_once(':')?;
            filter = filter.with(key.trim().trim_matches('"'), value.trim().trim_matches('"'));
        }
        (!filter.asks_for_dropped()).then_some(filter)
    }

    /// Takes the sets whose tags match all of these patterns, in which `*` and `?` are special; what is no
    /// pattern is meant literally. An absent tag is an empty one.
    pub fn matching(tags: &BTreeMap<String, String>) -> Self {
        let mut filter = Self::any();
        for (name, text) in tags {
            match glob::Pattern::new(text) {
                Ok(pattern) => drop(filter.patterns.insert(name.clone(), pattern)),
                Err(_) => filter = filter.with(name, text),
            }
        }
        filter
    }

    /// Takes those where tag `name` is `value` too; an empty value means that the tag is absent.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.tags.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Whether these labels have them all.
    pub fn takes(&self, labels: &Labels) -> bool {
        let tag = |name| labels.get(name).map_or("", String::as_str);
        self.tags.iter().all(|(name, value)| tag(name) == value)
            && self.patterns.iter().all(|(name, pattern)| pattern.matches(tag(name)))
    }

    /// Whether it takes the same samples where some were folded.
    pub(super) fn survives_folding(&self) -> bool {
        self.names().all(|name| name == "scenario")
    }

    /// Whether it asks for a label that is never kept.
    pub fn asks_for_dropped(&self) -> bool {
        self.names().any(|name| DROPPED.contains(&name.as_str()))
    }

    fn names(&self) -> impl Iterator<Item = &String> {
        self.tags.keys().chain(self.patterns.keys())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_users_group_named_setup_is_not_the_setup() {
        assert!(outside_scenarios(&labels(&[("group", "::setup")])));
        assert!(outside_scenarios(&labels(&[("group", "::teardown::inner")])));
        assert!(!outside_scenarios(&labels(&[("group", "::setup"), ("scenario", "one")])));
        assert!(!outside_scenarios(&labels(&[("group", "::setups")])));
        assert!(!outside_scenarios(&labels(&[])));
    }

    #[test]
    fn what_is_folded_keeps_its_scenario_or_phase() {
        let scenario = folded(&labels(&[("scenario", "a"), ("group", "::g"), ("name", "/1")]));
        assert_eq!(scenario, labels(&[("name", FOLDED), ("scenario", "a")]));
        let setup = folded(&labels(&[("group", "::setup"), ("name", "/1")]));
        assert_eq!(setup, labels(&[("group", "::setup"), ("name", FOLDED)]));
    }
}
