//! Makes a series of k6's posts: totals become growth by slot, label sets beyond the limit are folded, and
//! slots are joined when the series grows too large.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher as _};

use super::label_sets::LabelSets;
use super::latest::{Gathering, Latest};
use super::model::{GaugePoint, Points, Series, TallyPoint, put};
use super::naming::likeliest;
use super::problems::Problems;
use super::totals::{Last, Sent, Told};
use super::wire::{Sample, SampleValue};

/// How often k6 posts, in milliseconds.
const INTERVAL_MS: i64 = 1000;

/// How far a sample's time may lie outside of its interval, in milliseconds: gauges come one post late.
const TOLERANCE_MS: i64 = 2000;

/// What Prometheus writes where a series ends (`K6_PROMETHEUS_RW_STALE_MARKERS`): no value.
const STALE: u64 = 0x7ff0_0000_0000_0002;

/// The rate whose counts are those of `http_reqs` with the same labels.
const COUNTED_RATE: &str = "k6_http_req_failed_rate";

/// The counter that counts it.
const ITS_COUNTER: &str = "k6_http_reqs_total";

/// What bounds the memory of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Label sets that are kept apart; later ones are folded into `(other)`, by scenario.
    pub label_sets: usize,
    /// Metrics; samples of later ones are lost.
    pub metrics: usize,
    /// Sent series (metric and all labels) whose last total is remembered.
    pub remembered: usize,
    /// Numbers kept; above it slots are joined in pairs.
    pub cells: usize,
    /// Values of trends kept as they are, where every sample is read; above it those of whole metrics are given up.
    pub values: usize,
}

impl Default for Limits {
    /// About 50 MB of memory at most, and a record under 5 MB: a number takes 1.5 to 2.3 bytes in it.
    fn default() -> Self {
        Self { label_sets: 2_000, metrics: 500, remembered: 65_536, cells: 2_000_000, values: 2_000_000 }
    }
}

/// A series in the making.
#[derive(Debug)]
pub struct Collector {
    pub(super) limits: Limits,
    pub(super) series: Series,
    started: bool,
    arrived_ms: i64,
    cells: usize,
    /// As a number and as a histogram.
    by_wire: HashMap<String, [Option<usize>; 2]>,
    pub(super) sets: LabelSets,
    pub(super) lines: HashMap<(usize, usize), usize>,
    pub(super) sent: HashMap<u64, Sent>,
    setup_until_ms: i64,
    latest: Option<Latest>,
}

/// A post while it is taken.
struct Post {
    slot: u32,
    since_ms: i64,
    arrived_ms: i64,
    /// Requests so far by the digest of their labels.
    requests: HashMap<u64, f64>,
    gathering: Gathering,
    scenarios_ms: Option<(i64, i64)>,
}

impl Collector {
    /// An empty one; k6 is started after `begin_ms` (milliseconds since the Unix epoch).
    pub fn new(begin_ms: i64, limits: Limits) -> Self {
        Self {
            series: Series::empty(begin_ms),
            started: false,
            arrived_ms: begin_ms,
            cells: 0,
            by_wire: HashMap::new(),
            sets: LabelSets::new(limits.label_sets),
            limits,
            lines: HashMap::new(),
            sent: HashMap::new(),
            setup_until_ms: begin_ms,
            latest: None,
        }
    }

    /// The last post in brief.
    pub fn latest(&self) -> Option<&Latest> {
        self.latest.as_ref()
    }

    /// What was wrong so far, to add what only the receiver sees.
    pub fn problems_mut(&mut self) -> &mut Problems {
        &mut self.series.problems
    }

    /// The series of all posts.
    pub fn finish(self) -> Series {
        self.series
    }

    /// Takes what one post holds, which came at `arrived_ms`.
    pub fn post(&mut self, arrived_ms: i64, samples: Vec<Sample>) {
        let mut post = self.open(arrived_ms, &samples);
        for sample in samples {
            self.take(&mut post, sample);
        }
        if let Some((first, last)) = post.scenarios_ms {
            // Only a set's last sample has a time, so the first one came anywhere in the interval: not before
            // the setup's last sample, though.
            let earliest = post.since_ms.max(self.setup_until_ms).min(first);
            let (begin, end) = self.series.scenarios_ms.unwrap_or((earliest, last));
            self.series.scenarios_ms = Some((begin, end.max(last)));
        }
        let seconds = (post.arrived_ms - post.since_ms) as f64 / 1000.0;
        self.latest = Some(post.gathering.finish(post.arrived_ms, seconds, self.latest.as_ref()));
        self.bound();
    }

    /// Joins slots while there are more numbers than may be kept.
    fn bound(&mut self) {
        if self.cells > self.limits.cells {
            // What fell into an existing bucket was counted twice.
            self.cells = self.series.cells();
        }
        while self.cells > self.limits.cells && self.series.slots.len() > 1 {
            self.series.widen();
            self.cells = self.series.cells();
        }
    }

