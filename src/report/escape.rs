//! Text made safe for Markdown and HTML: a name is a name, never a tag, a table cell or a heading.

use super::words;

/// One line of Markdown, also inside a table's cell.
pub(super) fn markdown(text: &str) -> String {
    let line = words::one_line(text);
    let mut escaped = String::with_capacity(line.len() + 8);
    for character in line.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' | '$' => {
                escaped.extend(['\\', character]);
            }
            _ => escaped.push(character),
        }
    }
    // Only at its beginning can a line become a list or a rule.
    if escaped.starts_with(['-', '+', '=']) {
        escaped.insert(0, '\\');
    }
    escaped
}

/// One line inside an HTML element or a quoted attribute.
pub(super) fn html(text: &str) -> String {
    words::one_line(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// A block of code whose fence is longer than any that stands in it.
pub(super) fn fenced(language: &str, code: &str) -> String {
    let longest = code.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", code.trim_end_matches('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_names() {
        assert_eq!(markdown("<b>a|b`_*\n[x](y)"), "&lt;b&gt;a\\|b\\`\\_\\*\\\\n\\[x\\](y)");
        assert_eq!(markdown("- item"), "\\- item");
        assert_eq!(html("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
    }

    #[test]
    fn a_fence_cannot_be_closed_from_inside() {
        assert_eq!(fenced("text", "a\n````\nb\n"), "`````text\na\n````\nb\n`````\n");
        assert_eq!(fenced("", "a"), "```\na\n```\n");
    }
}
