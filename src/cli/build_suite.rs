//! One suite, built: planned, executed, scraped, written, and how that ends.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::account::{build_view, doubted_later, gates, has_suspects, started_event};
use super::after_build::AfterBuild;
use super::ancestor;
use super::arguments::{BuildArguments, Force};
use super::context::{Context, keyed, load_lock};
use super::exports::{self, Sent};
use super::failure::Failure;
use super::loaded::Loaded;
use super::null_build::{self, Ended};
use super::{exit, mend, notes};
use crate::base::clock::Instant;
use crate::base::commit::commit;
use crate::base::digest::Digest;
use crate::base::interrupt::Interrupt;
use crate::base::preimage::Preimage;
use crate::execute::{
    Done, Event, ExecuteError, LeftOut, Probing, Session, Settings, Sink, Targets, Waiting,
};
use crate::k6::K6;
use crate::key::{Reason, changes};
use crate::manifest::Target;
use crate::plan::{Circumstances, Compiled, Plan};
use crate::report::aggregate::preimage;
use crate::report::assemble::assemble;
use crate::report::view::{Action, BuildView, BuiltTrial, SuiteView};
use crate::report::{write, write_account};
use crate::result::{HostFacts, Verdict};
use crate::store::{Journal, LockedStore};
use crate::suite::{Form, Suite, SuiteFile};
use crate::target::{Surroundings, TargetError};

/// How the build of one suite ended.
pub(super) struct Built {
    pub(super) exit: u8,
    /// Whether a failure ended it early, which ends the whole build.
    pub(super) stopped: bool,
}

/// What the builds of all suites share.
pub(super) struct Builder<'a> {
    pub(super) context: &'a Context,
    pub(super) typed: &'a BuildArguments,
    pub(super) store: &'a LockedStore,
    pub(super) k6: &'a K6,
    pub(super) host: &'a HostFacts,
    pub(super) interrupt: &'a Interrupt,
    pub(super) salt: &'a [u8],
    /// Whom to tell of what was built.
    pub(super) after: &'a AfterBuild,
    /// The destinations that are not asked again.
    pub(super) away: exports::Away,
    /// From when on the sources were read: long before the build of a suite, if another build was waited for.
    pub(super) read_at: Instant,
}

