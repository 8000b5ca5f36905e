//! What is said beside numbers without doubting them: a window that is not steady, a closed model.

use serde_json::Value;

use crate::scene::{GET, Scene, rate};

fn notes(scene: &Scene) -> Vec<String> {
    let results = scene.results();
    let notes = results["cases"][0]["notes"].as_array().into_iter().flatten();
    notes.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Virtual users that sleep so long each time, out of step with each other.
fn sleeping(seconds: &str) -> Scene {
    let body = format!(
        "globalThis.begun = globalThis.begun || Date.now(); const passed = (Date.now() - globalThis.begun) / 1000; \
         sleep(__ITER == 0 ? Math.random() : {seconds});"
    );
    let measure = "measure = { skip = \"2s\", until = \"-1s\" }";
    Scene::new(&body, measure, "vus = 40\nduration = \"15s\"")
}

#[test]
fn a_window_through_which_iterations_get_longer_is_marked_and_a_steady_one_is_not() {
    let scene = sleeping("0.3 + 0.06 * passed");
    scene.build().expect_code(0);
    let told = "iteration_duration p95 within the window: ramp: +";
    assert!(notes(&scene).iter().any(|note| note.starts_with(told)), "{:?}", notes(&scene));
    assert!(scene.text().contains(told), "{}", scene.text());
    assert_eq!(scene.verdict().0, "passed", "it is marked, not refused");
    // In a window of a few seconds nothing can be told.
    scene.space.edit("suites/http.toml", "skip = \"2s\"", "skip = \"9s\"");
    assert!(scene.build().expect_code(0).runs().is_empty());
    assert!(!notes(&scene).iter().any(|note| note.contains("within the window")), "{:?}", notes(&scene));

    // So long is a sleep that a busy machine delays it by few percent.
    let steady = sleeping("1");
    steady.build().expect_code(0);
    assert!(!notes(&steady).iter().any(|note| note.contains("within the window")), "{:?}", notes(&steady));
}

#[test]
fn latency_thresholds_and_expectations_in_a_closed_model_get_a_note_and_at_an_arrival_rate_none() {
    let is_noted = |scene: &Scene| {
        let told = notes(scene).iter().filter(|note| note.contains("coordinated omission")).count();
        assert_eq!(told, scene.text().matches("coordinated omission").count(), "{}", scene.text());
        assert!(told <= 1, "once: {:?}", notes(scene));
        told == 1
    };
    let limit = "thresholds = { http_req_duration = [\"avg<5000\"] }\n";
    let thresholds = Scene::new(GET, "", &format!("vus = 1\niterations = 5\n{limit}"));
    thresholds.build().expect_code(0);
    assert!(is_noted(&thresholds));

    let expect = "expect = { \"http_req_duration.avg\" = { below = \"5s\" } }";
    let expected = Scene::new(GET, expect, "vus = 1\niterations = 5");
    expected.build().expect_code(0);
    assert!(is_noted(&expected));
    expected.space.edit("suites/http.toml", "http_req_duration.avg", "http_reqs.count");
    expected.space.edit("suites/http.toml", "\"5s\"", "6");
    assert!(expected.build().expect_code(0).runs().is_empty());
    assert!(!is_noted(&expected));

    let open = format!("thresholds.http_req_duration = [\"avg<5000\"]\n{}", rate(20, 1, 5));
    let open = Scene::new(GET, expect, &open);
    open.build().expect_code(0);
    assert!(!is_noted(&open));
}

#[test]
fn over_trials_a_share_of_ones_own_is_never_on_logarithms_and_a_window_and_two_trials_say_so() {
    let scene = Scene::new("sleep(0.02);", "repeat = 2", "vus = 2\nduration = \"4s\"");
    let suite = scene.space.read("suites/http.toml");
    let defined = "[metric.fast]\nof = \"iteration_duration\"\nbelow = \"5s\"\n";
    scene.space.write("suites/http.toml", &format!("{defined}{suite}"));
    scene.build().expect_code(0);
    let over = |metric: &str, statistic: &str| {
        let results = scene.results();
        let all = results["over_trials"].as_array().expect("over trials").clone();
        let is_it = |one: &&Value| one["metric"] == metric && one["statistic"] == statistic;
        let one = all.iter().find(is_it).unwrap_or_else(|| panic!("no {metric}.{statistic}"));
        [&one["scope"], &one["interval_of"]].map(|word| word.as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(over("fast", "value"), ["defined", "mean"]);
    assert_eq!(over("iteration_duration", "p95"), ["run", "geometric-mean"]);
    let text = scene.text();
    assert!(text.contains("over 2 trials\n  an interval over two trials says little"), "{text}");

    scene.space.edit("suites/http.toml", "repeat = 2", "repeat = 2\nmeasure = { skip = \"1s\" }");
    assert!(scene.build().expect_code(0).runs().is_empty());
    assert_eq!(over("iteration_duration", "p95"), ["window", "geometric-mean"]);
    assert!(scene.text().contains("over 2 trials, of the measured window\n"), "{}", scene.text());
}

#[test]
fn a_text_says_how_sure_the_numbers_of_a_window_are_whatever_failed_in_it() {
    let body =
        format!("check({}, {{ 'often': () => __ITER % 3 > 0 }}); sleep(0.01);", GET.trim_end_matches(';'));
    let scene = Scene::new(&body, "measure = { skip = \"1s\" }", "vus = 2\nduration = \"4s\"");
    let suite = scene.space.read("suites/http.toml");
    let defined = "[metric.far]\nof = \"http_req_duration\"\npercentile = 95\n";
    scene.space.write("suites/http.toml", &format!("{defined}{suite}"));
    scene.build().expect_code(0);
    let text = scene.text();
    let line =
        |begin: &str| text.lines().map(str::trim).find(|line| line.starts_with(begin)).unwrap_or_default();
    assert_eq!(
        line("percentiles, min and max"),
        "percentiles, min and max of trends: ± 5 % (histogram)",
        "{text}"
    );
    assert_eq!(line("share of"), "share of checks: estimated", "{text}");
    assert!(line("far...").ends_with("s  ± 5 % (histogram)"), "{text}");
}
