//! What the page holds, without a browser.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::html;
use crate::report::view::{CaseView, ServerLine, SuiteView, TimelineView, TrialState};
use crate::report::{results_json, sample};
use crate::result::{Distribution, Timeline, Verdict};

fn page(suite: &SuiteView) -> String {
    String::from_utf8(html(suite).expect("writes")).expect("is text")
}

fn data(page: &str) -> Value {
    let start = "<script type=\"application/json\" id=\"data\">";
    let (_, rest) = page.split_once(start).expect("data");
    let (data, _) = rest.split_once("</script>").expect("an end");
    serde_json::from_str(data).expect("is JSON")
}

#[test]
fn a_hostile_name_ends_no_script_and_begins_none() {
    let suite = SuiteView { title: format!("<!--{}", sample::HOSTILE), ..sample::suite() };
    let page = page(&suite);
    assert_eq!(page.matches("<script").count(), 1 + super::SCRIPTS.len());
    assert_eq!(page.matches("</script").count(), 1 + super::SCRIPTS.len());
    let data = data(&page);
    assert_eq!(data["suite"]["title"], suite.title.as_str());
    assert_eq!(data["cases"][1]["parameters"]["name"], sample::HOSTILE);
    let text = page.split("<script").next().expect("a head");
    assert!(!text.contains("</details>") && text.contains("&lt;/details&gt;"), "{text}");
}

#[test]
fn nothing_is_asked_of_anybody() {
    let page = page(&sample::suite());
    assert!(page.contains("default-src 'none'"));
    for asking in [" src=", "@import", "url(", "fetch(", "XMLHttpRequest", "<iframe", "<img"] {
        assert!(!page.contains(asking), "{asking}");
    }
}

/// Case, trial, scope, metric and statistic with the number.
type Number = (String, u64, String, String, String, String);

fn numbers_of_the_page(data: &Value) -> BTreeSet<Number> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let mut numbers = BTreeSet::new();
    for case in list(&data["cases"]) {
        for trial in list(&case["trials"]) {
            for row in list(&trial["result"]["metrics"]) {
                let layout =
                    &data["layouts"][usize::try_from(row[0].as_u64().expect("a place")).expect("small")];
                for (statistic, value) in list(&layout["statistics"]).iter().zip(list(&row[1])) {
                    let number = trial["number"].as_u64().expect("a number");
                    let (scope, metric) = (text(&layout["scope"]), text(&layout["name"]));
                    let case = text(&case["id"]);
                    numbers.insert((case, number, scope, metric, text(statistic), value.to_string()));
                }
            }
        }
    }
    numbers
}

fn numbers_of_results_json(suite: &SuiteView) -> BTreeSet<Number> {
    let results: Value =
        serde_json::from_slice(&results_json::bytes(suite).expect("writes")).expect("is JSON");
    let rows = results["rows"].as_array().expect("rows");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let with_numbers = rows.iter().filter(|row| !row["metric"].is_null());
    with_numbers
        .map(|row| {
            let trial = row["trial"].as_u64().expect("a number");
            let [case, scope, metric, statistic] =
                ["case", "scope", "metric", "statistic"].map(|name| text(&row[name]));
            (case, trial, scope, metric, statistic, row["value"].to_string())
        })
        .collect()
}

#[test]
fn its_numbers_are_those_of_results_json() {
    let suite = sample::suite();
    let expected = numbers_of_results_json(&suite);
    assert!(expected.len() > 20, "{}", expected.len());
    let data = data(&page(&suite));
    assert_eq!(numbers_of_the_page(&data), expected);
    assert_eq!(data["figures"][1], json!({"name": "p95", "unit": "ms", "less_is_better": true}));
    assert_eq!(data["cases"][0]["figures"][1], json!([2.5, null, null, 0]));
}

