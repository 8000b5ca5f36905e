//! What the wrapper will make of a script's options, as far as the script's text tells: what would end it or have
//! no effect is a mistake before k6 is asked, and the load's time is known.

use std::time::Duration;

use serde_json::{Map, Value};

use super::Script;
use super::effective::effective;
use super::known::{Entries, Known};
use super::overrides::{LOAD, Overrides};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Place;
use crate::expand::Case;
use crate::spec::{scenario, wall};
use crate::suite::Test;

/// Something that does not fit.
struct Problem {
    /// Which option of the suite is concerned; none where it is the script alone.
    path: Vec<String>,
    message: String,
    hint: Option<String>,
    /// A name that is none, and those that are.
    unknown: Option<(String, Vec<String>)>,
}

impl Problem {
    fn new(path: &[&str], message: String) -> Self {
        let path = path.iter().map(|part| (*part).to_owned()).collect();
        Self { path, message, hint: None, unknown: None }
    }

    fn hint(mut self, hint: String) -> Self {
        self.hint = Some(hint);
        self
    }

    fn unknown(mut self, name: &str, known: impl IntoIterator<Item = String>) -> Self {
        self.unknown = Some((name.to_owned(), known.into_iter().collect()));
        self
    }
}

/// The options of a script with those of a case over them.
pub(in crate::render) struct Foreseen<'a> {
    script: &'a Script,
    overrides: &'a Overrides,
    own: Entries,
    effective: Entries,
}

impl<'a> Foreseen<'a> {
    pub(in crate::render) fn new(script: &'a Script, overrides: &'a Overrides) -> Self {
        let own = match &script.options {
            Known::Table(entries) => entries.clone(),
            Known::Value(_) => Entries::none(),
            Known::Unknown => Entries { is_whole: false, ..Entries::none() },
        };
        let effective = effective(&own, overrides);
        Self { script, overrides, own, effective }
    }

    /// These options, where it is known of each whether and how it is set.
    fn known(&self, names: &[&str]) -> Option<Map<String, Value>> {
        let is_settled =
            |name: &str| self.effective.is_whole || self.overrides.has_load() && LOAD.contains(&name);
        let mut options = Map::new();
        for name in names {
            match self.effective.named.get(*name).map(Known::value) {
                Some(Some(Value::Null)) => {}
                Some(Some(value)) => {
                    options.insert((*name).to_owned(), value);
                }
                None if is_settled(name) => {}
                Some(None) | None => return None,
            }
        }
        Some(options)
    }

    /// How long the load takes, and the longest that k6 may take; none where that is not known before k6 is asked.
    pub(in crate::render) fn times(&self) -> (Option<Duration>, Option<Duration>) {
        let load = self.known(&LOAD);
        let all = self.known(&[&LOAD[..], &["setupTimeout", "teardownTimeout"]].concat());
        (load.as_ref().and_then(wall::expected), all.as_ref().map(wall::longest))
    }

    /// Whether some scenario gives its function the variable.
    pub(in crate::render) fn gives(&self, variable: &str) -> bool {
        let scenarios = self.effective.table("scenarios");
        let gives = |name| scenarios.table(name).table("env").named.contains_key(variable);
        scenarios.named.keys().any(|name| gives(name))
    }

    /// What a person should know although it is no mistake.
    pub(in crate::render) fn note(&self, test: &Test) -> Option<String> {
        let lost = self.own.table("scenarios");
        let changed: Vec<&String> = self.overrides.changed_scenarios().collect();
        let lost: Vec<String> = lost
            .named
            .keys()
            .filter(|name| !changed.contains(name))
            .map(|name| format!("`{name}`"))
            .collect();
        (self.overrides.has_load() && !lost.is_empty()).then(|| {
            format!(
                "the load of `{}` is instead of the scenarios of {}: {}",
                test.name,
                self.script.path,
                lost.join(", ")
            )
        })
    }

    /// Everything that does not fit, each at its place in the suite.
    pub(in crate::render) fn mistakes(&self, test: &Test, case: &Case) -> Mistakes {
        let mut problems = self.unfit_overrides();
        // What is executed depends on what was meant there.
        if problems.is_empty() {
            problems = self.unfit_functions();
        }
        let mut mistakes = Mistakes::default();
        if problems.is_empty() {
            return mistakes;
        }
        let fields = case.fields(test);
        for problem in problems {
            let place = place_of(&fields, &problem.path).unwrap_or_else(|| test.place.clone());
            let mut mistake = Mistake::at(&place, problem.message);
            if let Some(hint) = problem.hint {
                mistake = mistake.hint(hint);
            }
            if let Some((name, known)) = &problem.unknown {
                let listed = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                if !known.is_empty() {
                    mistake = mistake.label(format!("it has {listed}"));
                }
                mistake = mistake.nearest(name, known.iter().map(String::as_str));
            }
            mistakes.push(mistake);
        }
        mistakes
    }

