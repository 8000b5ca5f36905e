//! `zip` of `[test.sweep]`: axes in lockstep.

use super::axis::Axis;
use super::axis_name::axis_named;
use crate::base::document::Item;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::table::{expected, text};

/// The groups of axes that vary together, by their places among `axes`, each in that order.
pub(super) fn zips(item: &Item, axes: &[Axis]) -> Result<Vec<Vec<usize>>, Mistakes> {
    let groups = item.as_list().ok_or_else(|| expected("a list of lists of axes", item))?;
    let mut mistakes = Mistakes::default();
    let mut taken = Vec::new();
    let mut read = Vec::with_capacity(groups.len());
    for group in groups {
        read.extend(mistakes.collect(zip(group, axes, &mut taken)));
    }
    mistakes.or(read)
}

fn zip(group: &Item, axes: &[Axis], taken: &mut Vec<usize>) -> Result<Vec<usize>, Mistakes> {
    let names = group.as_list().ok_or_else(|| {
        expected("a list of axes", group).hint("`zip` is a list of groups: zip = [[\"a\", \"b\"]]")
    })?;
    if names.len() < 2 {
        let mistake = Mistake::at(&group.place, "one axis alone is in no lockstep");
        return Err(mistake.label("expected at least two axes").into());
    }
    let mut mistakes = Mistakes::default();
    let mut zipped: Vec<(usize, &Item)> = Vec::with_capacity(names.len());
    for name in names {
        let found = text(name).and_then(|text| axis_named(axes, text, &name.place));
        let Some(axis) = mistakes.collect(found) else { continue };
        if taken.contains(&axis) {
            let message = format!("the axis `{}` is zipped already", axes[axis].name);
            mistakes.push(Mistake::at(&name.place, message));
        }
        taken.push(axis);
        zipped.push((axis, name));
    }
    if let Some((first, rest)) = zipped.split_first() {
        let length = axes[first.0].listed;
        for (axis, name) in rest.iter().filter(|(axis, _)| axes[*axis].listed != length) {
            let counts = format!("{} values, `{}` has {length}", axes[*axis].listed, axes[first.0].name);
            let mistake = Mistake::at(&name.place, format!("the axis `{}` has {counts}", axes[*axis].name));
            mistakes.push(mistake.label("zipped axes have equally many values"));
        }
    }
    let mut places: Vec<usize> = zipped.into_iter().map(|(axis, _)| axis).collect();
    places.sort_unstable();
    mistakes.or(places)
}
