//! One small suite made by hand, for the tests of every format.

use std::collections::BTreeMap;
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::view::{Action, BuildView, BuiltTrial, CaseView, ResultView, SuiteView, TrialState, TrialView};
use crate::base::clock::Instant;
use crate::result::{
    Attempt, Check, Expectation, HostFacts, Measured, Metric, MetricKind, Outcome, Threshold, Verdict,
};

/// A name that tries to break out of Markdown, HTML, CSV and its own line.
pub(super) const HOSTILE: &str = "<script>|\"`a`\"\n</details>";

/// What k6 wrote for the measured case; its spelling must survive byte for byte.
pub(super) const SUMMARY: &[u8] = b"{ \"metrics\" : {\"http_reqs\":{\"count\":100,\"rate\":10.50}} }\n";

/// A measured case whose second trial is stale, a failed one with a hostile name, one without a result.
pub(super) fn suite() -> SuiteView {
    let parameters = [("vus", json!(1)), ("payload", json!("small.json"))];
    let mut measured = case("http[vus=1,payload=small.json]", "http-1", &parameters);
    measured.trials.push(trial(1, TrialState::Current, Some(result(Verdict::Passed))));
    let stale = TrialState::Stale("payload small.json changed".into());
    measured.trials.push(trial(2, stale, Some(result(Verdict::Suspect))));
    let mut failed = case(&format!("bad[name={HOSTILE}]"), "bad-1", &[("name", json!(HOSTILE))]);
    let mut attempt = result(Verdict::Failed);
    attempt = ResultView { measured: Measured::default(), outcomes: vec![], summary: None, ..attempt };
    attempt.attempt.exit = Some(107);
    attempt.attempt.detail = "script threw".into();
    attempt.files.clear();
    failed.trials.push(trial(1, TrialState::Failed("exit 107".into()), Some(attempt)));
    let mut missing = case("http[vus=50]", "http-2", &[("vus", json!(50))]);
    missing.trials.push(trial(1, TrialState::Missing, None));
    SuiteView {
        name: "demo".into(),
        path: "suites/demo.toml".into(),
        title: "Demo *suite*".into(),
        description: "What <b>it</b> measures.".into(),
        legacy: false,
        payloads: BTreeMap::new(),
        cases: vec![measured, failed, missing],
    }
}

fn case(id: &str, stem: &str, parameters: &[(&str, Value)]) -> CaseView {
    let configuration = json!({"name": id, "template": "http.js", "k6_opts": {"vus": 1}});
    CaseView {
        index: 0,
        id: id.into(),
        legacy_key: None,
        payload: None,
        test: "http".into(),
        line: 7,
        stem: stem.into(),
        parameters: parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        configuration: configuration.as_object().cloned().unwrap_or_default(),
        script_ending: "js".into(),
        script: format!("// {stem}\n"),
        trials: Vec::new(),
    }
}

fn trial(number: u32, state: TrialState, result: Option<ResultView>) -> TrialView {
    TrialView { number, key: format!("{number:064x}"), state, result }
}

/// A result with every kind of metric.
pub(super) fn result(verdict: Verdict) -> ResultView {
    let expectation = Expectation {
        metric: "http_req_duration".into(),
        statistic: "p95".into(),
        below: Some(2.0),
        above: None,
    };
    ResultView {
        attempt: attempt(verdict),
        attempts: 2,
        measured: measured(),
        distributions: std::collections::BTreeMap::new(),
        outcomes: vec![Outcome {
            expectation,
            value: Some(2.5),
            unit: "ms".into(),
            held: false,
            too_few: None,
        }],
        summary: Some(SUMMARY.to_vec()),
        samples: None,
        timeline: None,
        log_tail: vec!["level=warning msg=\"slow\"".into(), "\u{1b}[31mred".into()],
        files: BTreeMap::from([("report/own.html".into(), b"<p>own</p>".to_vec())]),
    }
}

