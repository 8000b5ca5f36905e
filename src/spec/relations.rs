//! What k6 refuses of options that are each right by themselves: the load they make together.
//! Measured with `k6 inspect --execution-requirements` of 0.57.0 and 1.1.0 under `k6 run`'s defaults.

use super::scalar::{is_set, whole_number};
use super::{scenario, segment};
use crate::base::document::{Entry, Item, Table, Tree};
use crate::base::mistake::{Mistake, Mistakes};

/// Checks a whole set of options, as a script has them; each of them is right by itself.
pub fn check(options: &Table) -> Mistakes {
    check_with(options, true)
}

/// The same for options that stand over a script's own: a scenario without an executor is the script's, and so may be
/// what makes 0 `vus` a load.
pub fn check_over(options: &Table) -> Mistakes {
    check_with(options, false)
}

fn check_with(options: &Table, is_all: bool) -> Mistakes {
    let mut mistakes = check_load(options, is_all);
    mistakes.extend(segment::check_found(options));
    if let Some(entry) = options.get("paused").filter(|entry| entry.item.tree == Tree::Bool(true)) {
        let mistake =
            Mistake::at(&entry.item.place, "a paused test waits for somebody to start it, and nobody could");
        mistakes.push(mistake.label("expected `false`: k6 has no address here"));
    }
    let scenarios = options.get("scenarios").and_then(|entry| entry.item.as_table());
    let is_whole = |entry: &Entry| is_all || scenario::executor_of(&entry.item).is_some();
    for (name, entry) in scenarios.into_iter().flatten().filter(|(_, entry)| is_whole(entry)) {
        mistakes.extend(scenario::check_whole(name, entry, |_| false));
        if let Some(table) = entry.item.as_table() {
            mistakes.extend(check_scenario(table));
        }
    }
    mistakes.distinct()
}

/// The shortcuts `vus`, `iterations`, `duration` and `stages` make one load, `scenarios` another.
fn check_load(options: &Table, is_all: bool) -> Mistakes {
    let stages =
        options.get("stages").filter(|entry| entry.item.as_list().is_some_and(|list| !list.is_empty()));
    let mut mistakes = Mistakes::default();
    let beside = |name: &str, other: &str| {
        let message = format!("`{name}` cannot stand beside `{other}`: each describes the whole load");
        Mistake::at(&options[name].key, message).label(format!("expected either `{name}` or `{other}`"))
    };
    if is_all {
        mistakes.extend(check_users(options, stages.is_some()));
    }
    let is_scenarios = options.get("scenarios").is_some_and(|entry| entry.item.as_table().is_some());
    if is_scenarios {
        let others = ["iterations", "duration"].into_iter().filter(|name| is_set(options, name));
        let others = others.chain(stages.map(|_| "stages"));
        others.for_each(|name| mistakes.push(beside(name, "scenarios")));
        return mistakes;
    }
    if let Some(stages) = stages {
        let others = ["iterations", "duration"].into_iter().filter(|name| is_set(options, name));
        others.for_each(|name| mistakes.push(beside(name, "stages")));
        mistakes.extend(check_ramp(options, "vus", &stages.item));
        return mistakes;
    }
    mistakes.extend(check_iterations(options));
    if is_all && number(options, "vus") == Some(0) {
        let mistake = Mistake::at(&options["vus"].item.place, "expected a whole number above 0, found 0");
        mistakes.push(mistake.label("0 `vus` mean something beside `stages` only"));
    }
    mistakes
}

/// `vus` are of a load that the shortcuts make. Alone k6 ignores them with a warning and executes one iteration; beside
/// scenarios it says nothing.
fn check_users(options: &Table, has_stages: bool) -> Mistakes {
    let has_load = has_stages || ["iterations", "duration"].into_iter().any(|name| is_set(options, name));
    let scenarios = options.get("scenarios").and_then(|entry| entry.item.as_table());
    let Some(users) = number(options, "vus").filter(|_| !has_load) else { return Mistakes::default() };
    let at = |message: &str| Mistake::at(&options["vus"].item.place, message);
    match scenarios.and_then(Table::first) {
        Some((name, _)) => at("`vus` has no effect beside `scenarios`")
            .label("each scenario has virtual users of its own")
            .hint(format!("set fields of a scenario such as `k6.scenarios.{name}.vus`"))
            .into(),
        // One is what k6 takes by itself; none are told below.
        None if users > 1 => at("`vus` alone has no effect")
            .label("expected `duration`, `iterations` or `stages` beside it: else k6 executes one iteration")
            .into(),
        None => Mistakes::default(),
    }
}

/// Shared iterations are one a virtual user at least.
fn check_iterations(table: &Table) -> Mistakes {
    let (vus, iterations) = (number(table, "vus").unwrap_or(1), number(table, "iterations"));
    let has_iterations = iterations.unwrap_or(1);
    let is_shared = iterations.is_some() || table.contains_key("executor");
    if !is_shared || has_iterations >= vus {
        return Mistakes::default();
    }
    let message =
        format!("{vus} virtual users cannot share {has_iterations} iterations: each needs one at least");
    let named = if iterations.is_some() { "iterations" } else { "vus" };
    Mistake::at(&table[named].item.place, message).label("expected no fewer `iterations` than `vus`").into()
}

/// A ramp between no virtual users and none is no load.
fn check_ramp(table: &Table, start: &str, stages: &Item) -> Mistakes {
    let targets = stages.as_list().into_iter().flatten().filter_map(|stage| stage.as_table());
    let mut targets = targets.map(|stage| number(stage, "target"));
    if number(table, start).unwrap_or(1) > 0 || targets.any(|target| target != Some(0)) {
        return Mistakes::default();
    }
    Mistake::at(&stages.place, format!("`{start}` and all targets of the stages are 0: there is no load"))
        .label("expected a `target` above 0")
        .into()
}

fn check_scenario(scenario: &Table) -> Mistakes {
    let executor = scenario.get("executor").and_then(|entry| entry.item.as_text()).unwrap_or_default();
    match executor {
        "shared-iterations" => check_iterations(scenario),
        "ramping-vus" => scenario
            .get("stages")
            .map(|stages| check_ramp(scenario, "startVUs", &stages.item))
            .unwrap_or_default(),
        "constant-arrival-rate" | "ramping-arrival-rate" => check_most(scenario, "preAllocatedVUs"),
        "externally-controlled" => check_most(scenario, "vus"),
        _ => Mistakes::default(),
    }
}

/// What is there at the beginning is no more than what may ever be.
fn check_most(scenario: &Table, first: &str) -> Mistakes {
    match (number(scenario, first), number(scenario, "maxVUs")) {
        (Some(begin), Some(most)) if most < begin => {
            let message = format!("`maxVUs` ({most}) is less than `{first}` ({begin})");
            Mistake::at(&scenario["maxVUs"].item.place, message)
                .label(format!("expected at least {begin}"))
                .into()
        }
        _ => Mistakes::default(),
    }
}

fn number(table: &Table, name: &str) -> Option<i64> {
    table.get(name).map(|entry| &entry.item).filter(|item| item.tree != Tree::Null).and_then(whole_number)
}
