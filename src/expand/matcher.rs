//! Whether a condition holds of a combination; an expression is evaluated once for equal values.

use crate::base::mistake::Mistake;
use crate::suite::{Axis, Condition, Expression, Test};

/// The most results of an expression that are kept: one byte each.
const MOST_KEPT: usize = 1 << 24;

/// A condition at work.
pub(super) struct Matcher<'a> {
    condition: &'a Condition,
    when: Option<When<'a>>,
    /// Whether it held of any combination.
    pub(super) is_used: bool,
}

impl<'a> Matcher<'a> {
    pub(super) fn all(test: &'a Test, conditions: &'a [Condition]) -> Vec<Self> {
        let matcher = |condition: &'a Condition| Self {
            condition,
            when: condition.when.as_ref().map(|expression| When::of(test, expression)),
            is_used: false,
        };
        conditions.iter().map(matcher).collect()
    }

    /// Whether all of the condition holds.
    pub(super) fn holds(&mut self, choices: &[u32]) -> Result<bool, Mistake> {
        let is_meant = |(axis, meant): &(usize, Vec<bool>)| {
            meant.get(choices[*axis] as usize).copied().unwrap_or_default()
        };
        let mut holds = self.condition.values.iter().all(is_meant);
        if let (true, Some(when)) = (holds, &mut self.when) {
            holds = when.holds(choices)?;
        }
        self.is_used |= holds;
        Ok(holds)
    }

    /// The mistake of one that held of no combination.
    pub(super) fn unused(&self, what: &str) -> Option<Mistake> {
        (!self.is_used).then(|| Mistake::at(&self.condition.place, format!("the {what} matches no case")))
    }
}

/// An expression with what it gave so far.
struct When<'a> {
    expression: &'a Expression,
    axes: &'a [Axis],
    /// The axes that it reads, with the distance of their values among what is kept.
    strides: Vec<(usize, usize)>,
    /// By the values of those axes; empty where they are too many.
    known: Vec<Option<bool>>,
}

impl<'a> When<'a> {
    fn of(test: &'a Test, expression: &'a Expression) -> Self {
        let mut strides = Vec::new();
        let mut size = 1_usize;
        for axis in expression.axes() {
            strides.push((axis, size));
            size = size.saturating_mul(test.axes[axis].listed);
        }
        let known = if size <= MOST_KEPT { vec![None; size] } else { Vec::new() };
        Self { expression, axes: &test.axes, strides, known }
    }

    fn holds(&mut self, choices: &[u32]) -> Result<bool, Mistake> {
        let place = self.strides.iter().map(|(axis, stride)| choices[*axis] as usize * stride).sum::<usize>();
        if let Some(Some(known)) = self.known.get(place) {
            return Ok(*known);
        }
        let value = |axis: usize| &self.axes[axis].values[choices[axis] as usize];
        let holds = self.expression.holds(|axis| value(axis).plain.clone()).map_err(|mistake| {
            let read = self
                .strides
                .iter()
                .map(|(axis, _)| format!("{}={}", self.axes[*axis].name, value(*axis).label));
            mistake.label(format!("where {}", read.collect::<Vec<_>>().join(", ")))
        })?;
        if let Some(known) = self.known.get_mut(place) {
            *known = Some(holds);
        }
        Ok(holds)
    }
}
