//! Names from files as one harmless line: what would break a line or steer a terminal is spelled out.

/// Control characters and those that turn the direction of reading become escapes such as `\n`.
pub(in crate::report) fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || is_invisible(character) {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
    }
    safe
}

/// Line separators and Unicode's bidirectional controls (UAX 9).
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_a_line_or_steers_a_terminal() {
        assert_eq!(plain("a\nb\t\u{1b}[31m\u{202e}é"), "a\\nb\\t\\u{1b}[31m\\u{202e}é");
    }
}
