//! `howitzer build -n` and `--check`: the plan as lines, and whether anything is pending.

use super::arguments::{BuildArguments, Force};
use super::context::{Context, Loaded};
use super::failure::Failure;
use super::verbs::planned;
use super::{exit, output};
use crate::base::duration::human;
use crate::execute::has_leftovers;
use crate::key::grouped;
use crate::plan::{Plan, RunState};

/// Prints every suite's plan; exit 6 where `--check` finds something to run.
pub(super) fn run(
    context: &Context,
    loaded: &[Loaded],
    typed: &BuildArguments,
    verbose: bool,
) -> Result<u8, Failure> {
    let store = context.store()?;
    if has_leftovers(&store) {
        output::talk(&format!(
            "{:>10} an earlier build has left set-ups applied; the next one undoes them first",
            "note"
        ));
    }
    let mut pending = false;
    for suite in loaded {
        let (plan, targets) = planned(context, suite, &store, typed.force == Some(Force::Run))?;
        for doubt in targets.doubts() {
            output::talk(&format!("{:>10} {doubt}", "note"));
        }
        print_plan(suite, &plan, verbose);
        pending |= plan.to_run().next().is_some();
    }
    Ok(if typed.check && pending { exit::PENDING } else { exit::DONE })
}

/// The lines of a dry run: every stale run with its reason, grouped reasons where there are many.
fn print_plan(suite: &Loaded, plan: &Plan, verbose: bool) {
    let (cases, cached, to_run) = plan.counts();
    let about =
        if to_run > 0 { format!(", about {} of load", human(plan.estimate())) } else { String::new() };
    output::talk(&format!("{:>10} {cases} cases, {cached} cached, {to_run} to run{about}", suite.suite.name));
    for (reason, count) in
        grouped(plan.to_run().map(|run| run.state.reasons())).into_iter().filter(|_| !verbose)
    {
        output::talk(&format!("{:>10} {reason} → {count} runs", "because"));
    }
    for run in plan.runs.iter().filter(|run| run.selected) {
        let id = &suite.cases[run.case].id;
        let name = if run.trial == 1 { id.clone() } else { format!("{id}@{}", run.trial) };
        match &run.state {
            RunState::Stale { reasons } => {
                let all = reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                output::data(&format!(
                    "run {name} ({})\n",
                    if verbose { all } else { run.state.reason_text() }
                ));
            }
            RunState::Fresh(fresh) if verbose => {
                output::data(&format!("cached {name} ({} old)\n", human(fresh.ended.age())));
            }
            RunState::Fresh(_) => {}
        }
    }
}
