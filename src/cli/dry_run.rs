//! `howitzer build -n` and `--check`: the plan as events, and whether anything is pending.

use std::collections::HashSet;

use super::account::started_event;
use super::after_build::AfterBuild;
use super::arguments::BuildArguments;
use super::build::answer_all;
use super::context::Context;
use super::exit;
use super::failure::Failure;
use super::loaded::Loaded;
use super::planned::planned;
use crate::base::mistake::Mistakes;
use crate::execute::{Event, Sink, has_leftovers};
use crate::key::{Reason, grouped};
use crate::plan::{Plan, PlannedRun, RunState};
use crate::suite::SuiteFile;

/// What stands for a build's id where nothing is built.
const NO_BUILD: &str = "none";

/// Tells every suite's plan; exit 6 where `--check` finds something to run. The null build's stamp
/// answers here as it does for `build`; only `--verbose` has every case looked at.
pub(super) fn run(
    context: &Context,
    typed: &BuildArguments,
    verbose: bool,
    after: &AfterBuild,
    sink: &mut Sink<'_>,
) -> Result<u8, Failure> {
    let mut plain = |event| {
        if matches!(event, Event::SuitePlanned { .. } | Event::Note { .. }) {
            sink(event);
        }
    };
    if !verbose && answer_all(context, typed, typed.probe, &mut plain)?.is_some() {
        return Ok(exit::DONE);
    }
    let store = context.store()?;
    if has_leftovers(&store) {
        let text = "an earlier build has left set-ups applied; the next one undoes them first".to_owned();
        sink(Event::Note { text });
    }
    let (mut pending, mut coming) = (false, HashSet::new());
    // Both take their time, and neither needs the other.
    let journals =
        || context.suites.iter().map(|file| store.journal(&file.name)).collect::<Result<Vec<_>, _>>();
    let mut unplanned = Vec::new();
    let mut keep = |file: &SuiteFile, mistakes: &Mistakes| unplanned.push((file.clone(), mistakes.clone()));
    let (loaded, journals) = rayon::join(|| context.load_all_telling(&mut keep), journals);
    for (file, mistakes) in &unplanned {
        after.unplanned(file, mistakes);
    }
    let (loaded, journals) = (loaded?, journals?);
    typed.check_names(context, &loaded)?;
    for (suite, journal) in loaded.iter().zip(&journals) {
        let request = typed.request(context.selection.clone());
        let (mut plan, targets) = planned(context, suite, &store, journal, &request, typed.probe)?;
        if loaded.len() > 1 {
            plan.after(&mut coming);
        }
        for text in
            super::notes::of(suite).chain(targets.doubts()).chain(plan.doubt()).chain(plan.shuffle_note())
        {
            sink(Event::Note { text });
        }
        tell(suite, &plan, verbose, sink);
        pending |= plan.to_run().next().is_some();
        std::mem::forget(plan);
    }
    // The process ends now, and the system takes memory back faster than a million small pieces are freed.
    std::mem::forget((loaded, journals));
    Ok(if typed.check && pending { exit::PENDING } else { exit::DONE })
}

/// Every stale run with its reasons, and before them how many runs each reason concerns.
fn tell(suite: &Loaded, plan: &Plan, verbose: bool, sink: &mut Sink<'_>) {
    sink(started_event(NO_BUILD, suite, plan));
    if !verbose {
        for (reason, runs) in grouped(plan.to_run().map(|run| run.state.reasons())) {
            sink(Event::Because { reason, runs });
        }
    }
    for run in plan.in_sequence().filter(|run| run.selected && (verbose || run.state.is_stale())) {
        sink(planned_event(suite, run, verbose));
    }
}

fn planned_event(suite: &Loaded, run: &PlannedRun, verbose: bool) -> Event {
    let reasons = match &run.state {
        RunState::Stale { reasons } if verbose => reasons.iter().map(Reason::explained).collect(),
        RunState::Stale { .. } => vec![run.state.reason_text()],
        RunState::Fresh(_) => Vec::new(),
    };
    Event::Planned {
        case: suite.cases[run.case].id.clone(),
        trial: run.trial,
        reasons,
        age_seconds: run.state.fresh().map(|fresh| fresh.ended.age().as_secs_f64()),
        unidentified: run.unidentified,
    }
}
