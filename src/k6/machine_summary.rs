//! k6's machine-readable summary (opt-in since 1.5, `K6_NEW_MACHINE_READABLE_SUMMARY`), turned into the flat form that
//! everything else reads (<https://github.com/grafana/k6-summary>, `schemas/summary/1.0.0` and
//! `schemas/metric/1.0.0`). Howitzer turns it off; a wrapper around k6 may turn it on again.

use memchr::memmem;
use serde_json::{Map, Value, json};

/// What is not in this form.
pub const UNSAID: &str = "k6 wrote its machine-readable summary, which names neither thresholds nor groups";

/// The flat form of a machine-readable summary; none where `summary` is not one, or of a version without its metrics.
pub fn to_flat(summary: &[u8]) -> Option<Vec<u8>> {
    memmem::find(summary, b"\"results\"")?;
    let document: Value = serde_json::from_slice(summary).ok()?;
    serde_json::to_vec(&flat(&document)?).ok()
}

/// The same of a document.
pub(super) fn flat(document: &Value) -> Option<Value> {
    let results = document.get("results").filter(|_| document.get("version").is_some())?;
    let mut metrics: Map<String, Value> =
        results.get("metrics")?.as_array()?.iter().filter_map(metric).collect();
    let checks = results.get("checks");
    // The total of the checks stands beside them, under another name.
    if let Some(total) = checks.and_then(succeeded).filter(|_| !metrics.contains_key("checks")) {
        metrics.insert("checks".to_owned(), total);
    }
    let checks: Vec<Value> = checks.and_then(single_checks).into_iter().flatten().filter_map(check).collect();
    Some(json!({ "root_group": { "name": "", "groups": [], "checks": checks }, "metrics": metrics }))
}

/// Values of the flat form stand in the metric itself; a rate is called `value` there.
fn metric(metric: &Value) -> Option<(String, Value)> {
    let name = metric.get("name")?.as_str()?;
    let values = metric.get("values")?.as_object()?;
    let is_rate = metric.get("type").and_then(Value::as_str) == Some("rate");
    let flat_name = |name: &str| if is_rate && name == "rate" { "value".to_owned() } else { name.to_owned() };
    let values: Map<String, Value> =
        values.iter().map(|(name, value)| (flat_name(name), value.clone())).collect();
    Some((name.to_owned(), values.into()))
}

/// The share of checks that held. Its list of metrics is an object in some versions.
fn succeeded(checks: &Value) -> Option<Value> {
    let metrics: Vec<&Value> = match checks.get("metrics")? {
        Value::Array(list) => list.iter().collect(),
        Value::Object(by_name) => by_name.values().collect(),
        _ => return None,
    };
    let of_name = |metric: &&Value| metric.get("name").and_then(Value::as_str) == Some("checks_succeeded");
    metrics.into_iter().find(of_name).and_then(metric).map(|(_, values)| values)
}

/// Each check with its counts. The list has another name in some versions.
fn single_checks(checks: &Value) -> Option<&Vec<Value>> {
    checks.get("results").or_else(|| checks.get("orderedChecks"))?.as_array()
}

fn check(check: &Value) -> Option<Value> {
    let name = check.get("name")?.as_str()?;
    let (passes, fails) = (check.get("passes")?.as_u64()?, check.get("fails")?.as_u64()?);
    Some(json!({ "name": name, "passes": passes, "fails": fails }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::k6::read_summary;
    use crate::result::MetricKind::{Counter, Gauge, Rate, Trend};

    const SUMMARY: &[u8] = include_bytes!("../../tests/fixtures/k6/machine-readable.json");

    #[test]
    fn metrics_and_checks_come_into_the_same_model() {
        for bytes in [SUMMARY.to_vec(), to_flat(SUMMARY).expect("it is one")] {
            let measured = read_summary(&bytes).expect("reads");
            let of = |metric: &str, statistic: &str| measured.statistic(metric, statistic);
            assert_eq!((of("iterations", "count"), of("http_reqs", "rate")), (Some(620.0), Some(51.2)));
            assert_eq!(of("http_req_duration", "p99.9"), Some(90.5));
            assert_eq!(of("http_req_duration{scenario:load}", "p95"), Some(14.0));
            assert_eq!(
                (of("http_req_failed", "rate"), of("http_req_failed", "passes")),
                (Some(0.0125), Some(8.0))
            );
            assert_eq!((of("vus_max", "max"), of("queue_depth", "min")), (Some(20.0), Some(-9.0)));
            assert_eq!((of("checks", "rate"), of("checks", "fails")), (Some(0.975), Some(31.0)));
            let kinds = ["iterations", "http_req_failed", "http_req_duration", "queue_depth", "checks"]
                .map(|name| measured.metrics[name].kind);
            assert_eq!(kinds, [Counter, Rate, Trend, Gauge, Rate]);
            let units = ["data_sent", "http_req_duration"].map(|name| measured.metrics[name].unit.as_str());
            assert_eq!(units, ["bytes", "ms"]);
            let checks: Vec<_> = measured
                .checks
                .iter()
                .map(|check| (check.path.as_str(), check.passes, check.fails))
                .collect();
            assert_eq!(checks, [("one label a row", 600, 20), ("status is 200", 609, 11)]);
        }
    }

    #[test]
    fn the_form_of_an_earlier_draft_is_read_too() {
        let draft = json!({ "version": "1.0.0", "results": { "metrics": [], "checks": {
            "metrics": { "checksSucceeded": { "name": "checks_succeeded", "type": "rate", "values": {
                "rate": 0.5, "passes": 1, "fails": 1 } } },
            "orderedChecks": [{ "name": "held", "passes": 1, "fails": 1 }] } } });
        let measured = read_summary(draft.to_string().as_bytes()).expect("reads");
        assert_eq!(measured.statistic("checks", "rate"), Some(0.5));
        assert_eq!(measured.checks.len(), 1);
    }

    #[test]
    fn what_is_not_this_form_is_left_alone() {
        let flat = include_bytes!("../../tests/fixtures/k6/summary-export.legacy.json");
        assert_eq!(to_flat(flat), None);
        for other in [
            r#"{"results": {"metrics": []}}"#,
            r#"{"version": "9", "results": {"metrics": {}}}"#,
            "{\"results\"",
        ] {
            assert_eq!(to_flat(other.as_bytes()), None, "{other}");
        }
        // A metric may be called anything.
        assert_eq!(to_flat(br#"{"metrics": {"results": {"count": 1, "rate": 1}}}"#), None);
    }
}
