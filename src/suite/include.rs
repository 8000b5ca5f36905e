//! `[[test.include]]`: one whole case beside those of the matrix.

use super::axis::Axis;
use super::axis_name::axis_named;
use super::set_fields::SetFields;
use crate::base::document::Item;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Place;
use crate::base::table::expected;

/// One case that is added.
#[derive(Debug, Clone)]
pub struct Include {
    /// Where it stands.
    pub place: Place,
    /// The value of every axis, by its place in the axis.
    pub choices: Vec<u32>,
    /// What it sets beyond its axes, by its place in [`super::Rules::changes`].
    pub change: Option<u32>,
}

/// Reads one entry. A value that an axis does not list is put behind those that it does.
pub(super) fn include(
    item: &Item,
    axes: &mut [Axis],
    changes: &mut Vec<SetFields>,
) -> Result<Include, Mistakes> {
    let table = item.as_table().ok_or_else(|| expected("a table", item))?;
    let mut mistakes = Mistakes::default();
    let mut chosen: Vec<Option<u32>> = vec![None; axes.len()];
    for (name, entry) in table.iter().filter(|(name, _)| *name != "set") {
        let Some(axis) = mistakes.collect(axis_named(axes, name, &entry.key)) else { continue };
        if chosen[axis].is_some() {
            let message = format!("the axis `{}` stands twice here", axes[axis].name);
            mistakes.push(Mistake::at(&entry.key, message));
        }
        let choice = mistakes.collect(choice(&entry.item, &mut axes[axis]));
        // What cannot be read is given all the same.
        chosen[axis] = Some(choice.unwrap_or_default());
    }
    // A name that is no axis is mostly the one that is missing.
    if mistakes.iter().next().is_none() {
        mistakes.extend(missing(item, axes, &chosen));
    }
    let set = table.get("set").map(|entry| SetFields::read(&entry.item, axes, &mut mistakes));
    let change = set.map(|change| {
        changes.push(change);
        u32::try_from(changes.len() - 1).unwrap_or(u32::MAX)
    });
    mistakes.or(Include {
        place: item.place.clone(),
        choices: chosen.into_iter().flatten().collect(),
        change,
    })
}

fn missing(item: &Item, axes: &[Axis], chosen: &[Option<u32>]) -> Mistakes {
    let mut mistakes = Mistakes::default();
    if axes.is_empty() {
        mistakes.push(
            Mistake::at(&item.place, "a test without axes has one case")
                .hint("axes stand in `[test.matrix]`"),
        );
        return mistakes;
    }
    let absent = axes.iter().zip(chosen).filter(|(_, choice)| choice.is_none());
    let absent: Vec<&str> = absent.map(|(axis, _)| axis.name.as_str()).collect();
    if !absent.is_empty() {
        let message = format!("the include gives no value of {}", quoted(&absent));
        mistakes.push(Mistake::at(&item.place, message).label("expected every axis of the test"));
    }
    mistakes
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The place of the value in its axis: by label, by value, or behind the others.
fn choice(item: &Item, axis: &mut Axis) -> Result<u32, Mistakes> {
    let label = item.label();
    let by_label = axis.values.iter().position(|value| value.label == label);
    let by_value = || axis.values.iter().position(|value| value.plain == item.to_json());
    let known = by_label.or_else(by_value);
    let place = if let Some(known) = known {
        known
    } else {
        let value = axis.further_value(item)?;
        if axis.values.iter().any(|known| known.label == value.label) {
            let message = format!("the axis `{}` has the value `{}` already", axis.name, value.label);
            return Err(Mistake::at(&item.place, message).hint("give its label alone").into());
        }
        axis.values.push(value);
        axis.values.len() - 1
    };
    u32::try_from(place).map_err(|_| Mistake::at(&item.place, "the axis has too many values").into())
}
