//! The lines of k6's JSON output, in whatever pieces they come, as a series.

use super::document::{Document, document, tags};
use super::known::Known;
use super::point::{Clock, Point, point};
use crate::result::{Limits, SampleCollector, Series, Stream};

/// A longer line is none of k6's, in bytes.
pub(super) const LONGEST: usize = 1 << 20;

/// Reads lines and makes a series of them.
#[derive(Debug)]
pub struct SampleLines {
    collector: SampleCollector,
    known: Known<Stream>,
    clock: Clock,
    /// The beginning of a line whose end did not come yet.
    begun: Vec<u8>,
    /// It is too long, and the rest of it is left out.
    skips: bool,
}

impl SampleLines {
    /// k6 is started after `begin_ms` (milliseconds since the Unix epoch).
    pub fn new(begin_ms: i64, limits: Limits) -> Self {
        Self {
            collector: SampleCollector::new(begin_ms, limits),
            known: Known::new(limits.remembered),
            clock: Clock::default(),
            begun: Vec::new(),
            skips: false,
        }
    }

    /// Takes a piece of the stream, read at `now_ms` on a clock that nobody sets.
    pub fn push(&mut self, mut piece: &[u8], now_ms: i64) {
        self.collector.heard(now_ms);
        if !self.begun.is_empty() || self.skips {
            let Some(end) = memchr::memchr(b'\n', piece) else { return self.begin(piece) };
            self.begin(&piece[..end]);
            piece = &piece[end + 1..];
            let line = std::mem::take(&mut self.begun);
            if !std::mem::take(&mut self.skips) {
                self.line(&line);
            }
        }
        let mut from = 0;
        for end in memchr::memchr_iter(b'\n', piece) {
            self.line(&piece[from..end]);
            from = end + 1;
        }
        self.begin(&piece[from..]);
    }

    /// The series, once the stream has ended.
    pub fn finish(mut self) -> Series {
        if !self.begun.is_empty() {
            // k6 ends its last line; a whole one that lacks only the line's end says what it says.
            let line = std::mem::take(&mut self.begun);
            match document(&line) {
                Ok(document) => self.document(document),
                Err(_) => self.collector.problems_mut().cut += 1,
            }
        }
        self.collector.finish()
    }

    fn begin(&mut self, piece: &[u8]) {
        if self.skips {
            return;
        }
        self.begun.extend_from_slice(piece);
        if self.begun.len() > LONGEST {
            self.unreadable(&format!("a line of more than {LONGEST} bytes"));
            self.begun = Vec::new();
            self.skips = true;
        }
    }

    fn line(&mut self, line: &[u8]) {
        if line.is_empty() || point(line, &mut self.clock).is_some_and(|point| self.point(point)) {
            return;
        }
        match document(line) {
            Ok(document) => self.document(document),
            Err(why) => self.unreadable(&why),
        }
    }

    /// Takes a sample that was read in place, unless its tags are no object of texts; whether it did.
    fn point(&mut self, Point { metric, at_ns, value, tags: raw }: Point<'_>) -> bool {
        let mut stream = self.known.get(metric, raw);
        if stream.is_none() {
            let name = std::str::from_utf8(metric).ok().filter(|name| is_plain(name));
            let Some((name, tags)) = name.zip(tags(raw)) else { return false };
            stream = self.collector.stream(name, &tags);
            // A metric that leads nowhere may still be described.
            if let Some(stream) = stream {
                self.known.put(metric, raw, stream);
            }
        }
        self.take(stream, at_ns, value);
        true
    }

    fn document(&mut self, document: Document) {
        match document {
            Document::Metric { name, kind, contains } => self.collector.describe(&name, kind, &contains),
            Document::Sample { metric, at_ns, value, tags } => {
                let stream = self.collector.stream(&metric, &tags);
                self.take(stream, at_ns, value);
            }
        }
    }

    fn take(&mut self, stream: Option<Stream>, at_ns: i64, value: f64) {
        match stream {
            Some(stream) => self.collector.take(stream, at_ns.div_euclid(1_000_000), value),
            None => self.collector.problems_mut().lost += 1,
        }
    }

    fn unreadable(&mut self, why: &str) {
        let problems = self.collector.problems_mut();
        problems.undecodable += 1;
        problems.first_undecodable.get_or_insert_with(|| why.to_owned());
    }
}

/// Whether a text stands in JSON as it is.
pub(super) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte >= b' ' && byte != b'\\')
}
