//! What the server's side says of a run: a metrics page that is looked at while it goes on, and a real
//! Prometheus that is asked afterwards (behind `real-services`).

mod page_server;
#[cfg(feature = "real-services")]
mod prometheus;
#[path = "../inference_server/running_server.rs"]
#[allow(dead_code, reason = "shared with the tests of the example target")]
mod running_server;
#[cfg(feature = "real-services")]
#[allow(dead_code, reason = "shared with the tests of what is sent")]
mod real_prometheus;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use howitzer::base::clock;
use howitzer::base::environment::Environment;
use howitzer::base::http::Access;
use howitzer::base::source::Source;
use howitzer::execute::PageWatch;
use howitzer::manifest::{FILE_NAME, Scrape, Workspace};
use howitzer::result::{MetricKind, PageSamples, ServerMetrics, histogram_increases, page_metrics};
use howitzer::target::access;
use serde_json::{Value, json};

use page_server::PageServer;
use running_server::RunningServer;

const EVERY: Duration = Duration::from_millis(100);

/// The scrape `server` of a manifest with these lines, and what lets it in.
fn scrape(lines: &str) -> (Scrape, Access) {
    let text = format!("[scrape.server]\n{lines}\n");
    let source = Arc::new(Source { path: FILE_NAME.into(), text });
    let workspace = Workspace::read(PathBuf::from("/"), &source).expect("a manifest");
    let scrape = workspace.scrapes["server"].clone();
    let access = access(&scrape.endpoint, &workspace.root, &Environment::default()).expect("access");
    (scrape, access)
}

fn watch(lines: &str) -> PageWatch {
    let (scrape, access) = scrape(lines);
    PageWatch::start(&scrape, &access, EVERY).expect("a client")
}

/// The metrics of a page over all that was seen.
fn metrics(samples: &PageSamples) -> ServerMetrics {
    page_metrics("server", samples, &indexmap::IndexMap::new(), None, None)
}

/// One row to classify.
fn inputs() -> Value {
    let pixels = vec![0.0; 64];
    json!([{ "name": "predict", "datatype": "FP32", "shape": [1, 64], "data": pixels }])
}

fn page_of(server: &RunningServer) -> String {
    format!("metrics = \"http://{}/metrics\"", server.announcement["http"].as_str().expect("an address"))
}

/// What a page that cannot be used says, and how long the end of the run was held up.
fn refusal(address: &str, seen_after: Duration) -> (String, Duration) {
    let watch = watch(&format!("metrics = \"http://{address}/metrics\""));
    thread::sleep(seen_after);
    let asked = Instant::now();
    let samples = watch.finish();
    let held_up = asked.elapsed();
    (metrics(&samples).missing["server"].clone(), held_up)
}

#[test]
fn the_example_target_counts_what_was_sent_and_says_what_it_cost() {
    let server = RunningServer::start(&[]);
    let watch = watch(&page_of(&server));
    for _ in 0..30 {
        assert_eq!(server.infer(&inputs()).status, 200);
        thread::sleep(Duration::from_millis(10));
    }
    let samples = watch.finish();
    let all = metrics(&samples);
    let requests = &all.metrics["server.inference_requests_total{method=\"ModelInfer\",outcome=\"ok\",protocol=\"http\"}"];
    assert_eq!((requests.kind, requests.statistics["count"]), (MetricKind::Counter, 30.0));
    assert!(requests.statistics["rate"] > 1.0 && requests.statistics["rate"] < 100.0, "{requests:?}");
    let durations = &all.metrics["server.inference_duration_seconds{protocol=\"http\"}"];
    assert_eq!((durations.kind, durations.unit.as_str()), (MetricKind::Trend, "s"));
    assert_eq!(durations.statistics.get("count"), Some(&30.0));
    assert!(durations.statistics["avg"] > 0.0 && durations.statistics["avg"] < 1.0, "{durations:?}");
    let cpu = &all.metrics["server.process_cpu_seconds_total"];
    assert!(cpu.unit == "s" && cpu.statistics["count"] > 0.0, "{cpu:?}");
    let buckets = histogram_increases(&samples, None, None);
    assert_eq!(buckets[0].buckets.last().map(|(_, count)| *count), Some(30.0));
    assert!(all.missing.is_empty() && all.notes.is_empty(), "{:?} {:?}", all.missing, all.notes);
}

#[test]
fn a_window_within_the_run_counts_what_came_in_it() {
    let server = RunningServer::start(&[]);
    let watch = watch(&format!("{}\nnames = [\"inference_requests_*\"]", page_of(&server)));
    let send = |number: usize| (0..number).for_each(|_| assert_eq!(server.infer(&inputs()).status, 200));
    send(20);
    thread::sleep(4 * EVERY);
    let from = clock::Instant::now();
    thread::sleep(2 * EVERY);
    send(10);
    thread::sleep(4 * EVERY);
    let until = clock::Instant::now();
    thread::sleep(2 * EVERY);
    send(40);
    let samples = watch.finish();
    let all = page_metrics("server", &samples, &indexmap::IndexMap::new(), Some(from), Some(until));
    let counts: Vec<f64> = all.metrics.values().map(|metric| metric.statistics["count"]).collect();
    assert_eq!(counts.len(), 1, "{:?}", all.metrics.keys());
    assert!((counts[0] - 10.0).abs() < 1e-6, "{counts:?}");
}

#[test]
fn a_server_that_is_not_there_says_so_and_holds_up_nothing() {
    let gone = PageServer::start("200 OK", "a 1\n");
    let address = gone.address.clone();
    drop(gone);
    let (reason, held_up) = refusal(&address, 2 * EVERY);
    assert_eq!(reason, "no data: connection refused");
    assert!(held_up < Duration::from_secs(1), "{held_up:?}");
}

#[test]
fn a_server_that_never_answers_is_given_up_at_the_end() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = silent.local_addr().expect("bound").to_string();
    let (reason, held_up) = refusal(&address, Duration::from_millis(2100));
    assert_eq!(reason, "no data: no answer within 2s");
    assert!(held_up < Duration::from_secs(3), "{held_up:?}");
}

#[test]
fn a_page_that_is_none_says_what_is_wrong() {
    for (status, body, reason) in [
        ("200 OK", "<html>hello</html>", "line 1 of the page is no metric: it does not begin with a name"),
        ("503 Service Unavailable", "a 1\n", "status 503"),
        ("200 OK", "", "the page has none of these metrics"),
    ] {
        let server = PageServer::start(status, body);
        assert_eq!(refusal(&server.address, 2 * EVERY).0, format!("no data: {reason}"));
    }
}

#[test]
fn a_page_without_end_is_not_read_to_it() {
    let server = PageServer::start("200 OK", &"a_metric_with_a_long_name 1\n".repeat(700_000));
    let (reason, _) = refusal(&server.address, Duration::from_secs(1));
    assert_eq!(reason, "no data: the answer is larger than 16777216 bytes");
}

#[test]
fn a_server_that_goes_away_keeps_what_was_seen_and_is_told() {
    let server = PageServer::start("200 OK", "# TYPE g gauge\ng 5\n");
    let watch = watch(&format!("metrics = \"http://{}/\"", server.address));
    thread::sleep(4 * EVERY);
    drop(server);
    thread::sleep(4 * EVERY);
    let all = metrics(&watch.finish());
    assert_eq!(all.metrics["server.g"].statistics.get("avg"), Some(&5.0));
    assert!(all.notes[0].contains("failed: connection refused"), "{:?}", all.notes);
}
