//! A run as a chart shows it: rate, percentiles, errors and virtual users by time, in not too many points.

use super::distribution::Buckets;
use super::labels::Filter;
use super::model::Series;
use super::view::View;

/// A slot shorter than this share of the usual one has no rate.
const SHORT: f64 = 0.25;

/// What stands for throughput and latency in it.
#[derive(Debug, Clone, Copy)]
pub struct TimelineMetrics<'a> {
    /// A counter, such as `http_reqs`.
    pub throughput: Option<&'a str>,
    /// A trend, such as `http_req_duration`.
    pub latency: Option<&'a str>,
}

/// A run by time. Every list has one value a slot; none where the slot has none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Timeline {
    /// When the first slot begins, in milliseconds since the Unix epoch.
    pub begin_ms: i64,
    /// When the first sample of a scenario was taken, in seconds after that.
    pub scenarios_seconds: Option<f64>,
    /// When each slot ends, in seconds after the first began.
    pub seconds: Vec<f64>,
    /// Throughput in each slot, per second; none where the slot is too short to tell.
    pub rate: Vec<Option<f64>>,
    /// The median latency in each slot, in the metric's unit; of a histogram's buckets, so ± 5 %.
    pub p50: Vec<Option<f64>>,
    /// The 95th percentile in the same way.
    pub p95: Vec<Option<f64>>,
    /// The 99th percentile in the same way.
    pub p99: Vec<Option<f64>>,
    /// The share of failed requests in each slot, 0 to 1.
    pub failed: Vec<Option<f64>>,
    /// Virtual users at the end of each slot.
    pub vus: Vec<Option<f64>>,
}

impl Series {
    /// The run by time in at most `most` slots (at least one): neighbours are joined until it has no more.
    pub fn timeline(mut self, of: TimelineMetrics<'_>, most: usize) -> Timeline {
        // Values belong to slots as they were, and nothing here asks for them.
        self.exact = None;
        while self.slots.len() > most.max(1) {
            self.widen();
        }
        let view = self.whole();
        let (begin_ms, _) = view.bounds_ms();
        let seconds_after = |at: i64| (at - begin_ms) as f64 / 1000.0;
        let latencies = of.latency.and_then(|metric| view.trend_slots(metric, &Filter::any()));
        let percentile = |share: f64| {
            let of_slot = |slot: &Buckets| slot.quantile(share);
            latencies.as_ref().map(|slots| slots.iter().map(of_slot).collect()).unwrap_or_default()
        };
        Timeline {
            begin_ms,
            scenarios_seconds: self.scenarios_ms.map(|(begin, _)| seconds_after(begin)),
            seconds: (0..self.slots.len()).map(|slot| seconds_after(self.slots.end(slot))).collect(),
            rate: of.throughput.map(|metric| rates(&view, metric)).unwrap_or_default(),
            p50: percentile(0.5),
            p95: percentile(0.95),
            p99: percentile(0.99),
            failed: view.rate_slots("http_req_failed", &Filter::any()).unwrap_or_default(),
            vus: view.gauge_slots("vus", &Filter::any()).map(carried).unwrap_or_default(),
        }
    }
}

fn rates(view: &View<'_>, metric: &str) -> Vec<Option<f64>> {
    let counts = view.counter_slots(metric, &Filter::any()).unwrap_or_default();
    let seconds = view.slot_seconds();
    let mut sorted = seconds.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let usual = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
    // k6 posts once more as it ends, some milliseconds after the post before: no rate can be told of that.
    let rate = |(count, seconds): (f64, f64)| (seconds > usual * SHORT).then(|| count / seconds);
    counts.into_iter().zip(seconds).map(rate).collect()
}

/// Where nothing was posted, what was posted before holds.
fn carried(values: Vec<Option<f64>>) -> Vec<Option<f64>> {
    let mut last = None;
    let carry = |value: Option<f64>| {
        last = value.or(last);
        last
    };
    values.into_iter().map(carry).collect()
}
