//! The picture, read back as XML.

use serde_json::json;

use super::svg;
use crate::report::sample;
use crate::report::view::{CaseView, SuiteView, TrialState};

/// The parameters of a case, its throughput and its p95.
type Case<'a> = (&'a [(&'a str, serde_json::Value)], f64, f64);

/// A test of these axes, whose throughput and latency are `(rate, p95)` of each case.
fn suite(cases: &[Case<'_>]) -> SuiteView {
    let measured = sample::suite().cases.remove(0);
    let case = |(index, (parameters, rate, p95)): (usize, &Case<'_>)| {
        let mut case = CaseView { id: format!("load[{index}]"), ..measured.clone() };
        case.trials.truncate(1);
        case.trials[0].state = TrialState::Current;
        case.parameters =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let result = case.trials[0].result.as_mut().expect("a result");
        result.outcomes.clear();
        let metrics = &mut result.measured.metrics;
        metrics["http_reqs"].statistics.insert("rate".into(), *rate);
        let latency = &mut metrics["http_req_duration"].statistics;
        latency.extend([
            ("med".to_owned(), p95 / 2.0),
            ("p95".to_owned(), *p95),
            ("p99".to_owned(), p95 * 2.0),
        ]);
        case
    };
    SuiteView { cases: cases.iter().enumerate().map(case).collect(), ..sample::suite() }
}

fn read(suite: &SuiteView) -> String {
    let bytes = svg(&[suite]);
    assert_eq!(bytes, svg(&[suite]), "the same suite is the same picture");
    let text = String::from_utf8(bytes).expect("text");
    let document = roxmltree::Document::parse(&text).expect("well-formed");
    assert!(document.descendants().all(|node| !node.has_tag_name("script")), "{text}");
    text
}

fn words(text: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(text).expect("well-formed");
    document
        .descendants()
        .filter(|node| node.has_tag_name("text"))
        .filter_map(|node| node.text().map(str::to_owned))
        .collect()
}

#[test]
fn one_axis_is_lines_and_the_knee_is_marked() {
    let vus = |count: u32| [("vus", json!(count))];
    let (one, two, four, eight) = (vus(1), vus(2), vus(4), vus(8));
    let text =
        read(&suite(&[(&one, 100.0, 5.0), (&two, 200.0, 5.2), (&four, 400.0, 6.0), (&eight, 420.0, 60.0)]));
    let words = words(&text);
    for expected in
        ["Latency by vus", "Throughput by vus", "p95 against throughput, along vus", "knee", "p99"]
    {
        assert!(words.iter().any(|found| found.starts_with(expected)), "`{expected}` is not in {words:?}");
    }
    assert!(words.contains(&"http: knee at vus=4 (400/s at p95 6ms)".to_owned()), "{words:?}");
    assert_eq!(text.matches("<polyline").count(), 5);
}

#[test]
fn a_case_in_doubt_is_marked_so_and_counted() {
    let vus = |count: u32| [("vus", json!(count)), ("size", json!(count))];
    let (one, two) = (vus(1), vus(2));
    let mut suite = suite(&[(&one, 100.0, 5.0), (&two, 200.0, 5.2)]);
    let result = suite.cases[1].trials[0].result.as_mut().expect("a result");
    result.attempt.verdict = crate::result::Verdict::Suspect;
    for cases in [2, 1] {
        let words = words(&read(&suite));
        let is_there = |expected: &str| words.iter().any(|found| found.starts_with(expected));
        assert!(is_there(&format!("{cases} cases, ✓ {cases} hold, ? 1 suspect")), "{words:?}");
        assert!(words.iter().any(|found| found.contains("✓ ?")), "{words:?}");
        suite.cases.remove(0);
    }
}

#[test]
fn two_axes_are_a_map_and_of_more_the_rest_is_said() {
    let row = |vus: u32, model: &str, size: u32| {
        [("vus", json!(vus)), ("model", json!(model)), ("size", json!(size))]
    };
    let rows =
        [row(1, "a", 1), row(2, "a", 1), row(3, "a", 1), row(1, "b", 1), row(2, "b", 2), row(3, "b", 1)];
    let cases: Vec<Case<'_>> =
        rows.iter().enumerate().map(|(at, row)| (&row[..], 100.0 + at as f64, 1.0 + at as f64)).collect();
    let words = words(&read(&suite(&cases)));
    for expected in
        ["p95 by vus and model", "✓ 6ms", "no case", "Held: size=1; 1 more cases are not in this map."]
    {
        assert!(words.iter().any(|found| found.starts_with(expected)), "`{expected}` is not in {words:?}");
    }
}

#[test]
fn a_hostile_name_is_text_and_a_suite_without_results_is_drawn_too() {
    let mut suite = sample::suite();
    suite.title = sample::HOSTILE.to_owned();
    let found = words(&read(&suite));
    assert_eq!(found[0], "<script>|\"`a`\"\\n</details>");
    assert!(found[1].starts_with(
        "3 cases, ✗ 1 miss a limit, ! 1 failed, · 1 missing, ? 1 suspect, measured 2025-03-01T10:00:10"
    ));
    suite.cases.clear();
    assert_eq!(words(&read(&suite))[1], "0 cases");
    for case in &mut suite.cases {
        case.trials.clear();
    }
    read(&suite);
}
