//! A suite of many cases as real runs of a minute leave them, made without a run.

use std::collections::BTreeMap;

use howitzer::report::view::{
    CaseView, ResultView, ServerLine, SuiteView, TimelineView, TrialState, TrialView,
};
use howitzer::result::{Attempt, Check, Distribution, Measured, Metric, MetricKind, Threshold, Timeline};
use serde_json::json;

/// So many parts have k6's percentiles of each trend.
const GRID: u32 = 320;

/// As many points has each run of a thousand cases.
const POINTS: usize = 20;

/// So many cases.
pub(crate) fn suite(cases: usize) -> SuiteView {
    SuiteView {
        name: "bench".into(),
        path: "suites/bench.toml".into(),
        title: "Many cases".into(),
        description: String::new(),
        legacy: false,
        payloads: BTreeMap::new(),
        cases: (0..cases).map(case).collect(),
    }
}

fn case(number: usize) -> CaseView {
    let (vus, payload) = (number / 4 + 1, format!("digits-{}.json", number % 4));
    let parameters = [("vus", json!(vus)), ("payload", json!(payload))];
    let configuration =
        json!({ "name": "http", "template": "http.js", "k6_opts": { "vus": vus, "duration": "1m" } });
    let script: String = (0..40).map(|line| format!("const line{line} = 'a line of a script';\n")).collect();
    CaseView {
        line: 1,
        index: number,
        id: format!("http[vus={vus},payload={payload}]"),
        legacy_key: None,
        test: "http".into(),
        stem: format!("http-{number}"),
        parameters: parameters.map(|(name, value)| (name.to_owned(), value)).into(),
        payload: None,
        configuration: configuration.as_object().cloned().unwrap_or_default(),
        script_ending: "js".into(),
        shares: Vec::new(),
        script: format!("{script}export const options = {{ vus: {vus} }};\n"),
        trials: vec![TrialView {
            number: 1,
            key: format!("{number:064x}"),
            state: TrialState::Current,
            result: Some(result(number)),
        }],
    }
}

fn result(number: usize) -> ResultView {
    // As k6 posts it: percentiles by the hundred, of so many samples.
    let points: Vec<(f64, f64)> =
        (1..GRID).map(|at| (f64::from(at) / f64::from(GRID), f64::from(at))).collect();
    let distribution = Distribution::of_grid(20_000, 9.0, 0.5, f64::from(GRID), &points).expect("a grid");
    ResultView {
        attempt: attempt(),
        attempts: 1,
        measured: measured(number),
        distributions: BTreeMap::from([("http_req_duration".to_owned(), distribution)]),
        outcomes: Vec::new(),
        summary: None,
        log_tail: (0..5).map(|line| format!("time=\"{number}:{line}\" level=warning msg=\"slow\"")).collect(),
        samples: None,
        timeline: Some(timeline(number)),
        files: BTreeMap::new(),
    }
}

/// Some latency.
fn spread(number: usize, at: usize) -> f64 {
    (number * 7_919 + at * 104_729) as f64 % 997.0 + 1.0 / (number + at + 1) as f64
}

fn measured(number: usize) -> Measured {
    let metric = |kind, unit: &str, names: &[&str]| {
        let statistics = names.iter().enumerate().map(|(at, name)| ((*name).to_owned(), spread(number, at)));
        Metric { statistics: statistics.collect(), ..Metric::empty(kind, unit) }
    };
    let trend = ["avg", "min", "med", "max", "p90", "p95", "p99", "p99.9", "count"];
    let trends = ["duration", "waiting", "sending", "receiving", "blocked", "connecting", "tls_handshaking"];
    let mut measured = Measured::default();
    for name in trends {
        measured.metrics.insert(format!("http_req_{name}"), metric(MetricKind::Trend, "ms", &trend));
    }
    for name in ["http_reqs", "iterations", "data_sent", "data_received"] {
        measured.metrics.insert(name.into(), metric(MetricKind::Counter, "1", &["count", "rate"]));
    }
    let threshold = Threshold { expression: "p(95)<200".into(), crossed: false };
    measured.metrics["http_req_duration"].thresholds.push(threshold);
    measured.checks.push(Check { path: "answered".into(), passes: 2_000, fails: 0 });
    measured
}

fn timeline(number: usize) -> TimelineView {
    let line = |salt: usize| (0..POINTS).map(|at| Some(spread(number + salt, at))).collect::<Vec<_>>();
    let seconds: Vec<f64> = (1..=POINTS).map(|slot| slot as f64 * 3.0).collect();
    let server = ServerLine {
        name: "server.requests_total".into(),
        unit: "1/s".into(),
        points: seconds.iter().map(|at| (*at, *at * 7.0)).collect(),
    };
    let run = Timeline {
        begin_ms: 0,
        scenarios_seconds: Some(0.0),
        seconds,
        rate: line(0),
        p50: line(1),
        p95: line(2),
        p99: line(3),
        failed: line(4),
        vus: line(5),
    };
    TimelineView { run, window: None, server: vec![server] }
}

fn attempt() -> Attempt {
    let attempt = json!({
        "started": "2026-03-01T10:00:00.000Z",
        "ended": "2026-03-01T10:01:00.500Z",
        "wall_seconds": 60.5,
        "exit": 0,
        "verdict": "passed",
        "outputs": {},
        "k6": "k6 v1.1.0 (go1.24, linux/amd64)",
        "host": { "class": "bench", "name": "ada", "kernel": "6.1", "memory_bytes": 1 },
        "target_identity": { "image": "sha256:abc" },
        "build": "bench",
        "position": 1,
        "cooldown_seconds": 0.0,
        "reasons": ["never built"],
        "provenance": { "template http.js": "0123456789abcdef", "option vus": "1" },
    });
    serde_json::from_value(attempt).expect("an attempt")
}
