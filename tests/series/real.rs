//! Real k6 against a small server: what it sends live is what it says at the end.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use howitzer::base::capture::Supervision;
use howitzer::base::environment::Environment;
use howitzer::base::interrupt::Interrupt;
use howitzer::k6::{Receiver, install, read_summary};
use howitzer::result::{Basis, Filter, Limits, Measured, Series, Until, disagreements};
use rustix::process::{Pid, Signal, kill_process};

const VERSIONS: [&str; 2] = ["1.1.0", "0.57.0"];

const SCRIPT: &str = r"
import http from 'k6/http';
import { check, group, sleep } from 'k6';
import { Counter, Trend } from 'k6/metrics';
const negative = new Trend('below_zero'), total = new Counter('my_total'), fraction = new Counter('fraction');
export const options = {
  scenarios: {
    steady: { executor: 'constant-arrival-rate', rate: 150, timeUnit: '1s', duration: DURATION, preAllocatedVUs: 20 },
    grouped: { executor: 'per-vu-iterations', vus: 2, iterations: 8, exec: 'grouped', tags: { flavour: 'b' } },
  },
  summaryTrendStats: ['avg', 'min', 'med', 'max', 'p(50)', 'p(90)', 'p(95)', 'p(99)', 'count'],
  thresholds: { 'http_req_duration{scenario:steady}': ['p(95)<5000'], 'http_reqs{status:500}': ['count>=0'] },
};
export function setup() { http.get(__ENV.TARGET + '/setup'); sleep(1.3); http.get(__ENV.TARGET + '/setup'); }
export default function () {
  const answer = http.get(ADDRESS);
  check(answer, { 'is 200': (r) => r.status === 200 });
  negative.add(-1.5); total.add(3); fraction.add(0.1);
}
export function grouped() {
  group('inner', () => { check(http.get(__ENV.TARGET + '/bad'), { 'is 200': (r) => r.status === 200 }); });
}
export function teardown() { http.get(__ENV.TARGET + '/teardown'); }
";

/// A server that answers after 1 to 20 ms, with 500 below `/bad`; it lives as long as the test's process.
fn target() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().flatten().enumerate() {
            std::thread::spawn(move || answer(&stream, number as u64));
        }
    });
    format!("http://{address}")
}

fn answer(mut stream: &TcpStream, seed: u64) {
    let mut lines = BufReader::new(stream).lines();
    let mut random = seed.wrapping_mul(7919);
    while let Some(Ok(first)) = lines.next() {
        while lines.next().and_then(Result::ok).is_some_and(|line| !line.is_empty()) {}
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_micros(1000 + (random >> 33) % 19_000));
        let status = if first.contains("/bad") { "500 Internal Server Error" } else { "200 OK" };
        if stream.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nok").as_bytes()).is_err() {
            return;
        }
    }
}

fn k6(version: &str) -> PathBuf {
    let tools = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tools");
    let variables = ["PATH", "HOME"].map(|name| (name, std::env::var(name).unwrap_or_default()));
    let environment = Environment::of(variables.each_ref().map(|(name, value)| (*name, value.as_str())));
    let guard = env!("CARGO_BIN_EXE_howitzer").into();
    let supervision = Supervision { guard, interrupt: Interrupt::default() };
    install(version, &tools, &environment, &supervision, &mut |_| {}).expect("k6 is installed")
}

/// Ends its process with itself, also when a test fails.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A k6 that posts to a receiver.
struct Run {
    process: Ended,
    receiver: Receiver,
    folder: tempfile::TempDir,
}

impl Run {
    fn start(version: &str, script: &str, limits: Limits) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("script.js"), script).expect("writes");
        let receiver = Receiver::start(limits).expect("a receiver");
        let process = Command::new(k6(version))
            .args(["run", "--quiet", "--address", "", "--summary-export", "summary.json"])
            .args(["-o", "experimental-prometheus-rw", "script.js"])
            .current_dir(folder.path())
            .env("TARGET", target())
            .env("K6_NO_USAGE_REPORT", "true")
            .env("K6_PROMETHEUS_RW_SERVER_URL", receiver.url())
            .env("K6_PROMETHEUS_RW_PUSH_INTERVAL", "1s")
            .env("K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM", "true")
            .env("K6_PROMETHEUS_RW_STALE_MARKERS", "false")
            .env("HTTP_PROXY", "http://127.0.0.1:1")
            .env("http_proxy", "http://127.0.0.1:1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("k6 starts");
        Self { process: Ended(process), receiver, folder }
    }

    /// The exit code, the series and the summary.
    fn end(mut self) -> (Option<i32>, Series, Measured) {
        let code = self.process.0.wait().expect("k6 ends").code();
        let mut series = self.receiver.finish();
        let summary = std::fs::read(self.folder.path().join("summary.json")).expect("a summary");
        let measured = read_summary(&summary).expect("it reads");
        series.reconcile(&measured);
        (code, series, measured)
    }
}

