//! `build.json`: what one build did. Only this file differs between a build that reused and one that ran.

use serde::Serialize;
use serde_json::Number;

use super::error::ReportError;
use super::view::{Action, BuildView, BuiltTrial};
use super::{json_layout, value};

/// The name and version of the shape.
pub const SCHEMA: &str = "howitzer-build/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    build: &'a str,
    started: &'a str,
    ended: &'a str,
    exit: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u32>,
    ran: usize,
    cached: usize,
    skipped: usize,
    trials: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    case: &'a str,
    trial: u32,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_seconds: Option<Number>,
}

/// The file's bytes: totals, then one line a trial in execution order.
pub fn bytes(build: &BuildView) -> Result<Vec<u8>, ReportError> {
    let trials: Vec<Entry> = build.trials.iter().map(entry).collect();
    let count = |action: &str| trials.iter().filter(|trial| trial.action == action).count();
    json_layout::bytes(&Document {
        schema: SCHEMA,
        build: &build.id,
        started: &build.started,
        ended: &build.ended,
        exit: build.exit,
        seed: build.seed,
        ran: count("ran"),
        cached: count("cached"),
        skipped: count("skipped"),
        trials,
    })
}

fn entry(built: &BuiltTrial) -> Entry<'_> {
    let (action, reason, verdict, age_seconds) = match &built.action {
        Action::Ran { reason, verdict } => ("ran", Some(reason.as_str()), Some(verdict.as_str()), None),
        Action::Cached(age) => ("cached", None, None, value::number(age.as_secs_f64())),
        Action::Skipped(reason) => ("skipped", Some(reason.as_str()), None, None),
    };
    Entry { case: &built.case, trial: built.trial, action, reason, verdict, age_seconds }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn each_trial_says_what_became_of_it() {
        let bytes = bytes(&sample::build()).expect("writes");
        let expected = r#"{
  "schema": "howitzer-build/1",
  "build": "build-7",
  "started": "2025-03-01T10:00:00Z",
  "ended": "2025-03-01T10:01:00Z",
  "exit": 1,
  "seed": 7,
  "ran": 1,
  "cached": 1,
  "skipped": 1,
  "trials": [
    {"case": "http[vus=1,payload=small.json]", "trial": 1, "action": "cached", "age_seconds": 90},
    {"case": "http[vus=1,payload=small.json]", "trial": 2, "action": "ran", "reason": "payload small.json changed", "verdict": "suspect"},
    {"case": "http[vus=50]", "trial": 1, "action": "skipped", "reason": "not selected"}
  ]
}
"#;
        assert_eq!(String::from_utf8_lossy(&bytes), expected);
    }
}
