//! What the page knows, as JSON: the shape that the scripts in `assets` read, and nobody else.

use std::sync::{Mutex, PoisonError};

use indexmap::IndexSet;
use serde::Serialize;

use super::along::{self, Test};
use super::case::Entry;
use super::metrics::Layout;
use super::trial::{Depth, Shared};
use super::{MOST_WHOLE, curve};
use crate::report::error::ReportError;
use crate::report::glance::figures::{self, Figure};
use crate::report::view::{CaseView, SuiteView};
use crate::result::Load;

/// So many characters do the logs of a page share.
const LOG_CHARACTERS: usize = 150_000;

/// All but the cases, which are large and stand last.
#[derive(Debug, Serialize)]
struct Document<'a> {
    suite: Suite<'a>,
    figures: &'a [Figure],
    percents: &'static [f64],
    /// Whether cases have their figures only.
    is_brief: bool,
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

/// The JSON of a whole suite, in parts.
pub(super) fn json(suite: &SuiteView) -> Result<Vec<Vec<u8>>, ReportError> {
    let SuiteView { name, path, title, description, .. } = suite;
    let trials: usize = suite.cases.iter().map(|case| case.trials.len()).sum();
    let is_brief = trials > MOST_WHOLE;
    let log_characters = if is_brief { 0 } else { (LOG_CHARACTERS / trials.max(1)).clamp(300, 4_000) };
    let depth = Depth { log_characters, is_brief };
    let figures = figures::all(suite.cases.iter());
    let queue = Queue::of(suite, depth);
    let written = rayon::broadcast(|_| write_cases(&queue, &figures));
    let written = written.into_iter().collect::<Result<Vec<Vec<Part>>, ReportError>>()?;
    let mut written: Vec<Part> = written.into_iter().flatten().collect();
    written.sort_unstable_by_key(|part| part.place);
    let loads: Vec<Option<Load>> = written.iter().flat_map(|part| part.loads.iter().copied()).collect();
    let shared = queue.into_shared();
    let document = Document {
        suite: Suite { name, path, title, description, howitzer: env!("CARGO_PKG_VERSION") },
        figures: &figures,
        percents: &curve::PERCENTS,
        is_brief,
        tests: along::of(suite, &loads, is_brief),
        layouts: shared.layouts.into_list(),
        texts: shared.texts.into_texts(),
    };
    let mut head = serde_json::to_vec(&document)?;
    head.pop();
    head.extend_from_slice(b",\"cases\":[");
    let parts = written.into_iter().map(|part| part.json);
    Ok([head].into_iter().chain(parts).chain([b"]}".to_vec()]).collect())
}

/// So many cases are looked at and written by one thread at a time: what was looked at is then still in its cache.
const PART: usize = 16;

/// The cases that are not written yet. Places in what cases share are given in the order of the suite: they are taken
/// off under the same lock.
struct Queue<'a>(Mutex<Left<'a>>);

struct Left<'a> {
    /// Those of the next parts.
    parts: std::iter::Enumerate<std::slice::Chunks<'a, CaseView>>,
    shared: Shared,
}

impl<'a> Queue<'a> {
    fn of(suite: &'a SuiteView, depth: Depth) -> Self {
        let shared = Shared { builds: builds(suite), depth, ..Shared::default() };
        Self(Mutex::new(Left { parts: suite.cases.chunks(PART).enumerate(), shared }))
    }

    /// The next part, with all that its cases share with others.
    fn next(&self) -> Option<(usize, &'a [CaseView], Vec<Entry<'a>>)> {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (place, cases) = left.parts.next()?;
        let entries = cases.iter().map(|case| Entry::of(case, &mut left.shared)).collect();
        Some((place, cases, entries))
    }

    fn into_shared(self) -> Shared {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner).shared
    }
}

/// Some cases as they stand in the list of all.
#[derive(Debug)]
struct Part {
    place: usize,
    json: Vec<u8>,
    /// What each came to.
    loads: Vec<Option<Load>>,
}

/// Writes parts until none is left.
fn write_cases(queue: &Queue<'_>, figures: &[Figure]) -> Result<Vec<Part>, ReportError> {
    let mut parts = Vec::new();
    while let Some((place, cases, mut entries)) = queue.next() {
        let pairs = entries.iter_mut().zip(cases);
        let loads = pairs.map(|(entry, case)| entry.compute(case, figures)).collect();
        let mut json = serde_json::to_vec(&entries)?;
        // Without the brackets of a list.
        json.pop();
        json[0] = if place == 0 { b' ' } else { b',' };
        parts.push(Part { place, json, loads });
    }
    Ok(parts)
}

/// The builds that ran what is shown, newest first.
fn builds(suite: &SuiteView) -> Vec<String> {
    let trials = suite.cases.iter().flat_map(|case| &case.trials);
    let mut attempts: Vec<_> =
        trials.filter_map(|trial| trial.result.as_ref()).map(|result| &result.attempt).collect();
    attempts.sort_by_key(|attempt| std::cmp::Reverse(attempt.ended.milliseconds()));
    attempts.into_iter().map(|attempt| attempt.build.clone()).collect::<IndexSet<_>>().into_iter().collect()
}
