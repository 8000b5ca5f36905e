//! What a build waits for, told again about every second, so that a long silence is no riddle.

use std::time::{Duration, Instant};

use super::event::{Event, Sink};

/// How often it is told.
const PACE: Duration = Duration::from_secs(1);

/// A wait that goes on.
#[derive(Debug)]
pub struct Waiting {
    what: String,
    limit: Option<Duration>,
    begun: Instant,
    /// How often it was told.
    told: u32,
}

impl Waiting {
    /// A wait for `what` that begins now, and ends after `limit` at the latest.
    pub fn new(what: impl Into<String>, limit: Option<Duration>) -> Self {
        Self { what: what.into(), limit, begun: Instant::now(), told: 0 }
    }

    /// Tells it if it is time; `last_line` is what the awaited program printed last, without secrets.
    pub fn look(&mut self, sink: &mut Sink<'_>, last_line: impl FnOnce() -> String) {
        let waited = self.begun.elapsed();
        if waited < PACE * (self.told + 1) {
            return;
        }
        self.told = u32::try_from(waited.as_secs()).unwrap_or(u32::MAX - 1);
        sink(Event::Waiting {
            what: self.what.clone(),
            elapsed_seconds: waited.as_secs_f64(),
            limit_seconds: self.limit.map(|limit| limit.as_secs_f64()),
            last_line: last_line(),
        });
    }
}
