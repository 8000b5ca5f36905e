//! Parts of a series: the whole run, or the measured window of it.

use std::ops::Range;
use std::time::Duration;

use super::distribution::Buckets;
use super::histogram::Histogram;
use super::labels::{FOLDED, Filter, Labels, outside_scenarios};
use super::model::{Line, Points, Series};

/// How long after its time k6 may post a sample, in milliseconds: it hands samples on every 50 ms.
const LATE_MS: i64 = 200;

/// How far a slot may reach over a bound and still counts as within: k6's seconds are no exact ones, and a
/// window from the second second on is meant to begin with the third slot.
const JITTER_MS: i64 = 100;

/// Where a window ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// With the last sample of a scenario.
    End,
    /// So long after the first sample of a scenario.
    After(Duration),
    /// So long before the last sample of a scenario.
    BeforeEnd(Duration),
}

/// Why there is no window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// No sample names a scenario: nothing ran, or the script's `systemTags` leave `scenario` out.
    #[error("no sample of a scenario was received")]
    NoScenario,
    /// No slot lies within.
    #[error("no whole slot lies within the window: the scenarios lasted {} s, a slot {} s", lasted_ms / 1000, slot_s)]
    Empty {
        /// How long samples of scenarios came, in milliseconds.
        lasted_ms: i64,
        /// How many seconds a slot has.
        slot_s: u32,
    },
}

/// Some slots of a series.
#[derive(Debug, Clone)]
pub struct View<'a> {
    pub(super) series: &'a Series,
    pub(super) slots: Range<usize>,
    /// Its bounds in milliseconds since the Unix epoch: those of its slots, cut to where scenarios ran.
    from_ms: i64,
    to_ms: i64,
    scenarios_only: bool,
}

