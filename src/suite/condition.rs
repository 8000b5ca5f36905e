//! Which combinations an exclude or a patch is about: values of axes, and an expression over them.

use super::axis::Axis;
use super::axis_name::axis_named;
use super::expression::Expression;
use super::matching::meant;
use crate::base::document::{Entry, Table};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Place;

/// What all must hold of a combination.
#[derive(Debug, Clone)]
pub struct Condition {
    /// Where the exclude or patch stands.
    pub place: Place,
    /// By axis: for each of its listed values, whether it is meant.
    pub values: Vec<(usize, Vec<bool>)>,
    /// `when`.
    pub when: Option<Expression>,
}

impl Condition {
    /// Reads the keys of `table` but for `when` as axes, and `when`. Where `narrowed`, a value may be none of its axis.
    pub(super) fn read(
        place: &Place,
        table: &Table,
        when: Option<&Entry>,
        axes: &[Axis],
        narrowed: bool,
    ) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        let mut values: Vec<(usize, Vec<bool>)> = Vec::with_capacity(table.len());
        for (name, entry) in table.iter().filter(|(name, _)| *name != "when") {
            let Some(axis) = mistakes.collect(axis_named(axes, name, &entry.key)) else { continue };
            if values.iter().any(|(earlier, _)| *earlier == axis) {
                let message = format!("the axis `{}` stands twice here", axes[axis].name);
                mistakes.push(Mistake::at(&entry.key, message));
            }
            let meant = meant(&entry.item, &axes[axis], narrowed);
            values.extend(mistakes.collect(meant).map(|meant| (axis, meant)));
        }
        let when = when.and_then(|entry| mistakes.collect(Expression::condition(&entry.item, axes)));
        mistakes.or(Self { place: place.clone(), values, when })
    }
}
