//! Exact values as few bytes: k6's values are nanoseconds in milliseconds, so whole numbers when multiplied by a
//! million; within a slot they rise, and only by how much is kept. Other values are kept as they are.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::exact::{Column, Exact};

/// How many of k6's smallest steps are in its unit.
const STEPS: f64 = 1e6;

/// Whole numbers up to this are exact as floats.
const LARGEST: f64 = 9.0e15;

#[derive(Serialize, Deserialize)]
pub(super) struct StoredExact {
    columns: Vec<(u32, StoredColumn)>,
    given_up: Vec<u32>,
}

#[derive(Serialize, Deserialize)]
enum StoredColumn {
    /// By the gap to the slot before: the first value in steps, and by how much the others rise.
    Steps(Vec<(u32, i64, Vec<u64>)>),
    Plain(Vec<(u32, Vec<f64>)>),
}

impl StoredExact {
    pub(super) fn of(exact: &Exact) -> Self {
        let columns = exact.columns.iter().zip(0..).filter(|(column, _)| !column.values.is_empty());
        Self {
            columns: columns.map(|(column, line)| (line, StoredColumn::of(column))).collect(),
            given_up: exact
                .given_up
                .iter()
                .map(|metric| u32::try_from(*metric).unwrap_or(u32::MAX))
                .collect(),
        }
    }

    /// `None` where lines, slots or metrics are named that are not there, or a value is no number.
    pub(super) fn exact(self, lines: usize, slots: usize, metrics: usize) -> Option<Exact> {
        let mut columns = vec![Column::default(); lines];
        for (line, stored) in self.columns {
            *columns.get_mut(line as usize)? = stored.column(slots)?;
        }
        let given_up: BTreeSet<usize> = self.given_up.into_iter().map(|metric| metric as usize).collect();
        given_up.iter().all(|metric| *metric < metrics).then(|| Exact::of(columns, given_up))
    }
}

impl StoredColumn {
    fn of(column: &Column) -> Self {
        let groups = column.slots.chunk_by(|a, b| a == b);
        let mut values = column.values.as_slice();
        let groups: Vec<(u32, &[f64])> = groups
            .map(|group| {
                let (these, rest) = values.split_at(group.len());
                values = rest;
                (group[0], these)
            })
            .collect();
        let steps: Option<Vec<i64>> = column.values.iter().map(|value| steps(*value)).collect();
        let mut before = 0;
        let mut gap = |slot: u32| slot - std::mem::replace(&mut before, slot);
        let Some(steps) = steps else {
            return Self::Plain(groups.iter().map(|(slot, values)| (gap(*slot), values.to_vec())).collect());
        };
        let mut steps = steps.as_slice();
        let stored = groups.iter().map(|(slot, values)| {
            let (these, rest) = steps.split_at(values.len());
            steps = rest;
            let rises = these.windows(2).map(|pair| pair[1].abs_diff(pair[0])).collect();
            (gap(*slot), these.first().copied().unwrap_or(0), rises)
        });
        Self::Steps(stored.collect())
    }

    fn column(self, slots: usize) -> Option<Column> {
        let mut column = Column::default();
        let mut slot = 0_u32;
        let mut put = |gap: u32, values: Vec<f64>| {
            let is_first = column.slots.is_empty();
            slot = slot.checked_add(gap).filter(|slot| (*slot as usize) < slots && (is_first || gap > 0))?;
            let is_sound = values.is_sorted() && values.iter().all(|value| value.is_finite());
            column.slots.extend(values.iter().map(|_| slot));
            column.values.extend(values);
            is_sound.then_some(())
        };
        match self {
            Self::Plain(groups) => groups.into_iter().try_for_each(|(gap, values)| put(gap, values))?,
            Self::Steps(groups) => groups.into_iter().try_for_each(|(gap, first, rises)| {
                let mut at = first;
                let mut values = vec![value(first)];
                for rise in rises {
                    at = at.checked_add_unsigned(rise)?;
                    values.push(value(at));
                }
                put(gap, values)
            })?,
        }
        Some(column)
    }
}

/// A value in steps, if that loses nothing.
#[allow(clippy::cast_possible_truncation, reason = "whole and within ±2^53")]
fn steps(number: f64) -> Option<i64> {
    let steps = (number * STEPS).round();
    let whole = if steps.abs() < LARGEST { steps as i64 } else { return None };
    (value(whole).to_bits() == number.to_bits()).then_some(whole)
}

fn value(steps: i64) -> f64 {
    steps as f64 / STEPS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(slots: &[u32], values: &[f64]) -> Option<Exact> {
        let mut exact = Exact::default();
        for (slot, value) in slots.iter().zip(values) {
            exact.push(1, 0, *slot, *value);
        }
        exact.settle(2);
        let bytes = postcard::to_stdvec(&StoredExact::of(&exact)).expect("bytes");
        let stored: StoredExact = postcard::from_bytes(&bytes).expect("they read");
        let back = stored.exact(2, 8, 1);
        assert_eq!(back.as_ref(), Some(&exact));
        back
    }

    #[test]
    fn values_come_back_to_the_last_bit() {
        there_and_back(&[3, 3, 5, 5, 5], &[0.847_109, 0.0, 12.5, -1.5, 0.1]);
        there_and_back(&[0, 0, 7], &[1.0 / 3.0, 1e300, -0.0]);
        there_and_back(&[], &[]);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let stored = |columns| StoredExact { columns, given_up: Vec::new() };
        for (line, column) in [
            (2, StoredColumn::Plain(vec![(0, vec![1.0])])),
            (0, StoredColumn::Plain(vec![(9, vec![1.0])])),
            (0, StoredColumn::Plain(vec![(0, vec![2.0, 1.0])])),
            (0, StoredColumn::Plain(vec![(0, vec![1.0]), (0, vec![2.0])])),
            (0, StoredColumn::Plain(vec![(0, vec![f64::NAN])])),
            (0, StoredColumn::Steps(vec![(0, i64::MAX, vec![u64::MAX])])),
        ] {
            assert_eq!(stored(vec![(line, column)]).exact(2, 8, 1), None);
        }
    }
}
