//! A real Prometheus with its receiver on, written to by real runs, and asked.

use std::collections::BTreeMap;

use howitzer::k6::encode_remote_write;
use howitzer::result::{Histogram, Sample, SampleValue};
use serde_json::Value;

use crate::real_prometheus::RealPrometheus;
use crate::space::Space;
use crate::{assert_sent, number, results, space};

/// What Prometheus answers to an instant query at this time, in seconds.
fn asked(prometheus: &RealPrometheus, query: &str, at: Option<f64>) -> Value {
    let encoded = percent_encoding::utf8_percent_encode(query, percent_encoding::NON_ALPHANUMERIC);
    let at = at.map_or_else(String::new, |at| format!("&time={at:.3}"));
    let url = format!("http://admin:test@{}/api/v1/query?query={encoded}{at}", prometheus.address);
    let config = ureq::Agent::config_builder().proxy(None).http_status_as_error(false);
    let agent: ureq::Agent = config.build().into();
    let text = agent.get(&url).call().expect("it answers").body_mut().read_to_string().expect("text");
    let answer: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(answer["status"], "success", "{query}: {text}");
    answer
}

/// The same as labels and value of each series.
fn ask(prometheus: &RealPrometheus, query: &str, at: Option<f64>) -> Vec<(BTreeMap<String, String>, f64)> {
    let answer = asked(prometheus, query, at);
    let series = answer["data"]["result"].as_array().expect("a vector");
    series
        .iter()
        .map(|one| {
            let labels = serde_json::from_value(one["metric"].clone()).expect("labels");
            let value = one["value"][1].as_str().and_then(|value| value.parse().ok());
            (labels, value.unwrap_or(f64::NAN))
        })
        .collect()
}

/// The time of the last value of a metric, in seconds: the markers of the end come after it.
fn last_value(prometheus: &RealPrometheus, selector: &str) -> f64 {
    let answer = asked(prometheus, &format!("{selector}[10m]"), None);
    let series = answer["data"]["result"].as_array().expect("a matrix");
    let points = series.iter().flat_map(|one| {
        let of = |name: &str| one[name].as_array().cloned().unwrap_or_default();
        [of("values"), of("histograms")].concat()
    });
    points.filter_map(|point| point[0].as_f64()).fold(0.0, f64::max)
}

fn to(prometheus: &RealPrometheus, more: &str) -> Space {
    let url = format!("http://admin:test@{}", prometheus.address);
    space(&format!("[export.prometheus]\nurl = \"{url}\"\n{more}"), "repeat = 2\n")
}

fn receiving() -> RealPrometheus {
    RealPrometheus::receiving(&["--web.enable-remote-write-receiver", "--enable-feature=native-histograms"])
}

#[test]
fn counts_and_numbers_are_those_of_the_results_and_nothing_is_doubled() {
    let prometheus = receiving();
    let space = to(&prometheus, "labels = { team = \"serving\" }\n");
    let said = space.run(&["build", "http"]).expect_code(0);
    for odd in ["reached", "Prometheus took", "Prometheus has", "not known", "suspect"] {
        assert!(!said.stderr.contains(odd), "{}", said.stderr);
    }
    let look = || {
        let results = results(&space);
        let rows = results["rows"].as_array().expect("rows");
        for trial in [1, 2] {
            for metric in ["http_reqs", "iterations", "data_sent"] {
                let row = rows.iter().find(|row| {
                    row["trial"] == trial && row["metric"] == metric && row["statistic"] == "count"
                });
                let kept = row.expect("a row")["value"].as_f64().expect("a number");
                let selector = format!("suite=\"http\",case=\"http\",trial=\"{trial}\",team=\"serving\"");
                let live = format!("sum(max_over_time(k6_{metric}_total{{{selector}}}[10m]))");
                let numbers = format!(
                    "last_over_time(howitzer_result{{metric=\"{metric}\",statistic=\"count\",scope=\"run\",{selector}}}[10m])"
                );
                let held = |query: &str| {
                    let found = ask(&prometheus, query, None);
                    assert_eq!(found.len(), 1, "{query}: {found:?}");
                    found[0].1
                };
                assert_sent(&live, held(&live), kept);
                assert!((held(&numbers) - kept).abs() < 1e-6, "{numbers}: {} and {kept}", held(&numbers));
            }
        }
        let numbers = ask(&prometheus, "sum(count_over_time(howitzer_result[10m]))", None);
        assert!((numbers[0].1 - rows.len() as f64).abs() < 0.5, "{numbers:?} and {} rows", rows.len());
    };
    look();
    let samples = || {
        let of = |metric: &str| ask(&prometheus, &format!("sum(count_over_time({metric}[10m]))"), None)[0].1;
        of("k6_http_reqs_total") + of("howitzer_result")
    };
    let before = samples();
    let second = space.run(&["build", "http"]).expect_code(0);
    assert!(second.runs().is_empty(), "{}", second.stderr);
    space.run(&["export", "prometheus", "http"]).expect_code(0);
    look();
    assert!((samples() - before).abs() < 0.5, "nothing is doubled");
    // A series ends with its run: at the end it is there, and now it is not.
    let at = last_value(&prometheus, "k6_vus{case=\"http\",trial=\"2\"}");
    assert!(!ask(&prometheus, "k6_vus{case=\"http\"}", Some(at)).is_empty());
    assert!(ask(&prometheus, "k6_vus{case=\"http\"}", None).is_empty(), "the markers are there");
    let sets = ask(&prometheus, "count(count by (name) (last_over_time(k6_http_reqs_total[10m])))", None);
    assert!((sets[0].1 - 3.0).abs() < 0.5, "addresses are folded: {sets:?}");
}

