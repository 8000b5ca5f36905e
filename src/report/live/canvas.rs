//! The rows of a terminal that the block takes: what is written over it and below which lines.

use std::fmt::Write as _;

/// What stands at the bottom of the terminal now. While it stands there, the cursor rests at the beginning of its first
/// row: so nothing has to be counted when it is taken away. A terminal that became narrower has wrapped its lines, or cut
/// them off; either way the cursor is where it was in the text.
#[derive(Debug, Default)]
pub(in crate::report) struct Canvas {
    is_drawn: bool,
}

impl Canvas {
    /// The bytes that take the old block away, print `lines` to stay, and draw `block` below them, on a terminal that is
    /// `rows` high. Each line of the block must be narrower than the terminal.
    pub(in crate::report) fn draw(&mut self, lines: &[String], block: &[String], rows: usize) -> String {
        let mut out = String::new();
        if self.is_drawn {
            out.push_str("\r\x1b[J");
        }
        for line in lines {
            out.push_str(line);
            out.push('\n');
        }
        // What does not fit would scroll out of reach.
        let block = &block[..block.len().min(rows.saturating_sub(1))];
        out.push_str(&block.join("\n"));
        self.is_drawn = !block.is_empty();
        match block.len() {
            0 => {}
            1 => out.push('\r'),
            count => {
                let _ = write!(out, "\r\x1b[{}A", count - 1);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_block_goes_before_the_new_one_is_drawn() {
        let mut canvas = Canvas::default();
        assert_eq!(canvas.draw(&[], &["a".into(), "b".into()], 24), "a\nb\r\x1b[1A");
        assert_eq!(canvas.draw(&["done".into()], &["c".into()], 24), "\r\x1b[Jdone\nc\r");
        assert_eq!(canvas.draw(&["end".into()], &[], 24), "\r\x1b[Jend\n");
        assert_eq!(canvas.draw(&[], &[], 24), "");
    }

    #[test]
    fn a_block_is_never_higher_than_the_terminal() {
        let block = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(Canvas::default().draw(&[], &block, 3), "a\nb\r\x1b[1A");
        assert_eq!(Canvas::default().draw(&[], &block, 1), "");
    }
}
