//! Text files that users wrote, and places in them.

use std::ops::Range;
use std::sync::Arc;

/// A file's text with the path under which messages name it.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// The path as shown: relative to the workspace where it lies inside.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// A range of bytes in a source. Cheap to clone: every value of a suite carries one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// The bytes.
    pub range: Range<usize>,
}

impl Place {
    /// The 1-based line and column (in characters) at which the place begins.
    pub fn line_and_column(&self) -> (usize, usize) {
        let before = self.source.text.get(..self.range.start).unwrap_or(&self.source.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}
