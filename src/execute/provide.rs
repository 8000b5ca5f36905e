//! A session's targets: built, started, restarted, looked at again after each run, and stopped.

use std::collections::BTreeSet;
use std::time::Duration;

use super::ExecuteError;
use super::event::{Event, Sink};
use super::run::Ran;
use super::session::{Progress, Session};
use super::targets::{Services, Targets};
use crate::manifest::{Restart, Target};
use crate::plan::PlannedRun;
use crate::result::Verdict;
use crate::store::Journal;
use crate::target::{TargetError, await_ready, build, start};

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
            changed |= targets.refresh(target, self.surroundings, false)?.is_some();
        }
        targets.remember(self.store)?;
        Ok(changed)
    }

    pub(super) fn prepare_target(
        &self,
        progress: &mut Progress,
        target: &Target,
        next: &PlannedRun,
        targets: &mut Targets,
        journal: &Journal,
        sink: &mut Sink<'_>,
    ) -> Result<(), ExecuteError> {
        let Some(service) = &target.service else {
            return self.look_again(progress, target, next, targets, journal, sink);
        };
        let test = self.compiled.cases[next.case].test;
        let restart = match service.restart {
            Restart::Never => false,
            Restart::Case => progress.last.is_some_and(|(case, _)| case != next.case),
            Restart::Test => progress.last.is_some_and(|(case, _)| self.compiled.cases[case].test != test),
        };
        if restart && progress.services.stop(&target.name)? {
            sink(Event::TargetStopped { target: target.name.clone() });
            progress.warm.clear();
        }
        self.start_if_needed(progress, target, sink)
    }

    /// An outside target is looked at before each run. Where a set-up is to be applied on top of others,
    /// only what comes after it can be compared.
    fn look_again(
        &self,
        progress: &mut Progress,
        target: &Target,
        next: &PlannedRun,
        targets: &mut Targets,
        journal: &Journal,
        sink: &mut Sink<'_>,
    ) -> Result<(), ExecuteError> {
        let under_set_ups = !progress.applied.is_empty();
        let is_between = under_set_ups && self.is_missing_set_ups(&progress.applied, next);
        if target.identity.is_empty() || is_between {
            return Ok(());
        }
        let Some(change) = targets.refresh(target, self.surroundings, under_set_ups)? else { return Ok(()) };
        sink(Event::TargetChanged { target: target.name.clone(), change });
        self.plan_again(progress, target, targets, journal, sink)
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
            targets.refresh(target, self.surroundings, false)?;
        }
        progress.plan = self.plan(targets, journal)?;
        progress.warm.clear();
        Ok(())
    }

    pub(super) fn start_if_needed(
        &self,
        progress: &mut Progress,
        target: &Target,
        sink: &mut Sink<'_>,
    ) -> Result<(), ExecuteError> {
        let Some(service) = &target.service else { return Ok(()) };
        if progress.services.is_running(&target.name) {
            return Ok(());
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
        Ok(())
    }

    /// A target that answers as another build after the run was not one target during it.
    pub(super) fn check_target_after(
        &self,
        next: &PlannedRun,
        ran: &mut Ran,
        targets: &mut Targets,
        under_set_ups: bool,
    ) -> Result<(), ExecuteError> {
        let Some(target) = self.target(next.case).filter(|target| target.service.is_none()) else {
            return Ok(());
        };
        if target.identity.is_empty() || !ran.verdict.is_reusable(true) {
            return Ok(());
        }
        match targets.refresh(target, self.surroundings, under_set_ups) {
            Ok(None) => Ok(()),
            Ok(Some(change)) => {
                (ran.verdict, ran.detail) = (Verdict::TargetChanged, change);
                Ok(())
            }
            Err(error) => Err(error),
        }
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
