//! The k6 options of a test with all that its axes put there, checked before anything is expanded.
//!
//! Every value is checked on its own at its place. Whether a scenario is whole depends on the case: only
//! the axes that choose an executor or a scenario are combined for that, the others fill in fields.

use std::collections::BTreeSet;

use super::axis::Axis;
use super::destination::Destination;
use super::rules::Rules;
use super::set_fields::SetFields;
use crate::base::document::{Entry, Item, Table, Tree, assign};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Place;
use crate::spec::{options, scenario, threshold};

/// The most combinations of executors that are looked at; what lies beyond them k6 itself refuses.
const MOST_SHAPES: usize = 1000;

/// What is wrong with the options `base` under `axes` and what `rules` change. Where the rules say which
/// combinations there are, [`super::WholeScenarios`] looks at those.
pub(super) fn check(base: &Table, axes: &[Axis], rules: &Rules) -> Mistakes {
    let shapes = shapes(base, axes, &rules.changes);
    let mut mistakes = check_values(base, axes, rules, &shapes);
    mistakes.extend(check_virtual_users(base, axes, &rules.changes));
    if rules.is_empty() {
        mistakes.extend(check_scenarios(&shapes, &filled_fields(axes, &[]), |_| true));
    }
    mistakes.distinct()
}

/// Where some axes cannot be read: each value by itself, for what belongs to it may stand in those.
pub(super) fn check_alone(base: &Table, axes: &[Axis], rules: &Rules) -> Mistakes {
    let mut mistakes = check_nulls(base, axes, rules);
    mistakes.extend(check_values(base, axes, rules, &[]));
    mistakes.distinct()
}

/// As [`check`] for options that stand over a script's own: what a scenario without an executor lacks, and whether
/// `vus` is enough, is the script's matter.
pub(super) fn check_over(base: &Table, axes: &[Axis], rules: &Rules) -> Mistakes {
    let shapes = shapes(base, axes, &rules.changes);
    let mut mistakes = check_values(base, axes, rules, &shapes);
    if rules.is_empty() {
        let filled = filled_fields(axes, &[]);
        let has_executor = |(name, entry): (&str, &Entry)| {
            filled.contains(&(name, "executor")) || scenario::executor_of(&entry.item).is_some()
        };
        mistakes.extend(check_scenarios(&shapes, &filled, has_executor));
    }
    mistakes.distinct()
}

/// JSON's `null` sets nothing: k6 would take the option for unset without a word, and TOML cannot say it.
pub(super) fn check_nulls(base: &Table, axes: &[Axis], rules: &Rules) -> Mistakes {
    let mut mistakes = Mistakes::default();
    // What these two hold is not k6's.
    let is_ours = |name: &str| !["cloud", "ext"].contains(&name);
    for (name, entry) in base {
        find_nulls(name, &entry.item, is_ours(name), "leave the key out", &mut mistakes);
    }
    let hint =
        "leave the key out; a value of an axis that sets nothing is { \"label\": \"none\", \"set\": {} }";
    let assigned = axes.iter().flat_map(assigned).chain(rules.changes.iter().flat_map(changed));
    for (path, item) in assigned {
        find_nulls(path.last().map_or("", String::as_str), item, is_ours(&path[0]), hint, &mut mistakes);
    }
    mistakes.distinct()
}

fn find_nulls(name: &str, item: &Item, goes_below: bool, hint: &str, mistakes: &mut Mistakes) {
    match &item.tree {
        Tree::Null => {
            let mistake = Mistake::at(&item.place, format!("`{name}` is null, which sets nothing"));
            mistakes.push(mistake.label("expected a value").hint(hint));
        }
        Tree::List(items) if goes_below => {
            for item in items {
                find_nulls(name, item, true, hint, mistakes);
            }
        }
        Tree::Table(table) if goes_below => {
            for (name, entry) in table {
                find_nulls(name, &entry.item, true, hint, mistakes);
            }
        }
        _ => {}
    }
}

