//! Makes a series of k6's samples, one by one: fixed slots of a second by the samples' own times, counts of
//! rates, and the values of trends themselves. Bounded like that of k6's posts.

use std::collections::HashMap;

use super::collect::Limits;
use super::exact::{Exact, is_part};
use super::histogram::Histogram;
use super::label_sets::LabelSets;
use super::labels::{Labels, kept_labels};
use super::model::{GaugePoint, Line, MetricInfo, Points, Series, TallyPoint, put};
use super::problems::Problems;
use crate::spec::MetricKind;
use crate::spec::metrics::{builtin, unit};

/// How long a slot is at first, in milliseconds.
const SLOT_MS: i64 = 1000;

/// How far a sample's time may lie outside of the time in which k6 was heard, in milliseconds.
const TOLERANCE_MS: i64 = 5000;

/// Where the samples of one metric and label set go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    line: usize,
    is_folded: bool,
    is_scenario: bool,
}

/// A series in the making.
#[derive(Debug)]
pub struct SampleCollector {
    limits: Limits,
    series: Series,
    exact: Exact,
    by_name: HashMap<String, usize>,
    sets: LabelSets,
    lines: HashMap<(usize, usize), usize>,
    begun_ms: i64,
    heard_ms: i64,
    last_ms: Option<i64>,
    cells: usize,
}

impl SampleCollector {
    /// An empty one; k6 is started after `begin_ms` (milliseconds since the Unix epoch).
    pub fn new(begin_ms: i64, limits: Limits) -> Self {
        Self {
            series: Series::empty(begin_ms),
            exact: Exact::default(),
            by_name: HashMap::new(),
            sets: LabelSets::new(limits.label_sets),
            limits,
            lines: HashMap::new(),
            begun_ms: begin_ms,
            heard_ms: begin_ms,
            last_ms: None,
            cells: 0,
        }
    }

    /// What was wrong so far, to add what only the reader sees.
    pub fn problems_mut(&mut self) -> &mut Problems {
        &mut self.series.problems
    }

    /// Notes that what is taken from now on was read at `now_ms`, on a clock that nobody sets.
    pub fn heard(&mut self, now_ms: i64) {
        self.heard_ms = self.heard_ms.max(now_ms);
    }

    /// Takes what k6 says of a metric; `contains` is `time`, `data` or `default`.
    pub fn describe(&mut self, name: &str, kind: MetricKind, contains: &str) {
        if self.by_name.contains_key(name) {
            return;
        }
        if self.series.metrics.len() >= self.limits.metrics {
            return;
        }
        let unit = match contains {
            "time" => "ms",
            "data" => "bytes",
            _ => unit(name, kind),
        };
        self.by_name.insert(name.to_owned(), self.series.metrics.len());
        let (wire, name, unit) = (name.to_owned(), name.to_owned(), unit.to_owned());
        self.series.metrics.push(MetricInfo { wire, name, kind, unit });
    }

    /// Where samples of a metric with these tags go; nowhere where k6 did not describe the metric, or there are
    /// too many of them.
    pub fn stream(&mut self, metric: &str, tags: &Labels) -> Option<Stream> {
        if !self.by_name.contains_key(metric)
            && let Some(known) = builtin(metric)
        {
            self.describe(metric, known.kind, "default");
        }
        let metric = *self.by_name.get(metric)?;
        let (set, is_folded) = self.sets.place(kept_labels(tags), &mut self.series.sets);
        let next = self.series.lines.len();
        let line = *self.lines.entry((metric, set)).or_insert(next);
        if line == next {
            let points = match self.series.metrics[metric].kind {
                MetricKind::Counter => Points::Counter(Vec::new()),
                MetricKind::Gauge => Points::Gauge(Vec::new()),
                MetricKind::Rate => Points::Tally(Vec::new()),
                MetricKind::Trend => Points::Trend(Vec::new()),
            };
            self.series.lines.push(Line { metric, set, points });
        }
        Some(Stream { line, is_folded, is_scenario: tags.contains_key("scenario") })
    }

    /// Takes a sample, taken at `at_ms` (milliseconds since the Unix epoch).
    pub fn take(&mut self, stream: Stream, at_ms: i64, value: f64) {
        let at_ms = self.on_the_clock(at_ms);
        if stream.is_scenario {
            self.note_scenario(at_ms);
        }
        self.last_ms = self.last_ms.max(Some(at_ms));
        let slot = self.slot(at_ms);
        self.series.problems.folded += u64::from(stream.is_folded);
        let line = &mut self.series.lines[stream.line];
        if !value.is_finite() {
            self.series.problems.not_finite += 1;
            if !matches!(line.points, Points::Trend(_)) {
                return;
            }
            // A percentile over the rest would be no percentile: what remains is the histogram.
            let metric = line.metric;
            if !self.exact.given_up.contains(&metric) {
                self.give_up(metric);
            }
        }
        let line = &mut self.series.lines[stream.line];
        self.cells += match &mut line.points {
            Points::Counter(points) => usize::from(put(points, slot, value, |sum, more| *sum += more)),
            Points::Gauge(points) => usize::from(put(points, slot, GaugePoint::of(value), GaugePoint::then)),
            Points::Tally(points) => {
                let one = TallyPoint { passes: f64::from(u8::from(value != 0.0)), total: 1.0 };
                usize::from(put(points, slot, one, |sum, more| {
                    sum.passes += more.passes;
                    sum.total += more.total;
                }))
            }
            Points::Trend(points) => {
                self.exact.push(stream.line, line.metric, slot, value);
                record(points, slot, value)
            }
            Points::Share(_) => 0,
        };
        if self.cells > self.limits.cells || self.exact.count() > self.limits.values {
            self.bound();
        }
    }

