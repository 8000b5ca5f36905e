//! `results.json`: every number of the suite for machines, versioned.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Number, Value};

use super::error::ReportError;
use super::over_trials::{self, OverTrials};
use super::rows::{self, Origin, Row};
use super::view::{CaseView, PayloadView, ResultView, SuiteView, TrialView};
use super::{json_layout, value, words};
use crate::base::clock::Instant;
use crate::result::{Centre, Check, Outcome};

/// The name and version of the shape. A field may be added; one that changes its meaning takes a new number.
pub const SCHEMA: &str = "howitzer-results/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    suite: Suite<'a>,
    cases: Vec<Entry<'a>>,
    over_trials: Vec<Over<'a>>,
    rows: Vec<Line<'a>>,
}

/// One statistic over the trials of a case.
#[derive(Serialize)]
struct Over<'a> {
    case: &'a str,
    test: &'a str,
    metric: &'a str,
    statistic: &'a str,
    unit: String,
    trials: usize,
    builds: usize,
    mean: Option<Number>,
    median: Option<Number>,
    standard_deviation: Option<Number>,
    variation: Option<Number>,
    /// 95 % confidence.
    lower: Option<Number>,
    upper: Option<Number>,
    interval_of: Option<Centre>,
    /// The percentile of all samples together.
    merged: Option<Number>,
    merged_precision: Option<String>,
}

#[derive(Serialize)]
struct Suite<'a> {
    name: &'a str,
    path: &'a str,
    title: &'a str,
    description: &'a str,
}

#[derive(Serialize)]
struct Entry<'a> {
    case: &'a str,
    trial: u32,
    test: &'a str,
    parameters: &'a IndexMap<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a PayloadView>,
    state: &'static str,
    reason: Option<&'a str>,
    verdict: Option<&'static str>,
    detail: Option<&'a str>,
    doubts: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'a [String],
    started_at: Option<Instant>,
    measured_at: Option<Instant>,
    wall_seconds: Option<Number>,
    exit: Option<i32>,
    key: &'a str,
    k6: Option<&'a str>,
    host: Option<&'a str>,
    target_identity: Option<&'a BTreeMap<String, String>>,
    thresholds: Vec<Crossing<'a>>,
    expectations: Vec<Judgement<'a>>,
    checks: &'a [Check],
}

#[derive(Serialize)]
struct Crossing<'a> {
    metric: &'a str,
    expression: &'a str,
    crossed: bool,
}

#[derive(Serialize)]
struct Judgement<'a> {
    metric: &'a str,
    statistic: &'a str,
    below: Option<Number>,
    above: Option<Number>,
    value: Option<Number>,
    held: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    too_few_samples: Option<u64>,
}

#[derive(Serialize)]
struct Line<'a> {
    case: &'a str,
    trial: u32,
    test: &'a str,
    parameters: &'a IndexMap<String, Value>,
    metric: Option<&'a str>,
    statistic: Option<&'a str>,
    value: Option<Number>,
    unit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    precision: Option<String>,
    state: &'static str,
    verdict: Option<&'static str>,
    measured_at: Option<Instant>,
    exit: Option<i32>,
    key: &'a str,
    k6: Option<&'a str>,
    host: Option<&'a str>,
}

/// The file's bytes: one line of JSON a case and a row.
pub fn bytes(suite: &SuiteView) -> Result<Vec<u8>, ReportError> {
    json_layout::bytes(&document(suite))
}

/// All that the file says, to be serialised.
pub(super) fn document(suite: &SuiteView) -> impl Serialize {
    let SuiteView { name, path, title, description, .. } = suite;
    Document {
        schema: SCHEMA,
        suite: Suite { name, path, title, description },
        cases: rows::trials(suite).map(|(case, trial)| entry(case, trial)).collect(),
        over_trials: suite.cases.iter().flat_map(over).collect(),
        rows: rows::of(suite).map(line).collect(),
    }
}

fn over(case: &CaseView) -> Vec<Over<'_>> {
    let builds = over_trials::builds(&over_trials::results(case));
    let of = |one: OverTrials<'_>| {
        let OverTrials { over, merged, .. } = &one;
        let interval = over.interval.as_ref();
        (over.clone(), *merged, interval.copied(), one.of.unit_of(one.statistic).into_owned())
    };
    let all = over_trials::of(case).into_iter();
    all.map(|one| {
        let (metric, statistic) = (one.metric, one.statistic);
        let (over, merged, interval, unit) = of(one);
        Over {
            case: &case.id,
            test: &case.test,
            metric,
            statistic,
            unit,
            trials: over.count,
            builds,
            mean: value::number(over.mean),
            median: value::number(over.median),
            standard_deviation: over.deviation.and_then(value::number),
            variation: over.variation.and_then(value::number),
            lower: interval.and_then(|interval| value::number(interval.lower)),
            upper: interval.and_then(|interval| value::number(interval.upper)),
            interval_of: interval.map(|interval| interval.of),
            merged: merged.and_then(|merged| value::number(merged.value)),
            merged_precision: merged.map(|merged| merged.precision.to_string()),
        }
    })
    .collect()
}

