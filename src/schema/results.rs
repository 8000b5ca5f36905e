//! The schemas of `results.json` and of `report --format json`, in step with `report`: tests hold them against real builds.

use serde_json::{Map, Value, json};

/// The schema.
#[allow(clippy::too_many_lines, reason = "one table of fields, split for no reader")]
pub fn results() -> Value {
    let number = || json!({ "type": ["number", "null"] });
    let text = || json!({ "type": "string" });
    let maybe = || json!({ "type": ["string", "null"] });
    let count = || json!({ "type": "integer", "minimum": 0 });
    let truth = || json!({ "type": "boolean" });
    let list = |of: Value| json!({ "type": "array", "items": of });
    let state = || json!({ "enum": ["current", "stale", "failed", "missing"] });
    let verdict = || {
        json!({ "enum": [null, "passed", "suspect", "threshold", "aborted", "invalid", "target-changed", "failed",
            "timed-out", "interrupted"] })
    };
    let names = || json!({ "type": ["object", "null"], "additionalProperties": { "type": "string" } });
    let any_table = || json!({ "type": "object" });
    let exit = || json!({ "type": ["integer", "null"] });
    let threshold = table(&[("metric", text()), ("expression", text()), ("crossed", truth())], &[]);
    let expectation = table(
        &[
            ("metric", text()),
            ("statistic", text()),
            ("below", number()),
            ("above", number()),
            ("value", number()),
            ("held", truth()),
        ],
        &[("too_few_samples", count())],
    );
    let check = table(&[("path", text()), ("passes", count()), ("fails", count())], &[]);
    let payload = table(
        &[
            ("name", text()),
            ("bytes", count()),
            ("rows", json!({ "type": ["integer", "null"], "minimum": 0 })),
        ],
        &[],
    );
    let case = table(
        &[
            ("case", text()),
            ("trial", count()),
            ("test", text()),
            ("parameters", any_table()),
            ("state", state()),
            ("reason", maybe()),
            ("verdict", verdict()),
            ("detail", maybe()),
            ("doubts", list(text())),
            ("started_at", maybe()),
            ("measured_at", maybe()),
            ("wall_seconds", number()),
            ("exit", exit()),
            ("key", text()),
            ("k6", maybe()),
            ("host", maybe()),
            ("target_identity", names()),
            ("thresholds", list(threshold)),
            ("expectations", list(expectation)),
            ("checks", list(check)),
        ],
        &[("payload", payload), ("notes", list(text()))],
    );
    let over = table(
        &[
            ("case", text()),
            ("test", text()),
            ("metric", text()),
            ("statistic", text()),
            ("unit", text()),
            ("trials", count()),
            ("builds", count()),
            ("mean", number()),
            ("median", number()),
            ("standard_deviation", number()),
            ("variation", number()),
            ("lower", number()),
            ("upper", number()),
            ("interval_of", json!({ "enum": [null, "mean", "geometric-mean"] })),
            ("merged", number()),
            ("merged_precision", maybe()),
        ],
        &[("scope", scope())],
    );
    let row = table(
        &[
            ("case", text()),
            ("trial", count()),
            ("test", text()),
            ("parameters", any_table()),
            ("metric", maybe()),
            ("statistic", maybe()),
            ("value", number()),
            ("unit", maybe()),
            ("state", state()),
            ("verdict", verdict()),
            ("measured_at", maybe()),
            ("exit", exit()),
            ("key", text()),
            ("k6", maybe()),
            ("host", maybe()),
        ],
        &[("scope", scope()), ("precision", text())],
    );
    let suite = table(&[("name", text()), ("path", text()), ("title", text()), ("description", text())], &[]);
    let mut root = table(
        &[
            ("schema", json!({ "const": crate::report::results_json::SCHEMA })),
            ("suite", suite),
            ("cases", list(case)),
            ("over_trials", list(over)),
            ("rows", list(row)),
        ],
        &[],
    );
    root["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    root["title"] = "results.json of Howitzer".into();
    root
}

/// The schema of what `howitzer report --format json` prints: `results.json` of each suite in one list.
pub fn report() -> Value {
    let mut suite = results();
    if let Some(suite) = suite.as_object_mut() {
        suite.remove("$schema");
        suite.remove("title");
    }
    let name = json!({ "const": crate::report::document::REPORT_SCHEMA });
    let mut root = table(&[("schema", name), ("suites", json!({ "type": "array", "items": suite }))], &[]);
    root["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    root["title"] = "a report of Howitzer".into();
    root
}

/// What a metric is of.
fn scope() -> Value {
    json!({ "enum": ["run", "window", "defined", "server"] })
}

/// A table of exactly these fields; the first ones are always there.
fn table(always: &[(&str, Value)], sometimes: &[(&str, Value)]) -> Value {
    let all = always.iter().chain(sometimes);
    let properties: Map<String, Value> =
        all.map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    let required: Vec<&str> = always.iter().map(|(name, _)| *name).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}
