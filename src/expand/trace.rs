//! Where every field of a case comes from.

use super::Case;
use crate::base::document::{Item, Table};
use crate::base::source::{COMMAND_LINE, Place};
use crate::suite::{Layers, SETTING_KEYS, Suite, Test, overlay_at, value_at};

/// One field of a case, and what put it there.
#[derive(Debug, Clone, PartialEq)]
pub struct Traced {
    /// Dotted: `k6.vus`.
    pub field: String,
    /// Its value.
    pub value: serde_json::Value,
    /// The layer: `workspace defaults`, `suite defaults`, `test`, `axis vus`, `patch`, `include`, `profile ci`, `--axis` or
    /// `--set`.
    pub layer: String,
    /// Where it stands.
    pub place: Place,
}

/// Every field and setting of `case`, as they reach it.
pub fn trace(suite: &Suite, case: &Case) -> Vec<Traced> {
    let test = &suite.tests[case.test];
    let mut traced = Vec::new();
    for table in [case.fields(test), settings(test)] {
        for (key, entry) in &table {
            leaves(&mut vec![key.clone()], &entry.item, &mut |path, item| {
                traced.push(Traced {
                    field: path.join("."),
                    value: item.to_json(),
                    layer: layer(suite, case, path, item),
                    place: item.place.clone(),
                });
            });
        }
    }
    traced
}

/// The settings of a test as written, with what lies over them.
fn settings(test: &Test) -> Table {
    let is_setting = |key: &String| SETTING_KEYS.contains(&key.as_str());
    let all = test.layers.merged().into_iter().filter(|(key, _)| is_setting(key));
    let mut settings: Table = all.collect();
    for (path, item) in &test.set_settings {
        overlay_at(&mut settings, path, item);
    }
    settings
}

/// Calls `each` for whatever is no table, and for empty tables.
fn leaves(path: &mut Vec<String>, item: &Item, each: &mut impl FnMut(&[String], &Item)) {
    match item.as_table().filter(|table| !table.is_empty()) {
        Some(table) => {
            for (key, entry) in table {
                path.push(key.clone());
                leaves(path, &entry.item, each);
                path.pop();
            }
        }
        None => each(path, item),
    }
}

fn layer(suite: &Suite, case: &Case, path: &[String], item: &Item) -> String {
    let test = &suite.tests[case.test];
    let place = &item.place;
    if let Some(change) = suite.overrides.changes.iter().rev().find(|change| holds(&change.item.place, place))
    {
        return change.layer.clone();
    }
    let sets = |(assigned, below): &(Vec<String>, Item)| {
        path.strip_prefix(assigned.as_slice()).and_then(|rest| value_at(below, rest)) == Some(item)
    };
    // What patches change stands before what includes set.
    for change in case.changes(test).iter().rev().map(|change| *change as usize) {
        if test.rules.changes[change].assignments.iter().any(sets) {
            return if change < test.rules.patches.len() { "patch" } else { "include" }.to_owned();
        }
    }
    for (axis, value) in case.values(test) {
        if value.assignments.iter().any(sets) {
            return format!("axis {}", axis.name);
        }
    }
    let Layers { workspace, suite: defaults, test: own } = &test.layers;
    let layers = [(own, "test"), (&**defaults, "suite defaults"), (&**workspace, "workspace defaults")];
    let written = |layer: &Table| {
        let below = path.split_first().and_then(|(first, rest)| value_at(&layer.get(first)?.item, rest));
        below.is_some_and(|below| below.place == *place)
    };
    layers.iter().find(|(layer, _)| written(layer)).map_or("test", |(_, name)| name).to_owned()
}

/// Whether `inner` lies in `outer`. Each argument of the command line is a source of its own.
fn holds(outer: &Place, inner: &Place) -> bool {
    let is_same = outer.source.path == inner.source.path
        && (outer.source.path != COMMAND_LINE || outer.source.text == inner.source.text);
    is_same && outer.range.start <= inner.range.start && inner.range.end <= outer.range.end
}
