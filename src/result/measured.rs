//! Metrics, checks and thresholds of one run.

use std::borrow::Cow;
use std::fmt;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::AskedSeries;
use super::distribution::Precision;
use super::windowed::Windowed;
use crate::spec::MetricKind;

/// Everything that one run's end-of-test summary says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The metrics by name, sorted; sub-metrics under `name{tag:value}`.
    pub metrics: IndexMap<String, Metric>,
    /// The checks, in the summary's order.
    pub checks: Vec<Check>,
    /// The measured window, where it is not the whole run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Windowed>,
    /// Metrics of the user's own by name: of the window, where there is one.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub defined: IndexMap<String, Metric>,
    /// What the server's side said, by `SCRAPE.SERIES`: of the window, where there is one.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub server: IndexMap<String, Metric>,
    /// What a Prometheus said by time, for charts: of the window, where there is one. What pages said lies with their
    /// run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<AskedSeries>,
    /// Why the run is doubted, by what was only known when it was scraped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<String>,
    /// What could not be computed, and what is odd about what was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One metric with its statistics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// What k6 calls the type.
    pub kind: MetricKind,
    /// `ms`, `bytes`, `1` for shares and counts, or empty where k6 does not say.
    pub unit: String,
    /// Values by statistic, e.g. `p95`, `max`, `rate`; always finite.
    pub statistics: IndexMap<Statistic, f64>,
    /// How sure those are that are not exact.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub precision: IndexMap<Statistic, Precision>,
    /// The thresholds that stand on this metric.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<Threshold>,
}

/// The name of a statistic: `count` `rate` `value` `min` `max` `avg` `med` `p90` `p99.9` `passes` `fails`.
pub type Statistic = String;

/// A k6 threshold and whether it was crossed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Threshold {
    /// As the script writes it, e.g. `p(95)<200`.
    pub expression: String,
    /// True where the measurement failed it.
    pub crossed: bool,
}

/// A k6 check and how often it passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Groups and name joined by ` > `.
    pub path: String,
    /// How often it held.
    pub passes: u64,
    /// How often it did not.
    pub fails: u64,
}

impl Metric {
    /// A metric without numbers.
    pub fn empty(kind: MetricKind, unit: &str) -> Self {
        Self {
            kind,
            unit: unit.to_owned(),
            statistics: IndexMap::new(),
            precision: IndexMap::new(),
            thresholds: Vec::new(),
        }
    }

    /// The unit of one statistic: a count of milliseconds is no longer milliseconds.
    pub fn unit_of(&self, statistic: &str) -> Cow<'_, str> {
        match (self.kind, statistic) {
            (MetricKind::Trend, "count") | (MetricKind::Rate, _) => Cow::Borrowed("1"),
            (MetricKind::Counter, "rate") if self.unit.is_empty() => Cow::Borrowed("1/s"),
            (MetricKind::Counter, "rate") => Cow::Owned(format!("{}/s", self.unit)),
            _ => Cow::Borrowed(&self.unit),
        }
    }
}

impl Measured {
    /// A metric as it is judged: of the window, where there is one.
    pub fn judged(&self, metric: &str) -> Option<&Metric> {
        let metrics = self.window.as_ref().map_or(&self.metrics, |window| &window.metrics);
        let own = self.defined.get(metric).or_else(|| self.server.get(metric));
        own.or_else(|| metrics.get(metric))
    }

    /// A statistic of a metric, if the run has it.
    pub fn statistic(&self, metric: &str, statistic: &str) -> Option<f64> {
        self.metrics.get(metric)?.statistics.get(statistic).copied()
    }

    /// What a threshold such as `p(95)<200` looked at: a statistic of the whole run, for that is what k6 judges. None
    /// where that statistic is not kept.
    pub fn reached(&self, metric: &str, expression: &str) -> Option<f64> {
        let asked = asked(expression);
        let percent = asked.strip_prefix("p(").and_then(|rest| rest.strip_suffix(')'));
        match percent.map(|percent| percent.trim().parse::<f64>()) {
            Some(percent) => self.statistic(metric, &format!("p{}", percent.ok()?)),
            None => self.statistic(metric, asked),
        }
    }

    /// Every crossed threshold.
    pub fn crossed(&self) -> impl Iterator<Item = Crossed<'_>> {
        self.metrics.iter().flat_map(move |(name, metric)| {
            let crossed = metric.thresholds.iter().filter(|threshold| threshold.crossed);
            crossed.map(move |Threshold { expression, .. }| Crossed {
                metric: name,
                expression,
                reached: self.reached(name, expression),
                unit: metric.unit_of(asked(expression)),
            })
        })
    }
}

/// A threshold of k6's that is crossed; displayed with what was reached: `http_req_duration p(95)<200: 230.5 ms`.
#[derive(Debug, Clone, PartialEq)]
pub struct Crossed<'a> {
    /// Its metric.
    pub metric: &'a str,
    /// As k6 has it.
    pub expression: &'a str,
    /// The statistic that it looked at, where that is kept.
    pub reached: Option<f64>,
    /// The unit of that.
    pub unit: Cow<'a, str>,
}

impl fmt::Display for Crossed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.metric, self.expression)?;
        match self.reached {
            Some(reached) => write!(f, ": {}", amount(reached, &self.unit)),
            None => Ok(()),
        }
    }
}

/// What a threshold looks at, as k6 calls it.
fn asked(expression: &str) -> &str {
    expression.split(['<', '>', '=', '!']).next().unwrap_or_default().trim()
}

/// A number with at most three decimals, and its unit: `5 ms`, `100/s`, `0.012`.
pub(super) fn amount(value: f64, unit: &str) -> String {
    let text = format!("{value:.3}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    let text = if text == "-0" { "0" } else { text };
    match unit {
        "" | "1" => text.to_owned(),
        "1/s" => format!("{text}/s"),
        other => format!("{text} {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_follow_the_statistic() {
        let metric = Metric::empty;
        assert_eq!(metric(MetricKind::Trend, "ms").unit_of("p95"), "ms");
        assert_eq!(metric(MetricKind::Trend, "ms").unit_of("count"), "1");
        assert_eq!(metric(MetricKind::Counter, "bytes").unit_of("rate"), "bytes/s");
        assert_eq!(metric(MetricKind::Counter, "1").unit_of("rate"), "1/s");
        let amounts = [(5.0, "ms"), (100.0, "1/s"), (0.0123, "1"), (-0.0001, ""), (1234.5678, "bytes/s")];
        let amounts = amounts.map(|(value, unit)| amount(value, unit));
        assert_eq!(amounts, ["5 ms", "100/s", "0.012", "0", "1234.568 bytes/s"]);
    }

    #[test]
    fn a_threshold_tells_the_statistic_that_it_looked_at() {
        let mut metric = Metric::empty(MetricKind::Trend, "ms");
        let kept = [("med", 2.0), ("p95", 9.0), ("p99.9", 12.0), ("max", 20.0)];
        metric.statistics = kept.map(|(name, value)| (name.to_owned(), value)).into();
        let measured = Measured { metrics: [("m".to_owned(), metric)].into(), ..Measured::default() };
        let reached = |expression: &str| measured.reached("m", expression);
        assert_eq!((reached("p(95)<200"), reached("p(99.90) <= 1")), (Some(9.0), Some(12.0)));
        assert_eq!((reached("med>1"), reached(" max<10")), (Some(2.0), Some(20.0)));
        assert_eq!((reached("p(97)<1"), reached("p(x)<1"), reached("avg!=3")), (None, None, None));
        assert_eq!(measured.reached("other", "med>1"), None);
    }
}
