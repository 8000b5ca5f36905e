//! From totals to growth: what each sent series said last, and the line of the series that it adds to.

use super::collect::Collector;
use super::histogram::Histogram;
use super::labels::kept;
use super::model::{Line, Points, TallyPoint};
use crate::spec::MetricKind;

/// What a sent series said last.
#[derive(Debug)]
pub(super) struct Sent {
    line: usize,
    folded: bool,
    at_ms: i64,
    last: Last,
}

/// A value in the form in which growth is taken from it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Last {
    Number(f64),
    Tally(TallyPoint),
    Histogram(Histogram),
}

/// What a sent series says now.
pub(super) struct Told<'a> {
    /// The digest of its metric and labels.
    pub(super) key: u64,
    pub(super) metric: usize,
    pub(super) labels: &'a [(String, String)],
    pub(super) at_ms: i64,
    pub(super) value: Last,
}

/// Why there is no growth.
enum Unfit {
    WentBack,
    OtherKind,
}

impl Collector {
    /// By how much a sent series grew, and its line; the value itself where it is no total.
    pub(super) fn growth(&mut self, told: Told<'_>) -> Option<(usize, Last)> {
        let problems = &mut self.series.problems;
        let Some(sent) = self.sent.get_mut(&told.key) else { return self.first(told) };
        if sent.at_ms == told.at_ms && sent.last == told.value {
            problems.duplicates += 1;
            return None;
        }
        problems.folded += u64::from(sent.folded);
        problems.out_of_order += u64::from(told.at_ms < sent.at_ms);
        sent.at_ms = told.at_ms;
        let is_total = matches!(self.series.lines[sent.line].points, Points::Counter(_));
        match told.value.since(&sent.last, is_total) {
            Ok(growth) => {
                sent.last = told.value;
                Some((sent.line, growth))
            }
            Err(Unfit::WentBack) => {
                problems.went_back += 1;
                sent.last = told.value;
                None
            }
            Err(Unfit::OtherKind) => {
                problems.mixed_kinds += 1;
                None
            }
        }
    }

    /// The first sample of a sent series; all of it is growth.
    fn first(&mut self, told: Told<'_>) -> Option<(usize, Last)> {
        let (line, is_new, folded) = self.line(told.metric, told.labels, &told.value);
        let problems = &mut self.series.problems;
        problems.folded += u64::from(folded);
        // Shares without counts cannot be added.
        if (folded || !is_new) && matches!(self.series.lines[line].points, Points::Share(_)) {
            problems.lost += 1;
            return None;
        }
        if self.sent.len() < self.limits.remembered {
            let sent = Sent { line, folded, at_ms: told.at_ms, last: told.value.clone() };
            self.sent.insert(told.key, sent);
            return Some((line, told.value));
        }
        // A single value was never sent before, whatever is remembered.
        let single = told.value.is_single();
        problems.lost += u64::from(!single);
        single.then_some((line, told.value))
    }

    /// The line of a metric and labels, whether it is new, and whether it is a folded one.
    fn line(&mut self, metric: usize, labels: &[(String, String)], value: &Last) -> (usize, bool, bool) {
        let (set, is_folded) = self.sets.place(kept(labels), &mut self.series.sets);
        let next = self.series.lines.len();
        let line = *self.lines.entry((metric, set)).or_insert(next);
        if line == next {
            let points = match (value, self.series.metrics[metric].kind) {
                (Last::Tally(_), _) => Points::Tally(Vec::new()),
                (Last::Histogram(_), _) => Points::Trend(Vec::new()),
                (Last::Number(_), MetricKind::Counter) => Points::Counter(Vec::new()),
                (Last::Number(_), MetricKind::Rate) => Points::Share(Vec::new()),
                (Last::Number(_), _) => Points::Gauge(Vec::new()),
            };
            self.series.lines.push(Line { metric, set, points });
        }
        (line, line == next, is_folded)
    }
}

impl Last {
    /// What came since `earlier`.
    fn since(&self, earlier: &Self, is_total: bool) -> Result<Self, Unfit> {
        match (self, earlier) {
            (Self::Number(now), Self::Number(before)) => {
                Ok(Self::Number(if is_total { now - before } else { *now }))
            }
            (Self::Tally(now), Self::Tally(before)) => {
                let (passes, total) = (now.passes - before.passes, now.total - before.total);
                Ok(Self::Tally(TallyPoint { passes, total }))
            }
            (Self::Histogram(now), Self::Histogram(before)) => {
                now.since(before).map(Self::Histogram).ok_or(Unfit::WentBack)
            }
            _ => Err(Unfit::OtherKind),
        }
    }

    /// Whether it counts one value.
    fn is_single(&self) -> bool {
        match self {
            Self::Number(total) | Self::Tally(TallyPoint { total, .. }) => {
                total.to_bits() == 1.0_f64.to_bits()
            }
            Self::Histogram(histogram) => histogram.count() == 1,
        }
    }
}
