//! Everything that executing a suite needs, and what is looked at before anything executes.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use super::build::Build;
use super::event::{Event, Sink};
use super::scraped::Asking;
use super::targets::Targets;
use super::wanted::Wanted;
use super::{ExecuteError, judge, live, scrape, secrets};
use crate::base::clock::Instant;
use crate::base::digest::Digest;
use crate::base::interrupt::Interrupt;
use crate::k6::K6;
use crate::manifest::{EnvironmentValue, Target, Workspace};
use crate::plan::{Circumstances, Compiled, Plan, Request, plan, usable_attempt};
use crate::result::{HostFacts, Verdict};
use crate::store::{Journal, LockedStore};
use crate::target::{Surroundings, access};

/// Everything that executing a suite needs; borrowed, so that the caller keeps it for the reports.
pub struct Session<'a> {
    /// The workspace.
    pub workspace: &'a Workspace,
    /// The suite, expanded and rendered.
    pub compiled: &'a Compiled<'a>,
    /// The store, ours to write.
    pub store: &'a LockedStore,
    /// The load generator's program.
    pub k6: &'a K6,
    /// For targets and k6.
    pub surroundings: &'a Surroundings,
    /// The user's signals.
    pub interrupt: &'a Interrupt,
    /// The load generator's machine.
    pub host: &'a HostFacts,
    /// What declared variables become in keys.
    pub shown_environment: &'a (dyn Fn(&str, &EnvironmentValue) -> String + Sync),
    /// What the digests of secret files become in keys.
    pub keyed: &'a (dyn Fn(&Digest) -> Digest + Sync),
    /// What the user asked for.
    pub settings: &'a Settings,
}

/// What the user asked for.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "each stands for a flag that was typed")]
pub struct Settings {
    /// This build's id.
    pub build: String,
    /// The commit that the workspace's git checkout stands at, where it is in one.
    pub commit: Option<String>,
    /// When it began: ages are judged as of then.
    pub as_of: Instant,
    /// Nothing is sent anywhere.
    pub offline: bool,
    /// Which cases, and whether they are forced.
    pub request: Request,
    /// Whether a failed run does not end the build.
    pub keep_going: bool,
    /// A crossed threshold ends the build as a failure does.
    pub stops_at_gates: bool,
    /// How long a k6 that was asked to stop may take.
    pub grace: Duration,
    /// The protected targets that may be loaded.
    pub allow: Vec<String>,
    /// The lock of this host's load generator.
    pub load_lock: PathBuf,
    /// Whether a load of somebody else on this host is an error and not waited for.
    pub no_wait: bool,
}

/// What an execution did.
#[derive(Debug, Default)]
pub struct Done {
    /// Every executed run: case, trial, reason and verdict.
    pub ran: Vec<(usize, u32, String, Verdict)>,
    /// The doubts that are part of a verdict that was told with its run, by its case's identifier.
    pub told_doubts: BTreeSet<(String, String)>,
    /// Whether a signal ended it.
    pub interrupted: bool,
    /// Whether a failure ended it before everything was tried.
    pub stopped: bool,
    /// The seed of the shuffle, if runs were shuffled.
    pub seed: Option<u32>,
    /// Where the files of a run are whose result could not be stored, in words.
    pub unstored: Option<String>,
    /// Why runs that were to execute did not.
    pub left_out: BTreeSet<LeftOut>,
}

/// Why a run that was to execute did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// k6 refuses its script.
    Refused,
    /// A warm-up before it failed.
    NotWarm,
    /// One of its set-ups could not be applied.
    NotSetUp,
}

impl<'a> Session<'a> {
    /// The plan as things stand.
    pub fn plan(&self, targets: &Targets, journal: &Journal) -> Result<Plan, ExecuteError> {
        self.under(targets, |circumstances| {
            Ok(plan(self.compiled, circumstances, self.store, journal, &self.settings.request)?)
        })
    }

    /// The address that a case loads, with a password if it has one.
    pub(super) fn address(&self, case: usize) -> Option<String> {
        self.compiled.renderer.address(&self.compiled.cases[case])
    }

