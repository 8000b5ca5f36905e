//! The rows of a terminal that the block takes: what is written over it and below which lines.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

/// What stands at the bottom of the terminal now.
#[derive(Debug, Default)]
pub(in crate::report) struct Canvas {
    /// The width of each of its lines.
    widths: Vec<usize>,
}

impl Canvas {
    /// The bytes that take the old block away, print `lines` to stay, and draw `block` below them, on a terminal
    /// of `columns` columns. The cursor stands at the beginning of the row after the block.
    pub(in crate::report) fn draw(&mut self, lines: &[String], block: &[String], columns: usize) -> String {
        let mut out = String::new();
        // A terminal that became narrower has wrapped the lines that stood there.
        let rows: usize = self.widths.iter().map(|width| width.div_ceil(columns.max(1)).max(1)).sum();
        if rows > 0 {
            // Up to the block's first row, and everything from there on goes.
            let _ = write!(out, "\r\x1b[{rows}A\x1b[J");
        }
        for line in lines.iter().chain(block) {
            out.push_str(line);
            out.push('\n');
        }
        self.widths = block.iter().map(|line| line.width()).collect();
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_block_goes_before_the_new_one_is_drawn() {
        let mut canvas = Canvas::default();
        assert_eq!(canvas.draw(&[], &["a".into(), "b".into()], 80), "a\nb\n");
        assert_eq!(canvas.draw(&["done".into()], &["c".into()], 80), "\r\x1b[2A\x1b[Jdone\nc\n");
        assert_eq!(canvas.draw(&["end".into()], &[], 80), "\r\x1b[1A\x1b[Jend\n");
        assert_eq!(canvas.draw(&[], &[], 80), "");
    }

    #[test]
    fn lines_that_a_narrower_terminal_has_wrapped_are_counted_as_they_stand() {
        let mut canvas = Canvas::default();
        canvas.draw(&[], &["x".repeat(79)], 80);
        assert_eq!(canvas.draw(&[], &[], 40), "\r\x1b[2A\x1b[J");
    }
}
