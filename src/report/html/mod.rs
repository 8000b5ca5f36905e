//! `report.html`: the suite as one page that needs nothing but a browser. Rust writes what is known as JSON; what
//! stands in `assets` draws it.

mod case;
mod configured;
mod curve;
mod document;
mod figures;
mod metrics;
mod series;
mod standing;
#[cfg(test)]
mod tests;
mod trial;

use super::error::ReportError;
use super::shell::{self, Page};
use super::view::SuiteView;

/// What draws the page, in the order in which it is needed.
const SCRIPTS: [&str; 12] = [
    include_str!("vendor/uplot/uPlot.iife.min.js"),
    shell::FORMAT,
    shell::ELEMENT,
    shell::THEME,
    include_str!("assets/model.js"),
    include_str!("assets/chart.js"),
    include_str!("assets/overview.js"),
    include_str!("assets/throughput.js"),
    include_str!("assets/curves.js"),
    include_str!("assets/detail.js"),
    include_str!("assets/table.js"),
    include_str!("assets/page.js"),
];

const STYLES: [&str; 3] =
    [include_str!("vendor/uplot/uPlot.min.css"), shell::BASE_STYLE, include_str!("assets/page.css")];

/// The licence of what is not ours.
const LICENCE: &str = include_str!("vendor/uplot/LICENSE");

/// A page of more results than this has the figures of each case only: with all of each it would not open any more.
pub(super) const MOST_WHOLE: usize = 2_000;

/// The whole page of a suite.
pub fn html(suite: &SuiteView) -> Result<Vec<u8>, ReportError> {
    let page = Page {
        title: &format!("{}: load test report", suite.title),
        without_script: "This page draws its numbers by its own script, which this browser does not run. The same \
                         numbers stand beside it in <code>output.md</code>, <code>results.csv</code> and \
                         <code>results.json</code>.",
        styles: &STYLES,
        scripts: &SCRIPTS,
        notice: &format!("uPlot: {LICENCE}"),
    };
    Ok(page.bytes(&serde_json::to_vec(&document::of(suite))?))
}
