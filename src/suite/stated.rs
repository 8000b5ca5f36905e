//! What a profile or `[defaults]` of `howitzer.toml` says, each value by itself: a mistake is told whether a test
//! takes the value or not.

use super::axis::{Axis, AxisValue};
use super::destination::SINGLE_FIELDS;
use super::test_form::{known_target, reuse, time_limit};
use super::{expectations, k6_options, repeat, script};
use crate::base::document::{Entry, Item, Table, Tree};
use crate::base::mistake::Mistakes;
use crate::base::table::{Fields, expected};
use crate::manifest::{Workspace, environment, max_age};
use crate::spec::{Watch, Window, options};

/// Every value of a table of fields and settings; unknown keys are told elsewhere.
pub(super) fn check_all(workspace: &Workspace, table: &Table) -> Mistakes {
    let mut mistakes = Mistakes::default();
    for (name, entry) in table {
        mistakes.extend(check(workspace, std::slice::from_ref(name), entry));
    }
    mistakes
}

/// What is wrong with a value for the field or setting at `path`.
pub(super) fn check(workspace: &Workspace, path: &[String], entry: &Entry) -> Mistakes {
    let Some((first, below)) = path.split_first() else { return Mistakes::default() };
    match (first.as_str(), below) {
        ("k6", []) => match entry.item.as_table() {
            Some(table) => options::check_table(&script::split_removals(table).0),
            None => expected("a table", &entry.item).into(),
        },
        ("k6", option) if script::is_removal(option, &entry.item.tree) => Mistakes::default(),
        ("k6", option) => k6_options::check_assigned(option, &entry.item, &entry.key, &[]),
        ("vars", [_, ..]) => Mistakes::default(),
        (_, []) => check_whole(workspace, first, entry),
        (_, below) => check_whole(workspace, first, &nested(entry, below)),
    }
}

/// What is wrong with the values of an axis. Words none of which the field could have may be labels of a suite's axis,
/// which are known where the suite is.
pub(super) fn check_axis(workspace: &Workspace, axis: &Axis) -> Mistakes {
    let of_value = |value: &AxisValue| {
        let mut mistakes = Mistakes::default();
        for (path, item) in &value.assignments {
            mistakes.extend(check(workspace, path, &Entry { key: axis.place.clone(), item: item.clone() }));
        }
        mistakes
    };
    let wrong: Vec<Mistakes> = axis.values.iter().map(of_value).collect();
    let are_words = !axis.is_labelled && axis.values.iter().all(|value| value.plain.is_string());
    if are_words && wrong.iter().all(|mistakes| !mistakes.is_empty()) {
        return Mistakes::default();
    }
    let mut mistakes = Mistakes::default();
    for of_value in wrong {
        mistakes.extend(of_value);
    }
    // A range is one place with many values: one mistake says it.
    mistakes.one_a_place()
}

/// The entry as it stands in the table that `path` leads through.
fn nested(entry: &Entry, path: &[String]) -> Entry {
    let place = || entry.item.place.clone();
    path.iter().rev().fold(entry.clone(), |inner, name| {
        let table = Table::from([(name.clone(), inner)]);
        Entry { key: entry.key.clone(), item: Item { tree: Tree::Table(table), place: place() } }
    })
}

fn check_whole(workspace: &Workspace, name: &str, entry: &Entry) -> Mistakes {
    let table = Table::from([(name.to_owned(), entry.clone())]);
    let mut fields = Fields::of(&table);
    match name {
        "target" if entry.item.as_text().is_some() => {
            fields.read("target", |item| known_target(workspace, item));
        }
        "inputs" => _ = fields.texts("inputs"),
        "vars" => _ = fields.table("vars"),
        "env" => _ = fields.read("env", environment),
        "repeat" => _ = fields.read("repeat", repeat::read),
        "cooldown" => _ = fields.duration("cooldown"),
        "timeout" => _ = fields.read("timeout", time_limit),
        "max_age" => _ = fields.read("max_age", max_age),
        "expect" => {
            let read = |item| expectations::read(item, &any_statistic(item), &mut Vec::new());
            fields.read("expect", read);
        }
        "max_cases" => _ = fields.count("max_cases", 1),
        "allow_invalid" => _ = fields.truth("allow_invalid"),
        "retries" => _ = fields.count("retries", 0),
        "reuse" => _ = fields.read("reuse", reuse),
        "watch" => _ = fields.read("watch", Watch::read),
        "keep_samples" => _ = fields.truth("keep_samples"),
        "measure" => _ = fields.read("measure", Window::read),
        single => {
            let single = SINGLE_FIELDS.into_iter().find(|field| *field == single);
            single.and_then(|field| fields.text(field));
        }
    }
    fields.mistakes
}

/// Which statistics there are the options of a test decide: here every name is one.
fn any_statistic(expectations: &Item) -> Vec<String> {
    let keys = expectations.as_table().into_iter().flat_map(Table::keys);
    let behind_dots =
        |key: &String| key.match_indices('.').map(|(at, _)| key[at + 1..].to_owned()).collect::<Vec<_>>();
    keys.flat_map(behind_dots).collect()
}