fn check_values(base: &Table, axes: &[Axis], rules: &Rules, shapes: &[Table]) -> Mistakes {
    let mut mistakes = options::check_table(base);
    for axis in axes {
        let mut of_axis = Mistakes::default();
        for (path, item) in assigned(axis) {
            of_axis.extend(check_assigned(path, item, &axis.place, shapes));
        }
        // A range is one place with many values: one mistake says it.
        mistakes.extend(of_axis.one_a_place());
    }
    for (path, item) in rules.changes.iter().flat_map(changed) {
        mistakes.extend(check_assigned(path, item, &item.place, shapes));
    }
    mistakes
}

/// Whether every scenario that `is_whole` picks has what its executor needs.
fn check_scenarios(
    shapes: &[Table],
    filled: &BTreeSet<(&str, &str)>,
    is_whole: impl Fn((&str, &Entry)) -> bool,
) -> Mistakes {
    let mut mistakes = Mistakes::default();
    for (name, entry) in shapes.iter().flatten().filter(|(name, entry)| is_whole((name, entry))) {
        let also = |field: &str| filled.contains(&(name.as_str(), field));
        mistakes.extend(scenario::check_whole(name, entry, also));
    }
    mistakes
}

/// Thresholds of metrics that k6 does not have and that are a slip of the pen away from one of its own: the script may have them.
pub(super) fn doubtful_metrics(base: Option<&Table>) -> impl Iterator<Item = String> {
    base.into_iter().flat_map(threshold::doubtful).map(|(metric, place, meant)| {
        let message = format!("k6 has no metric `{metric}` of its own");
        Mistake::at(place, message).hint(format!("did you mean `{meant}`?")).note()
    })
}

/// What the axis puts among the options, with paths that begin below `k6`.
fn assigned(axis: &Axis) -> impl Iterator<Item = (&[String], &Item)> {
    axis.values.iter().flat_map(|value| options_of(&value.assignments))
}

fn changed(change: &SetFields) -> impl Iterator<Item = (&[String], &Item)> {
    options_of(&change.assignments)
}

pub(super) fn options_of(assignments: &[(Destination, Item)]) -> impl Iterator<Item = (&[String], &Item)> {
    assignments.iter().filter_map(|(path, item)| match path.split_first() {
        Some((first, rest)) if first == "k6" => Some((rest, item)),
        _ => None,
    })
}

pub(super) fn check_assigned(path: &[String], item: &Item, place: &Place, shapes: &[Table]) -> Mistakes {
    let [first, name, field] = path else { return options::check_at(path, item, place) };
    if first != "scenarios" {
        return options::check_at(path, item, place);
    }
    if field == "executor" {
        return scenario::check_executor(item);
    }
    let scenarios = shapes.iter().filter_map(|shape| shape.get(name));
    let executors: BTreeSet<&str> =
        scenarios.filter_map(|entry| scenario::executor_of(&entry.item)).collect();
    let takes = |executor: &&str| scenario::takes(executor, field);
    match (executors.first(), executors.len()) {
        (Some(only), 1) if !takes(only) => scenario::unknown_field(Some(only), field, place).into(),
        (Some(only), 1) => {
            scenario::field_type(Some(only), field).map(|expected| expected.check(item)).unwrap_or_default()
        }
        (Some(first), _) if !executors.iter().any(takes) => {
            scenario::unknown_field(Some(first), field, place).into()
        }
        _ => options::check_at(path, item, place),
    }
}

