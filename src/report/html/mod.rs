//! `report.html`: the suite as one page that needs nothing but a browser. Rust writes what is known as JSON; what
//! stands in `assets` draws it. The page asks nobody for anything, and its policy forbids it to.

mod case;
mod configured;
mod curve;
mod document;
mod figures;
mod interned;
mod metrics;
mod series;
mod standing;
#[cfg(test)]
mod tests;
mod trial;

use super::error::ReportError;
use super::escape;
use super::view::SuiteView;

/// What draws the page, in the order in which it is needed.
const SCRIPTS: [&str; 10] = [
    include_str!("vendor/uplot/uPlot.iife.min.js"),
    include_str!("assets/format.js"),
    include_str!("assets/model.js"),
    include_str!("assets/chart.js"),
    include_str!("assets/overview.js"),
    include_str!("assets/throughput.js"),
    include_str!("assets/curves.js"),
    include_str!("assets/detail.js"),
    include_str!("assets/table.js"),
    include_str!("assets/page.js"),
];

const STYLES: [&str; 2] = [include_str!("vendor/uplot/uPlot.min.css"), include_str!("assets/page.css")];

/// The licence of what is not ours.
const LICENCE: &str = include_str!("vendor/uplot/LICENSE");

/// Nothing is loaded from anywhere: not even where a value found a way to ask for it.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; \
                      base-uri 'none'; form-action 'none'";

/// A page of more results than this has the figures of each case only: with all of each it would not open any more.
pub(super) const MOST_WHOLE: usize = 2_000;

/// The whole page of a suite.
pub fn html(suite: &SuiteView) -> Result<Vec<u8>, ReportError> {
    let title = escape::html(&suite.title);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>{title}: load test report</title>\n<style>\n{}\n</style>\n</head>\n<body>\n\
         <noscript><p>This page draws its numbers by its own script, which this browser does not run. The same \
         numbers stand beside it in <code>output.md</code>, <code>results.csv</code> and <code>results.json</code>.\
         </p></noscript>\n<div id=\"page\"></div>\n<script type=\"application/json\" id=\"data\">",
        STYLES.join("\n"),
    )
    .into_bytes();
    page.extend(within_script(serde_json::to_vec(&document::of(suite))?));
    page.extend(b"</script>\n");
    page.extend(format!("<!-- uPlot: {} -->\n", LICENCE.replace("--", "- -")).bytes());
    for script in SCRIPTS {
        page.extend(format!("<script>\n{}\n</script>\n", script.trim_end()).bytes());
    }
    page.extend(b"</body>\n</html>\n");
    Ok(page)
}

/// JSON that no browser takes for the end of its script, or for a comment in it.
fn within_script(json: Vec<u8>) -> Vec<u8> {
    if memchr::memchr(b'<', &json).is_none() {
        return json;
    }
    let mut escaped = Vec::with_capacity(json.len() + 64);
    for part in json.split_inclusive(|byte| *byte == b'<') {
        match part.split_last() {
            Some((b'<', before)) => {
                escaped.extend_from_slice(before);
                escaped.extend_from_slice(b"\\u003c");
            }
            _ => escaped.extend_from_slice(part),
        }
    }
    escaped
}
