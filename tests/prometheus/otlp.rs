//! `watch = "otlp"`: k6 itself sends to a collector, as `[export.otlp]` says.

use std::net::TcpListener;

use base64::Engine as _;

use crate::collector::Collector;
use crate::receiver::Receiver;
use crate::space::{Said, Space};
use crate::{files, number, results, space};

fn to(address: &str, more: &str) -> Space {
    space(&format!("[export.otlp]\nurl = \"http://{address}\"\n{more}"), "watch = \"otlp\"\n")
}

#[test]
fn k6_sends_its_metrics_over_http_and_grpc() {
    for protocol in ["http", "grpc"] {
        for version in ["1.1", "0.57"] {
            let collector = Collector::start(protocol == "grpc");
            let more =
                format!("protocol = \"{protocol}\"\nprefix = \"k6_\"\nlabels = {{ team = \"a, b=c\" }}\n");
            let space = to(&collector.address, &more);
            let manifest = space.read("howitzer.toml");
            space.write("howitzer.toml", &format!("[k6]\nversion = \"{version}\"\n{manifest}"));
            let said = space.run(&["build", "http"]).expect_code(0);
            assert!(said.stderr.contains(&format!("({protocol}) while runs go on")), "{}", said.stderr);
            assert!(!said.stderr.contains("reached"), "{}", said.stderr);
            let results = results(&space);
            for counter in ["http_reqs", "iterations"] {
                let (sent, kept) =
                    (collector.total(&format!("k6_{counter}")), number(&results, counter, "count"));
                // What came in k6's last moments it never sends: its counts may be lower, and are never higher.
                assert!(sent > 0.0 && sent <= kept, "{protocol} {version} {counter}: {sent} and {kept}");
            }
            let durations = collector.count("k6_http_req_duration");
            let requests = collector.total("k6_http_reqs");
            assert!((durations as f64 - requests).abs() < 1e-6, "{durations} and {requests}");
            let attributes = collector.attributes();
            let has = |name: &str| attributes.get(name).map(String::as_str);
            assert_eq!((has("suite"), has("case"), has("trial")), (Some("http"), Some("http"), Some("1")));
            assert_eq!((has("team"), has("service.name")), (Some("a, b=c"), Some("k6")));
            assert_eq!(has("build").map(str::len), Some(8));
            let path = if protocol == "grpc" { "MetricsService/Export" } else { "/v1/metrics" };
            assert!(collector.heads().iter().all(|head| head.contains(path)), "{:?}", collector.heads());
            let requests = collector.heads().len();
            let again = space.run(&["build", "http"]).expect_code(0);
            assert!(again.runs().is_empty(), "{}\n{}", said.stderr, again.stderr);
            assert_eq!(collector.heads().len(), requests, "a cached result is not sent again");
        }
    }
}

/// A request, and a pause that is shorter than a second: k6 sends nothing of what it has not taken up by its end.
#[test]
fn what_came_just_before_the_end_arrives_unless_the_suite_has_k6_take_it_up_less_often() {
    for (env, arrives) in [("", true), ("env = { K6_OTEL_FLUSH_INTERVAL = \"1h\" }\n", false)] {
        let collector = Collector::start(false);
        let space = space(
            &format!("[export.otlp]\nurl = \"http://{}\"\n", collector.address),
            &format!("watch = \"otlp\"\n{env}"),
        );
        space.edit("suites/http.toml", "{ vus = 2, duration = \"2s\" }", "{ vus = 1, iterations = 1 }");
        space.edit("k6_templates/get.js", "import { check }", "import { check, sleep }");
        space.edit("k6_templates/get.js", "own.add(3);", "own.add(3); sleep(0.7);");
        space.run(&["build", "http"]).expect_code(0);
        let counted = number(&results(&space), "http_reqs", "count");
        let expected = if arrives { counted } else { 0.0 };
        let sent = collector.total("http_reqs");
        assert!((sent - expected).abs() < 1e-6, "{env}: {sent} of {counted}");
    }
}

#[test]
fn a_collector_that_is_down_costs_no_result_and_is_told() {
    let closed = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = closed.local_addr().expect("bound").to_string();
    drop(closed);
    for protocol in ["http", "grpc"] {
        let space = to(&address, &format!("protocol = \"{protocol}\"\n"));
        let said = space.run(&["build", "http"]).expect_code(0);
        assert!(said.stderr.contains("not all of the run reached the collector"), "{}", said.stderr);
        assert!(said.stderr.contains("connection refused"), "{}", said.stderr);
        assert!(number(&results(&space), "http_reqs", "count") > 0.0);
    }
}

