//! A server that counts more requests than k6 sent.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::page_server::PageServer;
use crate::scene::{GET, Scene, rate};
use crate::space::Space;

/// Somebody else who requests what k6 does, as long as it lives.
struct Other {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Other {
    fn start(port: u16) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            while !stopped.load(Ordering::SeqCst) {
                // The target is not there before the build starts it, and not after.
                if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) {
                    let asked = stream.write_all(b"GET /v2 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
                    let _ = asked.and_then(|()| stream.read_to_end(&mut Vec::new()));
                }
                thread::sleep(Duration::from_millis(2));
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

const COUNTER: &str = "[scrape.server]\nmetrics = \"PAGE\"\nnames = [\"process_cpu*\"]\n\
                       requests = \"inference_requests_total\"\n";

#[test]
fn a_server_that_somebody_else_loads_too_makes_a_run_suspect_and_alone_it_does_not() {
    let scene = Scene::new(GET, "", &rate(20, 3, 10)).with_manifest(COUNTER);
    let other = Other::start(scene.space.http);
    let said = scene.build().expect_code(0);
    drop(other);
    let told = "suspect: somebody else loaded the server: server.inference_requests_total counted ";
    assert!(said.stderr.contains(told) && said.stderr.contains(" requests, k6 sent "), "{}", said.stderr);
    assert_eq!(said.stderr.matches("somebody else loaded").count(), 1, "said once: {}", said.stderr);
    assert_eq!(scene.verdict().0, "suspect");
    let again = scene.build().expect_code(0);
    assert!(again.stderr.contains("http: doubted: somebody else loaded"), "{}", again.stderr);
    assert!(scene.text().contains("somebody else loaded the server"), "{}", scene.text());
    let strict = scene.space.run(&["build", "http", "--strict"]).expect_code(100);
    assert!(strict.runs().is_empty(), "{}", strict.stderr);

    let alone = scene.space.run(&["build", "http", "--rerun", "suspect"]).expect_code(0);
    assert_eq!(alone.runs().len(), 1, "{}", alone.stderr);
    assert!(!scene.verdict().1.contains("somebody else"), "{}", alone.stderr);
}

#[test]
fn naming_a_counter_of_what_was_kept_runs_nothing_and_says_where_it_is_none() {
    let scene = Scene::new(GET, "", "vus = 1\niterations = 20")
        .with_manifest("[scrape.server]\nmetrics = \"PAGE\"\n");
    scene.build().expect_code(0);
    let counters = [
        ("\"inference_request_total\"", "the page has no counter `inference_request_total`"),
        ("{ of = \"inference_requests_total\", where = { method = \"ModelInfer\" } }", "has no counter"),
        ("\"inference_requests_total\"", ""),
    ];
    let manifest = scene.space.read("howitzer.toml");
    for (counter, note) in counters {
        scene.space.write("howitzer.toml", &format!("{manifest}requests = {counter}\n"));
        assert!(scene.build().expect_code(0).runs().is_empty(), "{counter}");
        let text = scene.text();
        assert!(
            text.contains(note) && (note.is_empty() != text.contains("not compared")),
            "{counter}:\n{text}"
        );
        assert_eq!(scene.verdict(), ("passed".to_owned(), String::new()), "{counter}");
    }
}

#[test]
fn calls_over_grpc_are_compared_too() {
    let space = Space::new();
    let page = format!("http://127.0.0.1:{}/metrics", space.http);
    let manifest = space.read("howitzer.toml");
    let scrape = format!("[scrape.server]\nmetrics = \"{page}\"\nrequests = \"inference_requests_total\"\n");
    space.write("howitzer.toml", &format!("{manifest}\n{scrape}"));
    space.edit("suites/digits.toml", "[test.k6]\nduration = \"1s\"\n", &rate(5, 2, 5));
    space.edit("suites/digits.toml", "vus = [1]\n", "");
    space.build().expect_code(0);
    let results = space.read("out/digits/results.json");
    assert!(!results.contains("somebody else") && !results.contains("not compared"), "{results}");
    let other = Other::start(space.http);
    let said = space.run(&["build", "digits", "--force"]).expect_code(0);
    drop(other);
    assert_eq!(said.stderr.matches("suspect: somebody else loaded the server").count(), 2, "{}", said.stderr);
    // Of the calls alone there were as many as k6 sent.
    let calls = "requests = { of = \"inference_requests_total\", where = { protocol = \"grpc\" } }";
    space.edit("howitzer.toml", "requests = \"inference_requests_total\"", calls);
    assert!(space.build().expect_code(0).runs().is_empty());
    assert!(!space.read("out/digits/results.json").contains("somebody else"));
}

/// What a Prometheus says of a range, whatever is asked.
fn prometheus(values: &[u32]) -> PageServer {
    let values = values.iter().enumerate().map(|(second, value)| format!("[{second},\"{value}\"]"));
    let values = values.collect::<Vec<_>>().join(",");
    let result = format!("[{{\"metric\":{{\"instance\":\"a\"}},\"values\":[{values}]}}]");
    let data = format!("{{\"resultType\":\"matrix\",\"result\":{result}}}");
    PageServer::start("200 OK", &format!("{{\"status\":\"success\",\"data\":{data}}}"))
}

#[test]
fn a_query_of_prometheus_may_be_the_counter_and_is_judged_at_the_end_of_the_build() {
    let scene = Scene::new(GET, "", "vus = 1\niterations = 20");
    let manifest = scene.space.read("howitzer.toml");
    let ask = |values: &[u32], flags: &[&str]| {
        let server = prometheus(values);
        let scrape = format!(
            "[scrape.server]\nprometheus = \"http://{}/\"\nqueries = {{ seen = \"sum(calls_total)\" }}\nrequests = \"seen\"\n",
            server.address
        );
        scene.space.write("howitzer.toml", &format!("{manifest}\n{scrape}"));
        scene.space.run(&[&["build", "http"], flags].concat())
    };
    // What was there before the run is not of it.
    ask(&[9000, 9000, 9500, 9510, 9520], &["--strict"]).expect_code(0);
    assert_eq!(scene.verdict(), ("passed".to_owned(), String::new()));
    let said = ask(&[9000, 9000, 9500, 9700, 9900], &[]).expect_code(0);
    let told = "somebody else loaded the server: server.seen counted 400 requests, k6 sent 20";
    assert!(
        said.runs().is_empty() && said.stderr.contains(&format!("http: doubted: {told}")),
        "{}",
        said.stderr
    );
    assert_eq!(scene.verdict(), ("suspect".to_owned(), told.to_owned()));
    ask(&[9000, 9900], &["--strict"]).expect_code(0);
}
