//! `summary.json`: the ancestor's shape, with more inside each entry.

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Map, Value};

use super::error::ReportError;
use super::view::{CaseView, ResultView, SuiteView, TrialView};
use super::{rows, words};
use crate::base::clock::Instant;

#[derive(Serialize)]
struct Entry<'a> {
    test_configs: &'a Map<String, Value>,
    start_time: Option<Instant>,
    end_time: Option<Instant>,
    test_results: Option<Value>,
    verdict: Option<&'static str>,
    exit: Option<i32>,
    state: &'static str,
    reason: Option<&'a str>,
    key: &'a str,
    k6: Option<&'a str>,
    host: Option<&'a str>,
}

/// The file's bytes: entries by case id, those of legacy suites by the ancestor's key, in execution order.
/// A trial after the first stands under `<id>@n`.
pub fn bytes(suite: &SuiteView) -> Result<Vec<u8>, ReportError> {
    let entries: IndexMap<String, Entry> = rows::trials(suite)
        .map(|(case, trial)| (words::trial_name(name(suite, case), trial.number), entry(case, trial)))
        .collect();
    let mut bytes = serde_json::to_vec_pretty(&entries)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn name<'a>(suite: &SuiteView, case: &'a CaseView) -> &'a str {
    case.legacy_key.as_deref().filter(|_| suite.legacy).unwrap_or(&case.id)
}

fn entry<'a>(case: &'a CaseView, trial: &'a TrialView) -> Entry<'a> {
    let attempt = trial.result.as_ref().map(|result| &result.attempt);
    Entry {
        test_configs: &case.configuration,
        start_time: attempt.map(|attempt| attempt.started),
        end_time: attempt.map(|attempt| attempt.ended),
        test_results: trial.result.as_ref().and_then(export),
        verdict: attempt.map(|attempt| words::verdict(attempt.verdict)),
        exit: attempt.and_then(|attempt| attempt.exit),
        state: words::state(&trial.state),
        reason: words::reason(&trial.state),
        key: &trial.key,
        k6: attempt.map(|attempt| attempt.k6.as_str()),
        host: attempt.map(|attempt| attempt.host.class.as_str()),
    }
}

/// The summary export. One that is not JSON was cut short: it is null here, and whole in `summary/`.
fn export(result: &ResultView) -> Option<Value> {
    serde_json::from_slice(result.summary.as_deref()?).ok()
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
    fn entries_have_the_ancestors_shape_and_more() {
        let summary = read(&sample::suite());
        let key = "0".repeat(63) + "1";
        assert_eq!(
            summary["http[vus=1,payload=small.json]"],
            json!({
                "test_configs": {"name": "http[vus=1,payload=small.json]", "template": "http.js", "k6_opts": {"vus": 1}},
                "start_time": "2025-03-01T10:00:00.000Z",
                "end_time": "2025-03-01T10:00:10.500Z",
                "test_results": {"metrics": {"http_reqs": {"count": 100, "rate": 10.5}}},
                "verdict": "passed",
                "exit": 0,
                "state": "current",
                "reason": null,
                "key": key,
                "k6": "k6 v1.1.0 (go1.24, linux/amd64)",
                "host": "laptop",
            })
        );
    }

    #[test]
    fn stale_failed_and_missing_trials_are_there_with_their_reasons() {
        let summary = read(&sample::suite());
        assert_eq!(summary.as_object().map(Map::len), Some(4));
        let stale = &summary["http[vus=1,payload=small.json]@2"];
        assert_eq!(
            (&stale["state"], &stale["reason"]),
            (&json!("stale"), &json!("payload small.json changed"))
        );
        let failed = &summary[format!("bad[name={}]", sample::HOSTILE)];
        assert_eq!((&failed["exit"], &failed["test_results"]), (&json!(107), &Value::Null));
        let missing = &summary["http[vus=50]"];
        assert_eq!((&missing["state"], &missing["test_results"]), (&json!("missing"), &Value::Null));
    }

    #[test]
    fn legacy_suites_keep_the_ancestors_keys() {
        let mut suite = sample::suite();
        suite.cases[0].legacy_key = Some("http_1".into());
        assert!(read(&suite).get("http_1").is_none());
        suite.legacy = true;
        let summary = read(&suite);
        assert!(summary.get("http_1").is_some() && summary.get("http_1@2").is_some());
        assert!(summary.get("http[vus=50]").is_some());
    }

    #[test]
    fn an_export_that_was_cut_short_is_null() {
        let mut suite = sample::suite();
        let result = suite.cases[0].trials[0].result.as_mut().expect("a result");
        result.summary = Some(b"{\"metrics\": {".to_vec());
        assert_eq!(read(&suite)["http[vus=1,payload=small.json]"]["test_results"], Value::Null);
    }
}
