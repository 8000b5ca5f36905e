//! A session's targets: built, started, restarted, looked at again after each run, and stopped.

use std::collections::BTreeSet;
use std::time::Duration;

use super::ExecuteError;
use super::event::{Event, Sink};
use super::run::Ran;
use super::session::{Progress, Session};
use super::targets::{Refreshed, Services, Targets};
use crate::manifest::{Restart, Service, Target};
use crate::plan::PlannedRun;
use crate::result::Verdict;
use crate::store::Journal;
use crate::target::{TargetError, await_ready, build, is_answering, live_names, start};

impl Session<'_> {
    /// Builds the services that stale runs need; says whether any identity is another one now.
    pub(super) fn build_targets(
        &self,
        progress: &Progress,
        targets: &mut Targets,
        sink: &mut Sink<'_>,
    ) -> Result<bool, ExecuteError> {
        let names: BTreeSet<&str> =
            self.loading_cases(&progress.plan).filter_map(|case| self.compiled.target(case)).collect();
        let mut changed = false;
        for target in names.into_iter().filter_map(|name| self.workspace.targets.get(name)) {
            let Some(service) = &target.service else { continue };
            if let Some(words) = &service.build {
                sink(Event::TargetBuilding { target: target.name.clone(), command: words.join(" ") });
                build(target, service, self.surroundings)?;
            }
            changed |= targets.refresh(target, self.surroundings, false)? != Refreshed::Same;
        }
        targets.remember(self.store)?;
        Ok(changed)
    }

    /// Has the target of a run, or of a warm-up before it, running and identified. Where it turns out to
    /// be another one than the plan stands on, the plan is made anew.
    pub(super) fn prepare_target(
        &self,
        progress: &mut Progress,
        target: &Target,
        next: &PlannedRun,
        targets: &mut Targets,
        journal: &Journal,
        sink: &mut Sink<'_>,
    ) -> Result<(), ExecuteError> {
        let mut look = !target.identity.is_empty();
        if let Some(service) = &target.service {
            if self.is_due_for_restart(progress, next, service.restart)
                && progress.services.stop(&target.name)?
            {
                sink(Event::TargetStopped { target: target.name.clone() });
                progress.warm.clear();
            }
            look &= self.start_if_needed(progress, target, service, targets, sink)?;
        }
        // Where a set-up comes on top of others, only what answers after it can be compared.
        let under_set_ups = !progress.applied.is_empty();
        if !look || under_set_ups && self.is_missing_set_ups(progress, next) {
            return Ok(());
        }
        let refreshed = if under_set_ups {
            targets.refresh_under_set_ups(target, self.surroundings)?
        } else {
            targets.refresh(target, self.surroundings, true)?
        };
        match refreshed {
            Refreshed::Same => Ok(()),
            Refreshed::Learned => {
                progress.plan = self.plan(targets, journal)?;
                Ok(())
            }
            Refreshed::Changed(change) => {
                sink(Event::TargetChanged { target: target.name.clone(), change });
                self.plan_again(progress, target, targets, journal, sink)
            }
        }
    }

    /// The plan, with the target as it is without any set-up.
    pub(super) fn plan_again(
        &self,
        progress: &mut Progress,
        target: &Target,
        targets: &mut Targets,
        journal: &Journal,
        sink: &mut Sink<'_>,
    ) -> Result<(), ExecuteError> {
        if !progress.applied.is_empty() {
            self.undo_to(0, progress, targets, sink)?;
            targets.refresh(target, self.surroundings, true)?;
        }
        progress.plan = self.plan(targets, journal)?;
        progress.warm.clear();
        Ok(())
    }

    fn is_due_for_restart(&self, progress: &Progress, next: &PlannedRun, restart: Restart) -> bool {
        let test = |case: usize| self.compiled.cases[case].test;
        progress.last.is_some_and(|(case, _)| match restart {
            Restart::Never => false,
            Restart::Case => case != next.case,
            Restart::Test => test(case) != test(next.case),
        })
    }

    /// Starts the service unless it runs; says whether it did. A service that somebody else started is
    /// used only if it answers with the identity of ours.
    fn start_if_needed(
        &self,
        progress: &mut Progress,
        target: &Target,
        service: &Service,
        targets: &Targets,
        sink: &mut Sink<'_>,
    ) -> Result<bool, ExecuteError> {
        if progress.services.is_running(&target.name) {
            return Ok(false);
        }
        let asks = !live_names(target).is_empty() && service.restart == Restart::Never;
        if asks
            && is_answering(target, self.surroundings).is_some()
            && targets.answers_as_known(target, self.surroundings)?
        {
            let text =
                format!("target {} answers already, with the same identity: used as it is", target.name);
            sink(Event::Note { text });
            progress.services.adopt(&target.name);
            return Ok(true);
        }
        sink(Event::TargetStarting { target: target.name.clone() });
        let mut stop_asked = false;
        let started = start(target, service, self.surroundings, &mut || {
            stop_asked = self.interrupt.signal().is_some();
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
        sink(Event::TargetReady {
            target: target.name.clone(),
            after_seconds: running.ready_after.as_secs_f64(),
        });
        progress.services.add(&target.name, running);
        Ok(true)
    }

    /// A target that answers as another build after the run was not one target during it.
    pub(super) fn check_target_after(
        &self,
        next: &PlannedRun,
        ran: &mut Ran,
        targets: &mut Targets,
        under_set_ups: bool,
    ) -> Result<(), ExecuteError> {
        let Some(target) = self.target(next.case) else { return Ok(()) };
        if target.identity.is_empty() || !ran.verdict.is_reusable(true) {
            return Ok(());
        }
        let refreshed = if under_set_ups {
            targets.refresh_under_set_ups(target, self.surroundings)?
        } else {
            targets.refresh(target, self.surroundings, true)?
        };
        if let Refreshed::Changed(change) = refreshed {
            (ran.verdict, ran.detail) = (Verdict::TargetChanged, change);
        }
        Ok(())
    }

    /// After a run that measured nothing: a target that is gone ends the build instead of failing every case.
    pub(super) fn check_service_after(
        &self,
        progress: &mut Progress,
        next: &PlannedRun,
        ran: &Ran,
    ) -> Result<(), ExecuteError> {
        let Some(target) = self.target(next.case) else { return Ok(()) };
        progress.services.check_alive(&target.name)?;
        if matches!(ran.verdict, Verdict::Invalid | Verdict::Failed) {
            await_ready(target, self.surroundings, &mut || Ok(()))?;
        }
        Ok(())
    }

    pub(super) fn stop_services(services: &mut Services, sink: &mut Sink<'_>) -> Result<(), ExecuteError> {
        for name in services.names() {
            services.stop(&name)?;
            sink(Event::TargetStopped { target: name });
        }
        Ok(())
    }
}
