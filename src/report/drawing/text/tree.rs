//! Rows with rows below them as the lines of a tree, as wide as the reader's terminal is.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::report::drawing::tally::Standing;

/// Narrower than this, lines are wrapped as if it were this wide.
const NARROWEST: usize = 20;

/// One entry of the tree.
#[derive(Debug)]
pub(super) struct Row {
    /// Told by a sign before the name; none for a row that has no state.
    pub(super) standing: Option<Standing>,
    pub(super) name: String,
    /// What is told of it, in columns; an empty one keeps its column.
    pub(super) facts: Vec<String>,
    pub(super) below: Vec<Row>,
}

impl Row {
    fn body(&self, widths: Option<&[usize]>) -> String {
        let mark = self.standing.map(|standing| format!("{} ", standing.mark())).unwrap_or_default();
        let mut body = mark;
        let texts = std::iter::once(&self.name).chain(&self.facts);
        for (column, text) in texts.enumerate() {
            if column > 0 && (widths.is_some() || !text.is_empty()) {
                body.push_str(if column == 1 || widths.is_none() { "  " } else { "   " });
            }
            body.push_str(text);
            let width = widths.and_then(|widths| widths.get(column)).copied().unwrap_or_default();
            body.extend(std::iter::repeat_n(' ', width.saturating_sub(text.width())));
        }
        body.trim_end().to_owned()
    }
}

/// How the lines are to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paper {
    /// The columns that there are; none where lines may be as long as they are.
    pub(super) columns: Option<usize>,
    /// Whether signs are coloured too.
    pub(super) color: bool,
}

impl Paper {
    /// The rows and all below them, each line ended. `stem` stands before every line.
    pub(super) fn tree(self, rows: &[Row], stem: &str) -> String {
        let widths = widths(rows);
        // Columns that do not fit are of no use.
        let fits = |row: &Row| {
            self.columns.is_none_or(|columns| stem.width() + 3 + row.body(Some(&widths)).width() <= columns)
        };
        let widths = rows.iter().all(fits).then_some(widths.as_slice());
        let mut text = String::new();
        for (index, row) in rows.iter().enumerate() {
            let last = index + 1 == rows.len();
            let (arm, next) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            let below = if row.below.is_empty() { "    " } else { "│   " };
            let lines = self.wrapped(&row.body(widths), stem.width() + 3);
            for (number, line) in lines.iter().enumerate() {
                text += &match number {
                    0 => format!("{stem}{arm}{}\n", self.painted(row.standing, line)),
                    _ => format!("{stem}{next}{below}{line}\n"),
                };
            }
            text += &self.tree(&row.below, &format!("{stem}{next}"));
        }
        text
    }

    /// A paragraph, its lines after the first indented by two more.
    pub(super) fn paragraph(self, text: &str, indent: &str) -> String {
        let lines = self.wrapped(text, indent.width());
        let shown = |(number, line): (usize, &String)| {
            format!("{indent}{}{line}\n", if number > 0 { "  " } else { "" })
        };
        lines.iter().enumerate().map(shown).collect()
    }

    /// `text` in pieces that fit beside `before` columns, all but the first indented by four.
    fn wrapped(self, text: &str, before: usize) -> Vec<String> {
        let Some(columns) = self.columns else { return vec![text.to_owned()] };
        let room = columns.max(NARROWEST).saturating_sub(before).max(NARROWEST / 2);
        let mut lines = vec![String::new()];
        for word in text.split(' ') {
            let limit = if lines.len() > 1 { room.saturating_sub(4).max(6) } else { room };
            let rest = room.saturating_sub(4).max(6);
            match lines.last_mut() {
                Some(line) if line.is_empty() && word.width() <= limit => line.push_str(word),
                Some(line) if line.width() + 1 + word.width() <= limit => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ if word.width() > rest => broken(word, &mut lines, limit, rest),
                _ => lines.push(word.to_owned()),
            }
        }
        lines.into_iter().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
    }

