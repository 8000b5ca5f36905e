//! `[test.matrix]`: the axes of a test, no two of which set the same field.

use std::collections::BTreeSet;

use super::axis::Axis;
use super::destination::{Destination, SINGLE_FIELDS};
use super::fields::{FIELD_KEYS, stands_too_low};
use super::setup::{SetUp, may_be_free};
use crate::base::document::{Entry, Item};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::nearest::nearest;
use crate::base::table::expected;

/// The axes of the table that can be read, and what is wrong with the others. An axis that one of `set_ups` names may have
/// a name that is no field; `set_ups` is none where they could not be read.
pub(super) fn matrix(item: &Item, set_ups: Option<&[SetUp]>) -> (Vec<Axis>, Mistakes) {
    let Some(table) = item.as_table() else { return (Vec::new(), expected("a table of axes", item).into()) };
    let mut mistakes = Mistakes::default();
    let read = |(name, entry): (&String, &Entry)| {
        if let Some(mistake) = no_axis(name, entry) {
            mistakes.push(mistake);
            return None;
        }
        let for_set_ups = may_be_free(name, set_ups, table);
        mistakes.collect(Axis::read(name, entry, for_set_ups))
    };
    let axes: Vec<Axis> = table.iter().filter_map(read).collect();
    mistakes.extend(check_disjoint(&axes));
    (axes, mistakes)
}

/// What is surely meant otherwise: a key of the test that stands too low, or a dotted name without quotes.
pub(super) fn no_axis(name: &str, entry: &Entry) -> Option<Mistake> {
    let plain = |item: &Item| item.as_table().is_none() && !item.as_list().is_some_and(has_tables);
    let is_field = FIELD_KEYS.contains(&name);
    if let Some(hint) = stands_too_low(name).filter(|_| !is_field && plain(&entry.item)) {
        return Some(Mistake::at(&entry.key, format!("`{name}` is no axis")).hint(hint));
    }
    let table = entry.item.as_table().filter(|_| !SINGLE_FIELDS.contains(&name))?;
    let of_ranges = ["from", "to", "step", "factor", "points", "scale", "round"];
    let is_meant = |key: &String| nearest(key, of_ranges).is_some();
    if table.is_empty() || table.keys().any(is_meant) {
        return None;
    }
    let mistake = Mistake::at(&entry.key, "the dotted name of an axis stands in quotes");
    Some(mistake.hint(format!("\"{}\" = […]", dotted(name, &entry.item))))
}

/// The name as it was meant, down to the first that is a value.
fn dotted(name: &str, item: &Item) -> String {
    match item.as_table().and_then(|table| table.first()) {
        Some((below, entry)) => format!("{name}.{}", dotted(below, &entry.item)),
        None => name.to_owned(),
    }
}

fn has_tables(items: &[Item]) -> bool {
    items.iter().any(|item| item.as_table().is_some())
}

/// No two axes set the same field.
pub(super) fn check_disjoint(axes: &[Axis]) -> Mistakes {
    let mut mistakes = Mistakes::default();
    for (index, axis) in axes.iter().enumerate() {
        if let Some((earlier, path)) = axes[..index].iter().find_map(|earlier| overwritten(earlier, axis)) {
            let message =
                format!("the axes `{}` and `{}` both set `{}`", earlier.name, axis.name, path.join("."));
            mistakes.push(Mistake::at(&axis.place, message).label("only this one would have an effect"));
        }
    }
    mistakes
}

/// What `later` would overwrite of the fields that `earlier` sets: the same, or one above it.
fn overwritten<'a>(earlier: &'a Axis, later: &Axis) -> Option<(&'a Axis, &'a Destination)> {
    let later = destinations(later);
    let lost = |path: &&Destination| later.iter().any(|above| path.starts_with(above));
    destinations(earlier).into_iter().find(lost).map(|path| (earlier, path))
}

fn destinations(axis: &Axis) -> BTreeSet<&Destination> {
    axis.values.iter().flat_map(|value| value.assignments.iter().map(|(path, _)| path)).collect()
}
