//! Metrics, checks and thresholds of one run.

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
}

impl Measured {
    /// A statistic as it is judged: of the window, where there is one.
    pub fn judged(&self, metric: &str, statistic: &str) -> Option<f64> {
        let metrics = self.window.as_ref().map_or(&self.metrics, |window| &window.metrics);
        let own = self.defined.get(metric).or_else(|| self.server.get(metric));
        let metric = own.or_else(|| metrics.get(metric))?;
        metric.statistics.get(statistic).copied()
    }

    /// A statistic of a metric, if the run has it.
    pub fn statistic(&self, metric: &str, statistic: &str) -> Option<f64> {
        self.metrics.get(metric)?.statistics.get(statistic).copied()
    }

    /// What a threshold such as `p(95)<200` looked at: a statistic of the whole run, for that is what k6 judges. None
    /// where that statistic is not kept.
    pub fn reached(&self, metric: &str, expression: &str) -> Option<f64> {
        let asked = expression.split(['<', '>', '=', '!']).next()?.trim();
        let percent = asked.strip_prefix("p(").and_then(|rest| rest.strip_suffix(')'));
        match percent.map(|percent| percent.trim().parse::<f64>()) {
            Some(percent) => self.statistic(metric, &format!("p{}", percent.ok()?)),
            None => self.statistic(metric, asked),
        }
    }

    /// Every crossed threshold as `(metric, expression)`.
    pub fn crossed(&self) -> impl Iterator<Item = (&str, &str)> {
        self.metrics.iter().flat_map(|(name, metric)| {
            let crossed = metric.thresholds.iter().filter(|threshold| threshold.crossed);
            crossed.map(move |threshold| (name.as_str(), threshold.expression.as_str()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
