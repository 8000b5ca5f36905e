//! JUnit's XML, as CI systems read it: a suite is a test suite, a case a test case. Each test case has at most one
//! `failure`, `error` or `skipped`, because many readers look at the first one only.
//!
//! The elements are those that the readers of Jenkins, GitLab and GitHub's actions have in common; there is no standard.

use super::super::judged::{self, Judged, JudgedTrial, Standing, Told};
use super::super::unbuilt::{Unbuilt, UnbuiltCase, Why};
use super::super::xml::Xml;
use super::super::{text, words};

/// The names of elements and of what is counted.
const FAILURE: &str = "failure";
const ERROR: &str = "error";
const SKIPPED: &str = "skipped";

pub(super) fn bytes(suites: &[Told<'_>], unbuilt: &[Unbuilt]) -> Vec<u8> {
    let judged: Vec<(Told<'_>, Vec<Judged<'_>>)> =
        suites.iter().map(|told| (*told, judged::of(*told))).collect();
    let all = || judged.iter().flat_map(|(_, cases)| cases);
    let not_built: usize = unbuilt.iter().map(|suite| suite.cases_or_itself().len()).sum();
    let failed = unbuilt.iter().filter(|suite| matches!(suite.why, Why::Error { .. })).count();
    let (tests, failures) = ((all().count() + not_built).to_string(), count(all(), FAILURE).to_string());
    let errors = (count(all(), ERROR) + failed).to_string();
    let time = seconds(all().map(Judged::seconds).sum());
    let totals = [("tests", &tests), ("failures", &failures), ("errors", &errors), ("time", &time)];
    let mut attributes = vec![("name", "howitzer")];
    attributes.extend(totals.map(|(name, value)| (name, value.as_str())));
    let mut xml = Xml::new();
    xml.begin("testsuites", &attributes);
    for (told, cases) in &judged {
        suite(&mut xml, *told, cases);
    }
    for suite in unbuilt {
        not_built_suite(&mut xml, suite);
    }
    xml.finish()
}

/// Where a suite could not be planned the suite itself is the test case that has the error.
fn not_built_suite(xml: &mut Xml, suite: &Unbuilt) {
    let cases = suite.cases_or_itself();
    let tests = cases.len().to_string();
    let (errors, skipped) = match suite.why {
        Why::Error { .. } => ("1", "0".to_owned()),
        Why::NotReached(_) => ("0", tests.clone()),
    };
    let mut attributes = vec![
        ("name", suite.name.as_str()),
        ("tests", &tests),
        ("failures", "0"),
        ("errors", errors),
        ("skipped", &skipped),
        ("time", "0.000"),
    ];
    attributes.extend((!suite.path.is_empty()).then_some(("file", suite.path.as_str())));
    xml.begin("testsuite", &attributes);
    for UnbuiltCase { id, test } in &cases {
        let class = if test.is_empty() { suite.name.clone() } else { format!("{}.{test}", suite.name) };
        xml.begin("testcase", &[("name", id), ("classname", &class), ("time", "0.000")]);
        match &suite.why {
            Why::Error { message, text, exit } => {
                xml.holding(ERROR, &[("type", &format!("exit {exit}")), ("message", message)], text);
            }
            Why::NotReached(why) => xml.empty(SKIPPED, &[("message", why)]),
        }
        xml.end();
    }
    xml.end();
}

fn suite(xml: &mut Xml, told: Told<'_>, cases: &[Judged<'_>]) {
    let results =
        || cases.iter().flat_map(|case| &case.trials).filter_map(|judged| judged.trial.result.as_ref());
    let first = results().min_by_key(|result| result.attempt.started);
    let started = first.map(|result| result.attempt.started.to_string());
    // Readers know neither parts of a second nor a zone.
    let started = started.as_deref().and_then(|text| text.get(..19));
    let (tests, time) = (cases.len().to_string(), seconds(cases.iter().map(Judged::seconds).sum()));
    let [failures, errors, skipped] =
        [FAILURE, ERROR, SKIPPED].map(|name| count(cases.iter(), name).to_string());
    let mut attributes = vec![
        ("name", told.suite.name.as_str()),
        ("tests", &tests),
        ("failures", &failures),
        ("errors", &errors),
        ("skipped", &skipped),
        ("time", &time),
        ("file", &told.suite.path),
    ];
    attributes.extend(started.map(|started| ("timestamp", started)));
    attributes.extend(first.map(|result| ("hostname", result.attempt.host.name.as_str())));
    xml.begin("testsuite", &attributes);
    xml.begin("properties", &[]);
    let mut properties = vec![("title", told.suite.title.clone())];
    properties.extend(first.map(|result| ("k6", result.attempt.k6.clone())));
    properties.extend(first.map(|result| ("host class", result.attempt.host.class.clone())));
    if let Some(build) = told.build {
        properties.extend([("build", build.id.clone()), ("exit", build.exit.to_string())]);
    }
    for (name, value) in &properties {
        xml.empty("property", &[("name", name), ("value", value)]);
    }
    xml.end();
    for judged in cases {
        case(xml, told, judged);
    }
    xml.end();
}

