//! `[test.expect]`: howitzer's own thresholds, as written. They are judged on stored results.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::metrics::{self, MetricKind};
use super::statistics::{COMMON, is_statistic, scraped};
use crate::base::document::{Entry, Item, Table, Tree};
use crate::base::duration;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::table::{Fields, expected};

/// One entry of `[test.expect]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Expectation {
    /// The metric's name.
    pub metric: String,
    /// The statistic's name, e.g. `p95`.
    pub statistic: String,
    /// The value must be below this, in the metric's unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
    /// The value must be above this, in the metric's unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<f64>,
}

/// What a statistic's values are, as far as the metric's name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nature {
    Time,
    Share,
    Number,
    /// A metric of the script's own.
    Unknown,
}

impl Expectation {
    /// Reads `"grpc_req_duration.p95" = { below = "200ms" }`; `user` are the suite's own
    /// `summaryTrendStats`.
    pub fn read(key: &str, entry: &Entry, user: &[String]) -> Result<Self, Mistakes> {
        let (metric, statistic) = split(key).ok_or_else(|| no_statistic(key, entry))?;
        check_statistic(metric, statistic, entry, user)?;
        let nature = Nature::of(metric, statistic);
        let mut fields = Fields::of_item(&entry.item)?;
        let below = fields.read("below", |item| nature.bound(item));
        let above = fields.read("above", |item| nature.bound(item));
        let mut mistakes = fields.finish();
        if entry.item.as_table().is_some_and(Table::is_empty) {
            mistakes.push(expected("{ below = … }, { above = … } or both", &entry.item));
        }
        mistakes.or(Self { metric: metric.to_owned(), statistic: statistic.to_owned(), below, above })
    }

    /// The built-in metric that was probably meant, where the name is a slip of the pen away from one. It
    /// may be a metric of the script's own all the same.
    pub fn probably_meant(&self) -> Option<&'static str> {
        metrics::probably_meant(&self.metric)
    }
}

/// At the first dot behind which a statistic stands: `p99.9` holds one itself.
fn split(key: &str) -> Option<(&str, &str)> {
    let mut dots = key.match_indices('.').map(|(at, _)| at);
    dots.find(|at| is_statistic(&key[at + 1..]) && *at > 0).map(|at| (&key[..at], &key[at + 1..]))
}

fn no_statistic(key: &str, entry: &Entry) -> Mistake {
    let last = key.rsplit('.').next().unwrap_or(key);
    Mistake::at(&entry.key, format!("`{key}` does not end with a statistic such as `.p95` or `.rate`"))
        .nearest(last, COMMON)
}

fn check_statistic(metric: &str, statistic: &str, entry: &Entry, user: &[String]) -> Result<(), Mistakes> {
    const KINDS: [MetricKind; 4] =
        [MetricKind::Trend, MetricKind::Rate, MetricKind::Counter, MetricKind::Gauge];
    let kind = metrics::builtin(metric).map(|metric| metric.kind);
    let known: Vec<Cow<'_, str>> = match kind {
        Some(kind) => scraped(kind, user),
        None => KINDS.iter().flat_map(|kind| scraped(*kind, user)).collect(),
    };
    // Distributions are kept whole.
    let is_percentile = statistic.strip_prefix('p').is_some_and(|rest| rest.parse::<f64>().is_ok());
    let is_trend = kind.is_none_or(|kind| kind == MetricKind::Trend);
    if known.iter().any(|name| name == statistic) || is_percentile && is_trend {
        return Ok(());
    }
    let message = match kind {
        Some(kind) => format!("`{metric}` is a {} and has no `{statistic}`", kind.word()),
        None => format!("`{statistic}` is never measured"),
    };
    let mistake = Mistake::at(&entry.key, message).label(format!("expected one of {}", known.join(", ")));
    Err(mistake.nearest(statistic, known.iter().map(|name| &**name)).into())
}

impl Nature {
    fn of(metric: &str, statistic: &str) -> Self {
        match (metrics::builtin(metric), statistic) {
            (_, "count" | "passes" | "fails") => Self::Number,
            (Some(metric), _) if metric.unit == "ms" => Self::Time,
            (Some(metric), "rate") if metric.kind == MetricKind::Rate => Self::Share,
            (Some(_), _) => Self::Number,
            (None, _) => Self::Unknown,
        }
    }