#[test]
fn native_histograms_hold_every_request() {
    let prometheus = receiving();
    let space = to(&prometheus, "trends = \"native\"\n");
    let said = space.run(&["build", "http"]).expect_code(0);
    assert!(!said.stderr.contains("reached"), "{}", said.stderr);
    let series = "k6_http_req_duration_seconds{trial=\"1\"}";
    let at = last_value(&prometheus, series);
    let held = ask(&prometheus, &format!("histogram_count(sum({series}))"), Some(at));
    assert_eq!(held.len(), 1, "{held:?}");
    let counted = ask(&prometheus, "sum(k6_http_reqs_total{trial=\"1\"})", Some(at));
    assert!((held[0].1 - counted[0].1).abs() < 1e-6, "{held:?} and {counted:?}");
    assert_sent("requests", held[0].1, number(&results(&space), "http_reqs", "count"));
    let p95 = ask(&prometheus, &format!("histogram_quantile(0.95, sum({series}))"), Some(at));
    let kept = number(&results(&space), "http_req_duration", "p95") / 1000.0;
    assert!(p95.len() == 1 && (p95[0].1 / kept - 1.0).abs() < 0.2, "{p95:?} and {kept}");
}

/// Why values that change within a moment get a later one (`k6::relay`).
#[test]
fn a_prometheus_refuses_a_second_value_of_a_moment() {
    let prometheus = receiving();
    let config = ureq::Agent::config_builder().proxy(None).http_status_as_error(false);
    let agent: ureq::Agent = config.build().into();
    let now_ms = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let now_ms = i64::try_from(now_ms.as_millis()).expect("soon enough");
    let post = |metric: &str, at_ms: i64, value: SampleValue| {
        let sample = Sample { metric: metric.to_owned(), labels: Vec::new(), at_ms, value };
        let answer = agent
            .post(format!("http://admin:test@{}/api/v1/write", prometheus.address))
            .header("content-encoding", "snappy")
            .header("content-type", "application/x-protobuf")
            .header("x-prometheus-remote-write-version", "0.1.0")
            .send(encode_remote_write(&[sample]).as_slice());
        let mut answer = answer.expect("it answers");
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap_or_default())
    };
    let number = |count: u32| SampleValue::Number(f64::from(count));
    let histogram = |count: u32| {
        let positive = vec![(8, u64::from(count))];
        SampleValue::Histogram(Histogram { schema: 3, positive, ..Histogram::default() })
    };
    let value = |metric: &str, count: u32| if metric == "plain" { number(count) } else { histogram(count) };
    for (metric, query) in [("plain", "plain"), ("native", "histogram_count(native)")] {
        let held = |later: i64, count: u32| {
            let (status, said) = post(metric, now_ms + later, value(metric, count));
            let held = ask(&prometheus, query, Some((now_ms + 10) as f64 / 1000.0))[0].1;
            (status, said.trim().to_owned(), format!("{held}"))
        };
        let taken = |held: &str| (204, String::new(), held.to_owned());
        assert_eq!(held(0, 10), taken("10"));
        assert_eq!(held(0, 10), taken("10"), "the same once more is no mistake");
        let refused = (400, "duplicate sample for timestamp".to_owned(), "10".to_owned());
        assert_eq!(held(0, 11), refused, "{metric}");
        assert_eq!(held(1, 12), taken("12"));
        // What `live::a_result_that_is_too_old` is answered.
        assert_eq!(post(metric, now_ms - 7_200_000, value(metric, 1)), (400, "out of bounds\n".to_owned()));
    }
}

