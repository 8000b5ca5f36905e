//! Runs that are sent while they go on, by us and by k6 itself, to servers that want a certificate.

use crate::authority::{Authority, Clients};
use crate::collector::Collector;
use crate::page_server::PageServer;
use crate::receiver::Receiver;
use crate::tls::serve;
use crate::{results, space};

const OURS: &str = "ca = \"certs/ca.pem\"\ncert = \"certs/client.pem\"\nkey = \"certs/client.key\"\n";

/// Builds without the certificate, which is told, and with it; whether something came by then.
fn came(export: &str, behind: &str, test: &str, has_come: &dyn Fn() -> bool) -> [bool; 2] {
    let authority = Authority::new();
    let server = serve(&authority, "127.0.0.1", behind, Clients::OursOnly);
    [("ca = \"certs/ca.pem\"\n", true), (OURS, false)].map(|(lines, is_warned)| {
        let space = space(&format!("[export.{export}]\nurl = \"https://{}\"\n{lines}", server.address), test);
        let (certificate, key) = authority.sign("client");
        for (file, text) in [("ca.pem", &authority.pem), ("client.pem", &certificate), ("client.key", &key)] {
            space.write(&format!("certs/{file}"), text);
        }
        let said = space.run(&["build", "http"]).expect_code(0);
        assert_eq!(said.stderr.contains("of the run reached"), is_warned, "{export}: {}", said.stderr);
        has_come()
    })
}

#[test]
fn a_run_is_sent_on_to_a_prometheus_that_wants_a_certificate() {
    let receiver = Receiver::start();
    let behind = receiver.url().trim_start_matches("http://").to_owned();
    let has_come = || receiver.total("k6_http_reqs_total") > 0.0;
    assert_eq!(came("prometheus", &behind, "", &has_come), [false, true]);
}

#[test]
fn k6_sends_to_a_collector_that_wants_a_certificate() {
    let collector = Collector::start(false);
    let has_come = || collector.total("http_reqs") > 0.0;
    assert_eq!(came("otlp", &collector.address, "watch = \"otlp\"\n", &has_come), [false, true]);
}

#[test]
fn a_page_and_a_prometheus_that_want_a_certificate_are_asked_with_ours() {
    let values = "{\"metric\":{},\"values\":[[0,\"3\"],[1,\"3\"]]}";
    let answer =
        format!("{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":[{values}]}}}}");
    let answering = PageServer::start("200 OK", &answer);
    let authority = Authority::new();
    let (certificate, key) = authority.sign("client");
    let space = space("", "");
    for (file, text) in [("ca.pem", &authority.pem), ("client.pem", &certificate), ("client.key", &key)] {
        space.write(&format!("certs/{file}"), text);
    }
    let page = serve(&authority, "127.0.0.1", &format!("127.0.0.1:{}", space.http), Clients::OursOnly);
    let prometheus = serve(&authority, "127.0.0.1", &answering.address, Clients::OursOnly);
    let manifest = space.read("howitzer.toml");
    let server_rows = |lines: &str| {
        let scrapes = format!(
            "[scrape.page]\nmetrics = \"https://{}/metrics\"\n{lines}\
             [scrape.asked]\nprometheus = \"https://{}\"\nqueries = {{ three = \"three\" }}\n{lines}",
            page.address, prometheus.address
        );
        space.write("howitzer.toml", &format!("{manifest}{scrapes}"));
        space.run(&["build", "http", "--force"]).expect_code(0);
        let results = results(&space);
        let rows = results["rows"].as_array().expect("rows").clone();
        let names =
            rows.into_iter().filter(|row| row["scope"] == "server").map(|row| row["metric"].to_string());
        (names.collect::<Vec<_>>().join(" "), results["cases"][0]["notes"].to_string())
    };
    let (names, notes) = server_rows("ca = \"certs/ca.pem\"\n");
    assert!(names.is_empty(), "{names}");
    assert!(notes.contains("page: no data: ") && notes.contains("asked.three: no data: "), "{notes}");
    let (names, notes) = server_rows(OURS);
    assert!(
        names.contains("page.inference_requests_total") && names.contains("asked.three"),
        "{names}: {notes}"
    );
}
