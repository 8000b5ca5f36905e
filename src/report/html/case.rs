//! One case on the page.

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Number, Value};

use super::configured::{Configured, Lines};
use super::curve;
use super::trial::{self, Depth, Shared};
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

/// What is computed of a case, apart from all others.
#[derive(Debug)]
pub(super) struct Computed<'a> {
    figures: Vec<Cell>,
    /// What it came to, for knees.
    pub(super) load: Option<Load>,
    curve: Vec<Number>,
    /// None where there are too many for all of each.
    configured: Option<Configured<'a>>,
}

impl<'a> Computed<'a> {
    /// Of this case, for these figures.
    pub(super) fn of(case: &'a CaseView, figures: &[Figure], depth: Depth) -> Self {
        let cells = figures::of(case, figures);
        Self {
            load: load(case, &cells, figures),
            figures: cells,
            curve: curve::of(case),
            configured: (!depth.is_brief).then(|| Configured::of(case)),
        }
    }
}

/// The case with its figures and trials.
pub(super) fn entry<'a>(case: &'a CaseView, computed: Computed<'a>, shared: &mut Shared) -> Entry<'a> {
    if let Some(configured) = &computed.configured {
        shared.configured = configured.lines(&mut shared.texts, &shared.configured);
    }
    let Lines { script, configuration } = shared.configured.clone();
    let results = case.trials.iter().filter_map(|trial| trial.result.as_ref());
    Entry {
        id: &case.id,
        test: &case.test,
        stem: &case.stem,
        ending: &case.script_ending,
        parameters: &case.parameters,
        payload: case.payload.as_ref(),
        standing: Standing::of(case).word(),
        suspect: is_doubted(case),
        current_trials: case.trials.iter().filter(|trial| trial.state == TrialState::Current).count(),
        latency: results.clone().find_map(|result| overview::latency(figures::judged(result))),
        figures: computed.figures,
        curve: computed.curve,
        script,
        configuration,
        trials: case.trials.iter().map(|trial| trial::entry(trial, shared)).collect(),
    }
}
