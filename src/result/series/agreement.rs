//! Whether a live series and the run's summary say the same: counters exactly, percentiles within the
//! histogram's width. Where they do not, one of them is incomplete.

use super::distribution::Buckets;
use super::labels::Filter;
use super::model::{Points, Series};
use super::view::View;
use crate::result::{Distribution, Measured, Metric};
use crate::spec::MetricKind;
use crate::spec::metrics::base_name;

/// Sums of fractions may differ by the order in which they were added.
const ROUNDING: f64 = 1e-9;

/// The share of what a run counted that k6 may have left out of its posts: a value that comes within the millisecond
/// of one that it has posted is posted only once that label set has a later one. Of 15,000 requests in 2 s that never
/// use an address twice it is one or two; of pairs less than a millisecond apart, with 20 posts a second, 0.3 %.
const UNPOSTED: f64 = 0.001;

/// Sums of whole numbers are exact up to here.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// A number that the series and the summary say differently.
#[derive(Debug, Clone, PartialEq)]
pub struct Disagreement {
    /// The metric as the summary names it.
    pub metric: String,
    /// The statistic.
    pub statistic: String,
    /// What the series says; for a percentile the nearest value that it allows.
    pub series: f64,
    /// What the summary says.
    pub summary: f64,
}

/// Where the series and the summary of one run differ by more than k6 leaves out of its posts. The series must be
/// reconciled with the summary. What the series cannot say is not compared: gauges between two posts, and parts by
/// tags that it does not keep.
pub fn disagreements(series: &Series, measured: &Measured) -> Vec<Disagreement> {
    compared(series, measured).0
}

/// Of what k6 has left out of its posts, the first count that shows it.
pub fn unposted(series: &Series, measured: &Measured) -> Option<Disagreement> {
    compared(series, measured).1
}

fn compared(series: &Series, measured: &Measured) -> (Vec<Disagreement>, Option<Disagreement>) {
    let view = series.whole();
    let (mut found, mut unposted) = (Vec::new(), None);
    for (name, metric) in &measured.metrics {
        let Some(filter) = Filter::of_name(name) else { continue };
        if series.problems.folded > 0 && !filter.survives_folding() {
            continue;
        }
        let mut differ = |statistic: &str, series: f64, may_lack: f64| {
            let Some(summary) = metric.statistics.get(statistic).copied() else { return };
            if same(series, summary) {
                return;
            }
            let (metric, statistic) = (name.clone(), statistic.to_owned());
            let difference = Disagreement { metric, statistic, series, summary };
            if difference.lacks() > 0.0 && difference.lacks() <= may_lack {
                unposted.get_or_insert(difference);
            } else {
                found.push(difference);
            }
        };
        let is_posted = !series.is_of_samples();
        let may_lack = |count: f64| if is_posted && count > 0.0 { (count * UNPOSTED).max(1.0) } else { 0.0 };
        match metric.kind {
            MetricKind::Counter => {
                let total = view.counter(base_name(name), &filter).map_or(0.0, |over| over.total);
                differ("count", total, may_lack(total));
            }
            MetricKind::Rate => rate(&view, name, &filter, &may_lack, &mut differ),
            MetricKind::Trend => {
                let trend = view.trend(base_name(name), &filter).unwrap_or_default();
                let values = view.values(base_name(name), &filter).unwrap_or_default();
                match Distribution::of_samples(values) {
                    Ok(exact) => percentiles(&exact, metric, &mut differ),
                    Err(_) => self::trend(&trend, metric, may_lack(trend.count as f64), &mut differ),
                }
            }
            MetricKind::Gauge => {}
        }
    }
    (found, unposted)
}

impl Disagreement {
    /// How much less the series says.
    pub fn lacks(&self) -> f64 {
        self.summary - self.series
    }
}

fn rate(
    view: &View<'_>,
    name: &str,
    filter: &Filter,
    may_lack: &impl Fn(f64) -> f64,
    differ: &mut impl FnMut(&str, f64, f64),
) {
    let over = view.rate(base_name(name), filter);
    if let Some((passes, total)) = over.and_then(|over| over.counts) {
        let may_lack = may_lack(total as f64);
        differ("passes", passes as f64, may_lack);
        differ("fails", (total - passes) as f64, may_lack);
        return;
    }
    // A share without counts is comparable where it is one label set's; several cannot be weighted exactly.
    let lines = view.lines(base_name(name), filter);
    let shares = lines.filter(|(line, _)| matches!(line.points, Points::Share(_))).count();
    match (shares, over) {
        (0, _) => differ("passes", 0.0, 0.0),
        (1, Some(over)) => differ("rate", over.share, 0.0),
        _ => {}
    }
}

/// Of `n` values of which `k` are missing, a percentile may lie `k` ranks away.
fn trend(trend: &Buckets, metric: &Metric, may_lack: f64, differ: &mut impl FnMut(&str, f64, f64)) {
    let count = trend.count as f64;
    differ("count", count, may_lack);
    let all = metric.statistics.get("count").copied().unwrap_or(count);
    let lacking = if all > count && all - count <= may_lack { (all - count) / all } else { 0.0 };
    for (statistic, summary) in &metric.statistics {
        let Some(share) = share_of(statistic) else { continue };
        let bounds = |share: f64| trend.quantile_bounds(share.clamp(0.0, 1.0));
        let (Some((lower, _)), Some((_, upper))) = (bounds(share - lacking), bounds(share + lacking)) else {
            differ(statistic, f64::NAN, 0.0);
            continue;
        };
        let margin = summary.abs() * ROUNDING;
        let (may_be_least, may_be_greatest) =
            (lacking > 0.0 && share <= lacking, lacking > 0.0 && share >= 1.0 - lacking);
        if *summary < lower - margin && !may_be_least {
            differ(statistic, lower, 0.0);
        } else if *summary > upper + margin && !may_be_greatest {
            differ(statistic, upper, 0.0);
        }
    }
}

/// All values are known, so that every percentile must be the same.
fn percentiles(exact: &Distribution, metric: &Metric, differ: &mut impl FnMut(&str, f64, f64)) {
    differ("count", exact.count() as f64, 0.0);
    for statistic in metric.statistics.keys() {
        if let Some(estimate) = share_of(statistic).and_then(|share| exact.percentile(share * 100.0)) {
            differ(statistic, estimate.value, 0.0);
        }
    }
}

/// `p99.9` → 0.999.
fn share_of(statistic: &str) -> Option<f64> {
    match statistic {
        "min" => Some(0.0),
        "med" => Some(0.5),
        "max" => Some(1.0),
        _ => statistic.strip_prefix('p')?.parse::<f64>().ok().map(|percent| percent / 100.0),
    }
}

fn same(left: f64, right: f64) -> bool {
    let whole = left.fract() == 0.0 && right.fract() == 0.0 && left.abs().max(right.abs()) < WHOLE;
    let margin = if whole { 0.0 } else { left.abs().max(right.abs()) * ROUNDING };
    (left - right).abs() <= margin
}
