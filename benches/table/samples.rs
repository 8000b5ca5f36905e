//! k6's samples: how fast its lines become numbers, against what no reader can do without and what any reader could
//! do.

use std::fmt::Write as _;
use std::hint::black_box;

use howitzer::k6::{Clock, SampleLines, point};
use howitzer::result::Limits;

use crate::Bench;
use crate::measure::{Pairs, interleaved};
use crate::row::{Found, Row, shown};

/// As many requests make 48 MB of lines.
const REQUESTS: usize = 14_000;

/// The trends and the rest of what k6 says of a request.
const METRICS: [(&str, &str, &str); 9] = [
    ("http_reqs", "counter", "default"),
    ("http_req_duration", "trend", "time"),
    ("http_req_blocked", "trend", "time"),
    ("http_req_connecting", "trend", "time"),
    ("http_req_tls_handshaking", "trend", "time"),
    ("http_req_sending", "trend", "time"),
    ("http_req_waiting", "trend", "time"),
    ("http_req_receiving", "trend", "time"),
    ("http_req_failed", "rate", "default"),
];

/// Against splitting the bytes into lines and nothing else.
pub(crate) fn split(_: &Bench) -> Row {
    let bytes = lines();
    let pairs = interleaved(15, || in_place(&bytes), || newlines(&bytes));
    row("reading k6's samples, tags seen before", "splitting lines with memchr", "< 8", &bytes, &pairs, 8.0)
}

/// Against reading each line with serde_json.
pub(crate) fn json(_: &Bench) -> Row {
    let bytes = lines();
    let pairs = interleaved(7, || in_place(&bytes), || as_json(&bytes));
    row("reading k6's samples, tags seen before", "serde_json for each line", "< 0.2", &bytes, &pairs, 0.2)
}

/// All of the way, to the series with its exact values, against serde_json that only reads.
pub(crate) fn series(_: &Bench) -> Row {
    let bytes = lines();
    let pairs = interleaved(7, || collected(&bytes), || as_json(&bytes));
    row("k6's samples to a series", "serde_json for each line", "< 0.5", &bytes, &pairs, 0.5)
}

fn row(
    what: &'static str,
    peer: &'static str,
    goal: &'static str,
    bytes: &[u8],
    pairs: &Pairs,
    limit: f64,
) -> Row {
    let speed = |seconds: f64| bytes.len() as f64 / seconds / 1e9;
    let measured = format!(
        "{} against {} for {} MB ({:.2} GB/s against {:.2}), median of {} pairs",
        shown(pairs.ours),
        shown(pairs.peer),
        bytes.len() / 1_000_000,
        speed(pairs.ours.as_secs_f64()),
        speed(pairs.peer.as_secs_f64()),
        pairs.count
    );
    let found =
        Found::Measured { measured, ratio: format!("{:.3}", pairs.ratio), reached: pairs.ratio < limit };
    Row { what, peer, goal, found }
}

/// What k6 writes of so many requests to 20 addresses.
fn lines() -> Vec<u8> {
    let mut text = String::new();
    for (name, kind, contains) in METRICS {
        let _ = writeln!(
            text,
            "{{\"type\":\"Metric\",\"data\":{{\"name\":\"{name}\",\"type\":\"{kind}\",\"contains\":\"{contains}\",\"thresholds\":[],\"submetrics\":null}},\"metric\":\"{name}\"}}"
        );
    }
    let mut random = 1_u64;
    for request in 0..REQUESTS {
        let (second, fraction) = (request / 2000 % 60, request % 2000 * 499_979);
        for (metric, kind, _) in METRICS {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let value = if kind == "trend" { (random >> 44) as f64 / 1e6 } else { 1.0 };
            let _ = writeln!(
                text,
                "{{\"metric\":\"{metric}\",\"type\":\"Point\",\"data\":{{\"time\":\"2026-11-24T15:23:{second:02}.{fraction:09}+01:00\",\"value\":{value},\"tags\":{{\"expected_response\":\"true\",\"group\":\"\",\"method\":\"GET\",\"name\":\"http://127.0.0.1:18080/endpoint/{0}\",\"proto\":\"HTTP/1.1\",\"scenario\":\"default\",\"status\":\"200\",\"url\":\"http://127.0.0.1:18080/endpoint/{0}\"}}}}}}",
                request % 20
            );
        }
    }
    text.into_bytes()
}

fn newlines(bytes: &[u8]) -> usize {
    let mut from = 0;
    memchr::memchr_iter(b'\n', bytes).fold(0, |sum, end| {
        let line = &bytes[from..end];
        from = end + 1;
        sum + black_box(line).len()
    })
}

/// Each line's metric, time, value, and which tags seen before these are.
fn in_place(bytes: &[u8]) -> f64 {
    let mut clock = Clock::default();
    let mut known = howitzer::k6::KnownTags::new(65_536);
    let mut from = 0;
    let mut sum = 0.0;
    for (end, number) in memchr::memchr_iter(b'\n', bytes).zip(0_u32..) {
        let line = &bytes[from..end];
        from = end + 1;
        let Some(read) = point(line, &mut clock) else { continue };
        let tags = known.get(read.metric, read.tags).unwrap_or_else(|| {
            known.put(read.metric, read.tags, number);
            number
        });
        sum += black_box(read.value) + f64::from(tags) + read.at_ns as f64 * 1e-30;
    }
    sum
}

fn as_json(bytes: &[u8]) -> f64 {
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.fold(0.0, |sum, line| {
        let read: serde_json::Value = serde_json::from_slice(line).expect("JSON");
        sum + read["data"]["value"].as_f64().unwrap_or(0.0)
    })
}

fn collected(bytes: &[u8]) -> usize {
    let mut lines = SampleLines::new(1_795_530_000_000, Limits::default());
    for piece in bytes.chunks(256 << 10) {
        lines.push(piece, 1_795_531_000_000);
    }
    lines.finish().metrics().len()
}
