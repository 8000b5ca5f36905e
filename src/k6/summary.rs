//! `--summary-export`: the flat JSON of k6's end-of-test summary
//! (<https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/#summary-data-reference>
//! describes its sibling). Beware: in `thresholds`, `true` means crossed.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::machine_summary;
use crate::result::{Check, Measured, Metric, MetricKind, Threshold};
use crate::spec::metrics::unit;
use crate::spec::statistics::name_of;

/// A summary that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SummaryError {
    /// It is no JSON, or cut.
    #[error("the summary is no valid JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// It has another form than the flat one.
    #[error("the summary has an unsupported form ({0})")]
    Form(&'static str),
}

/// The flat summary as k6 writes it.
#[derive(Deserialize)]
struct Summary {
    #[serde(default)]
    root_group: Option<Group>,
    metrics: BTreeMap<String, Map<String, Value>>,
}

/// A group with its checks; both are lists or objects by name, as the version pleases.
#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    name: String,
    #[serde(default)]
    groups: Value,
    #[serde(default)]
    checks: Value,
}

/// One check.
#[derive(Deserialize)]
struct RawCheck {
    name: String,
    passes: u64,
    fails: u64,
}

/// Reads a summary export.
pub fn read(bytes: &[u8]) -> Result<Measured, SummaryError> {
    let mut document: Value = serde_json::from_slice(bytes)?;
    if let Some(flat) = machine_summary::flat(&document) {
        document = flat;
    }
    if document.get("version").is_some() || document.get("results").is_some() {
        return Err(SummaryError::Form("a machine-readable summary of another version"));
    }
    if document.get("state").is_some() {
        return Err(SummaryError::Form("handleSummary's data"));
    }
    let summary: Summary = serde_json::from_value(document)?;
    let mut checks = Vec::new();
    if let Some(root) = &summary.root_group {
        collect_checks(root, "", &mut checks)?;
    }
    let metrics = summary.metrics.into_iter().map(|(name, fields)| {
        let metric = metric(&name, &fields);
        (name, metric)
    });
    Ok(Measured { metrics: metrics.collect::<IndexMap<_, _>>(), checks, ..Measured::default() })
}

fn metric(name: &str, fields: &Map<String, Value>) -> Metric {
    let kind = kind(fields);
    let mut statistics = IndexMap::new();
    for (field, value) in fields {
        // k6 writes no NaN into JSON; a null or a text is no number and stays out.
        let Some(number) = value.as_f64().filter(|number| number.is_finite()) else { continue };
        let statistic = match (kind, field.as_str()) {
            (MetricKind::Rate, "value") => "rate".to_owned(),
            (_, field) => name_of(field).into_owned(),
        };
        statistics.insert(statistic, number);
    }
    let thresholds = fields.get("thresholds").and_then(Value::as_object).into_iter().flatten();
    let thresholds = thresholds.map(|(expression, crossed)| Threshold {
        expression: expression.clone(),
        crossed: crossed.as_bool().unwrap_or(true),
    });
    Metric { statistics, thresholds: thresholds.collect(), ..Metric::empty(kind, unit(name, kind)) }
}

/// The type is not in the file; the fields tell it.
fn kind(fields: &Map<String, Value>) -> MetricKind {
    if fields.contains_key("passes") {
        MetricKind::Rate
    } else if fields.contains_key("rate") {
        MetricKind::Counter
    } else if fields.contains_key("value") {
        MetricKind::Gauge
    } else {
        MetricKind::Trend
    }
}

fn collect_checks(group: &Group, above: &str, checks: &mut Vec<Check>) -> Result<(), SummaryError> {
    let path = [above, group.name.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" > ");
    for value in members(&group.checks) {
        let check: RawCheck = serde_json::from_value(value.clone())?;
        let name = if path.is_empty() { check.name } else { format!("{path} > {}", check.name) };
        checks.push(Check { path: name, passes: check.passes, fails: check.fails });
    }
    for value in members(&group.groups) {
        let inner: Group = serde_json::from_value(value.clone())?;
        collect_checks(&inner, &path, checks)?;
    }
    Ok(())
}

fn members(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(map) => map.values().collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crossed_threshold_is_true_in_the_file() {
        let measured = read(include_bytes!("../../tests/fixtures/k6/summary-export.threshold-failed.json"))
            .expect("reads");
        assert!(measured.crossed().count() > 0);
    }

    #[test]
    fn the_real_export_reads_whole() {
        let measured =
            read(include_bytes!("../../tests/fixtures/k6/summary-export.legacy.json")).expect("reads");
        let duration = &measured.metrics["http_req_duration"];
        assert_eq!((duration.kind, duration.unit.as_str()), (MetricKind::Trend, "ms"));
        assert!(measured.statistic("http_req_duration", "p95").is_some());
        assert!(measured.statistic("http_req_failed", "rate").is_some());
        assert!(!measured.checks.is_empty());
    }

    #[test]
    fn other_forms_and_cut_files_are_told() {
        let sibling = include_bytes!("../../tests/fixtures/k6/handleSummary.data.json");
        assert!(matches!(read(sibling), Err(SummaryError::Form(_))));
        assert!(matches!(read(br#"{"metrics": {"#), Err(SummaryError::Json(_))));
        assert!(matches!(read(br#"{"version":1,"results":{}}"#), Err(SummaryError::Form(_))));
    }
}
