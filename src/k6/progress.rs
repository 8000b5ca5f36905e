//! How far a run is: the lines that k6 prints on its standard output every second.
//!
//! Measured with k6 0.57.0 and 1.1.0, on a pipe, without `--quiet`:
//! `running (01.0s), 2/2 VUs, 5299 complete and 0 interrupted iterations`. The clock has as many
//! parts as the longest run can need: `(1m02.0s)`, `(0h00m02.0s)`.

use std::time::Duration;

use crate::base::duration;

/// What one progress line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The time since the load began, to a tenth of a second.
    pub elapsed: Duration,
    /// Virtual users at work now.
    pub vus: u64,
    /// Virtual users that are initialised now.
    pub max_vus: u64,
    /// Iterations that ended.
    pub complete: u64,
    /// Iterations that were cut off.
    pub interrupted: u64,
}

impl Progress {
    /// Reads one line; `None` where it is no progress line.
    pub fn parse(line: &str) -> Option<Self> {
        let rest = line.trim().strip_prefix("running (")?;
        let (clock, rest) = rest.split_once("), ")?;
        let (vus, rest) = rest.split_once(" VUs, ")?;
        let (vus, max_vus) = vus.split_once('/')?;
        let (complete, rest) = rest.split_once(" complete and ")?;
        let interrupted = rest.strip_suffix(" interrupted iterations")?;
        Some(Self {
            elapsed: duration::parse(clock)?,
            vus: vus.parse().ok()?,
            max_vus: max_vus.parse().ok()?,
            complete: complete.parse().ok()?,
            interrupted: interrupted.parse().ok()?,
        })
    }
}

/// A progress line is about 80 bytes; a longer line is the script's own and is skipped.
const LONGEST_LINE: usize = 256;

/// Finds progress lines in standard output as it arrives; holds at most one short line.
#[derive(Debug, Default)]
pub struct ProgressReader {
    line: Vec<u8>,
    skipping: bool,
}

impl ProgressReader {
    /// Takes the next bytes; returns the progress of every line that they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Progress> {
        let mut found = Vec::new();
        let mut rest = bytes;
        while let Some(end) = memchr::memchr2(b'\n', b'\r', rest) {
            self.take(&rest[..end]);
            found.extend(self.end_line());
            rest = &rest[end + 1..];
        }
        self.take(rest);
        found
    }

    /// The progress of a last line without an end, once the pipe has ended.
    pub fn finish(mut self) -> Option<Progress> {
        self.end_line()
    }

    fn take(&mut self, piece: &[u8]) {
        if self.skipping || self.line.len() + piece.len() > LONGEST_LINE {
            self.skipping = true;
            self.line.clear();
        } else {
            self.line.extend_from_slice(piece);
        }
    }

    fn end_line(&mut self) -> Option<Progress> {
        self.skipping = false;
        let progress = std::str::from_utf8(&self.line).ok().and_then(Progress::parse);
        self.line.clear();
        progress
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "running (01.0s), 2/3 VUs, 5299 complete and 1 interrupted iterations";

    #[test]
    fn a_progress_line_is_read_whole() {
        let expected =
            Progress { elapsed: Duration::from_secs(1), vus: 2, max_vus: 3, complete: 5299, interrupted: 1 };
        assert_eq!(Progress::parse(LINE), Some(expected));
    }

    #[test]
    fn the_clock_has_minutes_and_hours_in_longer_runs() {
        for (clock, milliseconds) in [("00.3s", 300), ("1m02.0s", 62_000), ("1h00m02.5s", 3_602_500)] {
            let line = format!("running ({clock}), 0/1 VUs, 9 complete and 0 interrupted iterations");
            let elapsed = Progress::parse(&line).expect("a progress line").elapsed;
            assert_eq!(elapsed, Duration::from_millis(milliseconds), "{clock}");
        }
    }

    #[test]
    fn lines_are_found_whatever_the_chunks() {
        let text = format!("banner\n{LINE}\r\ndefault   [  50% ]\n{LINE}");
        for size in [1, 2, 7, 1000] {
            let mut reader = ProgressReader::default();
            let found = text.as_bytes().chunks(size).flat_map(|chunk| reader.push(chunk)).count();
            assert_eq!((found, reader.finish().is_some()), (1, true), "chunks of {size}");
        }
    }

    #[test]
    fn an_endless_line_takes_no_memory_and_hides_nothing_after_it() {
        let mut reader = ProgressReader::default();
        for _ in 0..10_000 {
            assert!(reader.push(&[b'x'; 4096]).is_empty());
        }
        assert!(reader.line.capacity() <= 2 * LONGEST_LINE);
        assert_eq!(reader.push(format!("\n{LINE}\n").as_bytes()).len(), 1);
    }
}
