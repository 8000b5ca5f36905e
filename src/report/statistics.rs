//! The statistics of a metric under one name each, in one order, with the unit that each has.

use crate::result::{Metric, MetricKind, Precision};

/// The order in which statistics are listed; what is not named here follows.
const ORDER: [&str; 13] =
    ["count", "rate", "value", "passes", "fails", "min", "avg", "p50", "p90", "p95", "p99", "p99.9", "max"];

/// The finite statistics of a metric, each once, under their canonical names.
pub fn in_order(metric: &Metric) -> Vec<(&str, f64)> {
    let statistic = |at: usize| {
        let (name, value) = metric.statistics.get_index(at)?;
        Some((canonical(metric.kind, name), *value))
    };
    places_in_order(metric).into_iter().filter_map(statistic).collect()
}

/// The same by their places in the metric.
pub(super) fn places_in_order(metric: &Metric) -> Vec<usize> {
    let rank = |name: &str| ORDER.iter().position(|listed| *listed == name).unwrap_or(ORDER.len());
    let mut known: Vec<(usize, &str, usize)> = Vec::with_capacity(metric.statistics.len());
    for (place, (name, value)) in metric.statistics.iter().enumerate() {
        let name = canonical(metric.kind, name);
        if value.is_finite() && !known.iter().any(|(_, seen, _)| *seen == name) {
            known.push((rank(name), name, place));
        }
    }
    known.sort_by_key(|(rank, ..)| *rank);
    known.into_iter().map(|(.., place)| place).collect()
}

/// A statistic by its canonical name, if it is there and finite.
pub(super) fn find(metric: &Metric, name: &str) -> Option<f64> {
    let named = |(listed, _): &(&String, &f64)| canonical(metric.kind, listed) == name;
    metric.statistics.iter().find(named).map(|(_, value)| *value).filter(|value| value.is_finite())
}

/// How sure a statistic is, where it is not exact.
pub(super) fn precision(metric: &Metric, name: &str) -> Option<Precision> {
    let named = |(listed, _): &(&String, &Precision)| canonical(metric.kind, listed) == name;
    metric.precision.iter().find(named).map(|(_, precision)| *precision)
}

/// k6 says `med` for the median, and `value` for the share of a rate.
fn canonical(kind: MetricKind, name: &str) -> &str {
    match (kind, name) {
        (_, "med") => "p50",
        (MetricKind::Rate, "value") => "rate",
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::*;

    #[test]
    fn the_median_has_one_name_and_what_is_not_finite_is_left_out() {
        let statistics = [("max", 9.0), ("p50", 2.0), ("med", 2.0), ("p75", 4.0), ("p99", f64::NAN)];
        let statistics: IndexMap<_, _> = statistics.map(|(name, value)| (name.to_owned(), value)).into();
        let metric = Metric {
            kind: MetricKind::Trend,
            unit: "ms".into(),
            statistics,
            precision: IndexMap::new(),
            thresholds: Vec::new(),
        };
        assert_eq!(in_order(&metric), [("p50", 2.0), ("max", 9.0), ("p75", 4.0)]);
        assert_eq!(find(&metric, "p50"), Some(2.0));
        assert_eq!(find(&metric, "p99"), None);
    }
}
