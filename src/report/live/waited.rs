//! What is waited for, in the block.

use super::block::{WORD, human_seconds};
use super::line::cut;
use crate::base::printable::one_line;
use crate::execute::Event;

/// A wait that goes on.
#[derive(Debug)]
pub(super) struct Waited {
    what: String,
    elapsed: f64,
    limit: Option<f64>,
    last_line: String,
}

impl Waited {
    pub(super) fn of(event: &Event) -> Option<Self> {
        let Event::Waiting { what, elapsed_seconds, limit_seconds, last_line } = event else { return None };
        let (what, last_line) = (one_line(what).into_owned(), last_line.clone());
        Some(Self { what, elapsed: *elapsed_seconds, limit: *limit_seconds, last_line })
    }

    /// What and how long, which is never cut off; below it what the awaited program said last.
    pub(super) fn lines(&self, columns: usize) -> Vec<String> {
        let limit = self.limit.map(|limit| format!("/{}", human_seconds(limit))).unwrap_or_default();
        let time = format!("{}{limit}", human_seconds(self.elapsed.floor()));
        let room = columns.saturating_sub(WORD + time.chars().count() + 1);
        let what = cut(&format!("for {}", self.what), room);
        let first = cut(&format!("{:>10} {what} {time}", "waiting"), columns);
        let said =
            (!self.last_line.is_empty()).then(|| cut(&format!("{:>10} {}", "|", self.last_line), columns));
        std::iter::once(first).chain(said).collect()
    }
}
