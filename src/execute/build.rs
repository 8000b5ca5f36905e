//! An execution under way: the scheduler. One run at a time; set-ups, targets and warm-ups as they are
//! needed; every result kept at once; whatever ends it, set-ups are undone and services stopped.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

use super::ExecuteError;
use super::applied::Applied;
use super::event::{Event, Sink};
use super::figures::LastSecond;
use super::keep::tell_stuck;
use super::load_lock::lock_load;
use super::run::{Ran, run};
use super::session::{Done, LeftOut, Session};
use super::targets::{Services, Targets};
use super::waiting::Waiting;
use crate::base::lock::FileLock;
use crate::key::{Key, Reason};
use crate::plan::{Plan, PlannedRun, RunState};
use crate::result::Verdict;
use crate::store::Journal;

/// How often a waiting build looks whether it may go on.
const PAUSE: Duration = Duration::from_millis(50);

/// How far an execution is.
pub(super) struct Build<'b, 'x> {
    pub(super) session: &'b Session<'b>,
    pub(super) targets: &'b mut Targets,
    pub(super) journal: &'b mut Journal,
    pub(super) done: &'b mut Done,
    pub(super) sink: &'b mut Sink<'x>,
    plan: Plan,
    /// Before this place of the plan's sequence nothing is left to try.
    cursor: usize,
    /// What was tried, so that nothing is tried twice under one key.
    attempted: BTreeSet<(usize, u32, Key)>,
    /// The cases that cannot be run in this build.
    left_out: BTreeSet<usize>,
    pub(super) services: Services,
    /// The set-ups that are applied.
    pub(super) applied: Applied,
    /// The warm-ups that the running target has had.
    pub(super) warm: BTreeSet<usize>,
    /// The warm-ups that failed, since a set-up last changed the system.
    pub(super) failed_warm_ups: BTreeSet<usize>,
    /// The run before: case and trial.
    pub(super) last: Option<(usize, u32)>,
    /// The case that each target was last loaded by.
    pub(super) loaded: BTreeMap<String, usize>,
    /// How often each target turned out to be another one.
    pub(super) changes: BTreeMap<String, usize>,
    /// When the journal was last kept, and how long that took.
    pub(super) journal_kept: Option<(Instant, Duration)>,
}

/// The next run, and where it stands in the plan.
pub(super) struct Next {
    pub(super) run: PlannedRun,
    place: usize,
}

impl<'b, 'x> Build<'b, 'x> {
    pub(super) fn new(
        session: &'b Session<'b>,
        plan: Plan,
        targets: &'b mut Targets,
        journal: &'b mut Journal,
        done: &'b mut Done,
        sink: &'b mut Sink<'x>,
    ) -> Self {
        Self {
            session,
            targets,
            journal,
            done,
            sink,
            plan,
            cursor: 0,
            attempted: BTreeSet::new(),
            left_out: BTreeSet::new(),
            services: Services::default(),
            applied: Applied::default(),
            warm: BTreeSet::new(),
            failed_warm_ups: BTreeSet::new(),
            last: None,
            loaded: BTreeMap::new(),
            changes: BTreeMap::new(),
            journal_kept: None,
        }
    }

    /// Does not run these cases in this build.
    pub(super) fn leave_out(&mut self, cases: impl IntoIterator<Item = usize>) {
        self.left_out.extend(cases);
    }

    pub(super) fn tell(&mut self, event: Event) {
        (self.sink)(event);
    }

    /// Executes what is stale. Services end whatever happened; a run's error says more than a service
    /// that did not stop.
    pub(super) fn execute(&mut self) -> Result<(), ExecuteError> {
        let outcome = self.execute_all();
        let stopped = self.stop_services();
        outcome.and(stopped)
    }

    fn execute_all(&mut self) -> Result<(), ExecuteError> {
        if self.build_targets()? {
            self.plan_anew()?;
        }
        if self.next().is_none() {
            return Ok(());
        }
        let _load = self.lock_load()?;
        let outcome = self.execute_runs();
        // While the load lock is held: the next build of this host finds the system as it was.
        match (outcome, self.undo_to(0)) {
            (Err(outcome), Err(undone)) => {
                self.tell(Event::Note { text: undone.to_string() });
                Err(outcome)
            }
            (outcome, undone) => outcome.and(undone),
        }
    }

