//! Runs that are sent while they go on, by us and by k6 itself, to servers that want a certificate.

use crate::authority::{Authority, Clients};
use crate::collector::Collector;
use crate::receiver::Receiver;
use crate::space;
use crate::tls::serve;

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
