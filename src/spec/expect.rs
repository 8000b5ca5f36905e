//! `[test.expect]`: howitzer's own thresholds, as written. They are judged on stored results.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::statistics::{COMMON, is_statistic};
use crate::base::duration;
use crate::base::nearest::nearest;

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

/// An entry that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpectProblem {
    /// The key does not end with a statistic.
    #[error("`{key}` does not end with a statistic such as `.p95` or `.rate`{}", near(key))]
    Key {
        /// As written.
        key: String,
    },
    /// The value has no bounds, or unknown ones.
    #[error("expected {{ below = … }}, {{ above = … }} or both")]
    Bounds,
    /// A bound is neither a number nor a duration nor a percentage.
    #[error("expected a number, a duration such as \"200ms\" or a percentage such as \"1%\", found `{0}`")]
    Bound(String),
}

fn near(key: &str) -> String {
    let last = key.rsplit('.').next().unwrap_or(key);
    nearest(last, COMMON).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

impl Expectation {
    /// Reads `"grpc_req_duration.p95" = { below = "200ms" }`.
    pub fn parse(key: &str, bounds: &Value) -> Result<Self, ExpectProblem> {
        let dots = key.match_indices('.').map(|(at, _)| at);
        // The first dot behind which a statistic stands: `p99.9` holds one itself.
        let split = dots.into_iter().find(|at| is_statistic(&key[at + 1..]) && *at > 0);
        let at = split.ok_or_else(|| ExpectProblem::Key { key: key.to_owned() })?;
        let table = bounds.as_object().ok_or(ExpectProblem::Bounds)?;
        let known = table.keys().all(|name| name == "below" || name == "above");
        if table.is_empty() || !known {
            return Err(ExpectProblem::Bounds);
        }
        let bound = |name: &str| table.get(name).map(bound).transpose();
        Ok(Self {
            metric: key[..at].to_owned(),
            statistic: key[at + 1..].to_owned(),
            below: bound("below")?,
            above: bound("above")?,
        })
    }
}

/// A bound in the metric's unit: durations in milliseconds, percentages as shares.
fn bound(value: &Value) -> Result<f64, ExpectProblem> {
    let wrong = || ExpectProblem::Bound(value.to_string());
    match value {
        Value::Number(number) => number.as_f64().ok_or_else(wrong),
        Value::String(text) => match text.strip_suffix('%') {
            Some(percent) => {
                percent.trim().parse::<f64>().map(|percent| percent / 100.0).map_err(|_| wrong())
            }
            None => duration::parse(text).map(|limit| limit.as_secs_f64() * 1000.0).ok_or_else(wrong),
        },
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_split_before_the_statistic() {
        let cases = [
            ("grpc_req_duration.p95", json!({ "below": "200ms" }), ("grpc_req_duration", "p95", Some(200.0))),
            (
                "http_req_duration{name:a.b}.p99.9",
                json!({ "below": 5 }),
                ("http_req_duration{name:a.b}", "p99.9", Some(5.0)),
            ),
            ("http_req_failed.rate", json!({ "below": "1%" }), ("http_req_failed", "rate", Some(0.01))),
        ];
        for (key, bounds, (metric, statistic, below)) in cases {
            let read = Expectation::parse(key, &bounds).expect(key);
            assert_eq!(
                (read.metric.as_str(), read.statistic.as_str(), read.below),
                (metric, statistic, below)
            );
        }
    }

    #[test]
    fn wrong_entries_say_what_was_expected() {
        assert!(Expectation::parse("checks", &json!({ "above": 1 })).is_err());
        let near = Expectation::parse("checks.rat", &json!({ "above": 1 })).expect_err("typo").to_string();
        assert!(near.contains("did you mean `rate`?"), "{near}");
        assert_eq!(Expectation::parse("checks.rate", &json!({ "over": 1 })), Err(ExpectProblem::Bounds));
    }
}
