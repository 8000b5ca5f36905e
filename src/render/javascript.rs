//! Values inside JavaScript: escaped for string and template literals, or printed as whole literals.

use std::io::{self, Write};

/// Escapes for the inside of `'…'`, `"…"` and `` `…` `` alike (ECMAScript 2024, 12.9.4 and 12.9.6):
/// whatever the value, the literal stays one and means exactly the value.
pub(super) fn escape(text: &str, output: &mut dyn Write) -> io::Result<()> {
    for c in text.chars() {
        match c {
            '\\' | '\'' | '"' | '`' | '$' => write!(output, "\\{c}")?,
            '\n' => output.write_all(b"\\n")?,
            '\r' => output.write_all(b"\\r")?,
            '\u{2028}' => output.write_all(b"\\u2028")?,
            '\u{2029}' => output.write_all(b"\\u2029")?,
            // `</script>` has no meaning in k6, and none wherever the script may be shown.
            '<' => output.write_all(b"\\x3c")?,
            c if c.is_control() => write!(output, "\\u{:04x}", u32::from(c))?,
            c => write!(output, "{c}")?,
        }
    }
    Ok(())
}

/// The escaped text.
pub(super) fn escaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len() + 8);
    // Writing to memory does not fail.
    let _ = escape(text, &mut bytes);
    String::from_utf8(bytes).unwrap_or_default()
}

/// A whole JavaScript literal: JSON, in which U+2028 and U+2029 are allowed since ECMAScript 2019.
pub(super) fn literal(value: &serde_json::Value) -> String {
    value.to_string()
}

/// An options object as a JavaScript literal over several lines, so that a person can read the script.
pub(super) fn literal_pretty(options: &serde_json::Map<String, serde_json::Value>) -> String {
    // Serialising a map of JSON values does not fail.
    serde_json::to_string_pretty(options).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_templates_and_line_ends_lose_their_meaning() {
        assert_eq!(
            escaped("it's `${x}` \"q\" \\ </script>\n\u{2028}\0"),
            "it\\'s \\`\\${x}\\` \\\"q\\\" \\\\ \\x3c/script>\\n\\u2028\\u0000"
        );
        assert_eq!(escaped("http://127.0.0.1:80/a?b=c&d"), "http://127.0.0.1:80/a?b=c&d");
    }
}
