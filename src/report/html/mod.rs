//! `report.html`: the suite as one page that needs nothing but a browser. Rust writes what is known as JSON; what
//! stands in `assets` draws it.

mod along;
mod case;
mod configured;
mod curve;
mod document;
mod metrics;
mod series;
#[cfg(test)]
mod tests;
mod trial;

use super::error::ReportError;
use super::shell::{self, Page};
use super::view::SuiteView;

/// What draws the page, in the order in which it is needed.
const SCRIPTS: [&str; 14] = [
    include_str!("vendor/uplot/uPlot.iife.min.js"),
    shell::FORMAT,
    shell::ELEMENT,
    shell::THEME,
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

const STYLES: [&str; 3] =
    [include_str!("vendor/uplot/uPlot.min.css"), shell::BASE_STYLE, include_str!("assets/page.css")];

/// The licence of what is not ours.
const LICENCE: &str = include_str!("vendor/uplot/LICENSE");

/// A page of more results than this has the figures of each case only: with all of each it would not open any more.
pub(super) const MOST_WHOLE: usize = 2_000;

/// The whole page of a suite.
pub fn html(suite: &SuiteView) -> Result<Vec<u8>, ReportError> {
    Ok(page(&[suite], &document::json(suite)?))
}

/// Several suites on one page: one is shown at a time, with all of them side by side before it.
pub(super) fn of_several(suites: &[&SuiteView]) -> Result<Vec<u8>, ReportError> {
    if let [suite] = suites {
        return html(suite);
    }
    let mut data = vec![b"{\"suites\":[".to_vec()];
    for (place, suite) in suites.iter().enumerate() {
        data.extend((place > 0).then(|| b",".to_vec()));
        data.extend(document::json(suite)?);
    }
    data.push(b"]}".to_vec());
    Ok(page(suites, &data))
}

fn page(suites: &[&SuiteView], data: &[Vec<u8>]) -> Vec<u8> {
    let titles: Vec<&str> = suites.iter().map(|suite| suite.title.as_str()).collect();
    let page = Page {
        title: &format!("{}: load test report", titles.join(", ")),
        without_script: "This page draws its numbers by its own script, which this browser does not run. The same \
                         numbers stand in <code>output.md</code>, <code>results.csv</code> and \
                         <code>results.json</code> of each suite.",
        styles: &STYLES,
        scripts: &SCRIPTS,
        notice: &format!("uPlot: {LICENCE}"),
    };
    page.bytes(data)
}
