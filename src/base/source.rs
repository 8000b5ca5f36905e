//! Text files that users wrote, and places in them.

use std::ops::Range;
use std::sync::Arc;

/// The name under which messages show what was typed.
pub const COMMAND_LINE: &str = "command line";

/// A file's text with the path under which messages name it.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// The path as shown: relative to the workspace where it lies inside.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl Source {
    /// The same source with a star for each byte of `secrets`; quotes and line breaks stay.
    #[must_use]
    pub fn hiding(&self, secrets: &[Range<usize>]) -> Self {
        let star = |byte: u8| if matches!(byte, b'"' | b'\'' | b'\n') { char::from(byte) } else { '*' };
        let mut text = self.text.clone();
        for range in secrets {
            let stars = text.get(range.clone()).map(|secret| secret.bytes().map(star).collect::<String>());
            if let Some(stars) = stars {
                text.replace_range(range.clone(), &stars);
            }
        }
        Self { path: self.path.clone(), text }
    }
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