    fn open(&mut self, arrived_ms: i64, samples: &[Sample]) -> Post {
        let arrived_ms = arrived_ms.max(self.arrived_ms.saturating_add(1));
        if !self.started {
            self.started = true;
            self.series.slots.begin_ms = self.arrived_ms.max(arrived_ms - INTERVAL_MS);
            self.setup_until_ms = self.series.slots.begin_ms;
            self.arrived_ms = self.series.slots.begin_ms;
        }
        let since_ms = std::mem::replace(&mut self.arrived_ms, arrived_ms);
        self.series.problems.gaps += u64::from(arrived_ms - since_ms > INTERVAL_MS * 5 / 2);
        let slot = u32::try_from(self.series.slots.open(arrived_ms)).unwrap_or(u32::MAX);
        let requests = samples.iter().filter_map(|sample| match sample.value {
            SampleValue::Number(total) if sample.metric == ITS_COUNTER => {
                Some((digest(&sample.labels), total))
            }
            _ => None,
        });
        Post {
            slot,
            since_ms,
            arrived_ms,
            requests: requests.collect(),
            gathering: Gathering::default(),
            scenarios_ms: None,
        }
    }

    fn take(&mut self, post: &mut Post, sample: Sample) {
        if !self.is_value(&sample.value) {
            return;
        }
        let labels_digest = digest(&sample.labels);
        let is_histogram = matches!(sample.value, SampleValue::Histogram(_));
        let Some(metric) = self.metric(&sample.metric, is_histogram) else { return };
        let key = digest(&(metric, labels_digest));
        let tally = match sample.value {
            SampleValue::Number(share) if sample.metric == COUNTED_RATE => {
                let total = post.requests.get(&labels_digest).copied();
                total.map(|total| TallyPoint { passes: (share * total).round(), total })
            }
            _ => None,
        };
        let value = match (tally, sample.value) {
            (Some(tally), _) => Last::Tally(tally),
            (None, SampleValue::Number(value)) => Last::Number(value),
            (None, SampleValue::Histogram(histogram)) => Last::Histogram(histogram),
        };
        self.note_time(post, &sample.labels, sample.at_ms);
        let told = Told { key, metric, labels: &sample.labels, at_ms: sample.at_ms, value };
        if let Some((line, growth)) = self.growth(told) {
            self.keep(post, line, growth, sample.at_ms);
        }
    }

    /// Whether it is to be kept at all.
    fn is_value(&mut self, value: &SampleValue) -> bool {
        match value {
            SampleValue::Number(value) if value.is_finite() => true,
            SampleValue::Number(value) => {
                self.series.problems.not_finite += u64::from(value.to_bits() != STALE);
                false
            }
            SampleValue::Histogram(histogram) => {
                self.series.problems.not_finite += u64::from(!histogram.sum.is_finite());
                true
            }
        }
    }

    fn metric(&mut self, wire: &str, is_histogram: bool) -> Option<usize> {
        let form = usize::from(is_histogram);
        if let Some(known) = self.by_wire.get(wire).and_then(|forms| forms[form]) {
            return Some(known);
        }
        if self.series.metrics.len() >= self.limits.metrics {
            self.series.problems.lost += 1;
            return None;
        }
        self.series.metrics.push(likeliest(wire, is_histogram));
        let index = self.series.metrics.len() - 1;
        self.by_wire.entry(wire.to_owned()).or_default()[form] = Some(index);
        Some(index)
    }

    fn note_time(&mut self, post: &mut Post, labels: &[(String, String)], at_ms: i64) {
        let off =
            at_ms > post.arrived_ms.saturating_add(TOLERANCE_MS) || at_ms < post.since_ms - TOLERANCE_MS;
        self.series.problems.off_clock += u64::from(off);
        if off {
            return;
        }
        if labels.iter().any(|(name, _)| name == "scenario") {
            let (first, last) = post.scenarios_ms.get_or_insert((at_ms, at_ms));
            (*first, *last) = (at_ms.min(*first), at_ms.max(*last));
        } else if labels.iter().any(|(name, value)| name == "group" && value.starts_with("::setup")) {
            self.setup_until_ms = at_ms.max(self.setup_until_ms);
        }
    }

    fn keep(&mut self, post: &mut Post, line: usize, growth: Last, at_ms: i64) {
        let line = &mut self.series.lines[line];
        let wire = &self.series.metrics[line.metric].wire;
        match (&mut line.points, growth) {
            (Points::Counter(points), Last::Number(growth)) => {
                post.gathering.counter(wire, growth);
                self.cells += usize::from(put(points, post.slot, growth, |sum, more| *sum += more));
            }
            (Points::Share(points), Last::Number(share)) => {
                self.cells += usize::from(put(points, post.slot, share, |old, new| *old = new));
            }
            (Points::Gauge(points), Last::Number(value)) => {
                post.gathering.gauge(wire, value);
                // k6 posts its own gauges an interval late.
                let slot = u32::try_from(self.series.slots.holding(at_ms)).unwrap_or(post.slot);
                self.cells += usize::from(put(points, slot, GaugePoint::of(value), GaugePoint::then));
            }
            (Points::Tally(points), Last::Tally(growth)) => {
                post.gathering.failed(growth.passes);
                self.cells += usize::from(put(points, post.slot, growth, |sum, more| {
                    sum.passes += more.passes;
                    sum.total += more.total;
                }));
            }
            (Points::Trend(points), Last::Histogram(growth)) => {
                post.gathering.trend(wire, &growth);
                self.cells += growth.cells();
                put(points, post.slot, growth, |sum, more| sum.add(&more));
            }
            _ => self.series.problems.mixed_kinds += 1,
        }
    }
}

/// 64 bits of a value; two of a few thousand label sets meet with a chance of 1 in 10^12.
fn digest<T: std::hash::Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
