//! An execution's targets: built, started, restarted, looked at again after each run, and stopped.

use std::collections::BTreeSet;
use std::time::Duration;

use super::ExecuteError;
use super::build::Build;
use super::event::Event;
use super::run::Ran;
use super::targets::Refreshed;
use crate::manifest::{Restart, Service, Target};
use crate::result::Verdict;
use crate::target::{TargetError, await_ready, build, is_answering, live_names, start};

impl Build<'_, '_> {
    /// Builds the services that stale runs need; says whether any identity is another one now.
    pub(super) fn build_targets(&mut self) -> Result<bool, ExecuteError> {
        let session = self.session;
        let cases = session.loading_cases(self.plan());
        let names: BTreeSet<&str> = cases.filter_map(|case| session.compiled.target(case)).collect();
        let mut changed = false;
        for target in names.into_iter().filter_map(|name| session.workspace.targets.get(name)) {
            let Some(service) = &target.service else { continue };
            if let Some(words) = &service.build {
                self.tell(Event::TargetBuilding { target: target.name.clone(), command: words.join(" ") });
                build(target, service, session.surroundings)?;
            }
            changed |= self.targets.refresh(target, session.surroundings, false)? != Refreshed::Same;
        }
        self.targets.remember(session.store)?;
        Ok(changed)
    }

    /// Has the target of a case, or of a warm-up before it, running and identified. Where it turns out to
    /// be another one than the plan stands on, the plan is made anew.
    pub(super) fn prepare_target(&mut self, target: &Target, case: usize) -> Result<(), ExecuteError> {
        let mut look = !target.identity.is_empty();
        if let Some(service) = &target.service {
            if self.is_due_for_restart(case, service.restart) && self.services.stop(&target.name)? {
                self.tell(Event::TargetStopped { target: target.name.clone() });
                self.warm.clear();
            }
            look &= self.start_if_needed(target, service)?;
        }
        // Where a set-up comes on top of others, only what answers after it can be compared.
        if !look || !self.applied.is_empty() && self.is_missing_set_ups(case) {
            return Ok(());
        }
        match self.look_again(target)? {
            Refreshed::Same => Ok(()),
            Refreshed::Learned => self.plan_anew(),
            Refreshed::Changed(change) => {
                self.tell(Event::TargetChanged { target: target.name.clone(), change });
                self.plan_again(target)
            }
        }
    }

    fn look_again(&mut self, target: &Target) -> Result<Refreshed, ExecuteError> {
        let surroundings = self.session.surroundings;
        if self.applied.is_empty() {
            self.targets.refresh(target, surroundings, true)
        } else {
            self.targets.refresh_under_set_ups(target, surroundings)
        }
    }

    /// The plan, with the target as it is without any set-up.
    pub(super) fn plan_again(&mut self, target: &Target) -> Result<(), ExecuteError> {
        if !self.applied.is_empty() {
            self.undo_to(0)?;
            self.targets.refresh(target, self.session.surroundings, true)?;
        }
        self.warm.clear();
        self.plan_anew()
    }

    fn is_due_for_restart(&self, case: usize, restart: Restart) -> bool {
        let test = |case: usize| self.session.compiled.cases[case].test;
        self.last.is_some_and(|(last, _)| match restart {
            Restart::Never => false,
            Restart::Case => last != case,
            Restart::Test => test(last) != test(case),
        })
    }

    /// Starts the service unless it runs; says whether it did. A service that somebody else started is
    /// used only if it answers with the identity of ours.
    fn start_if_needed(&mut self, target: &Target, service: &Service) -> Result<bool, ExecuteError> {
        let session = self.session;
        if self.services.is_running(&target.name) {
            return Ok(false);
        }
        let asks = !live_names(target).is_empty() && service.restart == Restart::Never;
        if asks
            && is_answering(target, session.surroundings).is_some()
            && self.targets.answers_as_known(target, session.surroundings)?
        {
            let text =
                format!("target {} answers already, with the same identity: used as it is", target.name);
            self.tell(Event::Note { text });
            self.services.adopt(&target.name);
            return Ok(true);
        }
        self.tell(Event::TargetStarting { target: target.name.clone() });
        let mut stop_asked = false;
        let started = start(target, service, session.surroundings, &mut || {
            stop_asked = session.interrupt.signal().is_some();
            let last = "interrupted".to_owned();
            if stop_asked {
                Err(TargetError::NotReady { name: target.name.clone(), waited: Duration::ZERO, last })
            } else {
                Ok(())
            }
        });
        if stop_asked {
            return Err(ExecuteError::Interrupted);
        }
        let running = started?;
        let after_seconds = running.ready_after.as_secs_f64();
        self.tell(Event::TargetReady { target: target.name.clone(), after_seconds });
        self.services.add(&target.name, running);
        Ok(true)
    }

    /// A target that answers as another build after the run was not one target during it.
    pub(super) fn check_target_after(&mut self, case: usize, ran: &mut Ran) -> Result<(), ExecuteError> {
        let Some(target) = self.session.target(case) else { return Ok(()) };
        if target.identity.is_empty() || !ran.verdict.is_reusable(true) {
            return Ok(());
        }
        if let Refreshed::Changed(change) = self.look_again(target)? {
            (ran.verdict, ran.detail) = (Verdict::TargetChanged, change);
        }
        Ok(())
    }

    /// After a run that measured nothing: a target that is gone ends the build instead of failing every case.
    pub(super) fn check_service_after(&mut self, case: usize, ran: &Ran) -> Result<(), ExecuteError> {
        let Some(target) = self.session.target(case) else { return Ok(()) };
        self.services.check_alive(&target.name)?;
        if matches!(ran.verdict, Verdict::Invalid | Verdict::Failed) {
            await_ready(target, self.session.surroundings, &mut || Ok(()))?;
        }
        Ok(())
    }

    pub(super) fn stop_services(&mut self) -> Result<(), ExecuteError> {
        for name in self.services.names() {
            self.services.stop(&name)?;
            self.tell(Event::TargetStopped { target: name });
        }
        Ok(())
    }
}
