//! What became of a case as a whole, for those who want one answer a case: CI.

use std::collections::HashMap;

use super::view::{Action, BuildView, CaseView, ResultView, SuiteView, TrialState, TrialView};
use super::words;
use crate::base::duration::human;
use crate::result::Verdict;

/// A suite to be told of, and what a build did with it, where one is told of.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The suite.
    pub suite: &'a SuiteView,
    /// The build's account; none where results are read as they stand.
    pub build: Option<&'a BuildView>,
    /// Whether a suspect result counts as a failed one.
    pub is_strict: bool,
}

/// The one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// Measured, and nothing is missed.
    Passed,
    /// Measured, and perhaps wrong.
    Suspect,
    /// A trial has no result that counts, and none has failed.
    NotRun,
    /// Measured; a threshold is crossed or an expectation missed.
    Missed,
    /// It did not become a measurement.
    Failed,
}

impl Standing {
    /// Its word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Suspect => "suspect",
            Self::NotRun => "not run",
            Self::Missed => "missed",
            Self::Failed => "failed",
        }
    }
}

/// A case with its answer.
#[derive(Debug)]
pub(super) struct Judged<'a> {
    pub(super) case: &'a CaseView,
    /// The weightiest of its trials.
    pub(super) standing: Standing,
    pub(super) trials: Vec<JudgedTrial<'a>>,
}

/// A trial with its answer.
#[derive(Debug)]
pub(super) struct JudgedTrial<'a> {
    pub(super) trial: &'a TrialView,
    pub(super) standing: Standing,
    /// What is missed, doubted, or went wrong, or why it was not run: one line each.
    pub(super) why: Vec<String>,
    /// `ran (never built)`, `cached, 2h old`, `not run`; empty where no build is told of.
    pub(super) action: String,
}

impl Judged<'_> {
    /// All that speaks for its standing, with the trial where there are several.
    pub(super) fn why(&self) -> Vec<String> {
        let telling = self.trials.iter().filter(|judged| judged.standing == self.standing);
        let line = |judged: &JudgedTrial<'_>, why: &String| match self.trials.len() {
            1 => why.clone(),
            _ => format!("trial {}: {why}", judged.trial.number),
        };
        telling.flat_map(|judged| judged.why.iter().map(move |why| line(judged, why))).collect()
    }

    /// The wall time of its results, in seconds.
    pub(super) fn seconds(&self) -> f64 {
        let results = self.trials.iter().filter_map(|judged| judged.trial.result.as_ref());
        results.map(|result| result.attempt.wall_seconds.max(0.0)).sum()
    }
}

/// Every case of a suite with its answer, in execution order.
pub(super) fn of<'a>(told: Told<'a>) -> Vec<Judged<'a>> {
    let built = told.build.into_iter().flat_map(|build| &build.trials);
    let actions: HashMap<(&str, u32), &Action> =
        built.map(|built| ((built.case.as_str(), built.trial), &built.action)).collect();
    let judged = |case: &'a CaseView| {
        let trials = |trial: &'a TrialView| {
            self::trial(told, trial, actions.get(&(case.id.as_str(), trial.number)).copied())
        };
        let trials: Vec<JudgedTrial<'_>> = case.trials.iter().map(trials).collect();
        let standing = trials.iter().map(|trial| trial.standing).max().unwrap_or(Standing::NotRun);
        Judged { case, standing, trials }
    };
    told.suite.cases.iter().map(judged).collect()
}

fn trial<'a>(told: Told<'a>, trial: &'a TrialView, action: Option<&Action>) -> JudgedTrial<'a> {
    let (standing, why) = match (&trial.state, &trial.result) {
        (TrialState::Current, Some(result)) => match vain(told, result, action) {
            Some(why) => (Standing::Failed, vec![why]),
            None => measured(result, told.is_strict),
        },
        (TrialState::Failed(reason), result) => (Standing::Failed, vec![failure(reason, result.as_ref())]),
        (TrialState::Stale(reason), _) => (Standing::NotRun, vec![reason.clone()]),
        (TrialState::Missing | TrialState::Current, _) => {
            let reason = match action {
                Some(Action::Skipped(reason)) => reason.clone(),
                _ => "no result".to_owned(),
            };
            (Standing::NotRun, vec![reason])
        }
    };
    let action = match action {
        Some(Action::Ran { reason, .. }) => format!("ran ({reason})"),
        Some(Action::Cached(age)) => format!("cached, {} old", human(*age)),
        Some(Action::Skipped(_)) => "not run".to_owned(),
        None => String::new(),
    };
    JudgedTrial { trial, standing, why, action }
}