fn entry<'a>(case: &'a CaseView, view: &'a TrialView) -> Entry<'a> {
    let result = view.result.as_ref();
    let attempt = result.map(|result| &result.attempt);
    let Origin { case: id, test, trial, parameters, state, verdict, measured_at, exit, key, k6, host } =
        rows::origin(case, view);
    Entry {
        case: id,
        trial,
        test,
        parameters,
        payload: case.payload.as_ref(),
        state,
        reason: words::reason(&view.state),
        verdict,
        detail: attempt.map(|attempt| attempt.detail.as_str()).filter(|detail| !detail.is_empty()),
        notes: attempt.map(|attempt| attempt.notes.as_slice()).unwrap_or_default(),
        doubts: attempt.map(|attempt| attempt.doubts.as_slice()).unwrap_or_default(),
        started_at: attempt.map(|attempt| attempt.started),
        measured_at,
        wall_seconds: attempt.and_then(|attempt| value::number(attempt.wall_seconds)),
        exit,
        key,
        k6,
        host,
        target_identity: attempt.map(|attempt| &attempt.target_identity),
        thresholds: result.map(crossings).unwrap_or_default(),
        expectations: result.iter().flat_map(|result| &result.outcomes).map(judgement).collect(),
        checks: result.map(|result| result.measured.checks.as_slice()).unwrap_or_default(),
    }
}

fn crossings(result: &ResultView) -> Vec<Crossing<'_>> {
    let thresholds = result
        .measured
        .metrics
        .iter()
        .flat_map(|(metric, found)| found.thresholds.iter().map(move |threshold| (metric, threshold)));
    thresholds
        .map(|(metric, threshold)| Crossing {
            metric,
            expression: &threshold.expression,
            crossed: threshold.crossed,
        })
        .collect()
}

fn judgement(outcome: &Outcome) -> Judgement<'_> {
    let expected = &outcome.expectation;
    Judgement {
        metric: &expected.metric,
        statistic: &expected.statistic,
        below: expected.below.and_then(value::number),
        above: expected.above.and_then(value::number),
        value: outcome.value.and_then(value::number),
        held: outcome.held,
        too_few_samples: outcome.too_few,
    }
}

fn line(row: Row<'_>) -> Line<'_> {
    let Origin { case, test, trial, parameters, state, verdict, measured_at, exit, key, k6, host } =
        row.origin;
    let Row { metric, statistic, value, unit, scope, precision, .. } = row;
    let unit = unit.map(std::borrow::Cow::into_owned);
    Line {
        case,
        trial,
        test,
        parameters,
        metric,
        statistic,
        value,
        unit,
        scope,
        precision,
        state,
        verdict,
        measured_at,
        exit,
        key,
        k6,
        host,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample;
    use super::*;

    fn read(suite: &SuiteView) -> Value {
        serde_json::from_slice(&bytes(suite).expect("writes")).expect("is JSON")
    }

    #[test]
    fn a_row_says_all_that_its_number_belongs_to() {
        let results = read(&sample::suite());
        assert_eq!(results["schema"], "howitzer-results/1");
        assert_eq!(results["suite"]["name"], "demo");
        let rows = results["rows"].as_array().expect("rows");
        let median = rows.iter().find(|row| row["statistic"] == "p50").expect("a median");
        let expected = json!({
            "case": "http[vus=1,payload=small.json]",
            "trial": 1,
            "test": "http",
            "parameters": {"vus": 1, "payload": "small.json"},
            "metric": "http_req_duration",
            "statistic": "p50",
            "value": 1.25,
            "unit": "ms",
            "scope": "run",
            "state": "current",
            "verdict": "passed",
            "measured_at": "2025-03-01T10:00:10.500Z",
            "exit": 0,
            "key": "0".repeat(63) + "1",
            "k6": "k6 v1.1.0 (go1.24, linux/amd64)",
            "host": "laptop",
        });
        assert_eq!(median, &expected);
    }

    #[test]
    fn a_case_has_its_thresholds_expectations_and_checks() {
        let results = read(&sample::suite());
        let case = &results["cases"][0];
        let crossed = json!({"metric": "http_req_duration", "expression": "max<5", "crossed": true});
        assert_eq!(case["thresholds"][1], crossed);
        let missed = json!({
            "metric": "http_req_duration", "statistic": "p95", "below": 2, "above": null, "value": 2.5, "held": false
        });
        assert_eq!(case["expectations"], json!([missed]));
        assert_eq!(case["checks"], json!([{"path": "status > is 200", "passes": 98, "fails": 2}]));
    }

    #[test]
    fn stale_failed_and_missing_trials_are_there() {
        let results = read(&sample::suite());
        let cases = results["cases"].as_array().expect("cases");
        let states: Vec<_> = cases.iter().map(|case| case["state"].as_str().unwrap_or_default()).collect();
        assert_eq!(states, ["current", "stale", "failed", "missing"]);
        assert_eq!(cases[1]["reason"], "payload small.json changed");
        assert_eq!(cases[2]["parameters"]["name"], sample::HOSTILE);
        assert_eq!(cases[3]["thresholds"], json!([]));
        let rows = results["rows"].as_array().expect("rows");
        assert!(rows.iter().any(|row| row["state"] == "missing" && row["metric"].is_null()));
    }

    #[test]
    fn no_number_is_infinite_or_none() {
        let mut suite = sample::suite();
        let result = suite.cases[0].trials[0].result.as_mut().expect("a result");
        result.attempt.wall_seconds = f64::INFINITY;
        result.outcomes[0].value = Some(f64::NAN);
        let text = String::from_utf8(bytes(&suite).expect("writes")).expect("is text");
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        assert_eq!(read(&suite)["cases"][0]["wall_seconds"], Value::Null);
    }

    #[test]
    fn the_build_leaves_no_trace() {
        let text = String::from_utf8(bytes(&sample::suite()).expect("writes")).expect("is text");
        assert!(!text.contains("build-7"), "{text}");
    }
}
