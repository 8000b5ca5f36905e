//! The values of trends themselves, by line and slot, as long as there are not too many: percentiles of any
//! label set and window are exact then. Where there are, those of whole metrics are given up.

use std::collections::BTreeSet;

/// The parts of a request's duration are given up before anything else.
const PARTS: [&str; 6] = [
    "http_req_blocked",
    "http_req_connecting",
    "http_req_receiving",
    "http_req_sending",
    "http_req_tls_handshaking",
    "http_req_waiting",
];

/// Values by line of a series.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Exact {
    /// As many as there are lines; empty for all but trends.
    pub(super) columns: Vec<Column>,
    /// The metrics of which none are kept, by index.
    pub(super) given_up: BTreeSet<usize>,
    count: usize,
}

/// The values of one line, each beside its slot; sorted by slot and value once they are all there.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Column {
    pub(super) slots: Vec<u32>,
    pub(super) values: Vec<f64>,
}

impl Exact {
    /// Of columns that are sorted already.
    pub(super) fn of(columns: Vec<Column>, given_up: BTreeSet<usize>) -> Self {
        let count = columns.iter().map(|column| column.values.len()).sum();
        Self { columns, given_up, count }
    }

    /// How many values are kept.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Adds a value of a line, unless its metric was given up.
    pub(super) fn push(&mut self, line: usize, metric: usize, slot: u32, value: f64) {
        if !self.given_up.is_empty() && self.given_up.contains(&metric) {
            return;
        }
        if self.columns.len() <= line {
            self.columns.resize_with(line + 1, Column::default);
        }
        let column = &mut self.columns[line];
        column.slots.push(slot);
        column.values.push(value);
        self.count += 1;
    }

    /// Gives up a metric, whose lines these are.
    pub(super) fn give_up(&mut self, metric: usize, lines: impl Iterator<Item = usize>) {
        self.given_up.insert(metric);
        for line in lines {
            if let Some(column) = self.columns.get_mut(line) {
                self.count -= column.values.len();
                *column = Column::default();
            }
        }
    }

    /// Joins slots `2i` and `2i+1`.
    pub(super) fn widen(&mut self) {
        self.columns.iter_mut().flat_map(|column| &mut column.slots).for_each(|slot| *slot /= 2);
    }

    /// Sorts each column, once all values are there, and sees to it that each line has one.
    pub(super) fn settle(&mut self, lines: usize) {
        self.columns.resize_with(lines, Column::default);
        for column in &mut self.columns {
            let slots = std::mem::take(&mut column.slots);
            let values = std::mem::take(&mut column.values);
            let mut both: Vec<(u32, f64)> = slots.into_iter().zip(values).collect();
            both.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
            (column.slots, column.values) = both.into_iter().unzip();
        }
    }
}

impl Column {
    /// The values from one slot to another, the last one left out.
    pub(super) fn within(&self, from: usize, to: usize) -> &[f64] {
        let first = self.slots.partition_point(|slot| (*slot as usize) < from);
        let last = self.slots.partition_point(|slot| (*slot as usize) < to);
        &self.values[first..last.max(first)]
    }
}

/// Whether a metric is only a part of another one.
pub(super) fn is_part(metric: &str) -> bool {
    PARTS.contains(&metric)
}
