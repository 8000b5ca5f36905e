//! Text of others on one line of a terminal: control characters are shown, never obeyed, and long texts are cut.

use std::borrow::Cow;

/// How `text` begins, on one line: at most `most` characters, and a mark where there were more. Secrets are masked
/// before, not after: a part of one would not be known.
pub fn beginning(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut = line.char_indices().nth(most).map(|(end, _)| format!("{}…", &line[..end]));
    one_line(&cut.unwrap_or(line)).into_owned()
}

/// `text` with its control characters escaped.
pub fn one_line(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| (b' '..=b'~').contains(&byte);
    if text.bytes().all(is_plain) || !text.chars().any(char::is_control) {
        return Cow::Borrowed(text);
    }
    let escaped = text.chars().fold(String::with_capacity(text.len() + 8), |mut line, character| {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
        line
    });
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters_and_says_so() {
        assert_eq!(beginning(" a\n\tb \u{1b}[2J", 100), "a b \\u{1b}[2J");
        assert_eq!(beginning("äöü", 2), "äö…");
        assert_eq!(beginning("äöü", 3), "äöü");
        assert_eq!(beginning("", 3), "");
    }
}
