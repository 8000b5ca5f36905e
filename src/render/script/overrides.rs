//! What a test's `k6` does to the options of a script: taken apart once, for the wrapper that does it while k6
//! runs and for the checks that foresee it.

use serde_json::{Map, Value};

use crate::base::document::{Table, table_to_json};
use crate::suite::split_removals;

/// What makes up a load: k6 takes one of them, `duration` and `iterations` together, from one source.
pub(super) const LOAD: [&str; 4] = ["duration", "iterations", "stages", "scenarios"];

/// The options of a suite over those of a script.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::render) struct Overrides {
    /// What is given; tables stand over the script's own tables entry by entry.
    pub(super) given: Map<String, Value>,
    /// What is taken out of the script's own, by path: `false`, or JSON's `null`.
    pub(super) removed: Vec<Vec<String>>,
}

impl Overrides {
    /// Those that the table `k6` of a case says.
    pub(in crate::render) fn of(table: &Table) -> Self {
        let (kept, removed) = split_removals(table);
        let mut overrides = Self { given: table_to_json(&kept), removed };
        if overrides.has_load() {
            // What a given load takes out anyway need not be taken out once more.
            let changed: Vec<String> = overrides.changed_scenarios().cloned().collect();
            let is_gone = |path: &[String]| match path {
                [load] => LOAD.contains(&load.as_str()),
                [load, name, ..] => load == "scenarios" && !changed.contains(name),
                [] => true,
            };
            overrides.removed.retain(|path| !is_gone(path));
        }
        overrides
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.given.is_empty() && self.removed.is_empty()
    }

    /// The given scenarios.
    pub(super) fn scenarios(&self) -> impl Iterator<Item = (&String, &Map<String, Value>)> {
        let all = self.given.get("scenarios").and_then(Value::as_object).into_iter().flatten();
        all.filter_map(|(name, scenario)| Some((name, scenario.as_object()?)))
    }

    /// The given scenarios that change some fields of the script's own.
    pub(super) fn changed_scenarios(&self) -> impl Iterator<Item = &String> {
        self.scenarios().filter(|(_, scenario)| !scenario.contains_key("executor")).map(|(name, _)| name)
    }

    /// The given scenarios that stand by themselves: those with an executor.
    pub(super) fn own_scenarios(&self) -> impl Iterator<Item = &String> {
        self.scenarios().filter(|(_, scenario)| scenario.contains_key("executor")).map(|(name, _)| name)
    }

    /// Whether a load is given: then it is instead of the script's.
    pub(super) fn has_load(&self) -> bool {
        self.has_shortcut() || self.own_scenarios().next().is_some()
    }

    /// Whether a load is given other than by scenarios.
    pub(super) fn has_shortcut(&self) -> bool {
        LOAD[..3].iter().any(|name| self.given.contains_key(*name))
    }
}
