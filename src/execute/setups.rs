//! An execution's set-ups: undone and applied between runs, so that each run finds the values of its case.

use super::ExecuteError;
use super::build::Build;
use super::event::Event;
use super::provide::stopped_by;
use super::session::LeftOut;
use super::set_up_command::{SetUpFailure, SetUpRunner};

impl<'b> Build<'b, '_> {
    fn set_up_runner(&self) -> SetUpRunner<'b> {
        SetUpRunner {
            store: self.session.store,
            surroundings: self.session.surroundings,
            interrupt: self.session.interrupt,
            grace: self.session.settings.grace,
        }
    }

    /// Undoes what is applied and not meant for `case`.
    pub(super) fn undo_others(&mut self, case: usize) -> Result<(), ExecuteError> {
        let depth = self.applied.shared(self.session.compiled.set_ups(case));
        self.undo_to(depth)
    }

    /// Undoes the innermost set-ups until `depth` are left. The system is another one then.
    pub(super) fn undo_to(&mut self, depth: usize) -> Result<(), ExecuteError> {
        if self.applied.depth() > depth {
            self.system_changed();
        }
        let runner = self.set_up_runner();
        self.applied.undo_to(depth, &runner, self.sink)
    }

    /// Applies what is missing for `case`, awaits its target and looks at it again.
    pub(super) fn apply_missing(&mut self, case: usize) -> Result<(), ExecuteError> {
        let session = self.session;
        let depth = self.applied.depth();
        let test = &session.compiled.test(case).name;
        let masked = session.compiled.environment(case);
        let runner = self.set_up_runner();
        for commands in session.compiled.set_ups(case).skip(depth) {
            if session.interrupt.signal().is_some() {
                return Err(ExecuteError::Interrupted);
            }
            self.system_changed();
            self.applied.apply(&runner, test, commands, masked, self.sink)?;
        }
        let Some(target) = session.target(case).filter(|_| self.applied.depth() > depth) else {
            return Ok(());
        };
        self.await_target(target)?;
        if !target.identity.is_empty() {
            self.targets.refresh_under_set_ups(
                target,
                session.surroundings,
                &stopped_by(session.interrupt),
            )?;
        }
        Ok(())
    }

    /// Whether a set-up of `case` is still to be applied.
    pub(super) fn is_missing_set_ups(&self, case: usize) -> bool {
        self.session.compiled.set_ups(case).count() > self.applied.depth()
    }

    /// After a set-up that could not be applied: it is undone, and the cases that need it stay pending.
    pub(super) fn skip_value(&mut self, failure: SetUpFailure) -> Result<(), ExecuteError> {
        let SetUpFailure { name, command, end, tail } = failure;
        self.tell(Event::SetUpFailed { set_up: name, command, end, log_tail: tail });
        self.done.left_out.insert(LeftOut::NotSetUp);
        let depth = self.applied.depth();
        let compiled = self.session.compiled;
        let needs = |case: &usize| self.applied.shared(compiled.set_ups(*case)) == depth;
        let skipped: Vec<usize> = (0..compiled.cases.len()).filter(needs).collect();
        self.leave_out(skipped);
        self.undo_to(depth.saturating_sub(1))
    }

    /// What was known of the system before a set-up holds no more.
    fn system_changed(&mut self) {
        self.warm.clear();
        self.failed_warm_ups.clear();
        self.targets.set_ups_changed();
    }
}
