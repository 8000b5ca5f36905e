//! An execution's targets: built, started, restarted, looked at again after each run, and stopped.

use std::collections::BTreeSet;

use super::ExecuteError;
use super::build::Build;
use super::event::Event;
use super::run::Ran;
use super::session::Session;
use super::targets::Refreshed;
use super::waiting::Waiting;
use crate::base::interrupt::Interrupt;
use crate::manifest::{Restart, Service, Target};
use crate::result::Verdict;
use crate::target::{TargetError, await_ready, build, is_answering, live_names, start};

/// More changes of one target within one build are none: what is asked changes by itself.
const MOST_CHANGES: usize = 5;

/// Ends waiting when the user wants that.
pub(super) fn stopped_by(interrupt: &Interrupt) -> impl Fn(&Target) -> Result<(), TargetError> + '_ {
    |_| if interrupt.signal().is_some() { Err(TargetError::Interrupted) } else { Ok(()) }
}

/// A target that does not take load yet.
pub(super) fn until_ready(target: &Target) -> Waiting {
    Waiting::new(format!("target {}", target.name), Some(target.wait))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

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
                let mut waiting = Waiting::new(format!("the build of target {}", target.name), None);
                let sink = &mut *self.sink;
                build(target, service, session.surroundings, &mut |last_line| waiting.look(sink, last_line))?;
            }
            let waiting = stopped_by(session.interrupt);
            changed |=
                self.targets.refresh(target, session.surroundings, false, &waiting)? != Refreshed::Same;
        }
        self.targets.remember(session.store)?;
        Ok(changed)
    }

    /// Has the target of a case, or of a warm-up before it, running and identified. Where it turns out to
    /// be another one than the plan stands on, the plan is made anew.
    pub(super) fn prepare_target(&mut self, target: &Target, case: usize) -> Result<(), ExecuteError> {
        let mut look = !target.identity.is_empty();
        if let Some(service) = &target.service {
            if self.is_due_for_restart(&target.name, case, service.restart)
                && self.services.stop(&target.name)?
            {
                self.tell(Event::TargetStopped { target: target.name.clone() });
                self.warm.clear();
            }
            look &= self.start_if_needed(target, service)?;
        }
        if target.service.is_none() {
            self.await_target(target)?;
        }
        // Where a set-up comes on top of others, only what answers after it can be compared.
        if !look || !self.applied.is_empty() && self.is_missing_set_ups(case) {
            return Ok(());
        }
        match self.look_again(target)? {
            Refreshed::Same => Ok(()),
            Refreshed::Learned => self.plan_anew(),
            Refreshed::Changed(change) => {
                self.tell(Event::TargetChanged { target: target.name.clone(), change: change.clone() });
                self.plan_again(target, &change)
            }
        }
    }

    fn look_again(&mut self, target: &Target) -> Result<Refreshed, ExecuteError> {
        let Session { surroundings, interrupt, .. } = *self.session;
        let waiting = stopped_by(interrupt);
        if self.applied.is_empty() {
            self.targets.refresh(target, surroundings, true, &waiting)
        } else {
            self.targets.refresh_under_set_ups(target, surroundings, &waiting)
        }
    }

    /// Waits until an outside target takes load, and says so.
    pub(super) fn await_target(&mut self, target: &Target) -> Result<(), ExecuteError> {
        let session = self.session;
        let (mut told, sink) = (false, &mut *self.sink);
        let mut waiting = until_ready(target);
        await_ready(target, session.surroundings, &mut || {
            if !std::mem::replace(&mut told, true) {
                let limit_seconds = target.wait.as_secs_f64();
                sink(Event::TargetAwaited { target: target.name.clone(), limit_seconds });
            }
            waiting.look(sink, String::new);
            stopped_by(session.interrupt)(target)
        })?;
        Ok(())
    }

    /// The plan, with the target as it is without any set-up. A target that changes again and again ends the
    /// build: each plan would run everything once more.
    pub(super) fn plan_again(&mut self, target: &Target, change: &str) -> Result<(), ExecuteError> {
        let changes = self.changes.entry(target.name.clone()).or_default();
        *changes += 1;
        if *changes > MOST_CHANGES {
            let (name, change) = (target.name.clone(), change.to_owned());
            return Err(TargetError::Unstable { name, change }.into());
        }
        if !self.applied.is_empty() {
            self.undo_to(0)?;
            let waiting = stopped_by(self.session.interrupt);
            self.targets.refresh(target, self.session.surroundings, true, &waiting)?;
        }
        self.warm.clear();
        self.plan_anew()
    }

    fn is_due_for_restart(&self, target: &str, case: usize, restart: Restart) -> bool {
        let test = |case: usize| self.session.compiled.cases[case].test;
        self.loaded.get(target).is_some_and(|last| match restart {
            Restart::Never => false,
            Restart::Case => *last != case,
            Restart::Test => test(*last) != test(case),
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
        let (mut waiting, sink) = (until_ready(target), &mut *self.sink);
        let running = start(target, service, session.surroundings, &mut || {
            waiting.look(sink, String::new);
            stopped_by(session.interrupt)(target)
        })?;
        let after_seconds = running.ready_after.as_secs_f64();
        self.tell(Event::TargetReady { target: target.name.clone(), after_seconds });
        self.services.add(&target.name, running);
        Ok(true)
    }

    /// A target that answers as another build after the run was not one target during it.
    pub(super) fn check_target_after(&mut self, case: usize, ran: &mut Ran) -> Result<(), ExecuteError> {
        let Some(target) = self.session.target(case) else { return Ok(()) };
        if !ran.verdict.is_reusable(true) {
            return Ok(());
        }
        if let Err(error) = self.services.check_alive(&target.name) {
            (ran.verdict, ran.detail) = (Verdict::TargetChanged, first_line(&error.to_string()));
            return Ok(());
        }
        if target.identity.is_empty() {
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
            self.await_target(target)?;
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
