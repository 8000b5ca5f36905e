//! `watch = "samples"` on real k6: every sample is read, percentiles by tags are exact, and all of it can be kept.

use std::collections::BTreeMap;
use std::io::Read;

use serde_json::Value;

use crate::measured::{number, results};
use crate::space::{Said, Space};

/// Two kinds of requests, a trend of its own with values below zero, and a counter of fractions.
const SCRIPT: &str = "import http from 'k6/http';
import { check } from 'k6';
import { Counter, Trend } from 'k6/metrics';
{{ k6_opts }}
const below = new Trend('below_zero'), fraction = new Counter('fraction');
export function setup() { http.get('{{ base_url }}/v2'); }
export default function () {
  const one = http.get('{{ base_url }}/v2?key=' + __ENV.KEY, { tags: { name: 'good', kind: 'a', key: __ENV.KEY } });
  check(one, { 'is 200': (r) => r.status === 200 });
  http.get('{{ base_url }}/nowhere', { tags: { name: 'bad' } });
  below.add(-1.5 * (1 + __ITER % 7)); fraction.add(0.1);
}
";

/// What a sub-metric shows in k6's own summary stands there because a threshold names it.
const TEST: &str = "keep_samples = true
env = { KEY = { from = \"KEY\", secret = true } }
[test.k6]
thresholds = { \"http_req_duration{name:good}\" = [\"p(95)<60000\"], \"http_req_duration{name:bad}\" = [\"p(95)<60000\"], \"checks\" = [\"rate>=0\"] }
summaryTrendStats = [\"avg\", \"min\", \"med\", \"max\", \"p(90)\", \"p(95)\", \"p(99)\", \"p(99.9)\", \"count\"]
[test.k6.scenarios.load]
executor = \"constant-arrival-rate\"
rate = 60
duration = \"4s\"
preAllocatedVUs = 10
";

const SECRET: &str = "open-sesame-42";

const METRICS: &str = "[metric.good_p95]\nof = \"http_req_duration\"\npercentile = 95\nwhere = { name = \"good\" }\n\
    [metric.bad_p999]\nof = \"http_req_duration\"\npercentile = 99.9\nwhere = { name = \"b*\" }\n\
    [metric.good_fast]\nof = \"http_req_duration\"\nbelow = \"1h\"\nwhere = { kind = \"a\" }\n\
    [metric.bad]\nof = \"http_reqs\"\nwhere = { status = \"4*\" }\n";

fn sampling(watch: &str, more: &str, version: &str) -> Space {
    let space = Space::new();
    space.write("k6_templates/get.js", SCRIPT);
    let address = format!("http://127.0.0.1:{}", space.http);
    let manifest = space.read("howitzer.toml");
    space.write("howitzer.toml", &format!("[k6]\nversion = \"{version}\"\n{manifest}"));
    space.write(
        "suites/http.toml",
        &format!(
            "{METRICS}[[test]]\nname = \"http\"\ntarget = \"digits\"\ntemplate = \"get.js\"\n\
             base_url = \"{address}\"\nwatch = \"{watch}\"\n{more}"
        ),
    );
    space
}

fn build(space: &Space) -> Said {
    Said::of(space.command(&["build", "http"]).env("KEY", SECRET).output().expect("starts"))
}

fn summary(space: &Space) -> Value {
    serde_json::from_str(&space.read("out/http/summary/http.json")).expect("JSON")
}

fn kept(space: &Space) -> String {
    let packed = std::fs::read(space.path("out/http/samples/http.ndjson.gz")).expect("the kept file");
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).expect("gzip");
    text
}

/// The precision of the one row that a metric of the user's own has.
fn precision(results: &Value, metric: &str) -> String {
    let rows = results["rows"].as_array().expect("rows");
    let row = rows.iter().find(|row| row["metric"] == metric && row["statistic"] == "value").expect("a row");
    row["precision"].as_str().unwrap_or("none").to_owned()
}

#[track_caller]
fn same(left: f64, right: f64, what: &str) {
    assert!((left - right).abs() <= right.abs() * 1e-9, "{what}: {left} and {right}");
}

#[test]
fn every_sample_is_read_and_percentiles_by_tags_are_k6s_own() {
    for version in ["1.1", "0.57"] {
        let space = sampling("samples", TEST, version);
        let said = build(&space).expect_code(0);
        for odd in ["disagree", "suspect", "note http"] {
            assert!(!said.stderr.contains(odd), "{}", said.stderr);
        }
        let (results, summary) = (results(&space), summary(&space));
        let of = |metric: &str, statistic: &str| {
            summary["metrics"][metric][statistic].as_f64().unwrap_or_else(|| panic!("{metric} {statistic}"))
        };
        let good = "http_req_duration{name:good}";
        same(number(&results, "defined", "good_p95", "value"), of(good, "p(95)"), version);
        let bad = "http_req_duration{name:bad}";
        same(number(&results, "defined", "bad_p999", "value"), of(bad, "p(99.9)"), version);
        for metric in ["good_p95", "bad_p999", "good_fast"] {
            assert_eq!(precision(&results, metric), "exact", "{version} {metric}");
        }
        same(number(&results, "defined", "bad", "count"), of(bad, "count"), version);

        // The kept stream says of every metric how many samples the summary counted, and of counters their sum.
        let text = kept(&space);
        assert!(
            text.contains("\"key\":\"***\"") && !text.contains(SECRET),
            "a secret is in the kept samples"
        );
        let mut sums = BTreeMap::new();
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).expect("a line of JSON");
            if line["type"] == "Point" {
                let metric = line["metric"].as_str().expect("a metric").to_owned();
                let (count, sum) = sums.entry(metric).or_insert((0.0, 0.0));
                *count += 1.0;
                *sum += line["data"]["value"].as_f64().expect("a value");
            }
        }
        for counter in ["http_reqs", "iterations", "data_sent", "data_received", "fraction"] {
            same(sums[counter].1, of(counter, "count"), counter);
            same(number(&results, "run", counter, "count"), of(counter, "count"), counter);
        }
        for trend in ["http_req_duration", "http_req_waiting", "iteration_duration", "below_zero"] {
            same(sums[trend].0, of(trend, "count"), trend);
        }
        same(sums["checks"].0, of("checks", "passes") + of("checks", "fails"), "checks");
        assert!(build(&space).expect_code(0).runs().is_empty(), "the second build runs nothing");
    }
}

#[test]
fn a_window_of_samples_is_exact_and_changing_it_runs_nothing() {
    let space = sampling("samples", TEST, "1.1");
    build(&space).expect_code(0);
    let text = kept(&space);
    space.edit(
        "suites/http.toml",
        "keep_samples = true",
        "keep_samples = true\nmeasure = { skip = \"1s\", until = \"3s\" }",
    );
    assert!(build(&space).expect_code(0).runs().is_empty());
    let results = results(&space);
    assert_eq!(precision(&results, "good_p95"), "exact");
    // The same, computed from the stream that was kept: two seconds from the first sample of a scenario.
    let mut all: Vec<(i128, f64)> = Vec::new();
    let mut first = i128::MAX;
    for line in text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")) {
        let tags = &line["data"]["tags"];
        if !tags["scenario"].is_string() {
            continue;
        }
        let time: jiff::Timestamp = line["data"]["time"].as_str().expect("a time").parse().expect("it reads");
        let at = time.as_nanosecond();
        first = first.min(at);
        if line["metric"] == "http_req_duration" && tags["name"] == "good" {
            all.push((at, line["data"]["value"].as_f64().expect("a value")));
        }
    }
    let within = |from: i128, to: i128| {
        let inside = all.iter().filter(|(at, _)| (from..to).contains(&((at - first) / 1_000_000)));
        let mut values: Vec<f64> = inside.map(|(_, value)| *value).collect();
        values.sort_by(f64::total_cmp);
        values
    };
    let p95 = number(&results, "defined", "good_p95", "value");
    let values = within(1000, 3000);
    assert!((100..=140).contains(&values.len()), "{} samples", values.len());
    // A few samples of the first milliseconds may come in another order than they were taken.
    let found = (0..100).flat_map(|late| [late, -late]).any(|shift| {
        let values = within(1000 + shift, 3000 + shift);
        let hundredths = 95 * (values.len() - 1);
        let (low, high) = (values[hundredths / 100], values[hundredths.div_ceil(100)]);
        let between = (hundredths % 100) as f64 / 100.0;
        (low + (high - low) * between - p95).abs() <= p95 * 1e-9
    });
    assert!(found, "{p95} is no 95th percentile of {values:?}");
}

