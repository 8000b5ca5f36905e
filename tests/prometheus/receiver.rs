//! Something that takes remote write like a Prometheus and answers the few queries that howitzer asks.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use howitzer::k6::decode_remote_write;
use howitzer::result::{Sample, SampleValue};
use percent_encoding::percent_decode_str;
use serde_json::json;

/// What Prometheus takes for the end of a series.
const STALE: u64 = 0x7ff0_0000_0000_0002;

#[derive(Default)]
struct Seen {
    heads: Vec<String>,
    samples: Vec<Sample>,
    /// What remote write is answered instead of 204.
    refusal: Option<&'static str>,
    /// Whether what is taken is forgotten.
    loses: bool,
}

pub(crate) struct Receiver {
    pub(crate) address: String,
    seen: Arc<Mutex<Seen>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Receiver {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound").to_string();
        let (seen, stop): (Arc<Mutex<Seen>>, Arc<AtomicBool>) = Default::default();
        let (theirs, stopped) = (Arc::clone(&seen), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let seen = Arc::clone(&theirs);
                thread::spawn(move || while serve(&stream, &seen).is_some() {});
            }
        });
        Self { address, seen, stop, thread: Some(thread) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on remote write is answered so (`404 Not Found`), and with what stands in further lines.
    pub(crate) fn refuse(&self, status: Option<&'static str>) {
        self.seen.lock().expect("nobody panicked").refusal = status;
    }

    /// From now on what is taken is forgotten.
    pub(crate) fn lose(&self) {
        self.seen.lock().expect("nobody panicked").loses = true;
    }

    /// Everything that was taken of a metric.
    pub(crate) fn samples(&self, metric: &str) -> Vec<Sample> {
        let seen = self.seen.lock().expect("nobody panicked");
        seen.samples.iter().filter(|sample| sample.metric == metric).cloned().collect()
    }

    pub(crate) fn all(&self) -> Vec<Sample> {
        self.seen.lock().expect("nobody panicked").samples.clone()
    }

    /// The heads of all requests, whatever they were answered.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.seen.lock().expect("nobody panicked").heads.clone()
    }

    /// The last value of a counter, all label sets together.
    pub(crate) fn total(&self, metric: &str) -> f64 {
        last(&self.samples(metric), f64::MAX).values().sum()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Whoever connects wakes it.
        let _ = TcpStream::connect(&self.address);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

pub(crate) fn is_stale(sample: &Sample) -> bool {
    matches!(sample.value, SampleValue::Number(value) if value.to_bits() == STALE)
}

/// The last number of each label set until `until_ms`, markers of the end left out.
fn last(samples: &[Sample], until_ms: f64) -> BTreeMap<Vec<(String, String)>, f64> {
    let mut last = BTreeMap::new();
    for sample in samples.iter().filter(|sample| sample.at_ms as f64 <= until_ms && !is_stale(sample)) {
        if let SampleValue::Number(value) = sample.value {
            last.insert(sample.labels.clone(), value);
        }
    }
    last
}

/// Answers one request; none where the peer has gone.
fn serve(mut stream: &TcpStream, seen: &Mutex<Seen>) -> Option<()> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        bytes.push(byte[0]);
    }
    let head = String::from_utf8(bytes).ok()?;
    let length = head.to_lowercase().lines().find_map(|line| {
        line.strip_prefix("content-length:").and_then(|length| length.trim().parse::<usize>().ok())
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    let mut seen = seen.lock().expect("nobody panicked");
    let (status, answer) = match head.split(' ').nth(1)? {
        "/api/v1/write" => {
            let taken = decode_remote_write(&body).expect("a body of remote write");
            if seen.refusal.is_none() && !seen.loses {
                seen.samples.extend(taken);
            }
            let (status, said) = seen
                .refusal
                .map(|refusal| refusal.split_once('\n').unwrap_or((refusal, "no such thing")))
                .unzip();
            (status.unwrap_or("204 No Content"), said.unwrap_or_default().to_owned())
        }
        path => ("200 OK", answer(path, &seen.samples)),
    };
    seen.heads.push(head);
    drop(seen);
    let length = answer.len();
    stream.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{answer}").as_bytes()).ok()
}

/// What Prometheus would answer to howitzer's own questions.
fn answer(path: &str, samples: &[Sample]) -> String {
    let query: BTreeMap<String, String> = path
        .split_once('?')
        .map_or("", |(_, query)| query)
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), percent_decode_str(value).decode_utf8_lossy().into_owned()))
        .collect();
    let end: f64 = query.get("end").and_then(|end| end.parse().ok()).unwrap_or(0.0);
    let until_ms = (end * 1000.0).round();
    let asked = query.get("query").map_or("", String::as_str);
    let mut result = Vec::new();
    if asked == "vector(1)" {
        result.push(json!({ "metric": {}, "values": [[end, "1"]] }));
    } else if asked.starts_with("sum by (counter)") {
        let names: std::collections::BTreeSet<&String> = samples.iter().map(|one| &one.metric).collect();
        for name in names.into_iter().filter(|name| name.ends_with("_total")) {
            let is_asked = |sample: &&Sample| {
                sample.metric == *name
                    && sample
                        .labels
                        .iter()
                        .filter(|(label, _)| ["suite", "case", "trial", "build"].contains(&label.as_str()))
                        .all(|(label, value)| asked.contains(&format!("{label}={}", json!(value))))
            };
            let of: Vec<Sample> = samples.iter().filter(is_asked).cloned().collect();
            let sum: f64 = last(&of, until_ms).values().sum();
            result.push(json!({ "metric": { "counter": name }, "values": [[end, sum.to_string()]] }));
        }
    } else if asked.starts_with("count by (result)") {
        for sample in samples.iter().filter(|sample| sample.metric == "howitzer_result_info") {
            let labels: BTreeMap<_, _> = sample.labels.iter().cloned().collect();
            let digest = labels.get("result").cloned().unwrap_or_default();
            result.push(json!({ "metric": { "result": digest }, "values": [[end, "1"]] }));
        }
    }
    json!({ "status": "success", "data": { "resultType": "matrix", "result": result } }).to_string()
}
