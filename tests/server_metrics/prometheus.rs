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