#[test]
fn a_prometheus_whose_receiver_is_off_is_told() {
    let prometheus = RealPrometheus::receiving(&[]);
    let space = to(&prometheus, "");
    let said = space.run(&["build", "http"]).expect_code(0);
    assert!(said.stderr.contains("nothing of the run reached Prometheus"), "{}", said.stderr);
    assert!(said.stderr.contains("remote write receiver"), "what it says is passed on: {}", said.stderr);
    space.run(&["build", "http", "--export", "prometheus"]).expect_code(5);
}

#[test]
fn statistics_beyond_p99_arrive_under_names_of_k6_with_the_labels_of_the_run() {
    let prometheus = receiving();
    let space = to(&prometheus, "statistics = [\"p(99.9)\", \"max\"]\n");
    space.run(&["build", "http"]).expect_code(0);
    let series = "k6_http_req_duration_p999{name=\"version\"}";
    let found = ask(&prometheus, series, Some(last_value(&prometheus, series)));
    assert_eq!(found.len(), 1, "of the last trial, and no other: {found:?}");
    let (labels, p999) = &found[0];
    let info = ask(&prometheus, "last_over_time(howitzer_result_info[10m])", None);
    let trial = info.iter().find(|(info, _)| info["trial"] == labels["trial"]).expect("its result");
    for label in ["suite", "case", "trial", "build"] {
        assert_eq!(labels[label], trial.0[label], "{label}");
    }
    let all = ask(&prometheus, &format!("last_over_time({series}[10m])"), None);
    assert_eq!(all.len(), 2, "a series a trial: {all:?}");
    let max = number(&results(&space), "http_req_duration", "max") / 1000.0;
    assert!(*p999 > 0.0 && p999.is_finite() && max > 0.0, "{p999} {max}");
    let p95 = ask(&prometheus, "last_over_time(k6_http_req_duration_p95[10m])", None);
    assert!(p95.is_empty(), "what is not named is not sent: {p95:?}");
}

#[test]
fn the_ancestors_variable_sends_to_a_prometheus() {
    let prometheus = receiving();
    let space = space("", "");
    let address = format!("http://127.0.0.1:{}", space.http);
    let test = serde_json::json!({ "name": "old", "template": "old.js", "base_url": address,
        "k6_opts": { "vus": 1, "duration": "2s" } });
    space.write("config.json", &serde_json::json!({ "test_configs": [test] }).to_string());
    space.write(
        "k6_templates/old.js",
        "import http from 'k6/http';\n{{ k6_opts }}\nexport default function () { http.get('{{ base_url }}/v2'); }\n",
    );
    // The example's service is there while its suite is built only.
    let mut server = std::process::Command::new(space.path("bin/server"))
        .args(["--grpc", "127.0.0.1:0", "--http", &format!("127.0.0.1:{}", space.http)])
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("starts");
    crate::space::wait_for(|| std::net::TcpStream::connect(("127.0.0.1", space.http)).is_ok());
    let said = space
        .command(&["build"])
        .env("CONFIG_FILE", "config.json")
        .env("TEMPLATE_DIR", "k6_templates")
        .env("K6_PROMETHEUS_REMOTE_URL", format!("http://admin:test@{}/api/v1/write", prometheus.address))
        .output()
        .expect("starts");
    let (_, _) = (server.kill(), server.wait());
    let said = crate::space::Said::of(said).expect_code(0);
    assert!(!said.stderr.contains("reached") && !said.stderr.contains("not known"), "{}", said.stderr);
    let query = "sum(last_over_time(k6_http_reqs_total{case=\"old\"}[10m]))";
    let result =
        "last_over_time(howitzer_result{case=\"old\",metric=\"http_reqs\",statistic=\"count\"}[10m])";
    let (live, kept) = (ask(&prometheus, query, None), ask(&prometheus, result, None));
    assert_eq!((live.len(), kept.len()), (1, 1), "{live:?} {kept:?}");
    assert_sent("requests", live[0].1, kept[0].1);
}

