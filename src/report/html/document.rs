//! What the page knows, as JSON: the shape that the scripts in `assets` read, and nobody else.

use indexmap::IndexSet;
use rayon::prelude::*;
use serde::Serialize;

use super::along::{self, Test};
use super::case::Computed;
use super::metrics::Layout;
use super::trial::{Depth, Shared};
use super::{MOST_WHOLE, case, curve};
use crate::report::error::ReportError;
use crate::report::glance::figures::{self, Figure};
use crate::report::view::SuiteView;
use crate::result::Load;

/// So many characters do the logs of a page share.
const LOG_CHARACTERS: usize = 150_000;

#[derive(Debug, Serialize)]
pub(super) struct Document<'a> {
    suite: Suite<'a>,
    figures: Vec<Figure>,
    percents: &'static [f64],
    /// Whether cases have their figures only.
    is_brief: bool,
    #[serde(skip)]
    cases: Vec<case::Entry<'a>>,
    tests: Vec<Test<'a>>,
    layouts: Vec<Layout>,
    texts: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Suite<'a> {
    name: &'a str,
    path: &'a str,
    title: &'a str,
    description: &'a str,
    howitzer: &'static str,
}

/// The whole suite.
pub(super) fn of(suite: &SuiteView) -> Document<'_> {
    let SuiteView { name, path, title, description, .. } = suite;
    let trials: usize = suite.cases.iter().map(|case| case.trials.len()).sum();
    let is_brief = trials > MOST_WHOLE;
    let log_characters = if is_brief { 0 } else { (LOG_CHARACTERS / trials.max(1)).clamp(300, 4_000) };
    let depth = Depth { log_characters, is_brief };
    let mut shared = Shared { builds: builds(suite), depth, ..Shared::default() };
    let figures = figures::all(suite.cases.iter());
    let computed: Vec<Computed<'_>> =
        suite.cases.par_iter().map(|case| Computed::of(case, &figures, depth)).collect();
    let loads: Vec<Option<Load>> = computed.iter().map(|computed| computed.load).collect();
    let cases = suite.cases.iter().zip(computed);
    let (tests, cases) = rayon::join(
        || along::of(suite, &loads, is_brief),
        || cases.map(|(case, computed)| case::entry(case, computed, &mut shared)).collect(),
    );
    Document {
        suite: Suite { name, path, title, description, howitzer: env!("CARGO_PKG_VERSION") },
        figures,
        percents: &curve::PERCENTS,
        is_brief,
        cases,
        tests,
        layouts: shared.layouts.into_list(),
        texts: shared.texts.into_texts(),
    }
}

/// So many cases are written by one thread at a time.
const PART: usize = 32;

impl Document<'_> {
    /// Its JSON in parts. What is large, the cases, is written in parallel and stands last.
    pub(super) fn json(mut self) -> Result<Vec<Vec<u8>>, ReportError> {
        let write = |cases: Vec<case::Entry<'_>>| {
            let mut part = serde_json::to_vec(&cases)?;
            // Without the brackets of a list.
            part.pop();
            part[0] = b',';
            Ok(part)
        };
        let cases = std::mem::take(&mut self.cases).into_par_iter().chunks(PART);
        let mut parts = cases.map(write).collect::<Result<Vec<_>, ReportError>>()?;
        if let Some(first) = parts.first_mut() {
            first[0] = b' ';
        }
        let mut head = serde_json::to_vec(&self)?;
        head.pop();
        head.extend_from_slice(b",\"cases\":[");
        parts.insert(0, head);
        parts.push(b"]}".to_vec());
        Ok(parts)
    }
}

/// The builds that ran what is shown, newest first.
fn builds(suite: &SuiteView) -> Vec<String> {
    let trials = suite.cases.iter().flat_map(|case| &case.trials);
    let mut attempts: Vec<_> =
        trials.filter_map(|trial| trial.result.as_ref()).map(|result| &result.attempt).collect();
    attempts.sort_by_key(|attempt| std::cmp::Reverse(attempt.ended.milliseconds()));
    attempts.into_iter().map(|attempt| attempt.build.clone()).collect::<IndexSet<_>>().into_iter().collect()
}
