//! The aggregate node of a suite: what its outputs are made from, as a preimage.

use std::collections::BTreeMap;

use crate::base::digest::{Digest, Digester};
use crate::base::preimage::Preimage;
use crate::key::{AggregateInputs, aggregate_preimage};

use super::view::{CaseView, SuiteView, TrialState};

/// The preimage of the outputs of `suite`.
pub fn preimage(suite: &SuiteView) -> Preimage {
    aggregate_preimage(&AggregateInputs {
        title: &suite.title,
        descriptions: digest([suite.description.as_str()].into_iter().chain(described(suite))),
        expectations: digest(expectations(suite).iter().map(String::as_str)),
        results: digest(suite.cases.iter().flat_map(results).collect::<Vec<_>>().iter().map(String::as_str)),
    })
}

/// Once a test, so that another case of it is no other description.
fn described(suite: &SuiteView) -> impl Iterator<Item = &str> {
    let described = suite.cases.iter();
    let described = described
        .filter_map(|case| Some((case.test.as_str(), case.configuration.get("description")?.as_str()?)));
    described.collect::<BTreeMap<_, _>>().into_iter().flat_map(|(test, description)| [test, description])
}

fn expectations(suite: &SuiteView) -> Vec<String> {
    let results = suite.cases.iter().flat_map(|case| &case.trials).filter_map(|trial| trial.result.as_ref());
    results.flat_map(|result| &result.outcomes).map(|outcome| format!("{:?}", outcome.expectation)).collect()
}

/// One line a trial, after one for the case itself.
fn results(case: &CaseView) -> Vec<String> {
    let without_words =
        case.configuration.iter().filter(|(name, _)| *name != "description").collect::<Vec<_>>();
    let mut lines = vec![format!("{} {:?} {without_words:?}", case.id, case.parameters)];
    for trial in &case.trials {
        let state = match &trial.state {
            TrialState::Current => "current".to_owned(),
            TrialState::Stale(why) => format!("stale {why}"),
            TrialState::Failed(why) => format!("failed {why}"),
            TrialState::Missing => "missing".to_owned(),
        };
        let result = trial.result.as_ref().map(|result| {
            format!("{} {:?} {}", result.attempt.started, result.attempt.outputs, result.attempts)
        });
        lines.push(format!("{} {} {state} {result:?}", trial.number, trial.key));
    }
    lines
}

fn digest<'a>(texts: impl Iterator<Item = &'a str>) -> Digest {
    let mut digester = Digester::default();
    for text in texts {
        digester.update(&(text.len() as u64).to_le_bytes());
        digester.update(text.as_bytes());
    }
    digester.finish()
}
