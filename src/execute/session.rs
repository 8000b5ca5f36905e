//! The scheduler: one run at a time, targets and warm-ups as they are needed, every result kept at once.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use super::applied::Applied;
use super::event::{Event, Figures, Sink};
use super::run::{Ran, run};
use super::targets::{Services, Targets};
use super::{ExecuteError, judge, scrape, secrets};
use crate::base::files;
use crate::base::interrupt::Interrupt;
use crate::base::lock::{Attempt as LockAttempt, FileLock, try_lock};
use crate::k6::K6;
use crate::key::{Key, Reason};
use crate::manifest::{EnvironmentValue, Target, Workspace};
use crate::plan::{Circumstances, Compiled, Plan, PlannedRun, Request, plan, usable_attempt};
use crate::result::{HostFacts, Verdict};
use crate::store::{Journal, LockedStore};
use crate::target::Surroundings;

/// How often a waiting build looks whether it may go on.
const PAUSE: Duration = Duration::from_millis(50);

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
    /// What the user asked for.
    pub settings: &'a Settings,
}

/// What the user asked for.
#[derive(Debug, Clone)]
pub struct Settings {
    /// This build's id.
    pub build: String,
    /// Which cases, and whether they are forced.
    pub request: Request,
    /// Whether a failed run does not end the build.
    pub keep_going: bool,
    /// How long a k6 that was asked to stop may take.
    pub grace: Duration,
    /// The protected targets that may be loaded.
    pub allow: Vec<String>,
    /// The lock of this host's load generator.
    pub load_lock: PathBuf,
}

/// What an execution did.
#[derive(Debug, Default)]
pub struct Done {
    /// Every executed run: case, trial, reason and verdict.
    pub ran: Vec<(usize, u32, String, Verdict)>,
    /// Whether a signal ended it.
    pub interrupted: bool,
    /// Whether a failure ended it before everything was tried.
    pub stopped: bool,
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

impl Session<'_> {
    /// The plan as things stand.
    pub fn plan(&self, targets: &Targets, journal: &Journal) -> Result<Plan, ExecuteError> {
        self.under(targets, |circumstances| {
            Ok(plan(self.compiled, circumstances, self.store, journal, &self.settings.request)?)
        })
    }

