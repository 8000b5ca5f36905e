//! What a build tells of itself: its first event, what is missed, and the account that `build.json` keeps.

use std::collections::{BTreeSet, HashMap};

use super::loaded::Loaded;
use crate::base::clock::Instant;
use crate::execute::{Done, Event, Settings};
use crate::plan::{Plan, RunState};
use crate::report::view::{Action, BuildView, BuiltTrial, CaseView, ResultView, SuiteView, TrialState};
use crate::result::{Outcome, Verdict};

/// The plan is made: what there is, what is cached, what will run.
pub(super) fn started_event(build: &str, suite: &Loaded, plan: &Plan) -> Event {
    let (cases, cached, to_run) = plan.counts();
    let ages: Vec<f64> = plan.reused().map(|fresh| fresh.ended.age().as_secs_f64()).collect();
    Event::SuitePlanned {
        build: build.to_owned(),
        suite: suite.suite.name.clone(),
        cases,
        cached,
        to_run,
        estimate_seconds: plan.estimate().as_secs_f64(),
        estimate_complete: plan.to_run().all(|run| run.estimate.is_some()),
        oldest_seconds: ages.iter().copied().reduce(f64::max),
        newest_seconds: ages.iter().copied().reduce(f64::min),
    }
}

/// Every threshold that is crossed and every expectation that is missed in a reused or new result of
/// a selected case.
pub(super) fn gates(plan: &Plan, view: &SuiteView) -> Vec<Event> {
    let selected: BTreeSet<(usize, u32)> =
        plan.runs.iter().filter(|run| run.selected).map(|run| (run.case, run.trial)).collect();
    let mut gates = Vec::new();
    for case in &view.cases {
        for trial in case.trials.iter().filter(|trial| trial.state == TrialState::Current) {
            if !selected.contains(&(case.index, trial.number)) {
                continue;
            }
            let Some(result) = &trial.result else { continue };
            let crossed = result.measured.crossed().map(|crossed| format!("threshold {crossed}"));
            let missed = result.outcomes.iter().filter(|outcome| !outcome.held);
            for what in crossed.chain(missed.map(|outcome| format!("expected {outcome}"))) {
                gates.push(Event::GateFailed { case: case.id.clone(), trial: trial.number, what });
            }
        }
    }
    gates
}

/// The results of selected cases.
fn results<'a>(plan: &Plan, view: &'a SuiteView) -> Vec<(&'a str, &'a ResultView)> {
    let selected: BTreeSet<(usize, u32)> =
        plan.runs.iter().filter(|run| run.selected).map(|run| (run.case, run.trial)).collect();
    let of_case = |case: &'a CaseView| {
        let current = case.trials.iter().filter(|trial| trial.state == TrialState::Current);
        let selected = &selected;
        let asked = current.filter(move |trial| selected.contains(&(case.index, trial.number)));
        asked.filter_map(|trial| Some((case.id.as_str(), trial.result.as_ref()?))).collect::<Vec<_>>()
    };
    view.cases.iter().flat_map(of_case).collect()
}

/// Why results of selected cases are doubted by what only was known when they were read: requests of somebody else,
/// expectations that ask more than the samples can tell.
/// With each, whether the line of its run told it already.
pub(super) fn doubted_later(plan: &Plan, view: &SuiteView, done: &Done) -> Vec<(String, bool)> {
    let doubts = |(case, result): (&str, &ResultView)| {
        let asked_too_much = result.outcomes.iter().filter_map(Outcome::doubt);
        let doubts = result.measured.doubts.iter().cloned().chain(asked_too_much);
        let told = |doubt: String| {
            let text = format!("{case}: doubted: {doubt}");
            (text, done.told_doubts.contains(&(case.to_owned(), doubt)))
        };
        doubts.map(told).collect::<Vec<_>>()
    };
    results(plan, view).into_iter().flat_map(doubts).collect()
}

/// Whether a result of a selected case is suspect, by whatever is known of it.
pub(super) fn has_suspects(plan: &Plan, view: &SuiteView) -> bool {
    results(plan, view).iter().any(|(_, result)| result.attempt.verdict == Verdict::Suspect)
}

/// What became of every trial.
pub(super) fn build_view(
    suite: &Loaded,
    settings: &Settings,
    started: Instant,
    ended: Instant,
    plan: &Plan,
    done: &Done,
    code: u8,
) -> BuildView {
    // The last execution of a trial counts.
    let ran: HashMap<(usize, u32), (&String, Verdict)> =
        done.ran.iter().map(|(case, trial, reason, verdict)| ((*case, *trial), (reason, *verdict))).collect();
    let trials = plan.runs.iter().map(|run| {
        let action = match (ran.get(&(run.case, run.trial)), &run.state) {
            (Some((reason, verdict)), _) => {
                Action::Ran { reason: (*reason).clone(), verdict: verdict.word().to_owned() }
            }
            (None, RunState::Fresh(fresh)) => Action::Cached(fresh.ended.age()),
            (None, RunState::Stale { .. }) => Action::Skipped(run.state.reason_text()),
        };
        BuiltTrial { case: suite.cases[run.case].id.clone(), trial: run.trial, action }
    });
    BuildView {
        id: settings.build.clone(),
        started: started.to_string(),
        ended: ended.to_string(),
        exit: code,
        seed: done.seed,
        trials: trials.collect(),
    }
}