    /// A bound in the metric's unit: durations in milliseconds, percentages as shares.
    fn bound(self, item: &Item) -> Result<f64, Mistakes> {
        let wrong = || {
            let what = match self {
                Self::Time => "milliseconds, or a duration such as \"200ms\"",
                Self::Share => "a share such as 0.01, or a percentage such as \"1%\"",
                Self::Number => "a number",
                Self::Unknown => "a number, a duration such as \"200ms\" or a percentage such as \"1%\"",
            };
            super::scalar::wrong(what, item)
        };
        let value = match &item.tree {
            Tree::Integer(number) => Some(*number as f64),
            Tree::Float(number) => Some(*number),
            Tree::Text(text) => match text.strip_suffix('%') {
                Some(percent) => {
                    let share = percent.trim().parse::<f64>().ok().filter(|percent| percent.is_finite());
                    share
                        .filter(|_| matches!(self, Self::Share | Self::Unknown))
                        .map(|percent| percent / 100.0)
                }
                None => duration::parse(text)
                    .filter(|_| matches!(self, Self::Time | Self::Unknown))
                    .map(|limit| limit.as_secs_f64() * 1000.0),
            },
            _ => None,
        };
        value.ok_or_else(|| wrong().into())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::document::read_toml;
    use crate::base::source::Source;

    fn read(line: &str, user: &[&str]) -> Result<Expectation, String> {
        let source = Arc::new(Source { path: "x.toml".into(), text: line.to_owned() });
        let document = read_toml(&source).expect("TOML");
        let (key, entry) = document.as_table().and_then(|table| table.first()).expect("one entry");
        let user: Vec<String> = user.iter().map(|name| (*name).to_owned()).collect();
        Expectation::read(key, entry, &user).map_err(|mistakes| mistakes.to_string())
    }

    #[test]
    fn keys_split_before_the_statistic() {
        let cases = [
            ("\"grpc_req_duration.p95\" = { below = \"200ms\" }", ("grpc_req_duration", "p95", 200.0)),
            (
                "\"http_req_duration{name:a.b}.p99.9\" = { below = 5 }",
                ("http_req_duration{name:a.b}", "p99.9", 5.0),
            ),
            ("\"http_req_failed.rate\" = { below = \"1%\" }", ("http_req_failed", "rate", 0.01)),
            ("\"queue_time.avg\" = { below = \"2s\" }", ("queue_time", "avg", 2000.0)),
        ];
        for (line, (metric, statistic, below)) in cases {
            let read = read(line, &[]).expect(line);
            assert_eq!(
                (read.metric.as_str(), read.statistic.as_str(), read.below),
                (metric, statistic, Some(below))
            );
        }
        assert!(read("\"http_req_duration.p97\" = { below = 5 }", &[]).is_ok());
        assert!(read("\"queue_time.p99.95\" = { below = 5 }", &[]).is_ok());
    }

    #[test]
    fn wrong_entries_say_what_was_expected() {
        let cases = [
            ("checks = { above = 1 }", "does not end with a statistic"),
            ("\"checks.rat\" = { above = 1 }", "did you mean `rate`?"),
            ("\"checks.rate\" = { over = 1 }", "unknown key `over`"),
            ("\"checks.rate\" = {}", "expected { below"),
            ("\"checks.rate\" = 1", "expected a table"),
            ("\"checks.p95\" = { above = 1 }", "`checks` is a rate and has no `p95`"),
            ("\"http_reqs.avg\" = { below = 1 }", "expected one of count, rate"),
            ("\"checks.rate\" = { above = \"1ms\" }", "expected a share such as 0.01"),
            ("\"http_req_duration.p95\" = { below = \"5%\" }", "expected milliseconds, or a duration"),
            ("\"http_req_duration.count\" = { below = \"5s\" }", "expected a number"),
            ("\"data_sent.count\" = { below = \"5s\" }", "expected a number"),
            ("\"checks.rate\" = { above = \"x%\" }", "found \"x%\""),
        ];
        for (line, fragment) in cases {
            let message = read(line, &[]).expect_err(line);
            assert!(message.contains(fragment) && message.contains("x.toml:1:"), "{line}: {message}");
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_told_from_a_metric_of_the_scripts_own() {
        let meant = |line: &str| read(line, &[]).expect(line).probably_meant();
        assert_eq!(meant("\"htp_req_duration.p95\" = { below = 1 }"), Some("http_req_duration"));
        assert_eq!(meant("\"queue_time.p95\" = { below = 1 }"), None);
        assert_eq!(meant("\"http_req_duration{a:b}.p95\" = { below = 1 }"), None);
    }
}
