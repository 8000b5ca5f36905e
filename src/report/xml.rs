//! XML as text: elements, attributes, and characters that XML 1.0 cannot hold.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::words;

/// A document that grows element by element.
#[derive(Debug, Default)]
pub(super) struct Xml {
    text: String,
    open: Vec<&'static str>,
}

impl Xml {
    pub(super) fn new() -> Self {
        Self { text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(), open: Vec::new() }
    }

    /// Begins an element that holds others.
    pub(super) fn begin(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.head(name, attributes);
        self.text.push_str(">\n");
        self.open.push(name);
    }

    /// Ends the innermost element.
    pub(super) fn end(&mut self) {
        if let Some(name) = self.open.pop() {
            let indent = self.open.len() * 2;
            // Writing to a `String` does not fail; the same below.
            let _ = writeln!(self.text, "{:indent$}</{name}>", "");
        }
    }

    /// An element with nothing in it.
    pub(super) fn empty(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.head(name, attributes);
        self.text.push_str("/>\n");
    }

    /// An element with text alone.
    pub(super) fn holding(&mut self, name: &'static str, attributes: &[(&str, &str)], text: &str) {
        self.head(name, attributes);
        let _ = writeln!(self.text, ">{}</{name}>", escaped(text));
    }

    /// The bytes of the whole document.
    pub(super) fn finish(mut self) -> Vec<u8> {
        while !self.open.is_empty() {
            self.end();
        }
        self.text.into_bytes()
    }

    fn head(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let indent = self.open.len() * 2;
        let _ = write!(self.text, "{:indent$}<{name}", "");
        for (key, value) in attributes {
            // A line break in an attribute would be read as a blank.
            let _ = write!(self.text, " {key}=\"{}\"", escaped(&words::one_line(value)));
        }
    }
}

/// Characters that no XML 1.0 document may hold are written out, as on a terminal.
fn escaped(text: &str) -> Cow<'_, str> {
    let is_plain = |character: char| !matches!(character, '&' | '<' | '>' | '"') && is_allowed(character);
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ if is_allowed(character) => escaped.push(character),
            _ => escaped.extend(character.escape_unicode()),
        }
    }
    Cow::Owned(escaped)
}

/// A carriage return may stand there, and is read as a line feed: it is written out too.
fn is_allowed(character: char) -> bool {
    match character {
        '\n' | '\t' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        _ => !character.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_written_out() {
        let mut xml = Xml::new();
        xml.begin("a", &[("name", "<\"&>\n\u{1b}[31m")]);
        xml.holding("b", &[], "]]> \u{0}\r\n\tµ\u{ffff}😀");
        xml.empty("c", &[]);
        let text = String::from_utf8(xml.finish()).expect("text");
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
                        <a name=\"&lt;&quot;&amp;&gt;\\n\\u{1b}[31m\">\n  \
                        <b>]]&gt; \\u{0}\\u{d}\n\tµ\\u{ffff}😀</b>\n  <c/>\n</a>\n";
        assert_eq!(text, expected);
        let read = roxmltree::Document::parse(&text).expect("XML");
        assert_eq!(read.root_element().attribute("name"), Some("<\"&>\\n\\u{1b}[31m"));
    }
}
