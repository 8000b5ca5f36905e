//! What a case wants of its runs beyond what k6 says: a window, metrics of its own, what servers say.

use std::collections::BTreeMap;

use crate::manifest::Scrape;
use crate::plan::Compiled;
use crate::spec::{Definition, Window};

/// What is computed of a run beyond what k6 says.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    pub(super) window: Window,
    pub(super) definitions: &'a [Definition],
    /// The metrics and statistics that are expected of a window: it may lack such a percentile.
    pub(super) expected: Vec<(&'a str, &'a str)>,
    /// The pages that were looked at.
    pub(super) pages: Vec<&'a Scrape>,
    /// The Prometheus servers that are asked.
    pub(super) queries: Vec<&'a Scrape>,
}

impl<'a> Wanted<'a> {
    /// What a case's test and suite want.
    pub fn of(compiled: &Compiled<'a>, case: usize) -> Self {
        let test = compiled.test(case);
        let expected = test.expectations.iter().filter(|_| !test.window.is_whole());
        let expected = expected.filter(|expected| !is_listed(&expected.statistic));
        Self {
            window: test.window,
            expected: expected.map(|asked| (asked.metric.as_str(), asked.statistic.as_str())).collect(),
            definitions: &compiled.suite.definitions,
            pages: compiled.scrapes(case).filter(|scrape| scrape.is_page()).collect(),
            queries: compiled.scrapes(case).filter(|scrape| !scrape.is_page()).collect(),
        }
    }

    /// Whether requests are compared with what a server counted.
    pub(super) fn compares(&self) -> bool {
        self.pages.iter().chain(&self.queries).any(|scrape| scrape.requests.is_some())
    }

    /// All of it in one text; empty where it is nothing.
    pub(super) fn text(&self) -> String {
        if self.is_nothing() {
            return String::new();
        }
        let scrapes = self.pages.iter().chain(&self.queries);
        let scrapes: BTreeMap<&str, _> =
            scrapes.map(|scrape| (scrape.name.as_str(), scrape.definition())).collect();
        let mut text =
            serde_json::json!({ "window": self.window, "metrics": self.definitions, "scrapes": scrapes });
        if !self.expected.is_empty() {
            text["expected"] = serde_json::json!(self.expected);
        }
        text.to_string()
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.window.is_whole()
            && self.definitions.is_empty()
            && self.pages.is_empty()
            && self.queries.is_empty()
    }
}

/// Whether windows have a statistic anyway.
fn is_listed(statistic: &str) -> bool {
    !statistic.starts_with('p') || ["p50", "p90", "p95", "p99", "p99.9", "passes"].contains(&statistic)
}