impl Builder<'_> {
    /// Where the store refuses a result, whatever is written after it may be refused too: then it is told
    /// first where that result is.
    pub(super) fn build(
        &self,
        file: &SuiteFile,
        suite: &Loaded,
        sink: &mut Sink<'_>,
    ) -> Result<Built, Failure> {
        let mut done = Done::default();
        let built = self.build_suite(file, suite, &mut done, sink);
        match (built, done.unstored) {
            (Err(_), Some(message)) => Err(Failure::Other { code: exit::INTERNAL, message }),
            (built, _) => built,
        }
    }

    fn build_suite(
        &self,
        file: &SuiteFile,
        suite: &Loaded,
        done: &mut Done,
        sink: &mut Sink<'_>,
    ) -> Result<Built, Failure> {
        let started = Instant::now();
        let surroundings = self.context.surroundings(self.store, Some(self.k6));
        let settings = self.settings(&suite.suite, started);
        let compiled = suite.compiled();
        let session = Session {
            workspace: &self.context.workspace,
            compiled: &compiled,
            store: self.store,
            k6: self.k6,
            surroundings: &surroundings,
            interrupt: self.interrupt,
            host: self.host,
            shown_environment: &|_, value| self.context.shown_variable(value, self.salt),
            keyed: &|digest| keyed(digest, self.salt),
            settings: &settings,
        };
        let mut targets = self.look_at_targets(suite, &surroundings, sink)?;
        targets.remember(self.store)?;
        let mut journal = self.store.journal(&suite.suite.name)?;
        let first = session.plan(&targets, &journal)?;
        for text in targets.doubts().into_iter().chain(first.doubt()).chain(first.shuffle_note()) {
            sink(Event::Note { text });
        }
        sink(started_event(&settings.build, suite, &first));
        let asked: BTreeSet<(usize, u32)> = first.to_run().map(|run| (run.case, run.trial)).collect();
        let (outcome, last, view) = self.execute(&session, first, &mut targets, &mut journal, done, sink)?;
        targets.remember(self.store)?;
        let gates = gates(&last, &view);
        let failed = failed(&compiled, &last, done);
        let doubted = doubted_later(&last, &view, done);
        let code = self.exit_code(&last, done, &failed, &outcome, &gates);
        let is_refused = self.typed.strict && has_suspects(&last, &view);
        let code = if is_refused { exit::worst(code, exit::FAILED) } else { code };
        let pending = pending(&asked, &last, done);
        for gate in &gates {
            sink(gate.clone());
        }
        for (text, _) in doubted.iter().filter(|(_, is_told)| !is_told) {
            sink(Event::Note { text: text.clone() });
        }
        let mut account =
            self.finish(suite, &settings, started, (&last, done, &journal), &view, code, sink)?;
        let is_cached = |trial: &&BuiltTrial| matches!(trial.action, Action::Cached(_));
        let cached = account.trials.iter().filter(is_cached).count();
        let sent = self.export(&view, &settings.build, done, sink);
        let code_with_exports = exit::worst(code, sent.exit);
        if code_with_exports != account.exit {
            account.exit = code_with_exports;
            write_account(&self.context.output_folder(&suite.suite.name), &account)?;
        }
        self.after.collect(self.context, suite, view, account);
        let wall_seconds = Instant::now().since(started).as_secs_f64();
        sink(Event::SuiteFinished {
            exit: code_with_exports,
            ran: done.ran.len(),
            cached,
            pending,
            wall_seconds,
        });
        let circumstances = Circumstances {
            k6: &self.k6.identity(),
            targets: targets.facts(),
            class: &self.host.class,
            as_of: started,
            shown_environment: &|_, value| self.context.shown_variable(value, self.salt),
            keyed: &|digest| keyed(digest, self.salt),
        };
        let notes = notes::of(suite).chain(targets.doubts()).chain(last.doubt());
        let notes = notes.chain(doubted.into_iter().map(|(text, _)| text)).collect();
        let (plan, circumstances, loaded) = (&last, &circumstances, suite);
        let ended = Ended {
            file,
            loaded,
            plan,
            circumstances,
            read_at: self.read_at,
            build: settings.build.clone(),
            exit: code,
            notes,
            gates,
            exported: sent.whole,
        };
        self.store.write_catalogue(&suite.suite.name, last.catalogue())?;
        // A build that asks for nothing again has not failed where an older result stands.
        if outcome.is_ok() && failed.is_empty() {
            null_build::remember(self.context, self.typed, self.store, &ended)?;
        }
        match outcome {
            Ok(()) | Err(ExecuteError::Interrupted) => {
                Ok(Built { exit: code_with_exports, stopped: done.stopped })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The targets as they are; those of the selected cases are asked, and awaited.
    fn look_at_targets(
        &self,
        suite: &Loaded,
        surroundings: &Surroundings,
        sink: &mut Sink<'_>,
    ) -> Result<Targets, Failure> {
        let selected = suite.targets_of(&self.context.selection);
        let told = RefCell::new((BTreeMap::new(), sink));
        let waiting = |target: &Target| {
            let (awaited, sink) = &mut *told.borrow_mut();
            let wait = awaited.entry(target.name.clone()).or_insert_with(|| {
                sink(Event::TargetAwaited {
                    target: target.name.clone(),
                    limit_seconds: target.wait.as_secs_f64(),
                });
                Waiting::new(format!("target {}", target.name), Some(target.wait))
            });
            wait.look(sink, String::new);
            if self.interrupt.signal().is_some() { Err(TargetError::Interrupted) } else { Ok(()) }
        };
        let probing =
            Probing { asks: &|name| selected.contains(name), tries_others: true, waiting: &waiting };
        Ok(Targets::look(&self.context.workspace, suite.targets(), surroundings, self.store, &probing)?)
    }

    /// Executes `first` and looks at what stands then. Where results turn out to be damaged as they are
    /// read, they are moved aside, and their runs execute too.
    fn execute(
        &self,
        session: &Session<'_>,
        first: Plan,
        targets: &mut Targets,
        journal: &mut Journal,
        done: &mut Done,
        sink: &mut Sink<'_>,
    ) -> Result<(Result<(), ExecuteError>, Plan, SuiteView), Failure> {
        let mut outcome = session.execute(first, targets, journal, done, sink);
        let (mut last, mut view) = self.look(session, targets, journal, sink)?;
        if mend::set_aside(self.store, sink)? {
            let before = last;
            (last, view) = self.look(session, targets, journal, sink)?;
            if outcome.is_ok()
                && !done.stopped
                && let Some(request) =
                    mend::lost(&before, &last, session.compiled.cases, &session.settings.request)
            {
                let settings = Settings { request, ..session.settings.clone() };
                let again = Session { settings: &settings, ..*session };
                let lost = again.plan(targets, journal)?;
                outcome = again.execute(lost, targets, journal, done, sink);
                (last, view) = self.look(session, targets, journal, sink)?;
                mend::set_aside(self.store, sink)?;
            }
        }
        Ok((outcome, last, view))
    }

    /// What stands now, scraped and assembled: what was done is reported whatever ended the build.
    fn look(
        &self,
        session: &Session<'_>,
        targets: &Targets,
        journal: &Journal,
        sink: &mut Sink<'_>,
    ) -> Result<(Plan, SuiteView), Failure> {
        let request = session.settings.request.unforced();
        let unforced = Settings { request, ..session.settings.clone() };
        let last = Session { settings: &unforced, ..*session }.plan(targets, journal)?;
        session.scrape(&last, self.typed.force == Some(Force::Scrape), sink)?;
        let view = assemble(session.compiled, &last, self.store, journal)?;
        Ok((last, view))
    }

    fn settings(&self, suite: &Suite, started: Instant) -> Settings {
        let id = Digest::of(format!("{} {started} {}", suite.name, std::process::id()).as_bytes()).short();
        let is_legacy = suite.form == Form::Legacy;
        let exits = ancestor::exits_on_failure(&self.context.environment);
        Settings {
            build: id,
            commit: commit(&self.context.workspace.root),
            as_of: started,
            offline: self.typed.offline,
            request: self.typed.request(self.context.selection.clone()),
            no_wait: self.typed.no_wait,
            keep_going: self.typed.keep_going || (is_legacy && !exits),
            stops_at_gates: is_legacy && exits && !self.typed.keep_going,
            grace: self.typed.grace,
            allow: self.typed.allow.clone(),
            load_lock: load_lock(&self.context.environment),
        }
    }

    /// Judged on what stands now, also where it was cached: a failed gate fails again until something changes.
    fn exit_code(
        &self,
        plan: &Plan,
        done: &Done,
        failed: &[Verdict],
        outcome: &Result<(), ExecuteError>,
        gates: &[Event],
    ) -> u8 {
        if done.interrupted || matches!(outcome, Err(ExecuteError::Interrupted)) {
            return exit::of_signal(self.interrupt.signal().unwrap_or(2));
        }
        let fresh = plan.reused().map(|fresh| fresh.verdict);
        let strict = |verdict: Verdict| {
            if self.typed.strict && verdict == Verdict::Suspect { exit::FAILED } else { verdict.build_exit() }
        };
        let ended = match outcome {
            Err(error) => return Failure::code_of(error),
            Ok(()) if done.left_out.contains(&LeftOut::NotWarm) => exit::FAILED,
            Ok(()) if done.left_out.contains(&LeftOut::NotSetUp) => exit::FAILED,
            Ok(()) if done.left_out.contains(&LeftOut::Refused) => exit::INVALID,
            Ok(()) => exit::DONE,
        };
        let code = fresh.chain(failed.iter().copied()).map(strict).fold(ended, exit::worst);
        if gates.is_empty() { code } else { exit::worst(code, exit::THRESHOLD) }
    }

    /// Writes every output; says how many selected runs were reused.
    #[allow(clippy::too_many_arguments, reason = "the end of a build meets all its parts")]
    fn finish(
        &self,
        suite: &Loaded,
        settings: &Settings,
        started: Instant,
        (plan, done, journal): (&Plan, &Done, &Journal),
        view: &SuiteView,
        code: u8,
        sink: &mut Sink<'_>,
    ) -> Result<BuildView, Failure> {
        self.store.write_journal(&suite.suite.name, journal)?;
        let ended = Instant::now();
        let build = build_view(suite, settings, started, ended, plan, done, code);
        let out = self.context.output_folder(&suite.suite.name);
        let made = preimage(view);
        let before = self.store.outputs_preimage(&suite.suite.name).filter(|_| out.path.is_dir());
        let written = write(&out, view, Some(&build))?;
        let folder = out.shown;
        self.store.write_outputs_preimage(&suite.suite.name, &made)?;
        // `build.json` changes with every build.
        let edited = written.written > 1 || written.removed > 0;
        let reason = outputs_reason(before.as_ref(), &made, edited, self.typed.force).unwrap_or_default();
        sink(Event::OutputsWritten { folder, reason, written: written.written, removed: written.removed });
        Ok(build)
    }

    /// Nothing is sent of a build that was interrupted: the next one, or `howitzer export`, does.
    fn export(&self, view: &SuiteView, build: &str, done: &Done, sink: &mut Sink<'_>) -> Sent {
        if done.interrupted || self.interrupt.signal().is_some() {
            return Sent::default();
        }
        let kept = (self.store, self.interrupt);
        exports::after_build(self.context, self.typed, kept, (view, build), &self.away, sink)
    }
}

/// The verdicts of runs that executed and left nothing usable, be it that an older result stands. What was tried
/// again and is usable by now counts no more; what has expired meanwhile counts.
fn failed(compiled: &Compiled<'_>, plan: &Plan, done: &Done) -> Vec<Verdict> {
    let stale: BTreeSet<(usize, u32)> =
        plan.runs.iter().filter(|run| run.state.is_stale()).map(|run| (run.case, run.trial)).collect();
    let last: BTreeMap<(usize, u32), Verdict> =
        done.ran.iter().map(|(case, trial, _, verdict)| ((*case, *trial), *verdict)).collect();
    let is_usable = |(run, verdict): &((usize, u32), Verdict)| {
        !stale.contains(run) && verdict.is_reusable(compiled.test(run.0).allow_invalid)
    };
    last.into_iter().filter(|ran| !is_usable(ran)).map(|(_, verdict)| verdict).collect()
}

/// How many runs are still to be done: the stale ones, and those that were asked for and not reached.
fn pending(asked: &BTreeSet<(usize, u32)>, plan: &Plan, done: &Done) -> usize {
    let mut pending: BTreeSet<(usize, u32)> = plan.to_run().map(|run| (run.case, run.trial)).collect();
    let ran: BTreeSet<(usize, u32)> = done.ran.iter().map(|(case, trial, _, _)| (*case, *trial)).collect();
    pending.extend(asked.difference(&ran));
    pending.len()
}

/// Why the outputs are made anew, if they have to be.
fn outputs_reason(
    before: Option<&Preimage>,
    now: &Preimage,
    edited: bool,
    force: Option<Force>,
) -> Option<String> {
    let none = BTreeMap::new();
    let reasons = match before {
        None => vec![Reason::NeverBuilt],
        Some(before) => changes(before, &none, now, &none),
    };
    let edited = edited.then_some(Reason::Outputs);
    let forced = matches!(force, Some(Force::Render | Force::Scrape)).then_some(Reason::Forced);
    let reason = reasons.into_iter().next().or(edited).or(forced)?;
    Some(reason.to_string())
}