    fn painted(self, standing: Option<Standing>, line: &str) -> String {
        let Some(standing) = standing.filter(|_| self.color) else { return line.to_owned() };
        let Some(rest) = line.strip_prefix(standing.mark()) else { return line.to_owned() };
        let color = match standing {
            Standing::Fresh => "32",
            Standing::Pending => "36",
            Standing::Stale => "1;33",
            Standing::Failed => "1;31",
        };
        format!("\x1b[{color}m{}\x1b[0m{rest}", standing.mark())
    }
}

/// A word that is longer than a line, in pieces: as much of it as the last line takes, the rest on lines of its own.
fn broken(word: &str, lines: &mut Vec<String>, first: usize, rest: usize) {
    let mut limit = first;
    let mut line = lines.pop().unwrap_or_default();
    if !line.is_empty() {
        line.push(' ');
    }
    for character in word.chars() {
        if line.width() + character.width().unwrap_or(0) > limit {
            lines.push(std::mem::take(&mut line));
            limit = rest;
        }
        line.push(character);
    }
    lines.push(line);
}

/// The width of the names, and of each column but the last. A row with fewer facts than others fits into none.
fn widths(rows: &[Row]) -> Vec<usize> {
    let columns = rows.iter().map(|row| row.facts.len()).max().unwrap_or(0);
    let whole = || rows.iter().filter(|row| row.facts.len() == columns);
    let widest = |column: usize| whole().map(|row| row.facts[column].width()).max().unwrap_or(0);
    let name = rows.iter().filter(|row| !row.facts.is_empty()).map(|row| row.name.width()).max().unwrap_or(0);
    std::iter::once(name).chain((0..columns).map(widest)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, facts: &[&str], below: Vec<Row>) -> Row {
        let facts = facts.iter().map(|fact| (*fact).to_owned()).collect();
        Row { standing: Some(Standing::Stale), name: name.to_owned(), facts, below }
    }

    fn rows() -> Vec<Row> {
        let below = vec![row("vus=1", &["1 case", "1 to run: never built"], Vec::new())];
        vec![
            row("grpc", &["8 cases", "1 to run: never built"], below),
            row("long-name", &["", "cached"], Vec::new()),
        ]
    }

    #[test]
    fn columns_stand_below_each_other_where_there_is_room() {
        let expected = "\
├─ ~ grpc       8 cases   1 to run: never built
│  └─ ~ vus=1  1 case   1 to run: never built
└─ ~ long-name            cached
";
        assert_eq!(Paper { columns: None, color: false }.tree(&rows(), ""), expected);
        assert_eq!(Paper { columns: Some(80), color: false }.tree(&rows(), ""), expected);
    }

    #[test]
    fn what_is_too_wide_is_wrapped_and_nothing_is_lost() {
        let expected = "\
├─ ~ grpc  8 cases  1 to
│  │   run: never built
│  └─ ~ vus=1  1 case  1
│         to run: never
│         built
└─ ~ long-name  cached
";
        assert_eq!(Paper { columns: Some(24), color: false }.tree(&rows(), ""), expected);
        for columns in 20..60 {
            let drawn = Paper { columns: Some(columns), color: false }.tree(&rows(), "");
            assert!(drawn.lines().all(|line| line.width() <= columns), "{columns}:\n{drawn}");
        }
    }

    #[test]
    fn a_word_longer_than_a_line_is_broken() {
        let paper = Paper { columns: Some(20), color: false };
        let drawn = paper.tree(&[row(&"x".repeat(50), &["cached"], Vec::new())], "");
        assert_eq!(drawn.matches('x').count(), 50);
        assert!(drawn.lines().all(|line| line.width() <= 20), "{drawn}");
    }

    #[test]
    fn only_the_sign_is_coloured() {
        let drawn = Paper { columns: None, color: true }.tree(&[row("grpc", &[], Vec::new())], "");
        assert_eq!(drawn, "└─ \x1b[1;33m~\x1b[0m grpc\n");
    }
}