#[test]
fn a_prometheus_that_does_not_have_the_run_is_found_out_by_asking_it() {
    let (takes, asked) = (receiving(), receiving());
    let space = to(&takes, &format!("query = \"http://{}\"\n", asked.address));
    let said = space.run(&["build", "http"]).expect_code(0);
    assert!(said.stderr.contains("Prometheus took the run and does not have it"), "{}", said.stderr);
    assert!(said.stderr.contains("knows no series `howitzer_result_info`"), "{}", said.stderr);
    assert!(number(&results(&space), "http_reqs", "count") > 0.0);
    // What is not known to be there is left to be sent, and is the same where it was there.
    let result = "sum(count_over_time(howitzer_result_info[10m]))";
    let before = ask(&takes, result, None);
    space.run(&["export", "prometheus", "http"]).expect_code(5);
    space.edit("howitzer.toml", &format!("query = \"http://{}\"\n", asked.address), "");
    let later = space.run(&["export", "prometheus", "http"]).expect_code(0);
    assert!(later.stderr.contains("exported 1 case"), "{}", later.stderr);
    assert!((ask(&takes, result, None)[0].1 - before[0].1).abs() < 1e-6, "nothing is doubled");
}

#[test]
fn a_prometheus_that_dies_during_a_run_costs_no_result() {
    let prometheus = receiving();
    let space = to(&prometheus, "");
    space.edit("suites/http.toml", "2s", "4s");
    space.edit("suites/http.toml", "repeat = 2", "repeat = 1");
    std::thread::scope(|scope| {
        let built = scope.spawn(|| space.run(&["build", "http"]));
        let arrived = || !ask(&prometheus, "last_over_time(k6_http_reqs_total[10m])", None).is_empty();
        crate::space::wait_for(arrived);
        drop(prometheus);
        let said = built.join().expect("built").expect_code(0);
        assert!(said.stderr.contains("not all of the run reached Prometheus"), "{}", said.stderr);
        assert!(said.stderr.contains("howitzer export prometheus"), "{}", said.stderr);
    });
    assert!(number(&results(&space), "http_reqs", "count") > 0.0);
}

/// Grafana's own variables as it would fill them in.
fn filled(query: &str) -> String {
    [
        ("$__rate_interval", "4s"),
        ("$__range", "10m"),
        ("$__interval", "1s"),
        ("$suite", "http"),
        ("$case", ".*"),
        ("$build", ".*"),
        ("$trial", ".*"),
    ]
    .into_iter()
    .fold(query.to_owned(), |query, (name, value)| query.replace(name, value))
}

#[test]
fn every_query_of_the_dashboard_finds_something() {
    let prometheus = receiving();
    let space = to(&prometheus, "");
    space.edit("suites/http.toml", "2s", "5s");
    space.run(&["build", "http"]).expect_code(0);
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/grafana/howitzer.json");
    let dashboard: Value =
        serde_json::from_slice(&std::fs::read(path).expect("it is shipped")).expect("JSON");
    let at = last_value(&prometheus, "k6_vus");
    let mut asked = 0;
    for panel in dashboard["panels"].as_array().expect("panels") {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let query = filled(target["expr"].as_str().expect("an expression"));
            assert!(!query.contains('$'), "a variable is not known: {query}");
            // What is drawn over time is asked while the run goes on, tables and single numbers now.
            let at = (panel["type"] == "timeseries").then_some(at);
            let found = ask(&prometheus, &query, at);
            let numbers = found.iter().filter(|(_, value)| value.is_finite()).count();
            assert!(numbers > 0, "{}: nothing for {query}: {found:?}", panel["title"]);
            asked += 1;
        }
    }
    assert!(asked >= 10, "only {asked} queries");
    for variable in dashboard["templating"]["list"].as_array().expect("variables") {
        let Some(query) = variable["query"].as_str().filter(|query| query.starts_with("label_values("))
        else {
            continue;
        };
        let inner = query.trim_start_matches("label_values(").trim_end_matches(')');
        let (series, label) = inner.rsplit_once(',').expect("a series and a label");
        let found = ask(&prometheus, &format!("last_over_time({}[10m])", filled(series)), None);
        assert!(found.iter().any(|(labels, _)| labels.contains_key(label.trim())), "{query}: {found:?}");
    }
}
