//! What reaches a Prometheus and an OpenTelemetry collector of real k6 runs, through the built binary: against
//! receivers of the tests' own, and behind `real-services` against a real Prometheus.

#[path = "../exports/authority.rs"]
#[allow(dead_code, reason = "shared with the tests of exports")]
mod authority;
mod collector;
mod encrypted;
mod live;
#[path = "../exports/message.rs"]
mod message;
mod otlp;
#[cfg(feature = "real-services")]
mod real;
#[cfg(feature = "real-services")]
#[path = "../server_metrics/real_prometheus.rs"]
#[allow(dead_code, reason = "shared with the tests of server metrics")]
mod real_prometheus;
#[path = "../server_metrics/page_server.rs"]
mod page_server;
mod receiver;
#[path = "../exports/site.rs"]
mod site;
#[path = "../newcomer/space.rs"]
#[allow(dead_code, reason = "shared with the tests of a newcomer")]
mod space;
#[path = "../exports/tls.rs"]
mod tls;

use serde_json::Value;
use space::Space;

/// Requests under a name, under addresses that differ, checks, and a trend and a tag of the script's own.
const SCRIPT: &str = "import http from 'k6/http';
import { check } from 'k6';
import { Trend } from 'k6/metrics';
{{ k6_opts }}
const own = new Trend('own');
export default function () {
  const one = http.get('{{ base_url }}/v2?id=' + __ITER, { tags: { name: 'version', case: 'mine', 'odd-tag': 'x' } });
  check(one, { 'is 200': (r) => r.status === 200 });
  http.get('{{ base_url }}/v2?id=' + __ITER);
  http.get('{{ base_url }}/nowhere');
  own.add(3);
}
";

const TEST: &str = "[[test]]\nname = \"http\"\ntarget = \"digits\"\ntemplate = \"get.js\"\n\
    k6 = { vus = 2, duration = \"2s\" }\n";

/// A workspace with one test of 2 s, whose manifest ends with `exports`.
fn space(exports: &str, test: &str) -> Space {
    let space = Space::new();
    space.write("k6_templates/get.js", SCRIPT);
    let manifest = space.read("howitzer.toml");
    space.write("howitzer.toml", &format!("{manifest}{exports}"));
    let address = format!("http://127.0.0.1:{}", space.http);
    space.write("suites/http.toml", &format!("{TEST}base_url = \"{address}\"\n{test}"));
    space
}

fn results(space: &Space) -> Value {
    serde_json::from_str(&space.read("out/http/results.json")).expect("JSON")
}

/// A number of `results.json`.
#[track_caller]
fn number(results: &Value, metric: &str, statistic: &str) -> f64 {
    let rows = results["rows"].as_array().expect("rows");
    let is_it =
        |row: &&Value| row["scope"] == "run" && row["metric"] == metric && row["statistic"] == statistic;
    let row = rows.iter().find(is_it).unwrap_or_else(|| panic!("no {metric} {statistic}: {results}"));
    row["value"].as_f64().expect("a number")
}

/// What was sent is what was counted, but for what k6 leaves out of its posts: a value that comes within the
/// millisecond of one that it has posted, at an address that is not used again.
#[track_caller]
fn assert_sent(what: &str, sent: f64, counted: f64) {
    let lacking = counted - sent;
    assert!(lacking > -1e-6 && lacking <= (counted * 0.001).max(1.0), "{what}: {sent} and {counted}");
}

/// Every file below the workspace, in which no secret may stand.
fn files(space: &Space) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    [space.files("out"), space.files(".howitzer")].concat()
}