fn attempt(verdict: Verdict) -> Attempt {
    let at = |text: &str| serde_json::from_value::<Instant>(json!(text)).expect("an instant");
    Attempt {
        doubts: Vec::new(),
        watched: None,
        notes: Vec::new(),
        generator: None,
        started: at("2025-03-01T10:00:00.000Z"),
        ended: at("2025-03-01T10:00:10.500Z"),
        wall_seconds: 10.5,
        exit: Some(0),
        verdict,
        detail: String::new(),
        outputs: BTreeMap::new(),
        k6: "k6 v1.1.0 (go1.24, linux/amd64)".into(),
        host: HostFacts { class: "laptop".into(), name: "ada".into(), kernel: "6.1".into(), memory_bytes: 1 },
        target_identity: BTreeMap::from([("image".into(), "sha256:abc".into())]),
        build: "build-7".into(),
        commit: None,
        position: 1,
        predecessor: None,
        cooldown_seconds: 0.0,
        reasons: Vec::new(),
        provenance: BTreeMap::new(),
    }
}

fn measured() -> Measured {
    let trend = [
        ("avg", 1.5),
        ("min", 0.5),
        ("med", 1.25),
        ("max", 9.0),
        ("p90", 2.0),
        ("p95", 2.5),
        ("p99", 8.0),
        ("p99.9", f64::NAN),
        ("count", 100.0),
    ];
    let metrics = [
        ("checks", metric(MetricKind::Rate, "1", &[("rate", 0.98), ("passes", 98.0), ("fails", 2.0)])),
        ("data_sent", metric(MetricKind::Counter, "bytes", &[("count", 12_444.0), ("rate", 1244.4)])),
        ("http_req_duration", Metric { thresholds: thresholds(), ..metric(MetricKind::Trend, "ms", &trend) }),
        ("http_req_failed", metric(MetricKind::Rate, "1", &[("value", 0.01)])),
        ("http_reqs", metric(MetricKind::Counter, "1", &[("count", 100.0), ("rate", 10.5)])),
        ("vus", metric(MetricKind::Gauge, "1", &[("value", 1.0), ("min", 1.0), ("max", 1.0)])),
    ];
    Measured {
        doubts: Vec::new(),
        notes: Vec::new(),
        window: None,
        defined: IndexMap::new(),
        server: IndexMap::new(),
        asked: Vec::new(),
        metrics: metrics.into_iter().map(|(name, metric)| (name.to_owned(), metric)).collect(),
        checks: vec![Check { path: "status > is 200".into(), passes: 98, fails: 2 }],
    }
}

fn thresholds() -> Vec<Threshold> {
    let threshold = |expression: &str, crossed| Threshold { expression: expression.into(), crossed };
    vec![threshold("p(95)<200", false), threshold("max<5", true)]
}

fn metric(kind: MetricKind, unit: &str, statistics: &[(&str, f64)]) -> Metric {
    let statistics: IndexMap<_, _> =
        statistics.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    Metric { kind, unit: unit.into(), statistics, precision: IndexMap::new(), thresholds: Vec::new() }
}

/// A build that did one thing of each kind.
pub(super) fn build() -> BuildView {
    let trial = |case: &str, trial, action| BuiltTrial { case: case.into(), trial, action };
    let ran = Action::Ran { reason: "payload small.json changed".into(), verdict: "suspect".into() };
    BuildView {
        id: "build-7".into(),
        started: "2025-03-01T10:00:00Z".into(),
        ended: "2025-03-01T10:01:00Z".into(),
        exit: 1,
        seed: Some(7),
        trials: vec![
            trial("http[vus=1,payload=small.json]", 1, Action::Cached(Duration::from_secs(90))),
            trial("http[vus=1,payload=small.json]", 2, ran),
            trial("http[vus=50]", 1, Action::Skipped("not selected".into())),
        ],
    }
}
