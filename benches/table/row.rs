//! The table: one line a row, printed as soon as it is known, in a form that a page can take over.

use std::time::Duration;

use crate::measure::Pairs;

/// A line of the table.
pub(crate) struct Row {
    pub(crate) what: &'static str,
    pub(crate) peer: &'static str,
    pub(crate) goal: &'static str,
    pub(crate) found: Found,
}

/// What a row came to.
pub(crate) enum Found {
    /// It was measured: in words, the ratio or size, and whether that reaches the goal.
    Measured { measured: String, ratio: String, reached: bool },
    /// It could not be measured, for this reason.
    Missing(String),
}

impl Found {
    /// Pairs whose ratio must stay below `limit`.
    pub(crate) fn of(pairs: &Pairs, limit: f64) -> Self {
        let (ours, peer) = (shown(pairs.ours), shown(pairs.peer));
        Self::Measured {
            measured: format!("{ours} against {peer}, median of {} pairs", pairs.count),
            ratio: format!("{:.3}", pairs.ratio),
            reached: pairs.ratio <= limit,
        }
    }
}

/// The lines above the rows.
pub(crate) const HEAD: &str =
    "| what | floor or peer | measured | ratio | must reach | |\n|---|---|---|---|---|---|";

impl Row {
    /// The row as a line of Markdown.
    pub(crate) fn line(&self) -> String {
        let (measured, ratio, mark) = match &self.found {
            Found::Measured { measured, ratio, reached } => {
                (measured.as_str(), ratio.as_str(), if *reached { "reached" } else { "missed" })
            }
            Found::Missing(reason) => (reason.as_str(), "-", "not measured"),
        };
        format!("| {} | {} | {measured} | {ratio} | {} | {mark} |", self.what, self.peer, self.goal)
    }
}

/// A time with three digits.
pub(crate) fn shown(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1e3;
    match milliseconds {
        0.0..10.0 => format!("{milliseconds:.2} ms"),
        10.0..100.0 => format!("{milliseconds:.1} ms"),
        100.0..1000.0 => format!("{milliseconds:.0} ms"),
        _ => format!("{:.2} s", milliseconds / 1e3),
    }
}
