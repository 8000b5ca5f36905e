//! `set = { … }`: fields that a value of an axis, a patch or an include sets.

use super::axis::Axis;
use super::destination::{Destination, destination};
use crate::base::document::{Item, Table};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::table::expected;

/// What a patch or an include changes of a case's fields; it comes after what the axes set.
#[derive(Debug, Clone)]
pub struct SetFields {
    /// The fields with their new values, in file order.
    pub assignments: Vec<(Destination, Item)>,
}

impl SetFields {
    /// Reads `set`, as far as it can be read: what is wrong is added to `mistakes`. A field that a plain value
    /// of an axis sets is refused: the case's id would lie.
    pub(super) fn read(item: &Item, axes: &[Axis], mistakes: &mut Mistakes) -> Self {
        let Some(table) = item.as_table() else {
            mistakes.push(expected("a table of fields", item));
            return Self { assignments: Vec::new() };
        };
        if table.is_empty() {
            mistakes.push(Mistake::at(&item.place, "`set` sets nothing"));
        }
        let (assignments, wrong) = assignments(table);
        mistakes.extend(wrong);
        for (name, entry) in table {
            let Ok(path) = destination(name, &entry.key) else { continue };
            if let Some(axis) = axes.iter().find(|axis| shows(axis, &path)) {
                let message = format!("`{}` is what the axis `{}` sets", path.join("."), axis.name);
                let mistake = Mistake::at(&entry.key, message);
                mistakes.push(mistake.label("the id of the case would not say what runs"));
            }
        }
        Self { assignments }
    }
}

/// Whether ids show the very value that the axis puts at `path`, above it or below it.
fn shows(axis: &Axis, path: &Destination) -> bool {
    let touches = |own: &Destination| own.starts_with(path) || path.starts_with(own);
    !axis.is_labelled && axis.destination.as_ref().is_some_and(touches)
}

/// The fields of a `set` with their values, and what is wrong with the rest; one field twice is a mistake.
pub(super) fn assignments(set: &Table) -> (Vec<(Destination, Item)>, Mistakes) {
    let mut mistakes = Mistakes::default();
    let mut read: Vec<(Destination, Item)> = Vec::with_capacity(set.len());
    for (name, entry) in set {
        let Some(path) = mistakes.collect(destination(name, &entry.key)) else { continue };
        if read.iter().any(|(earlier, _)| *earlier == path) {
            let message = format!("`{}` is set twice by one value", path.join("."));
            mistakes.push(Mistake::at(&entry.key, message));
        }
        read.push((path, entry.item.clone()));
    }
    (read, mistakes)
}
