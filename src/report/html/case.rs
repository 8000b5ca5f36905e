//! One case on the page.

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Number, Value};

use super::configured::{Configured, Lines};
use super::curve;
use super::trial::{self, Shared};
use crate::report::glance::figures::{self, Cell, Figure};
use crate::report::glance::{Standing, is_doubted, load};
use crate::report::overview;
use crate::report::view::{CaseView, PayloadView, TrialState};
use crate::result::Load;

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

impl<'a> Entry<'a> {
    /// The case with its trials; what it came to is added by [`Self::compute`], which needs nothing that cases share.
    pub(super) fn of(case: &'a CaseView, shared: &mut Shared) -> Self {
        if !shared.depth.is_brief {
            shared.configured = Configured::of(case).lines(&mut shared.texts, &shared.configured);
        }
        let Lines { script, configuration } = shared.configured.clone();
        let mut results = case.trials.iter().filter_map(|trial| trial.result.as_ref());
        Self {
            id: &case.id,
            test: &case.test,
            stem: &case.stem,
            ending: &case.script_ending,
            parameters: &case.parameters,
            payload: case.payload.as_ref(),
            standing: Standing::of(case).word(),
            suspect: is_doubted(case),
            current_trials: case.trials.iter().filter(|trial| trial.state == TrialState::Current).count(),
            latency: results.find_map(|result| overview::latency(figures::judged(result))),
            figures: Vec::new(),
            curve: Vec::new(),
            script,
            configuration,
            trials: case.trials.iter().map(|trial| trial::entry(trial, shared)).collect(),
        }
    }

    /// Adds figures and curve of the same case; returns its load, for knees.
    pub(super) fn compute(&mut self, case: &CaseView, figures: &[Figure]) -> Option<Load> {
        self.figures = figures::of(case, figures);
        self.curve = curve::of(case);
        load(case, &self.figures, figures)
    }
}