#[test]
fn runs_that_keep_a_metric_in_other_ways_keep_their_own_numbers() {
    let mut cases = (0..4).map(large).collect::<Vec<_>>();
    let statistics = [
        vec![("med", 1.5), ("p95", 2.5), ("max", 3.5)],
        vec![("max", 6.5), ("p50", 4.5), ("p95", 5.5)],
        vec![("med", 7.5), ("p95", f64::NAN), ("max", 9.5)],
        vec![("med", 10.5), ("p95", 11.5), ("max", 12.5)],
    ];
    for (case, statistics) in cases.iter_mut().zip(statistics) {
        let measured = &mut case.trials[0].result.as_mut().expect("a result").measured;
        measured.metrics["http_req_duration"].statistics =
            statistics.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    }
    let suite = SuiteView { cases, ..sample::suite() };
    let data = data(&page(&suite));
    assert_eq!(numbers_of_the_page(&data), numbers_of_results_json(&suite));
    let layouts = data["layouts"].as_array().expect("layouts");
    let of_it = layouts.iter().filter(|layout| layout["name"] == "http_req_duration");
    let of_it: Vec<&Value> = of_it.map(|layout| &layout["statistics"]).collect();
    assert_eq!(of_it, [&json!(["p50", "p95", "max"]), &json!(["p50", "max"])]);
}

#[test]
fn a_moment_without_a_number_is_left_out_with_its_time() {
    let mut case = large(1);
    let timeline = case.trials[0].result.as_mut().and_then(|result| result.timeline.as_mut());
    timeline.expect("watched").server[0].points = vec![(1.0, 10.0), (2.0, f64::NAN), (3.0, 30.0)];
    let data = data(&page(&SuiteView { cases: vec![case], ..sample::suite() }));
    let line = &data["cases"][0]["trials"][0]["result"]["series"]["server"][0];
    assert_eq!((&line["seconds"], &line["values"]), (&json!([1, 3]), &json!([10, 30])));
}

