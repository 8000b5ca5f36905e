//! Why a run is stale: a typed reason, worded in this one place.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use crate::base::duration;
use crate::base::preimage::Preimage;
use crate::base::printable::one_line;

/// One reason why a node executes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// No earlier result of this case and trial is known.
    NeverBuilt,
    /// It was built under the same key, but its record is gone.
    Evicted,
    /// The last result, which was of another key, was removed: what changed since cannot be told.
    Outdated,
    /// Its record or one of its blobs is damaged.
    Damaged,
    /// Its record is older than `max_age` allows.
    Expired(Duration),
    /// The user asked for it.
    Forced,
    /// The user asked for results of this kind (`failed`, `suspect`, `invalid`), or for this case, again.
    Rerun(&'static str),
    /// Another trial of its case is stale, and the suite reuses a case whole.
    Together,
    /// It measured nothing just before: which retry, of how many, and what the last one gave.
    Retry(u32, u32, String),
    /// The last attempt gave no usable result; its verdict and detail.
    Unusable(String),
    /// The last attempt took longer than the timeout allows now.
    TooSlow,
    /// A template of its script changed; its digests.
    Template(String, Change),
    /// A k6 option changed: name, old and new value.
    Option(String, Change),
    /// Another field that the template sees changed.
    Field(String, Change),
    /// The script's bytes changed by something that was not recorded.
    Script,
    /// An input changed, appeared or went.
    Input {
        /// `payload`, `script`, `module`, `proto` or `file`.
        kind: String,
        /// Its path in the workspace.
        path: String,
        /// Its digests.
        change: Change,
    },
    /// Another k6.
    K6(Change),
    /// A declared environment variable changed; a secret stands as keys hold it.
    Environment(String, Change),
    /// The target cannot be identified before it is built or answers.
    TargetUnknown(String),
    /// Another target, by name.
    Target(Change),
    /// The target's identity changed: target, part, old and new.
    Identity(String, String, Change),
    /// The target's restart policy changed.
    Restart(Change),
    /// A set-up of this axis changed; its commands and variables.
    SetUp(String, Change),
    /// A warm-up that precedes it changed.
    WarmUp(String),
    /// Another class of load generator.
    Class(Change),
    /// It is watched in another way.
    Watch(Change),
    /// A page that is looked at while it runs is described in another way.
    Page(String, Change),
    /// Another trial: only where two runs are compared.
    Trial(Change),
    /// The form of keys changed.
    Schema,
    /// The run's outputs were not scraped by the metric definitions of now.
    Unscraped,
    /// The run's outputs are new.
    NewOutputs,
    /// A suite's title, descriptions or expectations changed; which of them.
    Report(&'static str),
    /// Results of the suite changed.
    Results,
    /// Files of the suite's outputs are missing or were edited.
    Outputs,
}

/// An old and a new value; absent ones are none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// As recorded.
    pub old: Option<String>,
    /// As it is now.
    pub new: Option<String>,
}

impl Reason {
    /// The reason in words, with old and new value side by side wherever both are known and neither is
    /// a secret.
    pub fn explained(&self) -> String {
        let hidden = match self {
            Self::Template(_, change)
            | Self::SetUp(_, change)
            | Self::Page(_, change)
            | Self::Input { change, .. } => Some(change),
            Self::Environment(_, change) => Some(change).filter(|change| !change.is_secret()),
            _ => None,
        };
        match hidden {
            Some(change @ Change { old: Some(_), new: Some(_) }) => format!("{self}: {change}"),
            _ => self.to_string(),
        }
    }
}

impl Change {
    /// Whether a secret is concerned, of which keys hold where it comes from or a keyed hash.
    fn is_secret(&self) -> bool {
        [&self.old, &self.new].into_iter().flatten().any(|value| value.starts_with("secret "))
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let same = self.old.iter().zip(&self.new).map(|(old, new)| common(old, new)).next().unwrap_or(0);
        let side = |value: &Option<String>| {
            value.as_ref().map_or_else(|| "none".to_owned(), |value| cut(value, same))
        };
        write!(f, "{} → {}", side(&self.old), side(&self.new))
    }
}

/// How many characters two values begin with alike.
fn common(one: &str, other: &str) -> usize {
    one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count()
}

