//! What every page has in common: one file that needs nothing but a browser, asks nobody for anything, and whose policy
//! forbids it to. Data are JSON in it, its own scripts draw them.

pub(super) mod interned;

use super::escape;

/// Colours, and how headings, buttons, lists and tables look.
pub(super) const BASE_STYLE: &str = include_str!("base.css");
/// Numbers with their units.
pub(super) const FORMAT: &str = include_str!("format.js");
/// The data, and what makes elements of them.
pub(super) const ELEMENT: &str = include_str!("element.js");
/// The button of the colours; needs [`ELEMENT`].
pub(super) const THEME: &str = include_str!("theme.js");

/// Nothing is loaded from anywhere: not even where a value found a way to ask for it.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; \
                      base-uri 'none'; form-action 'none'";

/// A page without its data.
pub(super) struct Page<'a> {
    pub(super) title: &'a str,
    /// HTML for a browser that runs no script.
    pub(super) without_script: &'a str,
    pub(super) styles: &'a [&'a str],
    /// In the order in which they are needed.
    pub(super) scripts: &'a [&'a str],
    /// The licence of what is not ours, as text.
    pub(super) notice: &'a str,
}

impl Page<'_> {
    /// The whole page; `json`, in parts, is what [`ELEMENT`] reads as `data`.
    pub(super) fn bytes(&self, json: &[Vec<u8>]) -> Vec<u8> {
        let mut page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n\
             <title>{}</title>\n<style>\n{}\n</style>\n</head>\n<body>\n<noscript><p>{}</p></noscript>\n\
             <div id=\"page\"></div>\n<script type=\"application/json\" id=\"data\">",
            escape::html(self.title),
            self.styles.join("\n"),
            self.without_script,
        )
        .into_bytes();
        let size = |texts: &[&str]| texts.iter().map(|text| text.len() + 20).sum::<usize>();
        page.reserve(
            json.iter().map(Vec::len).sum::<usize>() + size(self.scripts) + self.notice.len() + 1_000,
        );
        for part in json {
            write_within_script(part, &mut page);
        }
        page.extend(b"</script>\n");
        if !self.notice.is_empty() {
            page.extend(format!("<!-- {} -->\n", self.notice.replace("--", "- -")).bytes());
        }
        for script in self.scripts {
            page.extend(format!("<script>\n{}\n</script>\n", script.trim_end()).bytes());
        }
        page.extend(b"</body>\n</html>\n");
        page
    }
}

/// JSON that no browser takes for the end of its script, or for a comment in it.
fn write_within_script(json: &[u8], page: &mut Vec<u8>) {
    let mut rest = json;
    while let Some(at) = memchr::memchr(b'<', rest) {
        page.extend_from_slice(&rest[..at]);
        page.extend_from_slice(b"\\u003c");
        rest = &rest[at + 1..];
    }
    page.extend_from_slice(rest);
}