/// The scenarios in every form that axes and changes may give them.
fn shapes(base: &Table, axes: &[Axis], changes: &[SetFields]) -> Vec<Table> {
    let empty = Table::new();
    let base = base.get("scenarios").and_then(|entry| entry.item.as_table()).unwrap_or(&empty);
    let mut shapes = vec![base.clone()];
    for axis in axes.iter().filter(|axis| assigned(axis).any(|(path, _)| gives_shape(path))) {
        let combined =
            shapes.iter().flat_map(|shape| axis.values.iter().map(|value| with(shape, &value.assignments)));
        shapes = combined.take(MOST_SHAPES).collect();
    }
    for change in changes.iter().filter(|change| changed(change).any(|(path, _)| gives_shape(path))) {
        let further: Vec<Table> = shapes.iter().map(|shape| with(shape, &change.assignments)).collect();
        shapes.extend(further);
        shapes.truncate(MOST_SHAPES);
    }
    shapes
}

/// All scenarios, one of them, or its executor.
pub(super) fn gives_shape(path: &[String]) -> bool {
    match path {
        [first] | [first, _] => first == "scenarios",
        [first, _, field] => first == "scenarios" && field == "executor",
        _ => false,
    }
}

pub(super) fn with(shape: &Table, assignments: &[(Destination, Item)]) -> Table {
    let mut shape = shape.clone();
    for (path, item) in options_of(assignments).filter(|(path, _)| path[0] == "scenarios") {
        match (&path[1..], &item.tree) {
            ([], Tree::Table(whole)) => shape.clone_from(whole),
            ([], _) => {}
            (path, _) => assign(&mut shape, path, item),
        }
    }
    shape
}

/// The fields of scenarios that axes and changes fill in.
pub(super) fn filled_fields<'a>(axes: &'a [Axis], changes: &'a [SetFields]) -> BTreeSet<(&'a str, &'a str)> {
    let all = axes.iter().flat_map(assigned).chain(changes.iter().flat_map(changed));
    let paths = all.map(|(path, _)| path);
    let fields = paths.filter(|path| path.len() > 2 && path[0] == "scenarios");
    fields.map(|path| (path[1].as_str(), path[2].as_str())).collect()
}

