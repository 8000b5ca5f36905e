//! What the server counts, and its Prometheus text form.
//!
//! Format: <https://prometheus.io/docs/instrumenting/exposition_formats/>

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::process;

/// Upper bounds of the latency histogram, in seconds.
const BOUNDS: [f64; 13] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Protocol {
    Grpc,
    Http,
}

impl Protocol {
    fn label(self) -> &'static str {
        match self {
            Self::Grpc => "grpc",
            Self::Http => "http",
        }
    }
}

/// Counters of one server, shared by all its connections.
#[derive(Default)]
pub(crate) struct Metrics {
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    requests: BTreeMap<RequestLabels, u64>,
    inferences: BTreeMap<Protocol, Inferences>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct RequestLabels {
    protocol: Protocol,
    method: &'static str,
    outcome: &'static str,
}

#[derive(Default)]
struct Inferences {
    rows: usize,
    count: u64,
    seconds: f64,
    /// Inferences not slower than the bound of the same index.
    within: [u64; BOUNDS.len()],
}

impl Metrics {
    pub(crate) fn record_request(&self, protocol: Protocol, method: &'static str, outcome: &'static str) {
        let labels = RequestLabels { protocol, method, outcome };
        *self.lock().requests.entry(labels).or_default() += 1;
    }

    /// Counts an answered inference; `elapsed` includes the artificial delay.
    pub(crate) fn record_inference(&self, protocol: Protocol, rows: usize, elapsed: Duration) {
        let seconds = elapsed.as_secs_f64();
        let mut counts = self.lock();
        let inferences = counts.inferences.entry(protocol).or_default();
        inferences.rows += rows;
        inferences.count += 1;
        inferences.seconds += seconds;
        for (within, bound) in inferences.within.iter_mut().zip(BOUNDS) {
            *within += u64::from(seconds <= bound);
        }
    }

    /// All metrics as Prometheus reads them.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        {
            let counts = self.lock();
            write_requests(&mut text, &counts.requests);
            write_rows(&mut text, &counts.inferences);
            write_durations(&mut text, &counts.inferences);
        }
        write_process(&mut text);
        text
    }

    /// Counters stay usable whatever happened to a thread that held them.
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write_head(text: &mut String, name: &str, kind: &str, help: &str) {
    write_line(text, format_args!("# HELP {name} {help}"));
    write_line(text, format_args!("# TYPE {name} {kind}"));
}

fn write_line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}

fn write_requests(text: &mut String, requests: &BTreeMap<RequestLabels, u64>) {
    let name = "inference_requests_total";
    write_head(text, name, "counter", "Requests answered or refused.");
    for (labels, count) in requests {
        let RequestLabels { protocol, method, outcome } = labels;
        let protocol = protocol.label();
        let labels = format!("protocol=\"{protocol}\",method=\"{method}\",outcome=\"{outcome}\"");
        write_line(text, format_args!("{name}{{{labels}}} {count}"));
    }
}

fn write_rows(text: &mut String, inferences: &BTreeMap<Protocol, Inferences>) {
    let name = "inference_rows_total";
    write_head(text, name, "counter", "Rows classified.");
    for (protocol, Inferences { rows, .. }) in inferences {
        let protocol = protocol.label();
        write_line(text, format_args!("{name}{{protocol=\"{protocol}\"}} {rows}"));
    }
}

fn write_durations(text: &mut String, inferences: &BTreeMap<Protocol, Inferences>) {
    let name = "inference_duration_seconds";
    write_head(text, name, "histogram", "Time from a decoded request to its digits.");
    for (protocol, inferences) in inferences {
        let label = format!("protocol=\"{}\"", protocol.label());
        let Inferences { count, seconds, within, .. } = inferences;
        for (bound, within) in BOUNDS.iter().zip(within) {
            write_line(text, format_args!("{name}_bucket{{{label},le=\"{bound}\"}} {within}"));
        }
        write_line(text, format_args!("{name}_bucket{{{label},le=\"+Inf\"}} {count}"));
        write_line(text, format_args!("{name}_sum{{{label}}} {seconds}"));
        write_line(text, format_args!("{name}_count{{{label}}} {count}"));
    }
}

fn write_process(text: &mut String) {
    let name = "process_cpu_seconds_total";
    write_head(text, name, "counter", "Processor time of the server, all threads.");
    write_line(text, format_args!("{name} {}", process::cpu_seconds()));
    if let Some(bytes) = process::resident_memory_bytes() {
        let name = "process_resident_memory_bytes";
        write_head(text, name, "gauge", "Memory of the server that is in RAM.");
        write_line(text, format_args!("{name} {bytes}"));
    }
}