fn case(xml: &mut Xml, told: Told<'_>, judged: &Judged<'_>) {
    let class = format!("{}.{}", told.suite.name, judged.case.test);
    let time = seconds(judged.seconds());
    xml.begin("testcase", &[("name", &judged.case.id), ("classname", &class), ("time", &time)]);
    let why = judged.why();
    let message = why.join("; ");
    match outcome(judged.standing) {
        Some(SKIPPED) => xml.empty(SKIPPED, &[("message", &message)]),
        Some(name) => {
            xml.holding(name, &[("type", judged.standing.word()), ("message", &message)], &why.join("\n"));
        }
        None => {}
    }
    let lines: Vec<String> = judged.trials.iter().flat_map(|trial| told_of(judged, trial)).collect();
    xml.holding("system-out", &[], &lines.join("\n"));
    xml.end();
}

/// The element that stands for it.
fn outcome(standing: Standing) -> Option<&'static str> {
    match standing {
        Standing::Passed | Standing::Suspect => None,
        Standing::NotRun => Some(SKIPPED),
        Standing::Missed => Some(FAILURE),
        Standing::Failed => Some(ERROR),
    }
}

fn count<'a>(cases: impl Iterator<Item = &'a Judged<'a>>, name: &str) -> usize {
    cases.filter(|judged| outcome(judged.standing) == Some(name)).count()
}

/// The sum of no times at all is -0 in Rust, which is no time to a reader.
fn seconds(value: f64) -> String {
    format!("{:.3}", value + 0.0)
}

/// What there is to say of a trial: how it came about, its doubts, thresholds, expectations, the end of its log.
fn told_of(judged: &Judged<'_>, trial: &JudgedTrial<'_>) -> Vec<String> {
    let name = words::trial_name(&judged.case.id, trial.trial.number);
    let mut lines = vec![words::one_line(&format!("{name}: {}", judged::line(trial))).into_owned()];
    if let Some(result) = &trial.trial.result {
        lines.extend(result.attempt.doubts.iter().map(|doubt| format!("  doubt: {doubt}")));
        lines.extend(text::gates(result).into_iter().map(|gate| format!("  {gate}")));
        if !result.log_tail.is_empty() {
            lines.push("  log:".to_owned());
            lines.extend(result.log_tail.iter().map(|line| format!("    {}", words::one_line(line))));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn a_case_is_a_test_case_with_one_answer() {
        let (suite, build) = (sample::suite(), sample::build());
        let bytes = bytes(&[Told { suite: &suite, build: Some(&build), is_strict: false }], &[]);
        let text = String::from_utf8(bytes).expect("text");
        let document = roxmltree::Document::parse(&text).expect("XML");
        let cases: Vec<_> = document.descendants().filter(|node| node.has_tag_name("testcase")).collect();
        let outcomes: Vec<&str> = cases
            .iter()
            .filter_map(roxmltree::Node::first_element_child)
            .map(|child| child.tag_name().name())
            .collect();
        assert_eq!(outcomes, [FAILURE, ERROR, SKIPPED], "{text}");
        let found = cases[1].attribute("name");
        assert_eq!(found, Some("bad[name=<script>|\"`a`\"\\n</details>]"), "{text}");
        let message = cases[2].first_element_child().and_then(|skipped| skipped.attribute("message"));
        assert_eq!(message, Some("not selected"));
        let said =
            cases[0].descendants().find(|node| node.has_tag_name("system-out")).and_then(|node| node.text());
        let said = said.expect("text");
        for part in [
            "http[vus=1,payload=small.json]: cached, 1m30s old, passed, measured 2025-03-01T10:00:10.500Z\n",
            "  crossed http_req_duration max<5\n",
            "  missed  http_req_duration p95 below 2: 2.5\n",
            "    \\u{1b}[31mred\nhttp[vus=1,payload=small.json]@2: ran (payload small.json changed), suspect",
        ] {
            assert!(said.contains(part), "{part} is missing in:\n{said}");
        }
        let counted = document.descendants().find(|node| node.has_tag_name("testsuite")).expect("a suite");
        let count = ["tests", "failures", "errors", "skipped", "time", "timestamp"]
            .map(|name| counted.attribute(name).unwrap_or_default());
        assert_eq!(count, ["3", "1", "1", "1", "31.500", "2025-03-01T10:00:00"]);
    }
}
