//! The measured window: what the live series says of a part of a run.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::distribution::{Distribution, Precision};
use super::expect::percent;
use super::measured::{Measured, Metric};
use super::series::{Basis, Buckets, Filter, Series, Until, View};
use crate::spec::metrics::base_name;
use crate::spec::{self, MetricKind, Window};

/// The percentiles that are listed, as for the whole run.
const PERCENTILES: [(&str, f64); 6] =
    [("med", 50.0), ("p50", 50.0), ("p90", 90.0), ("p95", 95.0), ("p99", 99.0), ("p99.9", 99.9)];

/// The statistics of a part of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Windowed {
    /// Its first and last moment in seconds after the first sample of a scenario.
    pub bounds_seconds: (f64, f64),
    /// The metrics by name, as for the whole run.
    pub metrics: IndexMap<String, Metric>,
}

/// The part of `series` that `window` names.
pub fn view<'s>(series: &'s Series, window: &Window) -> Result<View<'s>, String> {
    let until = match window.until {
        None => Until::End,
        Some(spec::Until::FromStart(after)) => Until::After(after),
        Some(spec::Until::BeforeEnd(before)) => Until::BeforeEnd(before),
    };
    series.window(window.skip, until).map_err(|error| error.to_string())
}

/// Every metric of the whole run within `view`; what the series does not hold is left out.
pub fn windowed(series: &Series, view: &View<'_>, whole: &Measured) -> Windowed {
    let begin = series.scenarios_ms().map_or(0, |(begin, _)| begin);
    let (from, to) = view.bounds_ms();
    let seconds = |moment: i64| (moment - begin) as f64 / 1000.0;
    let metric = |(name, known): (&String, &Metric)| {
        let filter = Filter::of_name(name)?;
        Some((name.clone(), metric_within(view, base_name(name), &filter, known)?))
    };
    Windowed {
        bounds_seconds: (seconds(from), seconds(to)),
        metrics: whole.metrics.iter().filter_map(metric).collect(),
    }
}

/// Adds the percentile of a trend that an expectation asks for, such as `p99.95`, where it is not listed anyway.
pub fn add_percentile(within: &mut Windowed, view: &View<'_>, metric: &str, statistic: &str) {
    let trend = within.metrics.get_mut(metric).filter(|metric| metric.kind == MetricKind::Trend);
    let Some(trend) = trend.filter(|trend| !trend.statistics.contains_key(statistic)) else { return };
    let estimate = || {
        let filter = Filter::of_name(metric)?;
        distribution(view, base_name(metric), &filter)?.percentile(percent(statistic)?)
    };
    if let Some(estimate) = estimate() {
        trend.statistics.insert(statistic.to_owned(), estimate.value);
        trend.precision.insert(statistic.to_owned(), estimate.precision);
    }
}

fn metric_within(view: &View<'_>, name: &str, filter: &Filter, known: &Metric) -> Option<Metric> {
    let mut metric = Metric::empty(known.kind, &known.unit);
    let mut add = |statistic: &str, value: f64| {
        if value.is_finite() {
            metric.statistics.insert(statistic.to_owned(), value);
        }
    };
    match known.kind {
        MetricKind::Counter => {
            let over = view.counter(name, filter)?;
            add("count", over.total);
            add("rate", over.per_second);
        }
        MetricKind::Gauge => {
            let over = view.gauge(name, filter)?;
            add("value", over.last);
            add("min", over.min);
            add("max", over.max);
        }
        MetricKind::Rate => {
            let over = view.rate(name, filter)?;
            add("rate", over.share);
            if let Some((passes, total)) = over.counts {
                add("passes", passes as f64);
                add("fails", (total - passes) as f64);
            }
            if over.basis == Basis::Estimated {
                metric.precision.insert("rate".to_owned(), Precision::Estimated);
            }
        }
        MetricKind::Trend => return trend_within(&distribution(view, name, filter)?, &known.unit),
    }
    Some(metric)
}

fn trend_within(distribution: &Distribution, unit: &str) -> Option<Metric> {
    let mut metric = Metric::empty(MetricKind::Trend, unit);
    metric.statistics.insert("count".to_owned(), distribution.count() as f64);
    metric.statistics.insert("avg".to_owned(), distribution.mean());
    for (name, percent) in [("min", 0.0), ("max", 100.0)].into_iter().chain(PERCENTILES) {
        let estimate = distribution.percentile(percent)?;
        metric.statistics.insert(name.to_owned(), estimate.value);
        metric.precision.insert(name.to_owned(), estimate.precision);
    }
    Some(metric)
}

/// The distribution of a trend: of all its values where they were kept, else in k6's buckets.
pub fn distribution(view: &View<'_>, name: &str, filter: &Filter) -> Option<Distribution> {
    match view.values(name, filter) {
        Some(values) => Distribution::of_samples(values).ok(),
        None => of_buckets(&view.trend(name, filter)?),
    }
}

fn of_buckets(buckets: &Buckets) -> Option<Distribution> {
    let finite = buckets.buckets.iter().filter(|bucket| bucket.lower.is_finite() && bucket.upper.is_finite());
    let finite: Vec<(f64, f64, u64)> =
        finite.map(|bucket| (bucket.lower, bucket.upper, bucket.count)).collect();
    Distribution::of_histogram(&finite, buckets.sum).ok()
}
