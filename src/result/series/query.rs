//! What a view says of one metric.

use super::distribution::Buckets;
use super::histogram::Histogram;
use super::labels::{Filter, Labels};
use super::model::{GaugePoint, Points, TallyPoint};
use super::view::View;

/// A counter over a view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CounterOver {
    /// By how much it grew, in its unit.
    pub total: f64,
    /// The same per second.
    pub per_second: f64,
}

/// A gauge over a view. k6 posts its last value of each second only, so a peak between is not seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GaugeOver {
    /// The least value posted.
    pub min: f64,
    /// The greatest value posted.
    pub max: f64,
    /// The last value posted.
    pub last: f64,
}

/// How a share came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// From counts, or from a share that did not change.
    Exact,
    /// From shares of the run so far, weighted by the iterations of their scenario: k6 posts no counts. Exact
    /// if each iteration adds equally many values; off by what open iterations have added already.
    Estimated,
}

/// A rate over a view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateOver {
    /// The share of non-zero values, 0 to 1.
    pub share: f64,
    /// Non-zero values and all values, where counts are known (`http_req_failed`).
    pub counts: Option<(u64, u64)>,
    /// How far to trust the share.
    pub basis: Basis,
}

impl View<'_> {
    /// A counter, over all label sets that `filter` takes.
    pub fn counter(&self, metric: &str, filter: &Filter) -> Option<CounterOver> {
        let total: f64 = self.counter_slots(metric, filter)?.iter().sum();
        let seconds = self.seconds();
        Some(CounterOver { total, per_second: if seconds > 0.0 { total / seconds } else { 0.0 } })
    }

    /// A gauge; `None` where no value came.
    pub fn gauge(&self, metric: &str, filter: &Filter) -> Option<GaugeOver> {
        let mut over: Option<(usize, GaugePoint)> = None;
        for (line, _) in self.lines(metric, filter) {
            let Points::Gauge(points) = &line.points else { continue };
            for (slot, point) in self.within(points) {
                let Some((at, sum)) = &mut over else {
                    over = Some((slot, *point));
                    continue;
                };
                let last = if slot >= *at { point.last } else { sum.last };
                sum.then(*point);
                (*at, sum.last) = (slot.max(*at), last);
            }
        }
        over.map(|(_, GaugePoint { min, max, last })| GaugeOver { min, max, last })
    }

    /// A trend: one histogram of all slots and label sets, in the metric's own unit.
    pub fn trend(&self, metric: &str, filter: &Filter) -> Option<Buckets> {
        let mut sum: Option<(Histogram, f64)> = None;
        for (line, _) in self.lines(metric, filter) {
            let Points::Trend(points) = &line.points else { continue };
            let scale = self.series.metrics[line.metric].scale();
            let (sum, _) = sum.get_or_insert_with(|| (Histogram::default(), scale));
            for (_, growth) in self.within(points) {
                sum.add(growth);
            }
        }
        sum.map(|(histogram, scale)| Buckets::of(&histogram, scale))
    }

    /// A rate; `None` where no value came.
    pub fn rate(&self, metric: &str, filter: &Filter) -> Option<RateOver> {
        let mut counts: Option<TallyPoint> = None;
        let mut shares = Vec::new();
        for (line, labels) in self.lines(metric, filter) {
            match &line.points {
                Points::Tally(points) => {
                    let sum = counts.get_or_insert_with(TallyPoint::default);
                    for (_, growth) in self.within(points) {
                        sum.passes += growth.passes;
                        sum.total += growth.total;
                    }
                }
                Points::Share(points) => shares.extend(self.share(points, labels)),
                _ => {}
            }
        }
        match counts {
            Some(counts) if counts.total > 0.0 => Some(RateOver {
                share: counts.passes / counts.total,
                counts: Some((whole(counts.passes), whole(counts.total))),
                basis: Basis::Exact,
            }),
            Some(_) => None,
            None => mixed(&shares),
        }
    }

    /// The share of one label set within the view, whether it is exact, and its weight.
    fn share(&self, points: &[(u32, f64)], labels: &Labels) -> Option<(f64, bool, f64)> {
        let from = points.partition_point(|(slot, _)| (*slot as usize) < self.slots.start);
        let to = points.partition_point(|(slot, _)| (*slot as usize) < self.slots.end);
        let (_, end) = points.get(from..to)?.last()?;
        let before = from.checked_sub(1).and_then(|before| points.get(before)).map(|(_, share)| *share);
        let until = |slot| self.iterations_until(labels.get("scenario"), slot);
        let (weight_before, weight_end) = (until(self.slots.start), until(self.slots.end));
        let weight = weight_end - weight_before;
        let (share, exact) = match before {
            Some(before) if before.to_bits() != end.to_bits() => {
                let within = (end * weight_end - before * weight_before) / weight;
                (if weight > 0.0 { within.clamp(0.0, 1.0) } else { *end }, false)
            }
            _ => (*end, true),
        };
        Some((share, exact, if weight > 0.0 { weight } else { 1.0 }))
    }

    /// How many iterations of a scenario (of all, where none is named) had ended before a slot began.
    fn iterations_until(&self, scenario: Option<&String>, slot: usize) -> f64 {
        let filter = scenario.map_or_else(Filter::any, |name| Filter::any().with("scenario", name));
        let lines = self.lines("iterations", &filter);
        let counters = lines.filter_map(|(line, _)| match &line.points {
            Points::Counter(points) => Some(points),
            _ => None,
        });
        counters.flatten().filter(|(at, _)| (*at as usize) < slot).map(|(_, growth)| growth).sum()
    }
}

/// Shares of several label sets as one.
fn mixed(shares: &[(f64, bool, f64)]) -> Option<RateOver> {
    let (first, _, _) = shares.first()?;
    let weight: f64 = shares.iter().map(|(_, _, weight)| weight).sum();
    let same = shares.iter().all(|(share, _, _)| share.to_bits() == first.to_bits());
    let share = if same {
        *first
    } else {
        shares.iter().map(|(share, _, weight)| share * weight).sum::<f64>() / weight
    };
    let exact = same && shares.iter().all(|(_, exact, _)| *exact);
    Some(RateOver { share, counts: None, basis: if exact { Basis::Exact } else { Basis::Estimated } })
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts, rounded and not negative"
)]
fn whole(count: f64) -> u64 {
    count.round().max(0.0) as u64
}
