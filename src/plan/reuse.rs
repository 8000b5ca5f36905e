//! `reuse = "case"`: the trials of a case are reused together, or not at all.

use std::collections::BTreeSet;

use super::{Compiled, PlannedRun, RunState};
use crate::key::Reason;
use crate::suite::Reuse;

/// Makes the fresh trials of a case stale where another selected trial of it is and the suite wants them together.
pub(super) fn together(compiled: &Compiled<'_>, mut runs: Vec<PlannedRun>) -> Vec<PlannedRun> {
    let joined = |run: &PlannedRun| run.selected && compiled.test(run.case).reuse == Reuse::Case;
    let stale: BTreeSet<usize> =
        runs.iter().filter(|run| joined(run) && run.state.is_stale()).map(|run| run.case).collect();
    for run in &mut runs {
        if stale.contains(&run.case) && !run.state.is_stale() {
            run.state = RunState::Stale { reasons: vec![Reason::Together] };
        }
    }
    runs
}