/// Long values (digests, lists) are cut round the first character in which they differ: an explanation is one
/// line.
fn cut(value: &str, same: usize) -> String {
    let (longest, before) = (40, 12);
    if value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return value[..8].to_owned();
    }
    let length = value.chars().count();
    if length <= longest {
        return one_line(value).into_owned();
    }
    let from = if same < longest - before { 0 } else { same - before };
    let shown: String = value.chars().skip(from).take(longest).collect();
    let (head, tail) = (if from > 0 { "…" } else { "" }, if from + longest < length { "…" } else { "" });
    format!("{head}{}{tail}", one_line(&shown))
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverBuilt => f.write_str("never built"),
            Self::Evicted => f.write_str("record evicted"),
            Self::Outdated => f.write_str("changed since a result that was evicted"),
            Self::Damaged => f.write_str("record damaged"),
            Self::Expired(age) => write!(f, "expired, {} old", duration::human(*age)),
            Self::Forced => f.write_str("forced"),
            Self::Rerun("") => f.write_str("rerun"),
            Self::Rerun(kind) => write!(f, "rerun of {kind}"),
            Self::Together => f.write_str("another trial of the case is stale"),
            Self::Retry(number, of, after) => write!(f, "retry {number} of {of}: {after}"),
            Self::Unusable(what) => write!(f, "last attempt {what}"),
            Self::TooSlow => f.write_str("last attempt took longer than the timeout"),
            Self::Template(name, _) => write!(f, "template {name} changed"),
            Self::Option(name, change) => write!(f, "k6 option {name} {change}"),
            Self::Field(name, change) => write!(f, "{name} {change}"),
            Self::Script => f.write_str("script changed"),
            Self::Input { kind, path, change } => {
                let name = path.rsplit('/').next().unwrap_or(path);
                let shown = if kind == "payload" || kind == "script" { name } else { path };
                let change = match change {
                    Change { old: None, .. } => "added",
                    Change { new: None, .. } => "removed",
                    Change { .. } => "changed",
                };
                write!(f, "{kind} {shown} {change}")
            }
            Self::K6(change) => write!(f, "k6 {change}"),
            Self::Environment(name, _) => write!(f, "environment {name} changed"),
            Self::TargetUnknown(name) => write!(f, "target {name} unknown"),
            Self::Target(change) => write!(f, "target {change}"),
            Self::Identity(target, part, change) => write!(f, "target {target} changed: {part} {change}"),
            Self::Restart(change) => write!(f, "restart policy {change}"),
            Self::SetUp(axis, _) => write!(f, "set-up {axis} changed"),
            Self::WarmUp(name) => write!(f, "warm-up {name} changed"),
            Self::Class(change) => write!(f, "load generator {change}"),
            Self::Trial(change) => write!(f, "trial {change}"),
            Self::Watch(change) => write!(f, "watched differently: {change}"),
            Self::Page(name, _) => write!(f, "[scrape.{name}] changed"),
            Self::Schema => f.write_str("form of keys changed"),
            Self::Unscraped => f.write_str("not scraped by the present definitions"),
            Self::NewOutputs => f.write_str("new outputs"),
            Self::Report(what) => write!(f, "{what} changed"),
            Self::Results => f.write_str("results changed"),
            Self::Outputs => f.write_str("files missing or edited"),
        }
    }
}

impl Reason {
    /// In words that do not change while time passes.
    pub fn lasting(&self) -> String {
        match self {
            Self::Expired(_) => "expired".to_owned(),
            other => other.to_string(),
        }
    }
}

/// What differs between the preimage and provenance of an older result and those of now. Empty only
/// where both preimages are equal.
pub fn changes(
    old: &Preimage,
    old_provenance: &BTreeMap<String, String>,
    new: &Preimage,
    new_provenance: &BTreeMap<String, String>,
) -> Vec<Reason> {
    let (before, after) = (fields(old), fields(new));
    let tags: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let target = new.get("target").unwrap_or_default();
    let mut reasons = BTreeSet::new();
    for tag in tags {
        let change = Change { old: before.get(tag).cloned(), new: after.get(tag).cloned() };
        if change.old == change.new {
            continue;
        }
        if tag == "script" {
            reasons.extend(script_changes(old_provenance, new_provenance));
        } else {
            let kind = |path: &str| {
                let tag = format!("kind {path}");
                let kind = new_provenance.get(&tag).or(old_provenance.get(&tag));
                kind.map_or("file", String::as_str).to_owned()
            };
            reasons.insert(reason(tag, change, target, kind));
        }
    }
    // A payload or a script under another name is one change, not three.
    for field in ["payload", "script"] {
        if reasons.iter().any(|reason| matches!(reason, Reason::Field(name, _) if name == field)) {
            reasons.retain(|reason| match reason {
                Reason::Input { kind, change, .. } => {
                    kind != field || change.old.is_some() && change.new.is_some()
                }
                _ => true,
            });
        }
    }
    reasons.into_iter().collect()
}

/// The values by tag; those of a repeated tag joined.
fn fields(preimage: &Preimage) -> BTreeMap<&str, String> {
    let mut fields: BTreeMap<&str, String> = BTreeMap::new();
    for (tag, value) in preimage.fields() {
        fields
            .entry(tag)
            .and_modify(|all| *all = format!("{all}, {value}"))
            .or_insert_with(|| value.to_owned());
    }
    fields
}

