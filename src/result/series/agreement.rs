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

/// Where the series and the summary of one run differ. The series must be reconciled with the summary. What
/// the series cannot say is not compared: gauges between two posts, and parts by tags that it does not keep.
pub fn disagreements(series: &Series, measured: &Measured) -> Vec<Disagreement> {
    let view = series.whole();
    let mut found = Vec::new();
    for (name, metric) in &measured.metrics {
        let Some(filter) = Filter::of_name(name) else { continue };
        if series.problems.folded > 0 && !filter.survives_folding() {
            continue;
        }
        let mut differ = |statistic: &str, series: f64| {
            let Some(summary) = metric.statistics.get(statistic).copied() else { return };
            if !same(series, summary) {
                let (metric, statistic) = (name.clone(), statistic.to_owned());
                found.push(Disagreement { metric, statistic, series, summary });
            }
        };
        match metric.kind {
            MetricKind::Counter => {
                differ("count", view.counter(base_name(name), &filter).map_or(0.0, |over| over.total));
            }
            MetricKind::Rate => rate(&view, name, &filter, &mut differ),
            MetricKind::Trend => {
                let trend = view.trend(base_name(name), &filter).unwrap_or_default();
                let values = view.values(base_name(name), &filter).unwrap_or_default();
                match Distribution::of_samples(values) {
                    Ok(exact) => percentiles(&exact, metric, &mut differ),
                    Err(_) => self::trend(&trend, metric, &mut differ),
                }
            }
            MetricKind::Gauge => {}
        }
    }
    found
}

fn rate(view: &View<'_>, name: &str, filter: &Filter, differ: &mut impl FnMut(&str, f64)) {
    let over = view.rate(base_name(name), filter);
    if let Some((passes, total)) = over.and_then(|over| over.counts) {
        differ("passes", passes as f64);
        differ("fails", (total - passes) as f64);
        return;
    }
    // A share without counts is comparable where it is one label set's; several cannot be weighted exactly.
    let lines = view.lines(base_name(name), filter);
    let shares = lines.filter(|(line, _)| matches!(line.points, Points::Share(_))).count();
    match (shares, over) {
        (0, _) => differ("passes", 0.0),
        (1, Some(over)) => differ("rate", over.share),
        _ => {}
    }
}

fn trend(trend: &Buckets, metric: &Metric, differ: &mut impl FnMut(&str, f64)) {
    differ("count", trend.count as f64);
    for (statistic, summary) in &metric.statistics {
        let Some(share) = share_of(statistic) else { continue };
        let Some((lower, upper)) = trend.quantile_bounds(share) else {
            differ(statistic, f64::NAN);
            continue;
        };
        let margin = summary.abs() * ROUNDING;
        if *summary < lower - margin {
            differ(statistic, lower);
        } else if *summary > upper + margin {
            differ(statistic, upper);
        }
    }
}

/// All values are known, so that every percentile must be the same.
fn percentiles(exact: &Distribution, metric: &Metric, differ: &mut impl FnMut(&str, f64)) {
    differ("count", exact.count() as f64);
    for statistic in metric.statistics.keys() {
        if let Some(estimate) = share_of(statistic).and_then(|share| exact.percentile(share * 100.0)) {
            differ(statistic, estimate.value);
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