    fn unfit_overrides(&self) -> Vec<Problem> {
        let path = &self.script.path;
        let mut problems = Vec::new();
        let own = self.own.table("scenarios");
        for name in self.overrides.changed_scenarios() {
            if own.is_whole && !own.named.contains_key(name) {
                let message = format!("{path} has no scenario `{name}`");
                let problem = Problem::new(&["k6", "scenarios", name], message)
                    .hint("a scenario of the suite's own has an `executor`".to_owned());
                problems.push(problem.unknown(name, own.named.keys().cloned()));
            }
            problems.extend(self.untaken_fields(name, &own));
        }
        let scenarios = self.effective.table("scenarios");
        if self.overrides.given.contains_key("vus") && !scenarios.named.is_empty() {
            let names: Vec<String> = scenarios.named.keys().map(|name| format!("`{name}`")).collect();
            let message = format!("`vus` has no effect beside the scenarios {}", names.join(", "));
            let first = scenarios.named.keys().next().map_or("NAME", String::as_str);
            let hint = format!(
                "set fields of a scenario such as `k6.scenarios.{first}.vus`, or add a `duration` for another load"
            );
            problems.push(Problem::new(&["k6", "vus"], message).hint(hint));
        }
        problems.extend(self.idle_users());
        for removed in &self.overrides.removed {
            let Some((last, above)) = removed.split_last() else { continue };
            let table = above.iter().fold(self.own.clone(), |table, name| table.table(name));
            if table.is_whole && !table.named.contains_key(last) {
                let parts: Vec<&str> = ["k6"].into_iter().chain(removed.iter().map(String::as_str)).collect();
                let message = format!("{path} sets no `{}`: nothing to take out", removed.join("."));
                problems.push(Problem::new(&parts, message).unknown(last, table.named.into_keys()));
            }
        }
        problems
    }

    /// `vus` over a script that surely has no load: k6 would ignore them and execute one iteration.
    fn idle_users(&self) -> Option<Problem> {
        let users = self.overrides.given.get("vus")?;
        let is_empty = |value: &Value| match value {
            Value::Array(items) => items.is_empty(),
            Value::Object(entries) => entries.is_empty(),
            Value::String(text) => text.is_empty(),
            _ => false,
        };
        let is_one = users.as_u64() == Some(1) || users.as_str() == Some("1");
        if is_one || !self.known(&LOAD)?.values().all(is_empty) {
            return None;
        }
        let message = format!("`vus` alone has no effect: {} has no load of its own", self.script.path);
        let hint = "add `duration`, `iterations` or `stages`: without them k6 executes one iteration";
        Some(Problem::new(&["k6", "vus"], message).hint(hint.to_owned()))
    }

    /// The given fields that the executor of the script's own scenario does not take.
    fn untaken_fields(&self, name: &str, own: &Entries) -> Vec<Problem> {
        let scenario = own.table(name);
        let Some(executor) = scenario.named.get("executor").and_then(Known::text) else { return Vec::new() };
        let given = self.overrides.scenarios().filter(|(other, _)| *other == name);
        let fields = given.flat_map(|(_, fields)| fields.keys());
        let untaken = fields.filter(|field| !scenario::takes(executor, field));
        let problem = |field: &String| {
            let message = format!("a {executor} scenario has no field `{field}`");
            let fields = scenario.named.keys().filter(|field| *field != "executor").cloned();
            Problem::new(&["k6", "scenarios", name, field], message).unknown(field, fields)
        };
        untaken.map(problem).collect()
    }

    /// Every function that the load executes must be exported.
    fn unfit_functions(&self) -> Vec<Problem> {
        let script = self.script;
        if !script.exports_are_known {
            return Vec::new();
        }
        let functions = || script.functions().map(str::to_owned);
        let scenarios = self.effective.table("scenarios");
        let mut problems = Vec::new();
        for (name, scenario) in &scenarios.named {
            let Known::Table(fields) = scenario else { continue };
            let function = match fields.named.get("exec") {
                None if fields.is_whole => "default",
                Some(Known::Value(Value::Null)) => "default",
                Some(known) => match known.text() {
                    Some(text) => text,
                    None => continue,
                },
                None => continue,
            };
            if !script.exports.contains(function) {
                let message = format!(
                    "the scenario `{name}` executes `{function}`, which {} does not export",
                    script.path
                );
                let problem = Problem::new(&["k6", "scenarios", name, "exec"], message);
                problems.push(problem.unknown(function, functions()));
            }
        }
        let has_none = scenarios.named.is_empty() && scenarios.is_whole;
        if has_none && !script.exports.contains("default") {
            let message = format!("{} exports no default function, which this load executes", script.path);
            let problem = Problem::new(&["script"], message)
                .hint("give scenarios with `exec`, or leave the load to the script".to_owned());
            problems.push(problem.unknown("default", functions()));
        }
        problems
    }
}

/// Where the deepest part of `path` that the fields have stands.
fn place_of(fields: &crate::base::document::Table, path: &[String]) -> Option<Place> {
    let (first, rest) = path.split_first()?;
    let entry = fields.get(first)?;
    if rest.is_empty() {
        return Some(if first == "script" { entry.item.place.clone() } else { entry.key.clone() });
    }
    let deeper = entry.item.as_table().and_then(|table| place_of(table, rest));
    deeper.or_else(|| Some(entry.key.clone()))
}
