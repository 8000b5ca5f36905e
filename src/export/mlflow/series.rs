//! A run second by second as metric history: `live/METRIC/STATISTIC`, a step for each slot of the live series.

use serde::Serialize;

use crate::result::{Filter, Labels, MetricKind, Series};

/// One value of a metric.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Point {
    /// The metric's mapped name.
    pub(super) key: String,
    pub(super) value: f64,
    /// Milliseconds since the Unix epoch.
    pub(super) timestamp: i64,
    pub(super) step: i64,
}

/// The points of one metric of the history.
pub(super) struct History {
    pub(super) metric: String,
    pub(super) statistic: &'static str,
    /// Value, time in milliseconds since the Unix epoch, step from 0.
    pub(super) points: Vec<(f64, i64, i64)>,
}

/// Every metric of the whole run: counters by second, gauges, trends with mean and 95th percentile (of a
/// histogram, ± 4.5 %), and rates: by second where their counts are known, else the share since the run's beginning,
/// for each label set, which is all that k6 says.
pub(super) fn of(series: &Series) -> Vec<History> {
    let view = series.whole();
    let any = Filter::any();
    let ends = view.slot_ends_ms();
    let seconds = view.slot_seconds();
    let mut all = Vec::new();
    let mut add = |metric: &str, statistic: &'static str, values: Vec<Option<f64>>| {
        let points = values.into_iter().zip(&ends).zip(0..);
        let points = points.filter_map(|((value, end), step)| Some((value?, *end, step)));
        let points: Vec<_> = points.filter(|(value, _, _)| value.is_finite()).collect();
        if !points.is_empty() {
            all.push(History { metric: metric.to_owned(), statistic, points });
        }
    };
    for metric in series.metrics() {
        let name = &metric.name;
        match metric.kind {
            MetricKind::Counter => {
                let grown = view.counter_slots(name, &any).unwrap_or_default();
                let rates = grown.iter().zip(&seconds);
                let rates = rates.map(|(grown, seconds)| (*seconds > 0.0).then(|| grown / seconds));
                add(name, "rate", rates.collect());
            }
            MetricKind::Gauge => add(name, "value", view.gauge_slots(name, &any).unwrap_or_default()),
            MetricKind::Rate => {
                let running = view.running_shares(name);
                let sets: Vec<&Labels> = running.iter().map(|(labels, _)| *labels).collect();
                for (labels, shares) in &running {
                    add(&distinct(name, labels, &sets), "running", shares.clone());
                }
                add(name, "rate", view.rate_slots(name, &any).unwrap_or_default());
            }
            MetricKind::Trend => {
                let slots = view.trend_slots(name, &any).unwrap_or_default();
                add(name, "avg", slots.iter().map(crate::result::Buckets::mean).collect());
                add(name, "p95", slots.iter().map(|slot| slot.quantile(0.95)).collect());
            }
        }
    }
    all
}

/// `name{tag:value,…}` with those tags only by which one of several label sets differs from the others.
fn distinct(name: &str, labels: &Labels, sets: &[&Labels]) -> String {
    let differs = |tag: &&String| sets.iter().any(|other| other.get(*tag) != labels.get(*tag));
    let tags: Vec<String> =
        labels.keys().filter(differs).map(|tag| format!("{tag}:{}", labels[tag])).collect();
    if tags.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", tags.join(",")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_set_is_called_by_what_tells_it_from_the_others() {
        let set = |pairs: &[(&str, &str)]| -> Labels {
            pairs.iter().map(|(tag, value)| ((*tag).to_owned(), (*value).to_owned())).collect()
        };
        let one = set(&[("check", "is 200"), ("scenario", "a")]);
        let other = set(&[("check", "is fast"), ("scenario", "a"), ("group", "::g")]);
        assert_eq!(distinct("checks", &one, &[&one]), "checks");
        assert_eq!(distinct("checks", &one, &[&one, &other]), "checks{check:is 200}");
        assert_eq!(distinct("checks", &other, &[&one, &other]), "checks{check:is fast,group:::g}");
    }
}