/// Without stages and scenarios k6 refuses a load of no virtual users, or runs one iteration instead.
fn check_virtual_users(base: &Table, axes: &[Axis], changes: &[SetFields]) -> Mistakes {
    let assigned = || axes.iter().flat_map(assigned).chain(changes.iter().flat_map(changed));
    let named = |name: &str| base.contains_key(name) || assigned().any(|(path, _)| path[0] == name);
    let mut mistakes = Mistakes::default();
    if named("stages") || named("scenarios") {
        return mistakes;
    }
    let own = base.get("vus").map(|entry: &Entry| &entry.item);
    let further = assigned().filter(|(path, _)| *path == ["vus"]);
    for item in own.into_iter().chain(further.map(|(_, item)| item)) {
        let zero = matches!(item.tree, Tree::Integer(0)) || item.as_text() == Some("0");
        if zero {
            let mistake = Mistake::at(&item.place, "expected a whole number above 0, found 0");
            mistakes.push(mistake.label("0 `vus` mean something beside `stages` only"));
        }
    }
    mistakes
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::document::read_toml;
    use crate::base::source::Source;
    use crate::suite::matrix::matrix;

    fn check_text(text: &str) -> String {
        let source = Arc::new(Source { path: "x.toml".into(), text: text.to_owned() });
        let document = read_toml(&source).expect("TOML");
        let table = document.as_table().expect("a table");
        let (axes, wrong) =
            table.get("matrix").map_or_else(Default::default, |entry| matrix(&entry.item, Some(&[])));
        let empty = Table::new();
        let base = table.get("k6").and_then(|entry| entry.item.as_table()).unwrap_or(&empty);
        if wrong.is_empty() { check(base, &axes, &Rules::default()).to_string() } else { wrong.to_string() }
    }

    #[test]
    fn what_axes_fill_in_is_not_missing() {
        for text in [
            "[k6.scenarios.load]\nexecutor = \"constant-arrival-rate\"\nduration = \"8s\"\npreAllocatedVUs = 20\n[matrix]\n\"k6.scenarios.load.rate\" = [1, 2]",
            "[k6.scenarios.load]\nduration = \"8s\"\n[matrix]\nkind = [\n{ label = \"a\", set = { \"k6.scenarios.load.executor\" = \"constant-vus\", \"k6.scenarios.load.vus\" = 3 } },\n{ label = \"b\", set = { \"k6.scenarios.load.executor\" = \"constant-arrival-rate\", \"k6.scenarios.load.rate\" = 3, \"k6.scenarios.load.preAllocatedVUs\" = 3 } },\n]",
            "[matrix]\n\"k6.scenarios\" = [{ label = \"x\", value = { a = { executor = \"per-vu-iterations\" } } }]",
            "[matrix]\nstages = [[{ duration = \"5s\", target = 5 }], [{ duration = \"5s\", target = 9 }]]\nvus = [0, 1]",
            "[matrix]\n\"k6.hosts.a.example.com\" = [\"1.2.3.4\", \"1.2.3.5\"]\n\"k6.thresholds.http_req_duration{name:a.b}\" = [[\"avg<1\"], [\"avg<2\"]]",
        ] {
            assert_eq!(check_text(text), "", "{text}");
        }
    }

    #[test]
    fn wrong_options_are_shown_where_they_stand() {
        let arrival = "[k6.scenarios.load]\nexecutor = \"constant-arrival-rate\"\nduration = \"8s\"\n";
        for (text, fragments) in [
            ("[matrix]\nvus = [1, \"x\"]", ["x.toml:2:11", "found \"x\""]),
            ("[matrix]\nvus = [0, 1]", ["x.toml:2:8", "above 0, found 0"]),
            ("[matrix]\n\"k6.vus\" = [1, 1.5]", ["x.toml:2:16", "found 1.5"]),
            (
                "[matrix]\nduration = { from = \"500ms\", to = \"2s\", step = \"500ms\" }",
                ["x.toml:2:12", "at least 1s"],
            ),
            ("[matrix]\nm = [{ label = \"a\", set = { vus = -1 } }]", ["x.toml:2:35", "found -1"]),
            ("[matrix]\nvus = [1]\n\"k6.vus\" = [2]", ["x.toml:3:1", "both set `k6.vus`"]),
            (
                "[matrix]\nvus = [1]\nm = [{ label = \"a\", set = { vus = 1 } }]",
                ["x.toml:3:1", "both set `k6.vus`"],
            ),
            ("[matrix]\n\"k6.scenarios.load.rat\" = [1]", ["x.toml:2:1", "did you mean `rate`?"]),
            ("[matrix]\n\"k6.vus.x\" = [1]", ["x.toml:2:1", "leads to no value"]),
            ("[matrix]\n\"k6.stages.0.target\" = [1]", ["x.toml:2:1", "can be set as a whole"]),
            (
                &format!("{arrival}[matrix]\n\"k6.scenarios.load.rate\" = [1, 2]"),
                ["x.toml:1:15", "has no `preAllocatedVUs`"],
            ),
            (
                &format!("{arrival}rate = 1\npreAllocatedVUs = 1\nvus = 2"),
                ["x.toml:6:1", "constant-arrival-rate scenario has no field `vus`"],
            ),
            (
                &format!("{arrival}rate = 1\npreAllocatedVUs = 1\n[matrix]\n\"k6.scenarios.load.vus\" = [1]"),
                ["x.toml:7:1", "has no field `vus`"],
            ),
            ("[k6.scenarios.load]\nvus = 1", ["x.toml:1:15", "has no `executor`"]),
            (
                "[k6.scenarios.load]\nexecutor = \"ramping-vus\"\nstages = []",
                ["x.toml:3:10", "at least one stage"],
            ),
        ] {
            let message = check_text(text);
            for fragment in fragments {
                assert!(message.contains(fragment), "{text}\n{fragment} is missing in:\n{message}");
            }
        }
    }
}
