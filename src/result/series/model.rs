//! The series itself: metrics, label sets, and for each pair of them its points by slot.

use serde::{Deserialize, Serialize};

use super::exact::Exact;
use super::histogram::Histogram;
use super::labels::Labels;
use super::problems::Problems;
use super::slots::Slots;
use crate::spec::MetricKind;

/// A run's live series. A slot is what one post of k6 brought (about a second), or 2, 4, 8 … of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub(super) slots: Slots,
    pub(super) metrics: Vec<MetricInfo>,
    pub(super) sets: Vec<Labels>,
    pub(super) lines: Vec<Line>,
    /// When the first and the last sample of a scenario were taken, if there was one; the first within a slot.
    pub(super) scenarios_ms: Option<(i64, i64)>,
    pub(super) problems: Problems,
    /// The values of trends; none where k6 posted histograms.
    pub(super) exact: Option<Exact>,
}

/// A metric of the series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricInfo {
    /// The name that k6's remote write gives it.
    pub wire: String,
    /// The name that the script gives it.
    pub name: String,
    /// Its type.
    pub kind: MetricKind,
    /// `ms`, `bytes`, `1`, or empty where k6 does not say.
    pub unit: String,
}

/// The points of one metric and label set.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) metric: usize,
    pub(super) set: usize,
    pub(super) points: Points,
}

/// Values by slot, ascending.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Points {
    /// By how much a counter grew.
    Counter(Vec<(u32, f64)>),
    /// The values of a gauge.
    Gauge(Vec<(u32, GaugePoint)>),
    /// A rate's share of all values up to the end of the slot: k6 sends no counts.
    Share(Vec<(u32, f64)>),
    /// Non-zero values and all values of a rate whose counts are known from another metric.
    Tally(Vec<(u32, TallyPoint)>),
    /// The values of a trend.
    Trend(Vec<(u32, Histogram)>),
}

/// Values of a gauge within a slot.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct GaugePoint {
    pub(super) min: f64,
    pub(super) max: f64,
    pub(super) last: f64,
}

impl GaugePoint {
    pub(super) fn of(value: f64) -> Self {
        Self { min: value, max: value, last: value }
    }

    pub(super) fn then(&mut self, later: Self) {
        self.min = self.min.min(later.min);
        self.max = self.max.max(later.max);
        self.last = later.last;
    }
}

/// Counts of a rate within a slot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct TallyPoint {
    pub(super) passes: f64,
    pub(super) total: f64,
}

impl Series {
    /// Replaces every value of a label, such as an address that holds a secret.
    pub fn relabel(&mut self, replace: impl Fn(&str) -> String) {
        self.sets.iter_mut().flat_map(|labels| labels.values_mut()).for_each(|value| *value = replace(value));
    }

    /// A series without anything, for a run that nobody watched.
    pub fn empty(begin_ms: i64) -> Self {
        Self {
            slots: Slots::new(begin_ms),
            metrics: Vec::new(),
            sets: Vec::new(),
            lines: Vec::new(),
            scenarios_ms: None,
            problems: Problems::default(),
            exact: None,
        }
    }

    /// Whether nothing was received.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// What was wrong with it.
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// The same, to add what only the receiver knows.
    pub fn problems_mut(&mut self) -> &mut Problems {
        &mut self.problems
    }

    /// What was wrong with it, one line for each, for people; also of which metrics not every value is kept.
    pub fn told(&self) -> Vec<String> {
        let Some(exact) = &self.exact else { return self.problems.told("posts") };
        let mut told = self.problems.told("lines");
        let given_up: Vec<&str> =
            exact.given_up.iter().map(|metric| self.metrics[*metric].name.as_str()).collect();
        if !given_up.is_empty() {
            let names = given_up.join(", ");
            told.push(format!("too many or unlimited values to keep each: percentiles by tags and of windows are those of a histogram for {names}"));
        }
        told
    }

    /// Whether every sample was read, rather than k6's totals of each second.
    pub fn is_of_samples(&self) -> bool {
        self.exact.is_some()
    }

    /// The metrics, in the order in which they first came.
    pub fn metrics(&self) -> &[MetricInfo] {
        &self.metrics
    }

    /// The label sets of a metric.
    pub fn label_sets(&self, metric: &str) -> impl Iterator<Item = &Labels> {
        let lines = self.lines.iter().filter(move |line| self.metrics[line.metric].name == metric);
        lines.map(|line| &self.sets[line.set])
    }

    /// How many of k6's posts make a slot: 1, unless the run was too long or had too many label sets.
    pub fn posts_per_slot(&self) -> u32 {
        self.slots.posts_each
    }

    /// When the first sample of a scenario was taken, at the earliest, and when the last one was; in
    /// milliseconds since the Unix epoch.
    pub fn scenarios_ms(&self) -> Option<(i64, i64)> {
        self.scenarios_ms
    }

    /// How many numbers it keeps.
    pub(super) fn cells(&self) -> usize {
        self.lines.iter().map(|line| line.points.cells()).sum()
    }

    /// Joins slots in pairs.
    pub(super) fn widen(&mut self) {
        self.slots.widen();
        for line in &mut self.lines {
            line.points.widen();
        }
    }
}

impl Points {
    fn cells(&self) -> usize {
        match self {
            Self::Counter(points) | Self::Share(points) => points.len(),
            Self::Gauge(points) => points.len(),
            Self::Tally(points) => points.len(),
            Self::Trend(points) => points.iter().map(|(_, histogram)| histogram.cells()).sum(),
        }
    }

    fn widen(&mut self) {
        match self {
            Self::Counter(points) => join(points, |sum, more| *sum += more),
            Self::Share(points) => join(points, |share, later| *share = later),
            Self::Gauge(points) => join(points, GaugePoint::then),
            Self::Tally(points) => join(points, |sum, more| {
                sum.passes += more.passes;
                sum.total += more.total;
            }),
            Self::Trend(points) => join(points, |sum, more| sum.add(&more)),
        }
    }
}

/// Joins the points of slots `2i` and `2i+1`.
fn join<T>(points: &mut Vec<(u32, T)>, mut onto: impl FnMut(&mut T, T)) {
    let mut joined: Vec<(u32, T)> = Vec::with_capacity(points.len() / 2 + 1);
    for (slot, value) in points.drain(..) {
        match joined.last_mut() {
            Some((last, sum)) if *last == slot / 2 => onto(sum, value),
            _ => joined.push((slot / 2, value)),
        }
    }
    *points = joined;
}

/// Puts `value` into its slot, `onto` what is there; whether it is the slot's first.
pub(super) fn put<T>(points: &mut Vec<(u32, T)>, slot: u32, value: T, onto: impl FnOnce(&mut T, T)) -> bool {
    match points.binary_search_by_key(&slot, |(slot, _)| *slot) {
        Ok(at) => {
            onto(&mut points[at].1, value);
            false
        }
        Err(at) => {
            points.insert(at, (slot, value));
            true
        }
    }
}
