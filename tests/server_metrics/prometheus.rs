//! A real Prometheus that looks at the example target, asked over a window.

use std::thread;
use std::time::Duration;

use howitzer::base::clock::Instant;
use howitzer::base::http::Access;
use howitzer::target::prometheus::scrape_prometheus;

use crate::real_prometheus::RealPrometheus;
use crate::running_server::RunningServer;
use crate::{inputs, scrape};

/// How long it is loaded.
const LOAD: Duration = Duration::from_secs(8);

/// Prometheus looks each second; what it saw can be asked soon after.
const SETTLED: Duration = Duration::from_secs(3);

const QUERIES: &str = r#"
[scrape.server.queries]
cpu = "rate(process_cpu_seconds_total[4s])"
requests = "sum(inference_requests_total{method=\"ModelInfer\"})"
unknown = "rate(no_such_series_total[4s])"
filtered = "process_cpu_seconds_total{job=\"other\"}"
wrong = "rate(process_cpu_seconds_total[4s"
nan = "0 / 0 * up"
scalar = "scalar(up) + 1"
[scrape.server.units]
cpu = "1"
"#;

#[test]
fn a_window_of_a_real_prometheus_gives_numbers_and_says_what_it_cannot_give() {
    let server = RunningServer::start(&[]);
    let target = server.announcement["http"].as_str().expect("an address").to_owned();
    let prometheus = RealPrometheus::start(&target);
    thread::sleep(SETTLED);
    let from = Instant::now();
    let mut sent = 0;
    while from.age() < LOAD {
        assert_eq!(server.infer(&inputs()).status, 200);
        sent += 1;
    }
    thread::sleep(SETTLED);
    let until = Instant::now();

    let lines = format!("prometheus = \"http://admin:test@{}/\"{QUERIES}", prometheus.address);
    let (scrape, access) = scrape(&lines);
    let ask =
        |access: &Access, from, until| scrape_prometheus(&scrape, access, from, until).expect("a client");
    let all = ask(&access, from, until);
    let labels = format!("{{instance=\"{target}\",job=\"digits\"}}");
    let cpu = &all.metrics[&format!("server.cpu{labels}")];
    assert!(cpu.statistics["max"] > 0.0 && cpu.statistics["max"] < 64.0 && cpu.unit == "1", "{cpu:?}");
    assert!(cpu.statistics["min"] <= cpu.statistics["avg"] && cpu.statistics["avg"] <= cpu.statistics["max"]);
    assert_eq!(all.metrics["server.requests"].statistics.get("value"), Some(&f64::from(sent)));
    assert_eq!(all.metrics["server.scalar"].statistics.get("avg"), Some(&2.0));
    assert_eq!(all.metrics.len(), 3, "{:?}", all.metrics.keys());
    let missing = |name: &str| all.missing[&format!("server.{name}")].as_str();
    assert_eq!(missing("unknown"), "no data: Prometheus knows no series `no_such_series_total`");
    assert_eq!(missing("filtered"), format!("no data: no values from {from} until {until}"));
    assert!(missing("wrong").starts_with("no data: bad_data: "), "{}", missing("wrong"));
    assert_eq!(missing("nan"), "no data: every value is NaN or infinite");

    // The same window again gives the same, and a day is not too long.
    assert_eq!(ask(&access, from, until), all);
    let day = Instant::from_milliseconds(0).plus(until.since(Instant::from_milliseconds(86_400_000)));
    assert_eq!(ask(&access, day, until).metrics.len(), 3);
    let before = ask(&access, day, day.plus(Duration::from_mins(1)));
    assert!(before.missing["server.cpu"].starts_with("no data: no values from "), "{:?}", before.missing);

    let stranger = Access { user_info: None, ..access.clone() };
    let refused = ask(&stranger, from, until);
    assert_eq!(refused.missing["server.cpu"], "no data: status 401: Unauthorized");
    drop(prometheus);
    assert_eq!(ask(&access, from, until).missing["server.cpu"], "no data: connection refused");
}

const SUITE: &str = r#"
[defaults]
target = "digits"
template = "get.js"
measure = { skip = "1s" }

[[test]]
name = "http"
k6 = { vus = 1, duration = "6s" }
"#;

#[test]
fn a_build_asks_prometheus_for_the_window_of_its_run_and_can_ask_again() {
    let server = RunningServer::start(&[]);
    let target = server.announcement["http"].as_str().expect("an address").to_owned();
    let prometheus = RealPrometheus::start(&target);
    let workspace = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = workspace.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        std::fs::write(path, text).expect("written");
    };
    let manifest = |query: &str| {
        format!(
            "[target.digits]\nbase_url = \"http://{target}\"\n[scrape.server]\n\
             prometheus = \"http://admin:test@{}/\"\nqueries = {{ seen = \"{query}\" }}\nrequests = \"seen\"\n",
            prometheus.address
        )
    };
    write("suites/http.toml", SUITE);
    let script = "import http from 'k6/http';\n{{ k6_opts }}\nexport default function () { http.get('{{ base_url }}/v2'); }\n";
    write("k6_templates/get.js", script);
    let build = |query: &str| {
        write("howitzer.toml", &manifest(query));
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_howitzer"));
        let said = command.args(["build", "http"]).current_dir(workspace.path()).output().expect("starts");
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        let results = std::fs::read(workspace.path().join("out/http/results.json")).expect("results");
        let results: serde_json::Value = serde_json::from_slice(&results).expect("JSON");
        let is_it = |row: &&serde_json::Value| row["scope"] == "server" && row["statistic"] == "max";
        let rows = results["rows"].as_array().expect("rows");
        let row = rows.iter().find(is_it).unwrap_or_else(|| {
            panic!("no number of the server: {}\n{}", results["cases"], String::from_utf8_lossy(&said.stderr))
        });
        let ran = String::from_utf8_lossy(&said.stderr).matches("run 1/1").count();
        let doubts = results["cases"][0]["doubts"].to_string();
        assert_eq!(doubts.contains("somebody else loaded the server"), query.starts_with("2 *"), "{doubts}");
        (ran, row["metric"].as_str().expect("a name").to_owned(), row["value"].as_f64().expect("a number"))
    };
    let (ran, name, seen) = build("sum(inference_requests_total)");
    assert!(ran == 1 && name == "server.seen" && seen > 0.0, "{ran} {name} {seen}");
    let page = std::fs::read_to_string(workspace.path().join("out/http/report.html")).expect("a page");
    let data =
        page.split("id=\"data\">").nth(1).and_then(|rest| rest.split("</script>").next()).expect("data");
    let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
    let line = &data["cases"][0]["trials"][0]["result"]["series"]["server"][0];
    assert_eq!(line["name"], "server.seen", "the report draws it by time: {line}");
    let values = line["values"].as_array().expect("values");
    let last = values.last().and_then(serde_json::Value::as_f64).expect("a number");
    assert!(values.len() > 2 && (last - seen).abs() <= seen * 0.001, "{line} {seen}");
    let (ran, _, doubled) = build("2 * sum(inference_requests_total)");
    assert_eq!(ran, 0, "another query runs nothing");
    assert!((doubled - 2.0 * seen).abs() < 1e-9, "the same window again: {doubled} and {seen}");
}