    /// The series of all samples.
    pub fn finish(mut self) -> Series {
        if let (Some(last), Some(end)) = (self.last_ms, self.series.slots.ends_ms.last_mut()) {
            *end = (last + 1).min(*end);
        }
        self.exact.settle(self.series.lines.len());
        self.series.exact = Some(self.exact);
        self.series
    }

    /// A time that can be: k6 was heard between its start and now.
    fn on_the_clock(&mut self, at_ms: i64) -> i64 {
        let (least, most) = (self.begun_ms - TOLERANCE_MS, self.heard_ms.saturating_add(TOLERANCE_MS));
        if (least..=most).contains(&at_ms) {
            return at_ms;
        }
        self.series.problems.off_clock += 1;
        self.last_ms.unwrap_or(self.heard_ms)
    }

    fn note_scenario(&mut self, at_ms: i64) {
        if let Some((first, last)) = &mut self.series.scenarios_ms {
            (*first, *last) = (at_ms.min(*first), at_ms.max(*last));
        } else {
            self.series.scenarios_ms = Some((at_ms, at_ms));
            self.anchor(at_ms);
        }
    }

    /// Lets a slot begin with the first sample of a scenario, so that windows are cut where they are said to be.
    /// Slots before it, the setup's, are named up to one slot too early.
    fn anchor(&mut self, at_ms: i64) {
        if self.last_ms.is_none() {
            self.series.slots.begin_ms = at_ms;
            return;
        }
        let width = SLOT_MS * i64::from(self.series.slots.posts_each);
        let back = (at_ms - self.series.slots.begin_ms).rem_euclid(width);
        let shift = (width - back) % width;
        let slots = &mut self.series.slots;
        slots.begin_ms -= shift;
        slots.ends_ms.iter_mut().for_each(|end| *end -= shift);
    }

    fn slot(&mut self, at_ms: i64) -> u32 {
        if self.last_ms.is_some() && self.series.slots.len() == 0 && self.series.scenarios_ms.is_none() {
            self.series.slots.begin_ms = at_ms;
        }
        let slots = &mut self.series.slots;
        let width = SLOT_MS * i64::from(slots.posts_each);
        let slot = usize::try_from((at_ms - slots.begin_ms) / width).unwrap_or(0);
        while slots.len() <= slot {
            let end = slots.end(slots.len()) + width;
            slots.ends_ms.push(end);
            slots.posts_in_last = slots.posts_each;
        }
        u32::try_from(slot).unwrap_or(u32::MAX)
    }

    /// Joins slots while there are more numbers than may be kept, and gives up values while there are too many.
    fn bound(&mut self) {
        if self.cells > self.limits.cells {
            self.cells = self.series.cells();
        }
        while self.cells > self.limits.cells && self.series.slots.len() > 1 {
            self.series.widen();
            self.exact.widen();
            self.cells = self.series.cells();
        }
        while self.exact.count() > self.limits.values {
            let Some(largest) = self.largest() else { return };
            self.give_up(largest);
        }
    }

    /// The metric with the most values; parts of a request's duration before all others.
    fn largest(&self) -> Option<usize> {
        let mut counts = vec![0; self.series.metrics.len()];
        for (line, column) in self.series.lines.iter().zip(&self.exact.columns) {
            counts[line.metric] += column.values.len();
        }
        let present = counts.into_iter().enumerate().filter(|(_, count)| *count > 0);
        let rank = |(metric, count): &(usize, usize)| (is_part(&self.series.metrics[*metric].name), *count);
        present.max_by_key(rank).map(|(metric, _)| metric)
    }

    fn give_up(&mut self, metric: usize) {
        let lines = self.series.lines.iter().enumerate().filter(|(_, line)| line.metric == metric);
        self.exact.give_up(metric, lines.map(|(index, _)| index));
    }
}

/// Counts a value in its slot's histogram; how many numbers more that keeps.
fn record(points: &mut Vec<(u32, Histogram)>, slot: u32, value: f64) -> usize {
    let mut before = None;
    let at = match points.last() {
        Some((last, _)) if *last == slot => points.len() - 1,
        _ => match points.binary_search_by_key(&slot, |(slot, _)| *slot) {
            Ok(at) => at,
            Err(at) => {
                points.insert(at, (slot, Histogram::fine()));
                before = Some(0);
                at
            }
        },
    };
    let histogram = &mut points[at].1;
    let before = before.unwrap_or_else(|| histogram.cells());
    histogram.record(value);
    histogram.cells() - before
}
