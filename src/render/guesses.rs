//! Where TypeScript has its parser guess: `a < (` may begin types or a comparison, and where the first was wrong, all of
//! it is read again. A guess inside of a guess doubles the time, so what nests many is not parsed.

use std::ops::Range;

/// Inside of more guesses than this nothing is parsed. People nest two or three.
const MOST: u32 = 12;

/// The bracket that stands inside of too many guesses.
pub(super) fn too_many(text: &str) -> Option<Range<usize>> {
    let mut reader = Reader { levels: vec![Level::default()], last: Last::Other };
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = token(rest, first);
        let (token, behind) = rest.split_at(length);
        if reader.takes(token, first) {
            let at = text.len() - rest.len();
            return Some(at..at + length);
        }
        rest = behind;
    }
    None
}

/// The length of the token with which `text` begins; blanks, comments and strings are one each.
fn token(text: &str, first: char) -> usize {
    let until =
        |end: &str, from: usize| text[from..].find(end).map_or(text.len(), |at| from + at + end.len());
    let pair = ["//", "/*", "${", "=>", "<=", "&&", "||"].into_iter().find(|pair| text.starts_with(pair));
    match (first, pair) {
        (_, Some("//")) => until("\n", 0),
        (_, Some("/*")) => until("*/", 2),
        (_, Some(pair)) => pair.len(),
        // An apostrophe in a regular expression ends with its line.
        ('"' | '\'', _) => text[1..].find([first, '\n']).map_or(text.len(), |at| at + 2),
        _ if is_word(first) => text.find(|c| !is_word(c)).unwrap_or(text.len()),
        _ => first.len_utf8(),
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '$'
}

/// Words after which a type goes on.
const OF_TYPES: [&str; 10] =
    ["keyof", "typeof", "new", "infer", "readonly", "unique", "asserts", "extends", "is", "abstract"];

struct Reader {
    /// One for each open bracket, and one for the module.
    levels: Vec<Level>,
    last: Last,
}

#[derive(Default)]
struct Level {
    /// The `<` behind which everything so far may be types.
    open: u32,
    /// The guesses around the bracket.
    within: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// A name, a literal or a closed bracket: a type is complete.
    Whole,
    Other,
}

impl Reader {
    /// Whether a token is inside of too many guesses.
    fn takes(&mut self, token: &str, first: char) -> bool {
        let Some(level) = self.levels.last_mut() else { return false };
        let is_whole = self.last == Last::Whole;
        let mut next = Last::Other;
        match (token, first) {
            _ if first.is_whitespace() || token.starts_with("//") || token.starts_with("/*") => {
                next = self.last;
            }
            ("${" | "(" | "[" | "{", _) => {
                if is_whole && token != "[" && token != "${" {
                    level.open = 0;
                }
                // Of n such signs each may be the one: n + 1 readings.
                let within = level.within + (u32::BITS - level.open.leading_zeros());
                self.levels.push(Level { open: 0, within });
                self.last = next;
                return within > MOST;
            }
            (")" | "]" | "}", _) => {
                if self.levels.len() > 1 {
                    self.levels.pop();
                }
                next = Last::Whole;
            }
            ("<", _) => level.open += 1,
            (">", _) => level.open = level.open.saturating_sub(1),
            (word, _) if OF_TYPES.contains(&word) => {}
            _ if is_word(first) || matches!(first, '"' | '\'') => {
                if is_whole {
                    level.open = 0;
                }
                next = Last::Whole;
            }
            ("<=" | "&&" | "||" | ";" | "+" | "*" | "/" | "%" | "!" | "^" | "~", _) => level.open = 0,
            _ => {}
        }
        self.last = next;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(open: &str, close: &str, times: u32) -> String {
        let times = times as usize;
        format!("const a = {}1{};", open.repeat(times), close.repeat(times))
    }

    #[test]
    fn what_may_be_types_and_is_none_is_counted_where_it_nests() {
        for (open, close) in [
            ("a < (", ")"),
            ("(x = a < (", ")) => 1"),
            ("a </* b */ (x = ", ") => 1"),
            ("a < { m(x = ", ") {} }"),
            ("a < [(x = ", ") => 1]"),
            ("a < `${(x = ", ")}`"),
            ("a < b[(x = ", ")]"),
            ("a < typeof x & ((x = ", ") => 1)"),
            ("a < 'b' | (x = ", ") => 1"),
        ] {
            assert_eq!(too_many(&nested(open, close, MOST)), None, "{open}");
            let text = nested(open, close, MOST + 1);
            let found = too_many(&text).unwrap_or_else(|| panic!("{open} is not found"));
            assert!(text[found.start..].starts_with(['(', '{', '[', '$']), "{open}: {found:?}");
        }
        assert!(too_many(&nested("a<b<c<(", ")", MOST / 2 + 1)).is_some(), "several at once count more");
    }

    #[test]
    fn what_people_write_is_none() {
        for (open, close) in [
            ("x => { if (i < (n)) { const t = a < 5 && f(", ") } }"),
            ("f(() => { const a = b < c\nconst d = e < f\ng(", ")\n})"),
            ("{ for (let i = 0; i < n; i++) { f(", ") } }"),
            ("f<Map<string, A>>(", ")"),
            ("i < n ? f(", ") : g(1)"),
            ("a < b; (", ")"),
            ("a <= (", ")"),
            ("'a < (' + f(", ")"),
            ("`<p>${", "}</p>`"),
        ] {
            let shown = nested(open, close, 1);
            assert_eq!(too_many(&nested(open, close, 10 * MOST)), None, "{shown}");
        }
    }
}