    /// Calls `what` with the circumstances as they are with these targets.
    pub(super) fn under<T>(&self, targets: &Targets, what: impl FnOnce(&Circumstances<'_>) -> T) -> T {
        what(&Circumstances {
            k6: &self.k6.identity(),
            targets: targets.facts(),
            class: &self.host.class,
            as_of: self.settings.as_of,
            shown_environment: self.shown_environment,
            keyed: self.keyed,
        })
    }

    /// Executes what is stale in `first`, which [`Session::plan`] made. What was done stays in `done`
    /// also where an error ends it.
    pub fn execute(
        &self,
        first: Plan,
        targets: &mut Targets,
        journal: &mut Journal,
        done: &mut Done,
        sink: &mut Sink<'_>,
    ) -> Result<(), ExecuteError> {
        if first.to_run().next().is_none() {
            return Ok(());
        }
        let refused = self.admit(&first, done, sink)?;
        for text in live::announcement(self, first.to_run().map(|run| run.case)) {
            sink(Event::Note { text });
        }
        done.seed = first.shuffled;
        let mut build = Build::new(self, first, targets, journal, done, sink);
        build.leave_out(refused);
        build.execute()
    }

    /// Whether what a plan is about to load may be loaded; returns the cases that k6 refuses.
    pub(super) fn admit(
        &self,
        plan: &Plan,
        done: &mut Done,
        sink: &mut Sink<'_>,
    ) -> Result<BTreeSet<usize>, ExecuteError> {
        self.check_protected(plan)?;
        self.check_environment(plan)?;
        self.judge(plan, done, sink)
    }

    /// The cases of stale runs and of the warm-ups that precede them.
    pub(super) fn loading_cases(&self, plan: &Plan) -> impl Iterator<Item = usize> + use<> {
        let stale: BTreeSet<usize> = plan.to_run().map(|run| run.case).collect();
        let tests: BTreeSet<usize> = stale.iter().map(|case| self.compiled.cases[*case].test).collect();
        let warm_ups: BTreeSet<usize> =
            tests.iter().flat_map(|test| self.compiled.warm_up_cases(*test)).collect();
        stale.into_iter().chain(warm_ups)
    }

    fn check_protected(&self, plan: &Plan) -> Result<(), ExecuteError> {
        for case in self.loading_cases(plan) {
            if let Some(target) = self.target(case)
                && target.protected
                && !self.settings.allow.contains(&target.name)
            {
                return Err(ExecuteError::Protected(target.name.clone()));
            }
        }
        Ok(())
    }

    /// Every declared variable must be there before anything is started.
    fn check_environment(&self, plan: &Plan) -> Result<(), ExecuteError> {
        for case in self.loading_cases(plan) {
            let of_set_ups = self.compiled.set_ups(case).map(|set_up| &set_up.environment);
            for declared in of_set_ups.chain([self.compiled.environment(case)]) {
                secrets::resolve(declared, &self.surroundings.environment)?;
            }
            for scrape in self.compiled.scrapes(case) {
                access(&scrape.endpoint, &self.surroundings.root, &self.surroundings.environment)?;
            }
            live::check(self, case)?;
        }
        Ok(())
    }

    /// Has k6 judge the scripts before any load. Those that it refuses end the build; with `-k` their
    /// cases are left out, and returned.
    fn judge(
        &self,
        plan: &Plan,
        done: &mut Done,
        sink: &mut Sink<'_>,
    ) -> Result<BTreeSet<usize>, ExecuteError> {
        let (refused, mistakes) = judge::judge_shapes(self, self.loading_cases(plan).collect(), sink)?;
        if !self.settings.keep_going {
            mistakes.or(())?;
            return Ok(refused);
        }
        for mistake in mistakes.iter() {
            sink(Event::Refused { message: mistake.to_string() });
            done.left_out.insert(LeftOut::Refused);
        }
        Ok(refused)
    }

    pub(super) fn target(&self, case: usize) -> Option<&'a Target> {
        self.workspace.targets.get(self.compiled.target(case)?)
    }

    /// Executes the stale scrape nodes of fresh runs; of the selected ones all where `forced`.
    pub fn scrape(&self, plan: &Plan, forced: bool, sink: &mut Sink<'_>) -> Result<(), ExecuteError> {
        let (root, environment) = (&*self.surroundings.root, &self.surroundings.environment);
        let asking = Asking { root, environment };
        for run in &plan.runs {
            let allow_invalid = self.compiled.test(run.case).allow_invalid;
            let Some(_) = run.state.fresh() else { continue };
            let Some((attempt, _)) = usable_attempt(self.store, &run.key, allow_invalid)? else { continue };
            if let Some(reason) = scrape::refresh(
                self.store,
                &attempt,
                &Wanted::of(self.compiled, run.case),
                Some(asking),
                forced && run.selected,
            )? {
                let case = self.compiled.cases[run.case].id.clone();
                sink(Event::Scraped { case, trial: run.trial, reason: reason.to_string(), after_run: false });
            }
        }
        Ok(())
    }
}