impl Series {
    /// Everything, setup and teardown included.
    pub fn whole(&self) -> View<'_> {
        let slots = 0..self.slots.len();
        let to_ms = slots.end.checked_sub(1).map_or(self.slots.begin_ms, |last| self.slots.end(last));
        View { series: self, slots, from_ms: self.slots.begin_ms, to_ms, scenarios_only: false }
    }

    /// The whole slots from `skip` after the first sample of a scenario until `until`, without what setup and
    /// teardown did. After a setup the first sample is known to within a second (see `docs/measurement.md`).
    pub fn window(&self, skip: Duration, until: Until) -> Result<View<'_>, WindowError> {
        let (begin, end) = self.scenarios_ms.ok_or(WindowError::NoScenario)?;
        let from = begin.saturating_add(milliseconds(skip));
        let to = match until {
            Until::End => end,
            Until::After(duration) => begin.saturating_add(milliseconds(duration)),
            Until::BeforeEnd(duration) => end.saturating_sub(milliseconds(duration)),
        };
        let bounds = |slot| {
            let from = self.slots.start(slot).max(begin);
            (from, self.slots.end(slot).min(end).max(from))
        };
        let within = |slot: &usize| {
            let (start, finish) = bounds(*slot);
            let of_scenarios = self.slots.end(*slot) > begin && self.slots.start(*slot) < end + LATE_MS;
            of_scenarios && start + JITTER_MS >= from && (finish <= to + JITTER_MS || to == end)
        };
        let slots: Vec<usize> = (0..self.slots.len()).filter(within).collect();
        let (Some(first), Some(last)) = (slots.first(), slots.last()) else {
            return Err(WindowError::Empty { lasted_ms: end - begin, slot_s: self.slots.posts_each });
        };
        let (from_ms, to_ms) = (bounds(*first).0, bounds(*last).1);
        Ok(View { series: self, slots: *first..*last + 1, from_ms, to_ms, scenarios_only: true })
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl View<'_> {
    /// How long it lasts, in seconds.
    pub fn seconds(&self) -> f64 {
        (self.to_ms - self.from_ms) as f64 / 1000.0
    }

    /// Its bounds in milliseconds since the Unix epoch.
    pub fn bounds_ms(&self) -> (i64, i64) {
        (self.from_ms, self.to_ms)
    }

    /// The label sets of a metric.
    pub fn label_sets(&self, metric: &str) -> impl Iterator<Item = &Labels> {
        self.series.label_sets(metric)
    }

    /// How long each of its slots lasts, in seconds.
    pub fn slot_seconds(&self) -> Vec<f64> {
        let slots = &self.series.slots;
        let clipped = |slot| (slots.end(slot).min(self.to_ms) - slots.start(slot).max(self.from_ms)).max(0);
        self.slots.clone().map(|slot| clipped(slot) as f64 / 1000.0).collect()
    }

    /// By how much a counter grew in each slot; `None` where no such label set exists.
    pub fn counter_slots(&self, metric: &str, filter: &Filter) -> Option<Vec<f64>> {
        let mut grown = None;
        for (line, _) in self.lines(metric, filter) {
            let Points::Counter(points) = &line.points else { continue };
            let sums = grown.get_or_insert_with(|| vec![0.0; self.slots.len()]);
            for (slot, growth) in self.within(points) {
                sums[slot] += growth;
            }
        }
        grown
    }

    /// When each of its slots ends, in milliseconds since the Unix epoch.
    pub fn slot_ends_ms(&self) -> Vec<i64> {
        self.slots.clone().map(|slot| self.series.slots.end(slot).min(self.to_ms)).collect()
    }

    /// The last value of a gauge in each slot that has one; of several label sets the largest.
    pub fn gauge_slots(&self, metric: &str, filter: &Filter) -> Option<Vec<Option<f64>>> {
        let mut values = None;
        for (line, _) in self.lines(metric, filter) {
            let Points::Gauge(points) = &line.points else { continue };
            let values = values.get_or_insert_with(|| vec![None; self.slots.len()]);
            for (slot, point) in self.within(points) {
                let known = values[slot].unwrap_or(f64::NEG_INFINITY);
                values[slot] = Some(point.last.max(known));
            }
        }
        values
    }

    /// The share of non-zero values of a rate in each slot that has any; `None` where their counts are not known.
    pub fn rate_slots(&self, metric: &str, filter: &Filter) -> Option<Vec<Option<f64>>> {
        let mut sums = None;
        for (line, _) in self.lines(metric, filter) {
            let Points::Tally(points) = &line.points else { continue };
            let sums = sums.get_or_insert_with(|| vec![(0.0, 0.0); self.slots.len()]);
            for (slot, growth) in self.within(points) {
                sums[slot].0 += growth.passes;
                sums[slot].1 += growth.total;
            }
        }
        let share = |(passes, total): (f64, f64)| (total > 0.0).then(|| passes / total);
        sums.map(|sums| sums.into_iter().map(share).collect())
    }

    /// The share that a rate without counts has had since the run's beginning, as it stood at the end of each slot
    /// that has a new one; by label set. k6 says no more: the shares of two sets cannot be joined, and what came
    /// within a slot is not known.
    pub fn running_shares(&self, metric: &str) -> Vec<(&Labels, Vec<Option<f64>>)> {
        let mut all = Vec::new();
        for (line, labels) in self.lines(metric, &Filter::any()) {
            let Points::Share(points) = &line.points else { continue };
            let mut shares = vec![None; self.slots.len()];
            for (slot, share) in self.within(points) {
                shares[slot] = Some(*share);
            }
            all.push((labels, shares));
        }
        all
    }

    /// A trend's values in each slot, in its own unit.
    pub fn trend_slots(&self, metric: &str, filter: &Filter) -> Option<Vec<Buckets>> {
        let mut sums = None;
        let mut scale = 1.0;
        for (line, _) in self.lines(metric, filter) {
            let Points::Trend(points) = &line.points else { continue };
            scale = self.series.metrics[line.metric].scale();
            let sums = sums.get_or_insert_with(|| vec![Histogram::default(); self.slots.len()]);
            for (slot, growth) in self.within(points) {
                sums[slot].add(growth);
            }
        }
        let sums = sums?;
        Some(sums.iter().map(|histogram| Buckets::of(histogram, scale)).collect())
    }

    /// The whole run, setup and teardown included.
    pub fn of_whole(&self) -> View<'_> {
        self.series.whole()
    }

    /// Every value of a trend, in the metric's own unit; `None` where not every value was kept.
    pub fn values(&self, metric: &str, filter: &Filter) -> Option<Vec<f64>> {
        let exact = self.series.exact.as_ref()?;
        let metrics = &self.series.metrics;
        if exact.given_up.iter().any(|index| metrics[*index].name == metric) {
            return None;
        }
        let mut values = Vec::new();
        for (index, line) in self.series.lines.iter().enumerate() {
            if metrics[line.metric].name == metric && self.takes(line, filter) {
                values.extend_from_slice(exact.columns[index].within(self.slots.start, self.slots.end));
            }
        }
        Some(values)
    }

    /// Whether samples of a metric may lack tags that `filter` asks for, because there were too many label sets.
    pub fn lacks_tags(&self, metric: &str, filter: &Filter) -> bool {
        let is_folded = |labels: &Labels| labels.get("name").is_some_and(|name| name == FOLDED);
        !filter.survives_folding() && self.series.label_sets(metric).any(is_folded)
    }

    /// The lines of a metric that `filter` takes, with their labels.
    pub(super) fn lines(&self, metric: &str, filter: &Filter) -> impl Iterator<Item = (&Line, &Labels)> {
        let of_metric =
            self.series.lines.iter().filter(move |line| self.series.metrics[line.metric].name == metric);
        of_metric.filter(|line| self.takes(line, filter)).map(|line| (line, &self.series.sets[line.set]))
    }

    fn takes(&self, line: &Line, filter: &Filter) -> bool {
        let labels = &self.series.sets[line.set];
        filter.takes(labels) && !(self.scenarios_only && outside_scenarios(labels))
    }

    /// The points within it, by slot from its first.
    pub(super) fn within<'p, T>(&self, points: &'p [(u32, T)]) -> impl Iterator<Item = (usize, &'p T)> {
        let from = points.partition_point(|(slot, _)| (*slot as usize) < self.slots.start);
        let to = points.partition_point(|(slot, _)| (*slot as usize) < self.slots.end);
        let first = self.slots.start;
        points[from..to.max(from)].iter().map(move |(slot, value)| (*slot as usize - first, value))
    }
}
