//! Percentiles of which there are too few samples.

use crate::scene::{GET, Scene};

fn options(iterations: u32) -> String {
    format!("vus = 1\niterations = {iterations}\nthresholds = {{ http_req_duration = [\"p(99)<5000\"] }}\n")
}

#[test]
fn a_threshold_on_a_percentile_of_too_few_samples_makes_a_run_suspect() {
    let scene = Scene::new(GET, "", &options(10));
    scene.build().expect_code(0);
    let told = "10 samples are too few for p(99) of http_req_duration";
    assert_eq!(scene.verdict(), ("suspect".to_owned(), told.to_owned()));
    let scene = Scene::new(GET, "", &options(400));
    scene.build().expect_code(0);
    assert_eq!(scene.verdict(), ("passed".to_owned(), String::new()));
}

#[test]
fn an_expectation_on_a_percentile_of_too_few_samples_is_marked_without_a_run() {
    let expect = "expect = { \"http_req_duration.p99\" = { below = \"5s\" } }";
    let scene = Scene::new(GET, expect, "vus = 1\niterations = 100");
    let said = scene.build().expect_code(0);
    let doubt = "100 samples are too few for p99 of http_req_duration";
    assert!(said.stderr.contains(&format!("http: doubted: {doubt}")), "{}", said.stderr);
    assert_eq!(scene.verdict(), ("suspect".to_owned(), doubt.to_owned()));
    let results = scene.results();
    let judged = &results["cases"][0]["expectations"][0];
    assert_eq!((&judged["held"], &judged["too_few_samples"]), (&true.into(), &100.into()), "{judged}");
    assert!(scene.text().contains("(too few samples: 100)"), "{}", scene.text());
    // Said again where nothing runs, and under `--strict` it is an error.
    let again = scene.build().expect_code(0);
    assert!(again.runs().is_empty() && again.stderr.contains(doubt), "{}", again.stderr);
    assert!(scene.space.run(&["build", "http", "--strict"]).expect_code(100).runs().is_empty());

    scene.space.edit("suites/http.toml", "duration.p99", "duration.p95");
    let asked_less = scene.space.run(&["build", "http", "--strict"]).expect_code(0);
    assert!(asked_less.runs().is_empty() && !asked_less.stderr.contains("too few"), "{}", asked_less.stderr);
    assert_eq!(scene.verdict(), ("passed".to_owned(), String::new()));
}

#[test]
fn a_percentile_of_ones_own_that_has_too_few_samples_says_so() {
    let scene = Scene::new(GET, "", "vus = 1\niterations = 20");
    let suite = scene.space.read("suites/http.toml");
    let defined = "[metric.far]\nof = \"http_req_duration\"\npercentile = 99.9\n";
    scene.space.write("suites/http.toml", &format!("{defined}{suite}"));
    scene.build().expect_code(0);
    let told = "far: 20 samples are too few for p(99.9) of http_req_duration";
    assert!(scene.text().contains(told), "{}", scene.text());
}
