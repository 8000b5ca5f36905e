//! What axes are called beside their whole names: in ids, conditions, includes and expressions.

use super::axis::Axis;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Place;

/// What ids call each axis: the last part of its name where that is unique in the test.
pub fn shown_names(axes: &[Axis]) -> Vec<&str> {
    let unique = |axis: &Axis| axes.iter().filter(|other| other.short == axis.short).count() == 1;
    axes.iter().map(|axis| if unique(axis) { axis.short.as_str() } else { axis.name.as_str() }).collect()
}

/// The place among `axes` of the one that `name` means: as the matrix writes it, with or without `k6.`, or by
/// its last part where that is unique.
pub(super) fn axis_named(axes: &[Axis], name: &str, place: &Place) -> Result<usize, Mistakes> {
    fn bare(name: &str) -> &str {
        name.strip_prefix("k6.").unwrap_or(name)
    }
    let whole = axes.iter().position(|axis| axis.name == name);
    let whole = whole.or_else(|| axes.iter().position(|axis| bare(&axis.name) == bare(name)));
    if let Some(index) = whole {
        return Ok(index);
    }
    let ending: Vec<usize> = (0..axes.len()).filter(|index| axes[*index].short == name).collect();
    match ending.as_slice() {
        [only] => Ok(*only),
        [] => Err(unknown(axes, name, place).into()),
        several => {
            let names: Vec<&str> = several.iter().map(|index| axes[*index].name.as_str()).collect();
            let mistake = Mistake::at(place, format!("several axes end in `{name}`"));
            Err(mistake.label(format!("expected one of {}", names.join(", "))).into())
        }
    }
}

fn unknown(axes: &[Axis], name: &str, place: &Place) -> Mistake {
    let mistake = Mistake::at(place, format!("the test has no axis `{name}`"));
    if axes.is_empty() {
        return mistake.label("axes stand in `[test.matrix]`");
    }
    let shown = shown_names(axes);
    let mistake = mistake.label(format!("expected one of {}", shown.join(", ")));
    if axes.iter().any(|axis| axis.name.split('.').next() == Some(name)) {
        return mistake.hint("put a dotted name in quotes");
    }
    mistake.nearest(name, shown.into_iter().chain(axes.iter().map(|axis| axis.name.as_str())))
}