#[test]
fn a_case_stands_as_its_worst_trial() {
    let mut suite = sample::suite();
    let standings = |suite: &SuiteView| {
        let data = data(&page(suite));
        let cases = data["cases"].as_array().expect("cases").clone();
        cases.iter().map(|case| case["standing"].as_str().expect("a word").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(standings(&suite), ["misses", "failed", "missing"]);
    for trial in &mut suite.cases[0].trials {
        trial.result.as_mut().expect("a result").outcomes.clear();
    }
    assert_eq!(standings(&suite)[0], "stale");
    suite.cases[0].trials.truncate(1);
    assert_eq!(standings(&suite)[0], "holds");
    let result = suite.cases[0].trials[0].result.as_mut().expect("a result");
    result.attempt.verdict = Verdict::Aborted;
    assert_eq!(standings(&suite)[0], "misses");
}

#[test]
fn figures_of_several_trials_are_means_with_an_interval_and_of_one_run_say_so() {
    let mut suite = sample::suite();
    let case = &mut suite.cases[0];
    for (number, trial) in case.trials.iter_mut().enumerate() {
        trial.state = TrialState::Current;
        let result = trial.result.as_mut().expect("a result");
        let metric = result.measured.metrics.get_mut("http_req_duration").expect("a trend");
        metric.statistics.insert("p95".into(), 2.0 + number as f64);
        let samples = (0..1_000).map(f64::from).collect();
        let distribution = Distribution::of_samples(samples).expect("samples");
        result.distributions.insert("http_req_duration".into(), distribution);
    }
    let figure = |suite: &SuiteView| data(&page(suite))["cases"][0]["figures"][1].clone();
    let two = figure(&suite);
    assert_eq!((&two[0], &two[3]), (&json!(2.5), &json!(1)));
    assert!(two[1].as_f64() < Some(2.5) && two[2].as_f64() > Some(2.5), "{two}");
    suite.cases[0].trials.truncate(1);
    assert_eq!(figure(&suite)[3], 2);
    let curve = data(&page(&suite))["cases"][0]["curve"].clone();
    assert_eq!(curve[4], 499.5, "the median");
    assert_eq!(curve.as_array().map(Vec::len), Some(16), "p99.5 takes 736 samples, p99.9 3,688");
}

/// A case as a real run of a minute leaves one.
fn large(number: usize) -> CaseView {
    let mut case = sample::suite().cases.remove(0);
    case.trials.truncate(1);
    case.id = format!("http[rate={number},payload=digits-{}.json]", number % 7);
    case.stem = format!("http-{number}");
    case.script = (0..60).map(|line| format!("const line{line} = 'a line of a script';\n")).collect();
    case.script += &format!("export const options = {{ rate: {number} }};\n");
    let result = case.trials[0].result.as_mut().expect("a result");
    let spread = |at: usize| Some((number * 7919 + at * 104_729) as f64 % 997.0 + 0.123);
    let many: Vec<Option<f64>> = (0..60).map(spread).collect();
    let run = Timeline {
        begin_ms: 0,
        scenarios_seconds: Some(0.0),
        seconds: (1..=60).map(f64::from).collect(),
        rate: many.clone(),
        p50: many.clone(),
        p95: many.clone(),
        p99: many.clone(),
        failed: many.clone(),
        vus: many.clone(),
    };
    let line = |name: usize| ServerLine {
        name: format!("server.inference_requests_total{{method=\"{name}\"}}"),
        unit: "1/s".into(),
        points: (0..60).map(|at| (at as f64, spread(at + name).unwrap_or_default())).collect(),
    };
    result.timeline = Some(TimelineView { run, window: None, server: (0..3).map(line).collect() });
    result.log_tail =
        (0..20).map(|line| format!("time=\"{number}:{line}\" level=warning msg=\"slow\"")).collect();
    let metrics = result.measured.metrics.clone();
    for (name, metric) in metrics {
        for copy in 0..3 {
            let mut metric = metric.clone();
            metric.statistics.values_mut().for_each(|value| *value += number as f64 / 7.0);
            result.measured.metrics.insert(format!("{name}{{group:{copy}}}"), metric);
        }
    }
    case
}

#[test]
fn a_hundred_cases_take_less_than_a_megabyte() {
    let suite = SuiteView { cases: (0..100).map(large).collect(), ..sample::suite() };
    let size = html(&suite).expect("writes").len();
    assert!((400_000..1_000_000).contains(&size), "{size} bytes");
}

#[test]
fn the_same_suite_is_the_same_page_whoever_writes_its_parts() {
    let with_load = |number: usize| {
        let mut case = large(number);
        case.parameters.insert("vus".into(), json!(number + 1));
        case
    };
    let suite = || SuiteView { cases: (0..200).map(with_load).collect(), ..sample::suite() };
    let first = html(&suite()).expect("writes");
    for _ in 0..5 {
        assert!(html(&suite()).expect("writes") == first);
    }
    let data = data(std::str::from_utf8(&first).expect("is text"));
    let cases = data["cases"].as_array().expect("cases").iter();
    let ids: Vec<&str> = cases.map(|case| case["id"].as_str().expect("text")).collect();
    assert_eq!(ids, suite().cases.iter().map(|case| case.id.clone()).collect::<Vec<_>>());
    let along = &data["tests"][0]["sequences"][0][0]["cases"];
    assert_eq!(along, &json!((0..200).collect::<Vec<_>>()));
}

#[test]
fn a_suite_without_cases_has_a_page() {
    let data = data(&page(&SuiteView { cases: Vec::new(), ..sample::suite() }));
    assert_eq!((&data["cases"], &data["tests"]), (&json!([]), &json!([])));
}

#[test]
fn a_page_of_very_many_cases_has_their_figures_only() {
    let case = large(1);
    let cases =
        (0..=super::MOST_WHOLE).map(|number| CaseView { id: format!("http[rate={number}]"), ..case.clone() });
    let suite = SuiteView { cases: cases.collect(), ..sample::suite() };
    let page = page(&suite);
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    let data = data(&page);
    assert_eq!(data["is_brief"], true);
    let last = &data["cases"][super::MOST_WHOLE];
    assert_eq!((&last["figures"][1][0], &last["standing"]), (&json!(2.5), &json!("misses")));
    assert!(last.get("script").is_none() && last["trials"][0]["result"].get("metrics").is_none(), "{last}");
}