#[test]
fn what_lets_k6_in_stands_nowhere_else() {
    let bearer = ("bearer = { env = \"KEY\" }\n", "\"authorization\": \"Bearer hunter2 key+\"");
    let header = ("headers = { x-api-key = { env = \"KEY\" } }\n", "\"x-api-key\": \"hunter2 key+\"");
    let protocols = ["http", "grpc"].into_iter();
    for (protocol, (exports, header)) in protocols.flat_map(|one| [bearer, header].map(|other| (one, other)))
    {
        let collector = Collector::start(protocol == "grpc");
        let space = to(&collector.address, &format!("protocol = \"{protocol}\"\n{exports}"));
        // A script sees k6's environment, and may print it in any form.
        let prints = "own.add(3); if (__ITER === 0) { console.log(JSON.stringify(__ENV)); console.log(__ENV.K6_OTEL_HEADERS); }";
        space.edit("k6_templates/get.js", "own.add(3);", prints);
        let said = Said::of(
            space.command(&["-v", "build", "http"]).env("KEY", "hunter2 key+").output().expect("starts"),
        )
        .expect_code(0);
        let heads = collector.heads();
        assert!(!heads.is_empty() && heads.iter().all(|head| head.contains(header)), "{protocol}: {heads:?}");
        let coded = base64::prelude::BASE64_STANDARD.encode("hunter2 key+");
        for spelling in ["hunter2 key+", "hunter2%20key%2B", "hunter2+key%2B", "hunter2", &coded] {
            assert!(!said.stdout.contains(spelling) && !said.stderr.contains(spelling), "{}", said.stderr);
            for (path, bytes) in files(&space) {
                let is_there = memchr::memmem::find(&bytes, spelling.as_bytes()).is_some();
                assert!(!is_there, "{spelling} stands in {}", path.display());
            }
        }
    }
}

#[test]
fn what_sending_costs_is_measured_with_whom_the_workspace_sends_to() {
    let (prometheus, collector) = (Receiver::start(), Collector::start(false));
    let secret = "bearer = { env = \"KEY\" }\n";
    let exports = format!(
        "[export.prometheus]\nurl = \"{}\"\n{secret}[export.otlp]\nurl = \"http://{}\"\n{secret}",
        prometheus.url(),
        collector.address
    );
    let space = space(&exports, "");
    let url = format!("{}/loaded", prometheus.url());
    let short = ["-v", "doctor", "--observer", &url, "--rounds", "2", "--duration", "1s", "--vus", "2"];
    let mut command = space.command(&short);
    let said = Said::of(command.env("KEY", "hunter2 key").output().expect("starts")).expect_code(0);
    for (way, url) in [
        ("series, sent on", format!("{}/api/v1/write", prometheus.url())),
        ("otlp", format!("http://{}", collector.address)),
    ] {
        let line = format!("`{way}` sends to {url}, as `howitzer.toml` says");
        assert!(said.stderr.contains(&line), "{}", said.stderr);
        assert!(said.stdout.contains(&format!("  {way} ")), "{}", said.stdout);
    }
    assert!(!said.stderr.contains("was taken"), "{}", said.stderr);
    assert!(!said.stderr.contains("hunter2") && !said.stdout.contains("hunter2"), "{}", said.stderr);
    let sent = prometheus.samples("k6_http_reqs_total");
    let is_of_doctor = |(name, value): &(String, String)| name == "suite" && value == "doctor --observer";
    assert!(!sent.is_empty() && sent.iter().all(|sample| sample.labels.iter().any(is_of_doctor)));
    assert!(collector.total("http_reqs") > 0.0);
    assert_eq!(collector.attributes().get("suite").map(String::as_str), Some("doctor --observer"));
}

#[test]
fn sending_needs_a_collector_and_a_collector_needs_a_test_that_sends() {
    let without = space("", "watch = \"otlp\"\n");
    let said = without.run(&["build", "http"]).expect_code(3);
    assert!(said.stderr.contains("has nowhere to send to"), "{}", said.stderr);
    assert!(
        said.stderr.contains("suites/http.toml:7:9") && said.stderr.contains("`[export.otlp]`"),
        "{}",
        said.stderr
    );
    let unused = space("[export.otlp]\nurl = \"http://127.0.0.1:1\"\n", "");
    let said = unused.run(&["build", "http", "-n"]).expect_code(0);
    assert!(said.stderr.contains("nothing is sent to `[export.otlp]`"), "{}", said.stderr);
    let asked = unused.run(&["export", "otlp", "http"]).expect_code(2);
    assert!(asked.stderr.contains("k6 itself sends to it"), "{}", asked.stderr);
}