    fn execute_runs(&mut self) -> Result<(), ExecuteError> {
        while let Some(next) = self.next() {
            self.check_interrupt()?;
            self.attempted.insert((next.run.case, next.run.trial, next.run.key));
            let warm = match self.prepare(&next) {
                Err(ExecuteError::NotApplied(failure)) if self.session.settings.keep_going => {
                    self.skip_value(failure)?;
                    continue;
                }
                prepared => prepared?,
            };
            if self.plan_has_changed(&next) {
                continue;
            }
            self.check_interrupt()?;
            if !warm {
                self.done.left_out.insert(LeftOut::NotWarm);
                if !self.session.settings.keep_going {
                    self.done.stopped = true;
                    return Ok(());
                }
                continue;
            }
            let verdict = self.execute_with_retries(&next.run)?;
            if verdict == Verdict::TargetChanged
                && let Some(target) = self.session.target(next.run.case)
            {
                self.plan_again(target, "its identity changed during a run")?;
            }
            let settings = self.session.settings;
            let is_crossed =
                settings.stops_at_gates && matches!(verdict, Verdict::Threshold | Verdict::Aborted);
            if is_crossed || (verdict.is_failure() && !settings.keep_going) {
                self.done.stopped = true;
                return Ok(());
            }
        }
        Ok(())
    }

    /// Executes a run, and again where it measured nothing, as often as its test allows.
    fn execute_with_retries(&mut self, run: &PlannedRun) -> Result<Verdict, ExecuteError> {
        let retries = self.session.compiled.test(run.case).retries;
        let mut verdict = self.execute_run(run)?;
        for retry in 1..=retries {
            if !(verdict.is_failure() || verdict == Verdict::Invalid) {
                break;
            }
            self.check_interrupt()?;
            let reasons = vec![Reason::Retry(retry, retries, verdict.word().to_owned())];
            verdict = self.execute_run(&PlannedRun { state: RunState::Stale { reasons }, ..run.clone() })?;
        }
        if verdict == Verdict::Interrupted {
            self.done.interrupted = true;
            return Err(ExecuteError::Interrupted);
        }
        Ok(verdict)
    }

