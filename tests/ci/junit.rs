//! JUnit's XML of builds, held against what readers of CI systems take: elements, attributes, counts.

use roxmltree::{Document, Node};

use crate::space::Space;
use crate::{build, crossing};

/// An element as its readers know it: its name, the attributes that it must and may have, what it may hold, and whether
/// that is text. From the documentation of Jenkins' JUnit format (its tenth schema) as a list of our own.
type Known = (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str], bool);

const KNOWN: [Known; 9] = [
    ("testsuites", &[], &["name", "time", "tests", "failures", "errors"], &["testsuite"], false),
    (
        "testsuite",
        &["name", "tests", "failures", "errors"],
        &["group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"],
        &["testsuite", "properties", "testcase", "system-out", "system-err"],
        false,
    ),
    ("properties", &[], &[], &["property"], false),
    ("property", &["name", "value"], &[], &[], false),
    (
        "testcase",
        &["name"],
        &["time", "classname", "group"],
        &["skipped", "error", "failure", "system-out", "system-err"],
        false,
    ),
    ("skipped", &[], &["type", "message"], &[], true),
    ("error", &[], &["type", "message"], &[], true),
    ("failure", &[], &["type", "message"], &[], true),
    ("system-out", &[], &[], &[], true),
];

/// Refuses what a reader would not know.
#[track_caller]
fn check(node: Node<'_, '_>) {
    let name = node.tag_name().name();
    let (_, must, may, holds, is_text) =
        KNOWN.iter().find(|known| known.0 == name).unwrap_or_else(|| panic!("`{name}` is unknown"));
    for attribute in *must {
        assert!(node.has_attribute(*attribute), "`{name}` lacks `{attribute}`");
    }
    for attribute in node.attributes() {
        let key = attribute.name();
        assert!(must.contains(&key) || may.contains(&key), "`{name}` has `{key}`");
        if key == "time" {
            let (whole, parts) = attribute.value().split_once('.').expect("parts of a second");
            let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            assert!(is_digits(whole) && parts.len() == 3 && is_digits(parts), "{}", attribute.value());
        }
    }
    for child in node.children() {
        if child.is_element() {
            assert!(holds.contains(&child.tag_name().name()), "`{name}` holds {child:?}");
        } else {
            assert!(*is_text || child.text().is_some_and(|text| text.trim().is_empty()), "{child:?}");
        }
    }
    node.children().filter(Node::is_element).for_each(check);
}

/// Holds a document against what readers know, and its counts against what it holds.
#[track_caller]
pub(crate) fn check_counts(document: &Document<'_>) {
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "testsuites");
    check(root);
    let cases = |node: Node<'_, '_>, name: &str| {
        node.descendants().filter(|node| node.has_tag_name(name)).count().to_string()
    };
    for suite in root.children().filter(Node::is_element) {
        for (attribute, element) in
            [("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]
        {
            assert_eq!(suite.attribute(attribute), Some(cases(suite, element).as_str()), "{attribute}");
        }
    }
}

/// Its cases by name: the outcome's element with its message, and what is said.
#[track_caller]
fn read(text: &str) -> Vec<(String, String, String)> {
    let document = Document::parse(text).expect("XML");
    check_counts(&document);
    let told = |case: Node<'_, '_>| {
        let children: Vec<Node<'_, '_>> = case.children().filter(Node::is_element).collect();
        let (said, outcome) = children.split_last().expect("what is said");
        assert!(said.has_tag_name("system-out") && outcome.len() <= 1, "{case:?}");
        let outcome = outcome.first().map_or_else(String::new, |node| {
            format!("{}: {}", node.tag_name().name(), node.attribute("message").unwrap_or_default())
        });
        let name = case.attribute("name").unwrap_or_default().to_owned();
        (name, outcome, said.text().unwrap_or_default().to_owned())
    };
    document.descendants().filter(|node| node.has_tag_name("testcase")).map(told).collect()
}

#[test]
fn a_crossed_threshold_is_a_failure_and_a_cached_case_says_so() {
    let space = Space::new();
    crossing(&space);
    let first = build(&space, &["--report", "reports/junit.xml"], &[]).expect_code(99);
    assert!(first.stderr.contains("wrote reports/junit.xml"), "{}", first.stderr);
    let cases = read(&space.read("reports/junit.xml"));
    let outcomes: Vec<(&str, &str)> =
        cases.iter().map(|(name, outcome, _)| (name.as_str(), outcome.as_str())).collect();
    let crossed = "failure: threshold crossed: iterations count<1: ";
    let [small, large] = ["grpc[vus=1,payload=digits-1.json]", "grpc[vus=1,payload=digits-64.json]"];
    assert_eq!((outcomes.len(), outcomes[0], outcomes[1].0), (2, (small, ""), large));
    let reached = outcomes[1].1.strip_prefix(crossed).and_then(|reached| reached.parse::<u32>().ok());
    assert!(reached.is_some_and(|reached| reached >= 1), "what was reached: {}", outcomes[1].1);
    assert!(cases[0].2.contains(": ran (never built), "), "{}", cases[0].2);
    assert!(cases[1].2.contains("\n  crossed iterations count<1"), "{}", cases[1].2);
    build(&space, &["--report", "reports/junit.xml"], &[]).expect_code(99);
    let again = read(&space.read("reports/junit.xml"));
    assert_eq!(again[1].1, cases[1].1);
    assert!(
        again.iter().all(|(_, _, said)| said.contains(": cached, ") && said.contains(" old, ")),
        "{again:?}"
    );
    build(&space, &[small, "--report", "one.xml"], &[]).expect_code(0);
    assert_eq!(read(&space.read("one.xml")).len(), 1);
}

#[test]
fn what_failed_is_an_error_with_its_log_and_what_was_not_reached_is_skipped() {
    let space = Space::new();
    space.edit(
        "k6_templates/grpc/infer.js",
        "let connected = false;",
        "let connected = false;\nexport function setup() {\n  \
         if ('{{ payload_path }}'.includes('digits-64.')) throw new Error('a <bad> day');\n}",
    );
    space.edit(
        "suites/digits.toml",
        "[\"digits-1.json\", \"digits-64.json\"]",
        "[\"digits-64.json\", \"digits-1.json\"]",
    );
    build(&space, &["--report", "junit.xml"], &[]).expect_code(100);
    let cases = read(&space.read("junit.xml"));
    assert!(cases[0].1.starts_with("error: failed: "), "{}", cases[0].1);
    assert!(cases[0].2.contains("a <bad> "), "{}", cases[0].2);
    assert_eq!(cases[1].1, "skipped: never built");
}

#[test]
fn a_report_of_the_store_has_the_same_outcomes_and_skips_what_is_stale() {
    let space = Space::new();
    crossing(&space);
    build(&space, &[], &[]).expect_code(99);
    let report = || {
        let said = space.run(&["report", "digits", "--format", "junit"]).expect_code(0);
        read(&said.stdout).into_iter().map(|(_, outcome, _)| outcome).collect::<Vec<_>>()
    };
    let [small, large] = &report()[..] else { panic!("{:?}", report()) };
    assert!(
        small.is_empty() && large.starts_with("failure: threshold crossed: iterations count<1: "),
        "{large}"
    );
    space.edit("payloads/digits-64.json", "\"predict\"", " \"predict\"");
    assert_eq!(report(), ["", "skipped: payload digits-64.json changed"]);
}
