//! `[test.matrix]`: the axes of a test, no two of which set the same field.

use std::collections::BTreeSet;

use super::axis::Axis;
use super::destination::Destination;
use super::setup::{SetUp, may_be_free};
use crate::base::document::{Entry, Item};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::table::expected;

/// The axes of the table that can be read, and what is wrong with the others. An axis that one of `set_ups` names may have a name that is no field; none are known
/// where they could not be read.
pub(super) fn matrix(item: &Item, set_ups: Option<&[SetUp]>) -> (Vec<Axis>, Mistakes) {
    let Some(table) = item.as_table() else { return (Vec::new(), expected("a table of axes", item).into()) };
    let mut mistakes = Mistakes::default();
    let read = |(name, entry): (&String, &Entry)| {
        let for_set_ups = may_be_free(name, set_ups, table);
        mistakes.collect(Axis::read(name, entry, for_set_ups))
    };
    let axes: Vec<Axis> = table.iter().filter_map(read).collect();
    mistakes.extend(check_disjoint(&axes));
    (axes, mistakes)
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
