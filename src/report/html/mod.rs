//! `report.html`: the suite as one page that needs nothing but a browser. Rust writes what is known as JSON; what
//! stands in `assets` draws it. The page asks nobody for anything, and its policy forbids it to.

mod along;
mod case;
mod configured;
mod curve;
mod document;
mod interned;
mod metrics;
mod series;
#[cfg(test)]
mod tests;
mod trial;

use super::error::ReportError;
use super::escape;
use super::view::SuiteView;

/// What draws the page, in the order in which it is needed.
const SCRIPTS: [&str; 12] = [
    include_str!("vendor/uplot/uPlot.iife.min.js"),
    include_str!("assets/format.js"),
    include_str!("assets/model.js"),
    include_str!("assets/chart.js"),
    include_str!("assets/readable.js"),
    include_str!("assets/overview.js"),
    include_str!("assets/throughput.js"),
    include_str!("assets/curves.js"),
    include_str!("assets/detail.js"),
    include_str!("assets/table.js"),
    include_str!("assets/suites.js"),
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
    Ok(page(&[suite], &document::of(suite).json()?))
}

/// Several suites on one page: one is shown at a time, with all of them side by side before it.
pub(super) fn of_several(suites: &[&SuiteView]) -> Result<Vec<u8>, ReportError> {
    if let [suite] = suites {
        return html(suite);
    }
    let mut data = vec![b"{\"suites\":[".to_vec()];
    for (place, suite) in suites.iter().enumerate() {
        data.extend((place > 0).then(|| b",".to_vec()));
        data.extend(document::of(suite).json()?);
    }
    data.push(b"]}".to_vec());
    Ok(page(suites, &data))
}

fn page(suites: &[&SuiteView], data: &[Vec<u8>]) -> Vec<u8> {
    let titles: Vec<String> = suites.iter().map(|suite| escape::html(&suite.title)).collect();
    let title = titles.join(", ");
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>{title}: load test report</title>\n<style>\n{}\n</style>\n</head>\n<body>\n\
         <noscript><p>This page draws its numbers by its own script, which this browser does not run. The same \
         numbers stand in <code>output.md</code>, <code>results.csv</code> and <code>results.json</code> of each suite.\
         </p></noscript>\n<div id=\"page\"></div>\n<script type=\"application/json\" id=\"data\">",
        STYLES.join("\n"),
    )
    .into_bytes();
    page.reserve(data.iter().map(Vec::len).sum::<usize>() + 200_000);
    for part in data {
        write_within_script(part, &mut page);
    }
    page.extend(b"</script>\n");
    page.extend(format!("<!-- uPlot: {} -->\n", LICENCE.replace("--", "- -")).bytes());
    for script in SCRIPTS {
        page.extend(format!("<script>\n{}\n</script>\n", script.trim_end()).bytes());
    }
    page.extend(b"</body>\n</html>\n");
    page
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