fn script(duration: &str, address: &str) -> String {
    SCRIPT.replace("DURATION", &format!("'{duration}'")).replace("ADDRESS", address)
}

#[test]
fn the_series_says_what_the_summary_says() {
    for version in VERSIONS {
        let run = Run::start(version, &script("3s", "__ENV.TARGET + '/one'"), Limits::default());
        let (code, series, measured) = run.end();
        assert_eq!(code, Some(0));
        assert_eq!(disagreements(&series, &measured), [], "{version}");
        assert!(series.problems().is_empty(), "{version}: {:?}", series.problems());
        let whole = series.whole();
        let total = |metric| whole.counter(metric, &Filter::any()).map(|over| over.total);
        for metric in ["http_reqs", "iterations", "my_total", "data_sent", "data_received"] {
            assert_eq!(total(metric), measured.statistic(metric, "count"), "{version} {metric}");
        }
        let durations = whole.trend("http_req_duration", &Filter::any()).expect("a trend");
        for (statistic, share) in [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)] {
            let summary = measured.statistic("http_req_duration", statistic).expect("a percentile");
            let ratio = durations.quantile(share).expect("values") / summary;
            assert!((ratio - 1.0).abs() < 0.05, "{version} {statistic}: {ratio}");
        }
        let below = whole.trend("below_zero", &Filter::any()).and_then(|trend| trend.quantile(0.5));
        assert!(below.is_some_and(|value| (value / -1.5 - 1.0).abs() < 0.05), "{version}: {below:?}");
    }
}

#[test]
fn setup_and_teardown_are_no_part_of_the_window() {
    let run = Run::start("1.1.0", &script("3s", "__ENV.TARGET + '/one'"), Limits::default());
    let (_, series, measured) = run.end();
    let window = series.window(Duration::ZERO, Until::End).expect("a window");
    let requests = window.counter("http_reqs", &Filter::any()).map(|over| over.total);
    assert_eq!(requests, measured.statistic("iterations", "count"));
    assert!((2.5..4.5).contains(&window.seconds()), "{}", window.seconds());
    let failed = window.rate("http_req_failed", &Filter::any()).expect("a rate");
    assert_eq!((failed.counts.map(|(failed, _)| failed), failed.basis), (Some(16), Basis::Exact));
    let later = series.window(Duration::from_secs(1), Until::End).expect("a window");
    let rate = later.counter("http_reqs", &Filter::any().with("scenario", "steady")).expect("a rate");
    assert!((rate.per_second / 150.0 - 1.0).abs() < 0.2, "{rate:?}");
}

#[test]
fn an_interrupted_run_has_posted_everything() {
    let run = Run::start("1.1.0", &script("30s", "__ENV.TARGET + '/one'"), Limits::default());
    let pid = Pid::from_child(&run.process.0);
    let until = std::time::Instant::now() + Duration::from_secs(20);
    while run.receiver.latest().is_none_or(|latest| latest.iterations < 50.0)
        && std::time::Instant::now() < until
    {
        std::thread::sleep(Duration::from_millis(20));
    }
    kill_process(pid, Signal::INT).expect("k6 is there");
    let (code, series, measured) = run.end();
    assert_eq!(code, Some(105));
    assert_eq!(disagreements(&series, &measured), []);
}

#[test]
fn distinct_addresses_are_folded_and_totals_stay() {
    let address = "__ENV.TARGET + '/' + __VU + '/' + __ITER";
    let limits = Limits { label_sets: 50, ..Limits::default() };
    let (_, series, measured) = Run::start("1.1.0", &script("2s", address), limits).end();
    assert!(series.problems().folded > 0);
    assert_eq!(disagreements(&series, &measured), []);
    assert!(series.label_sets("http_reqs").count() <= 53);
    let window = series.window(Duration::ZERO, Until::End).expect("a window");
    let requests = window.counter("http_reqs", &Filter::any()).map(|over| over.total);
    assert_eq!(requests, measured.statistic("iterations", "count"));
}