    /// The plan as things stand by now.
    pub(super) fn plan_anew(&mut self) -> Result<(), ExecuteError> {
        let plan = self.session.plan(self.targets, self.journal)?;
        let refused = self.session.admit(&plan, self.done, self.sink)?;
        self.leave_out(refused);
        self.plan = plan;
        self.cursor = 0;
        Ok(())
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    fn is_untried(&self, run: &PlannedRun) -> bool {
        run.selected
            && run.state.is_stale()
            && !self.left_out.contains(&run.case)
            && !self.attempted.contains(&(run.case, run.trial, run.key))
    }

    /// The next run that was not tried. What was tried or left out stays so: the search goes on where it ended.
    fn next(&mut self) -> Option<Next> {
        let rest = &self.plan.sequence[self.cursor..];
        let untried = rest.iter().position(|place| self.is_untried(&self.plan.runs[*place]));
        self.cursor += untried.unwrap_or(rest.len());
        let place = *self.plan.sequence.get(self.cursor)?;
        Some(Next { run: self.plan.runs[place].clone(), place })
    }

    /// How many runs are left to try.
    pub(super) fn remaining(&self) -> usize {
        let rest = self.plan.sequence[self.cursor..].iter();
        rest.filter(|place| self.is_untried(&self.plan.runs[**place])).count()
    }

    /// Whether the plan knows a run under another key by now. Every plan of a suite has its runs in the same places.
    fn plan_has_changed(&self, next: &Next) -> bool {
        self.plan.runs[next.place].key != next.run.key
    }

    fn check_interrupt(&mut self) -> Result<(), ExecuteError> {
        if self.session.interrupt.signal().is_some() {
            self.done.interrupted = true;
            return Err(ExecuteError::Interrupted);
        }
        Ok(())
    }

    /// One load generator a host.
    fn lock_load(&mut self) -> Result<FileLock, ExecuteError> {
        let Session { settings, interrupt, workspace, .. } = self.session;
        let holder = format!("process {}, workspace {}", std::process::id(), workspace.root.display());
        let mut waiting = None;
        lock_load(&settings.load_lock, &holder, settings.no_wait, interrupt, &mut |other| {
            let what = format!("the load of {other} on this host");
            let wait = waiting.get_or_insert_with(|| {
                self.tell(Event::Preparing { text: format!("waiting for {what}") });
                Waiting::new(what, None)
            });
            wait.look(self.sink, String::new);
        })
    }

    /// Has the run's set-ups applied and its target running and warmed up; says whether every warm-up did
    /// its work. Set-ups are applied while the services run. May find the target changed; then the plan
    /// is made anew.
    fn prepare(&mut self, next: &Next) -> Result<bool, ExecuteError> {
        let Session { compiled, .. } = self.session;
        let case = next.run.case;
        self.undo_others(case)?;
        let target = self.session.target(case);
        if let Some(target) = target {
            self.prepare_target(target, case)?;
        }
        if self.plan_has_changed(next) {
            return Ok(true);
        }
        self.apply_missing(case)?;
        for warm_up in compiled.warm_up_cases(compiled.cases[case].test) {
            if self.warm.contains(&warm_up) {
                continue;
            }
            if self.failed_warm_ups.contains(&warm_up) {
                return Ok(false);
            }
            if let Some(own) = self.session.target(warm_up).filter(|own| Some(*own) != target) {
                self.prepare_target(own, case)?;
            }
            if self.plan_has_changed(next) {
                return Ok(true);
            }
            // Where that target was another one, all set-ups were undone.
            self.apply_missing(case)?;
            if !self.warm_up(warm_up)? {
                self.failed_warm_ups.insert(warm_up);
                return Ok(false);
            }
            self.warm.insert(warm_up);
        }
        Ok(true)
    }

    /// Runs a warm-up; says whether it loaded the target. A crossed threshold of it means nothing.
    fn warm_up(&mut self, case: usize) -> Result<bool, ExecuteError> {
        let test = self.session.compiled.test(case).name.clone();
        self.tell(Event::WarmUpStarted { test: test.clone() });
        let (expected_seconds, sink) = (self.expected_seconds(case), &mut *self.sink);
        let ran = run(self.session, case, 1, &mut |said, latest| {
            sink(Event::WarmUpProgress {
                test: test.clone(),
                elapsed_seconds: said.elapsed.as_secs_f64(),
                expected_seconds,
                vus: said.vus,
                iterations: said.complete,
                last: latest.as_ref().and_then(LastSecond::of),
            });
        })?;
        self.session.store.discard(&ran.scratch);
        tell_stuck(self.session.store, self.sink);
        if ran.verdict == Verdict::Interrupted {
            return Err(ExecuteError::Interrupted);
        }
        let (verdict, wall_seconds) = (worded(&ran), ran.wall.as_secs_f64());
        self.tell(Event::WarmUpFinished { test, verdict, wall_seconds });
        self.check_service_after(case, &ran)?;
        Ok(ran.verdict.is_reusable(false))
    }

    /// The pause stands between two runs only: not before the first, not after the last.
    pub(super) fn cool_down(&mut self, case: usize) -> Result<Duration, ExecuteError> {
        let pause = self.session.compiled.test(case).cooldown;
        if self.last.is_none() || pause.is_zero() {
            return Ok(Duration::ZERO);
        }
        self.tell(Event::CoolingDown { seconds: pause.as_secs_f64() });
        let until = Instant::now() + pause;
        let mut waiting = Waiting::new("the cooldown", Some(pause));
        while Instant::now() < until {
            if self.session.interrupt.signal().is_some() {
                return Err(ExecuteError::Interrupted);
            }
            waiting.look(self.sink, String::new);
            thread::sleep(PAUSE.min(until.saturating_duration_since(Instant::now())));
        }
        Ok(pause)
    }
}

fn worded(ran: &Ran) -> String {
    if ran.detail.is_empty() {
        ran.verdict.word().to_owned()
    } else {
        format!("{}: {}", ran.verdict.word(), ran.detail)
    }
}
