//! A session's set-ups: undone and applied between runs, so that each run finds the values of its case.

use super::ExecuteError;
use super::event::{Event, Sink};
use super::session::{Done, LeftOut, Progress, Session};
use super::set_up_command::{SetUpFailure, SetUpRunner};
use super::targets::Targets;
use crate::manifest::Target;
use crate::plan::PlannedRun;
use crate::target::{TargetError, await_ready};

impl Session<'_> {
    fn set_up_runner(&self) -> SetUpRunner<'_> {
        SetUpRunner {
            store: self.store,
            surroundings: self.surroundings,
            interrupt: self.interrupt,
            grace: self.settings.grace,
        }
    }

    /// Undoes what is applied and not meant for the case of `next`.
    pub(super) fn undo_others(
        &self,
        progress: &mut Progress,
        next: &PlannedRun,
        targets: &mut Targets,
        sink: &mut Sink<'_>,
    ) -> Result<(), ExecuteError> {
        let depth = progress.applied.shared(self.compiled.set_ups(next.case));
        self.undo_to(depth, progress, targets, sink)
    }

    /// Undoes the innermost set-ups until `depth` are left. The system is another one then.
    pub(super) fn undo_to(
        &self,
        depth: usize,
        progress: &mut Progress,
        targets: &mut Targets,
        sink: &mut Sink<'_>,
    ) -> Result<(), ExecuteError> {
        if progress.applied.depth() > depth {
            system_changed(progress, targets);
        }
        progress.applied.undo_to(depth, &self.set_up_runner(), sink)
    }

    /// Applies what is missing for the case of `next`, awaits its target and looks at it again.
    pub(super) fn apply_missing(
        &self,
        progress: &mut Progress,
        next: &PlannedRun,
        targets: &mut Targets,
        sink: &mut Sink<'_>,
    ) -> Result<(), ExecuteError> {
        let depth = progress.applied.depth();
        let test = &self.compiled.test(next.case).name;
        let masked = self.compiled.environment(next.case);
        for commands in self.compiled.set_ups(next.case).skip(depth) {
            if self.interrupt.signal().is_some() {
                return Err(ExecuteError::Interrupted);
            }
            system_changed(progress, targets);
            progress.applied.apply(&self.set_up_runner(), test, commands, masked, sink)?;
        }
        let Some(target) = self.target(next.case).filter(|_| progress.applied.depth() > depth) else {
            return Ok(());
        };
        self.await_target(target)?;
        if !target.identity.is_empty() {
            targets.refresh_under_set_ups(target, self.surroundings)?;
        }
        Ok(())
    }

    /// Whether a set-up of the case of `next` is still to be applied.
    pub(super) fn is_missing_set_ups(&self, progress: &Progress, next: &PlannedRun) -> bool {
        self.compiled.set_ups(next.case).count() > progress.applied.depth()
    }

    fn await_target(&self, target: &Target) -> Result<(), ExecuteError> {
        let awaited = await_ready(target, self.surroundings, &mut || {
            let (name, last) = (target.name.clone(), "interrupted".to_owned());
            let waited = std::time::Duration::ZERO;
            self.interrupt.signal().map_or(Ok(()), |_| Err(TargetError::NotReady { name, waited, last }))
        });
        if awaited.is_err() && self.interrupt.signal().is_some() {
            return Err(ExecuteError::Interrupted);
        }
        awaited?;
        Ok(())
    }

    /// After a set-up that could not be applied: it is undone, and the cases that need it stay pending.
    pub(super) fn skip_value(
        &self,
        failure: SetUpFailure,
        progress: &mut Progress,
        targets: &mut Targets,
        done: &mut Done,
        sink: &mut Sink<'_>,
    ) -> Result<(), ExecuteError> {
        let SetUpFailure { name, command, end, tail } = failure;
        sink(Event::SetUpFailed { set_up: name, command, end, log_tail: tail });
        done.left_out.insert(LeftOut::NotSetUp);
        let depth = progress.applied.depth();
        let needs = |case: &usize| progress.applied.shared(self.compiled.set_ups(*case)) == depth;
        let skipped: Vec<usize> = (0..self.compiled.cases.len()).filter(needs).collect();
        progress.skipped.extend(skipped);
        self.undo_to(depth.saturating_sub(1), progress, targets, sink)
    }
}

/// What was known of the system before a set-up holds no more.
fn system_changed(progress: &mut Progress, targets: &mut Targets) {
    progress.warm.clear();
    progress.failed_warm_ups.clear();
    targets.set_ups_changed();
}
