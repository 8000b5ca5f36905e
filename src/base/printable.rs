//! Text of others on one line of a terminal: control characters are shown, never obeyed.

use std::borrow::Cow;

/// `text` with its control characters escaped.
pub fn one_line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(char::is_control) {
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
