//! What labels a series is sent under: those of the run, and of k6's the few that stay few.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::mask::Mask;

/// Never sent: as many values as requests, users or error texts, or always the same one.
const DROPPED: [&str; 8] = ["url", "error", "proto", "subproto", "tls_version", "vu", "iter", "ip"];

/// More names of requests than this become one.
const NAMES: usize = 100;

/// More label sets than this become one for each scenario.
const SETS: usize = 1_000;

/// The name of what became one.
const OTHER: &str = "(other)";

/// Sorted by name.
pub(super) type Labels = Vec<(String, String)>;

/// Turns k6's labels into those that are sent.
pub(super) struct Labelling {
    /// Of the run; they win.
    run: BTreeMap<String, String>,
    mask: Mask,
    names: BTreeSet<String>,
    sets: BTreeSet<Labels>,
    /// How many of k6's label sets were joined with others for want of room.
    pub(super) folded: u64,
}

impl Labelling {
    pub(super) fn new(run: BTreeMap<String, String>, mask: Mask) -> Self {
        Self { run, mask, names: BTreeSet::new(), sets: BTreeSet::new(), folded: 0 }
    }

    /// The labels for a series of k6's.
    pub(super) fn of(&mut self, sent: &[(String, String)]) -> Labels {
        let mut labels = BTreeMap::new();
        for (name, value) in sent.iter().filter(|(name, _)| !DROPPED.contains(&name.as_str())) {
            let value = self.mask.text(value);
            let value = if name == "name" { self.name(&value) } else { value.into_owned() };
            labels.entry(self.label(name)).or_insert(value);
        }
        let with_run = |labels: BTreeMap<String, String>| -> Labels {
            labels.into_iter().chain(self.run.clone()).collect::<BTreeMap<_, _>>().into_iter().collect()
        };
        let whole = with_run(labels.clone());
        if self.sets.len() >= SETS && !self.sets.contains(&whole) {
            self.folded += 1;
            labels.retain(|name, _| name == "scenario");
            labels.insert("name".to_owned(), OTHER.to_owned());
            return with_run(labels);
        }
        self.sets.insert(whole.clone());
        whole
    }

    /// A name that a script did not give is an address: what asks in it is left out, and only so many are kept.
    fn name(&mut self, name: &str) -> String {
        let is_address = name.starts_with("http://") || name.starts_with("https://");
        let name = if is_address { name.split(['?', '#']).next().unwrap_or(name) } else { name };
        if !self.names.contains(name) {
            if self.names.len() >= NAMES {
                self.folded += 1;
                return OTHER.to_owned();
            }
            self.names.insert(name.to_owned());
        }
        name.to_owned()
    }

    /// A tag of the script's own as a label that Prometheus takes, and that is none of the run's.
    fn label(&self, name: &str) -> String {
        let plain: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
        let is_ours = self.run.contains_key(&plain);
        let begins_wrong = plain.starts_with(|c: char| c.is_ascii_digit()) || plain.starts_with("__");
        if is_ours || begins_wrong { format!("exported_{plain}") } else { plain }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labelling() -> Labelling {
        let run = [("suite", "s"), ("case", "c"), ("trial", "1"), ("build", "b")];
        let run = run.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Labelling::new(run.into(), Mask::of([b"hunter2".as_slice()]))
    }

    fn of(labelling: &mut Labelling, sent: &[(&str, &str)]) -> BTreeMap<String, String> {
        let sent: Vec<_> =
            sent.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        labelling.of(&sent).into_iter().collect()
    }

    #[test]
    fn addresses_are_left_out_and_names_without_what_they_ask() {
        let sent = [("url", "http://a/x?id=1"), ("name", "http://a/x?id=1"), ("status", "200"), ("vu", "7")];
        let labels = of(&mut labelling(), &sent);
        assert_eq!((labels["name"].as_str(), labels["status"].as_str()), ("http://a/x", "200"));
        assert!(!labels.contains_key("url") && !labels.contains_key("vu"));
        assert_eq!((labels["suite"].as_str(), labels["build"].as_str()), ("s", "b"));
    }

    #[test]
    fn labels_of_the_run_win_and_odd_names_become_plain() {
        let labels =
            of(&mut labelling(), &[("case", "mine"), ("my-tag", "x"), ("1st", "y"), ("key", "hunter2!")]);
        assert_eq!((labels["case"].as_str(), labels["exported_case"].as_str()), ("c", "mine"));
        assert_eq!((labels["my_tag"].as_str(), labels["exported_1st"].as_str()), ("x", "y"));
        assert_eq!(labels["key"], "***!");
    }

    #[test]
    fn however_many_names_and_tags_there_are_the_sets_stay_few() {
        let mut labelling = labelling();
        let mut seen = BTreeSet::new();
        for number in 0..5_000 {
            let (name, tag) = (format!("http://a/{number}"), format!("{number}"));
            seen.insert(of(&mut labelling, &[("name", &name), ("scenario", "s")]));
            seen.insert(of(&mut labelling, &[("name", "fixed"), ("tag", &tag), ("scenario", "s")]));
        }
        assert!(seen.len() <= SETS + 1, "{}", seen.len());
        assert!(labelling.folded > 8_000);
    }
}