#[test]
fn changing_how_a_run_is_watched_runs_it_again_and_says_why() {
    let space = sampling("series", &TEST.replace("keep_samples = true\n", ""), "1.1");
    build(&space).expect_code(0);
    let from_series = results(&space);
    assert!(
        precision(&from_series, "good_p95").contains("histogram"),
        "{}",
        precision(&from_series, "good_p95")
    );
    space.edit("suites/http.toml", "watch = \"series\"", "watch = \"samples\"");
    let plan = |space: &Space| {
        Said::of(space.command(&["build", "http", "-n"]).env("KEY", SECRET).output().expect("starts")).stdout
    };
    assert!(plan(&space).contains("watched differently: series/2 → samples/1"), "{}", plan(&space));
    let again = build(&space).expect_code(0);
    assert_eq!(again.runs().len(), 1, "{}", again.stderr);
    assert!(!space.path("out/http/samples").exists(), "nothing is kept unless it is asked for");
    space.edit("suites/http.toml", "watch = \"samples\"", "watch = \"samples\"\nkeep_samples = true");
    assert!(plan(&space).contains("watched differently: samples/1 → samples/1, kept"), "{}", plan(&space));
    space.edit("suites/http.toml", "watch = \"samples\"", "watch = \"series\"");
    let refused = build(&space).expect_code(3);
    assert!(refused.stderr.contains("`keep_samples` needs `watch = \"samples\"`"), "{}", refused.stderr);
}
