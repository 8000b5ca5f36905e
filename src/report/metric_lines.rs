//! Metrics as lines for people, in k6's manner: the name dotted out to a column, then its values.

use super::{statistics, value, words};
use crate::result::{Metric, MetricKind};

/// No column is wider than this; a longer name pushes only its own values to the right.
const WIDEST: usize = 48;

/// k6's labels for the statistics of a trend, in k6's order, with the names that they have here.
const TREND: [(&str, &str); 9] = [
    ("avg", "avg"),
    ("min", "min"),
    ("med", "p50"),
    ("max", "max"),
    ("p(90)", "p90"),
    ("p(95)", "p95"),
    ("p(99)", "p99"),
    ("p(99.9)", "p99.9"),
    ("count", "count"),
];

/// One line a metric, all values beginning in the same column.
pub(super) fn lines<'a>(metrics: impl IntoIterator<Item = (&'a String, &'a Metric)>) -> Vec<String> {
    let named: Vec<_> =
        metrics.into_iter().map(|(name, metric)| (words::one_line(name), values(metric))).collect();
    let widest = named.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).min(WIDEST);
    let dotted = |name: &str| ".".repeat((widest + 3).saturating_sub(name.chars().count()).max(3));
    named
        .iter()
        .map(|(name, values)| format!("{name}{}: {values}", dotted(name)).trim_end().to_owned())
        .collect()
}

fn values(metric: &Metric) -> String {
    match metric.kind {
        MetricKind::Trend => labelled(metric, &TREND).join(" "),
        MetricKind::Counter => bare(metric, &["count", "rate"]).join("  "),
        MetricKind::Rate => {
            let mut parts = bare(metric, &["rate"]);
            parts.extend(labelled(metric, &[("passes", "passes"), ("fails", "fails")]));
            parts.join("  ")
        }
        MetricKind::Gauge => {
            let mut parts = bare(metric, &["value"]);
            parts.extend(labelled(metric, &[("min", "min"), ("max", "max")]));
            parts.join("  ")
        }
    }
}

fn labelled(metric: &Metric, labels: &[(&str, &str)]) -> Vec<String> {
    let shown = |(label, name): &(&str, &str)| {
        let found = statistics::find(metric, name)?;
        Some(format!("{label}={}", value::shown(metric, name, found)))
    };
    labels.iter().filter_map(shown).collect()
}

fn bare(metric: &Metric, names: &[&str]) -> Vec<String> {
    let shown = |name: &&str| Some(value::shown(metric, name, statistics::find(metric, name)?));
    names.iter().filter_map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::result::Verdict;

    #[test]
    fn every_kind_of_metric_has_its_line_and_values_share_a_column() {
        let measured = sample::result(Verdict::Passed).measured;
        let expected = [
            "checks..............: 98.00%  passes=98  fails=2",
            "data_sent...........: 12.4 kB  1.2 kB/s",
            "http_req_duration...: avg=1.5ms min=500µs med=1.25ms max=9ms p(90)=2ms p(95)=2.5ms p(99)=8ms count=100",
            "http_req_failed.....: 1.00%",
            "http_reqs...........: 100  10.5/s",
            "vus.................: 1  min=1  max=1",
        ];
        assert_eq!(lines(&measured.metrics), expected);
    }

    #[test]
    fn a_name_longer_than_the_column_moves_only_its_own_values() {
        let measured = sample::result(Verdict::Passed).measured;
        let long = "x".repeat(WIDEST + 10);
        let short = "vus".to_owned();
        let metric = &measured.metrics["vus"];
        let lines = lines([(&long, metric), (&short, metric)]);
        assert_eq!(lines[0].find(':'), Some(WIDEST + 13));
        assert_eq!(lines[1].find(':'), Some(WIDEST + 3));
    }
}