/// A run of this build that left nothing usable, so that an older result stands.
fn vain(told: Told<'_>, result: &ResultView, action: Option<&Action>) -> Option<String> {
    let Some(Action::Ran { verdict, .. }) = action else { return None };
    let is_older = told.build.is_some_and(|build| result.attempt.build != build.id);
    is_older.then(|| format!("the run of this build: {verdict}; an older result stands"))
}

fn measured(result: &ResultView, is_strict: bool) -> (Standing, Vec<String>) {
    let crossed = result.measured.crossed();
    let crossed = crossed.map(|crossed| format!("threshold crossed: {crossed}"));
    let missed = result.outcomes.iter().filter(|outcome| !outcome.held);
    let missed: Vec<String> = crossed.chain(missed.map(|outcome| format!("expected {outcome}"))).collect();
    let attempt = &result.attempt;
    match attempt.verdict {
        Verdict::Suspect if missed.is_empty() => {
            let why =
                if attempt.doubts.is_empty() { vec![attempt.detail.clone()] } else { attempt.doubts.clone() };
            (if is_strict { Standing::Failed } else { Standing::Suspect }, why)
        }
        Verdict::Threshold | Verdict::Aborted if missed.is_empty() => {
            (Standing::Missed, vec![ended(attempt.verdict, &attempt.detail)])
        }
        _ if missed.is_empty() => (Standing::Passed, Vec::new()),
        _ => (Standing::Missed, missed),
    }
}

fn failure(reason: &str, result: Option<&ResultView>) -> String {
    match result {
        Some(result) => ended(result.attempt.verdict, &result.attempt.detail),
        None => reason.to_owned(),
    }
}

fn ended(verdict: Verdict, detail: &str) -> String {
    if detail.is_empty() { verdict.word().to_owned() } else { format!("{}: {detail}", verdict.word()) }
}

/// One line of what a trial is: how it came about, its verdict, when it was measured.
pub(super) fn line(judged: &JudgedTrial<'_>) -> String {
    let state = words::state_with_reason(&judged.trial.state);
    let mut parts = vec![if judged.action.is_empty() { state } else { judged.action.clone() }];
    if let Some(result) = &judged.trial.result {
        parts.push(ended(result.attempt.verdict, &result.attempt.detail));
        parts.push(format!("measured {}", result.attempt.ended));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn standings(told: Told<'_>) -> Vec<(Standing, Vec<String>)> {
        of(told).iter().map(|judged| (judged.standing, judged.why())).collect()
    }

    #[test]
    fn the_weightiest_trial_speaks_for_its_case() {
        let suite = sample::suite();
        let told = Told { suite: &suite, build: None, is_strict: false };
        let crossed = "trial 1: threshold crossed: http_req_duration max<5: 9 ms";
        let missed = "trial 1: expected http_req_duration.p95 below 2 ms: 2.5 ms";
        let expected = [
            (Standing::Missed, vec![crossed.to_owned(), missed.to_owned()]),
            (Standing::Failed, vec!["failed: script threw".to_owned()]),
            (Standing::NotRun, vec!["no result".to_owned()]),
        ];
        assert_eq!(standings(told), expected);
    }

    #[test]
    fn a_doubt_fails_only_a_strict_build() {
        let mut suite = sample::suite();
        let mut result = sample::result(Verdict::Suspect);
        result.attempt.doubts = vec!["the generator starved".into()];
        result.outcomes.clear();
        result.measured.metrics.clear();
        suite.cases.truncate(1);
        suite.cases[0].trials.truncate(1);
        suite.cases[0].trials[0].result = Some(result);
        let why = vec!["the generator starved".to_owned()];
        for (is_strict, standing) in [(false, Standing::Suspect), (true, Standing::Failed)] {
            let told = Told { suite: &suite, build: None, is_strict };
            assert_eq!(standings(told), [(standing, why.clone())]);
        }
    }

    #[test]
    fn a_run_that_left_nothing_usable_fails_although_an_older_result_stands() {
        let (mut suite, mut build) = (sample::suite(), sample::build());
        suite.cases.truncate(1);
        suite.cases[0].trials.truncate(1);
        build.trials.truncate(1);
        build.id = "build-8".into();
        build.trials[0].action = Action::Ran { reason: "asked for".into(), verdict: "timed out".into() };
        let told = Told { suite: &suite, build: Some(&build), is_strict: false };
        let why = "the run of this build: timed out; an older result stands".to_owned();
        assert_eq!(standings(told), [(Standing::Failed, vec![why])]);
        assert_eq!(of(told)[0].trials[0].action, "ran (asked for)");
    }
}
