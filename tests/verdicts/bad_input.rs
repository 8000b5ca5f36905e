//! What nobody should send, and what scripts call their metrics.

use std::path::Path;

use crate::fake::{build, faulty};
use crate::scene::{GET, Scene};

/// Posts a file to a path of the receiver of the live series, and reads the answer; where a length is announced that
/// is not the file's, there is none.
const POST: &str = "A=${K6_PROMETHEUS_RW_SERVER_URL#http://}; H=${A%%/*}; P=/${A#*/}\n\
    post() { exec 9<>/dev/tcp/${H%:*}/${H#*:}\n\
    printf 'POST %s HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: %d\\r\\n\\r\\n' $1 ${3:-$(stat -c %s $2)} >&9\n\
    cat $2 >&9; while [ -z \"$3\" ] && read -r -u 9 line && [ ${#line} -gt 1 ]; do :; done; exec 9>&-; }\n";

/// The first two posts of a run of real k6 1.1.0: 32 requests, 30 iterations.
fn recorded() -> [String; 2] {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/k6/remote-write/1.1.0");
    ["0.bin", "1.bin"].map(|file| folder.join(file).display().to_string())
}

fn summary(requests: u32) -> String {
    format!(
        "echo '{{\"metrics\":{{\"iterations\":{{\"count\":30,\"rate\":1}},\"http_reqs\":{{\"count\":{requests},\"rate\":1}}}}}}' > $SUMMARY"
    )
}

#[test]
fn garbage_foreign_and_cut_posts_are_told_and_the_summary_stands() {
    let [first, second] = recorded();
    let space = faulty(&format!(
        "{POST}echo garbage > garbage; post $P {first}; post $P garbage; post /elsewhere {second}; \
         post $P {second}; post $P garbage 1000; {}",
        summary(32)
    ));
    build(&space).expect_code(0);
    let text = space.read("out/digits/results/plain.txt");
    for told in
        ["1 posts could not be read", "1 requests did not come from this run's k6", "1 posts were cut"]
    {
        assert!(text.contains(told), "{told} is missing in:\n{text}");
    }
    assert!(space.read("out/digits/results.json").contains("iterations"));
    assert!(build(&space).expect_code(0).runs().is_empty());
}

#[test]
fn a_series_that_disagrees_with_the_summary_makes_a_run_suspect_and_one_that_agrees_does_not() {
    let [first, second] = recorded();
    let space = faulty(&format!("{POST}post $P {first}; post $P {second}; {}", summary(37)));
    let said = build(&space).expect_code(0);
    let told = "suspect: series and summary disagree: http_reqs.count is 32 and 37";
    assert!(said.stderr.contains(told), "{}", said.stderr);
    space.edit("fake-k6", "\"count\":37", "\"count\":32");
    let agreed = crate::fake::build_with(&space, &["--force"]).expect_code(0);
    assert!(!agreed.stderr.contains("disagree"), "{}", agreed.stderr);
}

#[test]
fn a_machine_readable_summary_is_no_broken_one_and_an_unknown_form_is_named() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/k6/machine-readable.json");
    let copy =
        format!("[ \"$K6_NEW_MACHINE_READABLE_SUMMARY\" = false ] && cp {} $SUMMARY", fixture.display());
    let space = faulty(&copy);
    build(&space).expect_code(0);
    let results = space.read("out/digits/results.json");
    for part in ["queue_depth", "one label a row", "http_req_duration{scenario:load}"] {
        assert!(results.contains(part), "{part} is missing in:\n{results}");
    }
    let text = space.read("out/digits/results/plain.txt");
    assert!(text.contains("which names neither thresholds nor groups"), "{text}");

    let space = faulty("echo '{\"version\": \"7.0.0\", \"results\": {\"series\": []}}' > $SUMMARY");
    let said = build(&space).expect_code(100);
    let told = "the summary has an unsupported form (a machine-readable summary of another version)";
    assert!(said.stderr.contains(told), "{}", said.stderr);
}

#[test]
fn strange_names_and_negative_values_are_measured_as_they_are() {
    let long = "l".repeat(120);
    let body = format!(
        "{GET} below.add(-5 - __ITER); below.add(NaN); total.add(0.25); share.add(__ITER % 4 == 0); \
         level.add(-40 + __ITER); long.add(1e-9); time.add(-2.5);"
    );
    let scene = Scene::new(&body, "", "vus = 1\niterations = 40");
    let declared = format!(
        "const below = new Trend('__'), total = new Counter('x_total'), share = new Rate('x_rate'), \
         level = new Gauge('x_seconds'), long = new Trend('{long}'), time = new Trend('X_ms', true);\n\
         export default"
    );
    scene.space.edit("k6_templates/test.js", "export default", &declared);
    scene.build().expect_code(0);
    assert_eq!(scene.verdict(), ("passed".to_owned(), String::new()));
    for (metric, statistic, value) in [
        ("__", "min", -44.0),
        ("__", "max", -5.0),
        ("__", "p50", -24.5),
        ("x_total", "count", 10.0),
        ("x_rate", "rate", 0.25),
        ("x_seconds", "value", -1.0),
        ("x_seconds", "min", -40.0),
        ("X_ms", "p95", -2.5),
        (long.as_str(), "max", 1e-9),
    ] {
        let found = scene.number(metric, statistic);
        assert!((found - value).abs() <= 1e-9 * value.abs(), "{metric}.{statistic} is {found}, not {value}");
    }
}

#[test]
fn more_addresses_than_are_kept_apart_are_folded_and_counted() {
    let body = GET.replace("/v2'", "/v2?' + __VU + '-' + __ITER");
    let scene = Scene::new(&body, "", "vus = 4\niterations = 2300");
    scene.build().expect_code(0);
    assert_eq!(scene.verdict(), ("passed".to_owned(), String::new()));
    let text = scene.text();
    assert!(text.contains("(other)"), "{text}");
    assert!((scene.number("http_reqs", "count") - 2300.0).abs() < f64::EPSILON);
}