fn reason(tag: &str, change: Change, target: &str, kind: impl Fn(&str) -> String) -> Reason {
    let (head, rest) = tag.split_once(' ').unwrap_or((tag, ""));
    match (head, rest) {
        ("schema", _) => Reason::Schema,
        ("input", path) => Reason::Input { kind: kind(path), path: path.to_owned(), change },
        ("k6", _) => Reason::K6(change),
        ("environment", name) => Reason::Environment(name.to_owned(), change),
        ("target", "") => Reason::Target(change),
        ("target", _) => Reason::Restart(change),
        ("identity", part) => Reason::Identity(target.to_owned(), part.to_owned(), change),
        ("set-up", axis) => Reason::SetUp(axis.to_owned(), change),
        ("warm-up", name) => Reason::WarmUp(name.split(' ').next().unwrap_or(name).to_owned()),
        ("class", _) => Reason::Class(change),
        ("watch", _) => Reason::Watch(change),
        ("page", name) => Reason::Page(name.to_owned(), change),
        ("trial", _) => Reason::Trial(change),
        ("title", _) => Reason::Report("title"),
        ("descriptions", _) => Reason::Report("description"),
        ("expectations", _) => Reason::Report("expectations"),
        ("results", _) => Reason::Results,
        ("form", _) => Reason::Report("form of outputs"),
        _ => Reason::Script,
    }
}

fn script_changes(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> BTreeSet<Reason> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut reasons = BTreeSet::new();
    for name in names {
        let change = Change { old: old.get(name).cloned(), new: new.get(name).cloned() };
        if change.old == change.new {
            continue;
        }
        match name.split_once(' ') {
            Some(("template", template)) => reasons.insert(Reason::Template(template.to_owned(), change)),
            Some(("option", option)) => reasons.insert(Reason::Option(option.to_owned(), change)),
            Some(("field", field)) => reasons.insert(Reason::Field(field.to_owned(), change)),
            _ => false,
        };
    }
    if reasons.is_empty() {
        reasons.insert(Reason::Script);
    }
    reasons
}

/// Reasons with how many nodes each concerns, the most frequent first.
pub fn grouped<'a>(all: impl IntoIterator<Item = &'a [Reason]>) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for reasons in all {
        if let Some(first) = reasons.first() {
            *counts.entry(first.to_string()).or_default() += 1;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preimage(fields: &[(&str, &str)]) -> Preimage {
        let mut preimage = Preimage::default();
        for (tag, value) in fields {
            preimage.push(*tag, *value);
        }
        preimage
    }

    fn explained(old: &[(&str, &str)], new: &[(&str, &str)]) -> String {
        let none = BTreeMap::new();
        let kinds = [("kind payloads/a.json", "payload"), ("kind k6_templates/lib/a.js", "module")];
        let kinds = kinds.map(|(tag, kind)| (tag.to_owned(), kind.to_owned())).into();
        let reasons = changes(&preimage(old), &none, &preimage(new), &kinds);
        reasons.iter().map(Reason::to_string).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn every_changed_field_is_named_with_its_old_and_new_value() {
        let cases = [
            (("input payloads/a.json", "1"), "payload a.json changed"),
            (("input k6_templates/lib/a.js", "1"), "module k6_templates/lib/a.js changed"),
            (("k6", "1"), "k6 1 → 2"),
            (("identity http /v2", "1"), "target digits changed: http /v2 1 → 2"),
            (("environment TOKEN", "1"), "environment TOKEN changed"),
            (("warm-up first input x", "1"), "warm-up first changed"),
            (("set-up replicas", "1"), "set-up replicas changed"),
            (("class", "1"), "load generator 1 → 2"),
        ];
        for ((tag, value), expected) in cases {
            let (old, new) = ([("target", "digits"), (tag, value)], [("target", "digits"), (tag, "2")]);
            assert_eq!(explained(&old, &new), expected);
        }
    }

    #[test]
    fn a_changed_script_is_explained_by_what_led_to_it() {
        let old = BTreeMap::from([
            ("template a.js".to_owned(), "1".to_owned()),
            ("option vus".to_owned(), "1".to_owned()),
        ]);
        let mut new = old.clone();
        new.insert("option vus".to_owned(), "2".to_owned());
        let reasons = changes(&preimage(&[("script", "1")]), &old, &preimage(&[("script", "2")]), &new);
        assert_eq!(reasons.iter().map(Reason::to_string).collect::<Vec<_>>(), ["k6 option vus 1 → 2"]);
    }
}