    /// Calls `what` with the circumstances as they are with these targets.
    fn under<T>(&self, targets: &Targets, what: impl FnOnce(&Circumstances<'_>) -> T) -> T {
        what(&Circumstances {
            k6: &self.k6.identity(),
            targets: targets.facts(),
            class: &self.host.class,
            shown_environment: self.shown_environment,
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
        self.check_protected(&first)?;
        self.check_environment(&first)?;
        let refused = self.judge(&first, done, sink)?;
        let attempted = first.to_run().filter(|run| refused.contains(&run.case));
        let mut progress = Progress {
            attempted: attempted.map(|run| (run.case, run.trial, run.key)).collect(),
            plan: first,
            services: Services::default(),
            applied: Applied::default(),
            skipped: BTreeSet::new(),
            warm: BTreeSet::new(),
            failed_warm_ups: BTreeSet::new(),
            last: None,
        };
        let outcome = self.execute_all(&mut progress, targets, journal, done, sink);
        // Services end whatever happened; a run's error says more than a service that did not stop.
        let stopped = Self::stop_services(&mut progress.services, sink);
        outcome.and(stopped)
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
        let (refused, mistakes) = judge::judge_shapes(self, self.loading_cases(plan).collect())?;
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

    pub(super) fn target(&self, case: usize) -> Option<&Target> {
        self.workspace.targets.get(self.compiled.target(case)?)
    }

    fn execute_all(
        &self,
        progress: &mut Progress,
        targets: &mut Targets,
        journal: &mut Journal,
        done: &mut Done,
        sink: &mut Sink<'_>,
    ) -> Result<(), ExecuteError> {
        if self.build_targets(progress, targets, sink)? {
            progress.plan = self.plan(targets, journal)?;
        }
        if progress.next().is_none() {
            return Ok(());
        }
        let _load = self.lock_load(sink)?;
        let outcome = self.execute_runs(progress, targets, journal, done, sink);
        // While the load lock is held: the next build of this host finds the system as it was.
        match (outcome, self.undo_to(0, progress, targets, sink)) {
            (Err(outcome), Err(undone)) => {
                sink(Event::Note { text: undone.to_string() });
                Err(outcome)
            }
            (outcome, undone) => outcome.and(undone),
        }
    }

    fn execute_runs(
        &self,
        progress: &mut Progress,
        targets: &mut Targets,
        journal: &mut Journal,
        done: &mut Done,
        sink: &mut Sink<'_>,
    ) -> Result<(), ExecuteError> {
        while let Some(next) = progress.next() {
            self.check_interrupt(done)?;
            progress.attempted.insert((next.case, next.trial, next.key));
            let warm = match self.prepare(progress, &next, targets, journal, sink) {
                Err(ExecuteError::NotApplied(failure)) if self.settings.keep_going => {
                    self.skip_value(failure, progress, targets, done, sink)?;
                    continue;
                }
                prepared => prepared?,
            };
            if progress.plan_has_changed(&next) {
                continue;
            }
            self.check_interrupt(done)?;
            if !warm {
                done.left_out.insert(LeftOut::NotWarm);
                if !self.settings.keep_going {
                    done.stopped = true;
                    return Ok(());
                }
                continue;
            }
            let of = done.ran.len() + 1 + progress.remaining();
            let verdict = self.execute_run(progress, &next, of, targets, journal, done, sink)?;
            if verdict == Verdict::Interrupted {
                done.interrupted = true;
                return Err(ExecuteError::Interrupted);
            }
            if verdict == Verdict::TargetChanged
                && let Some(target) = self.target(next.case)
            {
                self.plan_again(progress, target, targets, journal, sink)?;
            }
            if verdict.is_failure() && !self.settings.keep_going {
                done.stopped = true;
                return Ok(());
            }
        }
        Ok(())
    }

    fn check_interrupt(&self, done: &mut Done) -> Result<(), ExecuteError> {
        if self.interrupt.signal().is_some() {
            done.interrupted = true;
            return Err(ExecuteError::Interrupted);
        }
        Ok(())
    }

    /// One load generator a host: whoever comes second waits.
    fn lock_load(&self, sink: &mut Sink<'_>) -> Result<FileLock, ExecuteError> {
        let holder = format!("process {}, workspace {}", std::process::id(), self.workspace.root.display());
        let mut told = false;
        loop {
            match try_lock(&self.settings.load_lock, &holder)? {
                LockAttempt::Held(lock) => return Ok(lock),
                LockAttempt::Busy { holder } => {
                    if !told {
                        sink(Event::Preparing {
                            text: format!("waiting for the load of {holder} on this host"),
                        });
                        told = true;
                    }
                }
            }
            if self.interrupt.signal().is_some() {
                return Err(ExecuteError::Interrupted);
            }
            thread::sleep(PAUSE);
        }
    }

    /// Has the run's set-ups applied and its target running and warmed up; says whether every warm-up did
    /// its work. Set-ups are applied while the services run. May find the target changed; then the plan
    /// is made anew.
    fn prepare(
        &self,
        progress: &mut Progress,
        next: &PlannedRun,
        targets: &mut Targets,
        journal: &Journal,
        sink: &mut Sink<'_>,
    ) -> Result<bool, ExecuteError> {
        self.undo_others(progress, next, targets, sink)?;
        if let Some(target) = self.target(next.case) {
            self.prepare_target(progress, target, next, targets, journal, sink)?;
        }
        if progress.plan_has_changed(next) {
            return Ok(true);
        }
        self.apply_missing(progress, next, targets, sink)?;
        for warm_up in self.compiled.warm_up_cases(self.compiled.cases[next.case].test) {
            if progress.warm.contains(&warm_up) {
                continue;
            }
            if progress.failed_warm_ups.contains(&warm_up) {
                return Ok(false);
            }
            if let Some(target) =
                self.target(warm_up).filter(|target| Some(*target) != self.target(next.case))
            {
                self.prepare_target(progress, target, next, targets, journal, sink)?;
            }
            if progress.plan_has_changed(next) {
                return Ok(true);
            }
            // Where that target was another one, all set-ups were undone.
            self.apply_missing(progress, next, targets, sink)?;
            if !self.warm_up(warm_up, sink)? {
                progress.failed_warm_ups.insert(warm_up);
                return Ok(false);
            }
            progress.warm.insert(warm_up);
        }
        Ok(true)
    }

    /// Runs a warm-up; says whether it loaded the target. A crossed threshold of it means nothing.
    fn warm_up(&self, case: usize, sink: &mut Sink<'_>) -> Result<bool, ExecuteError> {
        let test = self.compiled.suite.tests[self.compiled.cases[case].test].name.clone();
        sink(Event::WarmUpStarted { test: test.clone() });
        let ran = run(self, case, &mut |_| {})?;
        files::remove_folder(&ran.scratch)?;
        if ran.verdict == Verdict::Interrupted {
            return Err(ExecuteError::Interrupted);
        }
        sink(Event::WarmUpFinished { test, verdict: worded(&ran), wall_seconds: ran.wall.as_secs_f64() });
        Ok(ran.verdict.is_reusable(false))
    }

    #[allow(clippy::too_many_arguments, reason = "the mutable parts of a build, each borrowed on its own")]
    fn execute_run(
        &self,
        progress: &mut Progress,
        next: &PlannedRun,
        of: usize,
        targets: &mut Targets,
        journal: &mut Journal,
        done: &mut Done,
        sink: &mut Sink<'_>,
    ) -> Result<Verdict, ExecuteError> {
        let case = &self.compiled.cases[next.case];
        let cooldown = self.cool_down(progress, next, sink)?;
        let reason = next.state.reason_text();
        let position = done.ran.len() + 1;
        sink(Event::RunStarted {
            case: case.id.clone(),
            trial: next.trial,
            position,
            of,
            reason: reason.clone(),
        });
        let expected = self.compiled.rendered[next.case].expected.map(|load| load.as_secs_f64());
        // Before the run: afterwards the target may have turned out to be another one.
        let preimage = self.under(targets, |now| now.preimage(self.compiled, next.case, next.trial));
        let mut ran = run(self, next.case, &mut |said| {
            sink(Event::RunProgress {
                case: case.id.clone(),
                elapsed_seconds: said.elapsed.as_secs_f64(),
                expected_seconds: expected,
                vus: said.vus,
                iterations: said.complete,
            });
        })?;
        let identity = self.target(next.case).map(|target| targets.identity_now(&target.name));
        let identity = identity.unwrap_or_default();
        self.check_target_after(next, &mut ran, targets, !progress.applied.is_empty())?;
        let predecessor = progress.last.map(|(case, _)| self.compiled.cases[case].id.clone());
        let attempt = self.attempt(next, &ran, &Place { position, cooldown, predecessor }, identity);
        self.keep(next, &preimage, &ran, attempt, journal)?;
        progress.last = Some((next.case, next.trial));
        done.ran.push((next.case, next.trial, reason, ran.verdict));
        sink(Event::RunFinished {
            case: case.id.clone(),
            trial: next.trial,
            verdict: ran.verdict.word().to_owned(),
            detail: ran.detail.clone(),
            exit: ran.exit,
            wall_seconds: ran.wall.as_secs_f64(),
            figures: ran.measured.as_ref().map(Figures::of).unwrap_or_default(),
            log_tail: if ran.verdict.build_exit() == 100 { ran.log_tail.clone() } else { Vec::new() },
        });
        sink(Event::Scraped {
            case: case.id.clone(),
            trial: next.trial,
            reason: Reason::NewOutputs.to_string(),
            after_run: true,
        });
        self.check_service_after(progress, next, &ran)?;
        Ok(ran.verdict)
    }

    /// Executes the stale scrape nodes of fresh runs; of the selected ones all where `forced`.
    pub fn scrape(&self, plan: &Plan, forced: bool, sink: &mut Sink<'_>) -> Result<(), ExecuteError> {
        for run in &plan.runs {
            let allow_invalid = self.compiled.test(run.case).allow_invalid;
            let Some(_) = run.state.fresh() else { continue };
            let Some((attempt, _)) = usable_attempt(self.store, &run.key, allow_invalid)? else { continue };
            if let Some(reason) = scrape::refresh(self.store, &attempt, forced && run.selected)? {
                let case = self.compiled.cases[run.case].id.clone();
                sink(Event::Scraped { case, trial: run.trial, reason: reason.to_string(), after_run: false });
            }
        }
        Ok(())
    }

    /// The pause stands between two runs only: not before the first, not after the last.
    fn cool_down(
        &self,
        progress: &Progress,
        next: &PlannedRun,
        sink: &mut Sink<'_>,
    ) -> Result<Duration, ExecuteError> {
        let pause = self.compiled.suite.tests[self.compiled.cases[next.case].test].cooldown;
        if progress.last.is_none() || pause.is_zero() {
            return Ok(Duration::ZERO);
        }
        sink(Event::CoolingDown { seconds: pause.as_secs_f64() });
        let until = Instant::now() + pause;
        while Instant::now() < until {
            if self.interrupt.signal().is_some() {
                return Err(ExecuteError::Interrupted);
            }
            thread::sleep(PAUSE.min(until.saturating_duration_since(Instant::now())));
        }
        Ok(pause)
    }
}

/// Where a run stood in its build.
pub(super) struct Place {
    pub(super) position: usize,
    pub(super) cooldown: Duration,
    pub(super) predecessor: Option<String>,
}

/// How far a build is.
pub(super) struct Progress {
    pub(super) plan: Plan,
    /// What this build has tried, so that nothing is tried twice under one key.
    attempted: BTreeSet<(usize, u32, Key)>,
    pub(super) services: Services,
    /// The set-ups that are applied.
    pub(super) applied: Applied,
    /// The cases whose set-ups could not be applied.
    pub(super) skipped: BTreeSet<usize>,
    /// The warm-ups that the running target has had.
    pub(super) warm: BTreeSet<usize>,
    /// The warm-ups that failed in this build, since a set-up last changed the system.
    pub(super) failed_warm_ups: BTreeSet<usize>,
    pub(super) last: Option<(usize, u32)>,
}

impl Progress {
    fn untried(&self) -> impl Iterator<Item = &PlannedRun> {
        let tried = |run: &PlannedRun| self.attempted.contains(&(run.case, run.trial, run.key));
        self.plan.to_run().filter(move |run| !tried(run) && !self.skipped.contains(&run.case))
    }

    fn next(&self) -> Option<PlannedRun> {
        self.untried().next().cloned()
    }

    fn remaining(&self) -> usize {
        self.untried().count()
    }

    /// Whether the plan knows `run` under another key by now.
    fn plan_has_changed(&self, run: &PlannedRun) -> bool {
        let same = |other: &&PlannedRun| other.case == run.case && other.trial == run.trial;
        self.plan.runs.iter().find(same).is_some_and(|other| other.key != run.key)
    }
}

fn worded(ran: &Ran) -> String {
    if ran.detail.is_empty() {
        ran.verdict.word().to_owned()
    } else {
        format!("{}: {}", ran.verdict.word(), ran.detail)
    }
}
