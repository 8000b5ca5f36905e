//! One case on the page.

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Number, Value};

use super::trial::{self, Shared};
use super::{configured, curve};
use crate::report::glance::Standing;
use crate::report::glance::figures::{self, Cell, Figure};
use crate::report::overview;
use crate::report::view::{CaseView, PayloadView, TrialState};
use crate::result::Verdict;

#[derive(Debug, Serialize)]
pub(super) struct Entry<'a> {
    id: &'a str,
    test: &'a str,
    /// What its files are called, without an ending.
    stem: &'a str,
    ending: &'a str,
    parameters: &'a IndexMap<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a PayloadView>,
    standing: &'static str,
    /// Whether any trial of it is in doubt.
    suspect: bool,
    /// How many trials its figures are of.
    current_trials: usize,
    /// The metric by which its latency is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    latency: Option<&'static str>,
    figures: Vec<Cell>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    curve: Vec<Number>,
    /// Lines by their place in the list of texts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    script: Vec<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    configuration: Vec<usize>,
    trials: Vec<trial::Entry<'a>>,
}

/// What is computed of a case, apart from all others.
#[derive(Debug)]
pub(super) struct Computed {
    pub(super) figures: Vec<Cell>,
    curve: Vec<Number>,
}

impl Computed {
    /// Of this case, for these figures.
    pub(super) fn of(case: &CaseView, figures: &[Figure]) -> Self {
        Self { figures: figures::of(case, figures), curve: curve::of(case) }
    }
}

/// The case with its figures and trials.
pub(super) fn entry<'a>(case: &'a CaseView, computed: Computed, shared: &mut Shared) -> Entry<'a> {
    let (script, configuration) =
        if shared.is_brief { Default::default() } else { configured::of(case, &mut shared.texts) };
    let results = case.trials.iter().filter_map(|trial| trial.result.as_ref());
    let is_doubted = |trial: &crate::report::view::TrialView| {
        let attempt = trial.result.as_ref().map(|result| &result.attempt);
        attempt.is_some_and(|attempt| attempt.verdict == Verdict::Suspect || !attempt.doubts.is_empty())
    };
    Entry {
        id: &case.id,
        test: &case.test,
        stem: &case.stem,
        ending: &case.script_ending,
        parameters: &case.parameters,
        payload: case.payload.as_ref(),
        standing: Standing::of(case).word(),
        suspect: case.trials.iter().any(is_doubted),
        current_trials: case.trials.iter().filter(|trial| trial.state == TrialState::Current).count(),
        latency: results.clone().find_map(|result| overview::latency(figures::judged(result))),
        figures: computed.figures,
        curve: computed.curve,
        script,
        configuration,
        trials: case.trials.iter().map(|trial| trial::entry(trial, shared)).collect(),
    }
}
