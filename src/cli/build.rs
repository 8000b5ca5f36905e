//! `howitzer build`: plan, run what is stale, write every output.

use std::path::PathBuf;

use super::after_build::AfterBuild;
use super::arguments::{Arguments, BuildArguments, Force, MessageFormat};
use super::build_suite::Builder;
use super::context::{Context, supervision};
use super::failure::Failure;
use super::loaded::Loaded;
use super::null_build::{self};
use super::{dry_run, exit, exports, mend, notes, provide};
use crate::base::clock::Instant;
use crate::base::environment::Environment;
use crate::base::interrupt::Interrupt;
use crate::execute::{Event, SetUpRunner, Sink, has_leftovers, host_facts, tell_stuck, undo_leftovers};
use crate::expand::{file_stems, output_names};
use crate::report::console::{Console, Style};
use crate::report::{self, ExpectedCase, expected_names};

/// What programs that read the events go by; a field that is added does not change it.
pub(super) const EVENTS: &str = "howitzer-events/1";

pub(super) fn run(
    arguments: &Arguments,
    typed: &BuildArguments,
    environment: Environment,
) -> Result<u8, Failure> {
    run_under(arguments, typed, environment, None)
}

/// The same; `interrupt` has the user's signals where somebody took them already.
pub(super) fn run_under(
    arguments: &Arguments,
    typed: &BuildArguments,
    environment: Environment,
    interrupt: Option<&Interrupt>,
) -> Result<u8, Failure> {
    let begun = Instant::now();
    let mut console = console(arguments, &environment);
    console.show(&Event::BuildStarted { schema: EVENTS, howitzer: env!("CARGO_PKG_VERSION") });
    let ended = told(arguments, typed, environment, interrupt, &mut console);
    let (exit, error) = ending(&ended);
    let wall_seconds = Instant::now().since(begun).as_secs_f64();
    console.show(&Event::BuildFinished { exit, error, wall_seconds });
    ended
}

/// How a command ended, as its last event says it: the exit, and the message that standard error has.
pub(super) fn ending(ended: &Result<u8, Failure>) -> (u8, Option<String>) {
    match ended {
        Ok(code) => (*code, None),
        Err(failure) => (failure.code(), Some(failure.render(false))),
    }
}

/// A build, between its first and its last event, and what is told of it to others than the screen.
fn told(
    arguments: &Arguments,
    typed: &BuildArguments,
    environment: Environment,
    interrupt: Option<&Interrupt>,
    console: &mut Console,
) -> Result<u8, Failure> {
    let after = AfterBuild::of(arguments, typed, &environment)?;
    let is_plan = typed.dry_run || typed.check;
    match attempt(arguments, typed, environment, interrupt, (&after, console)) {
        Ok(Ended::ByStamps(code)) => Ok(code),
        ended => {
            let ended = ended.map(Ended::code);
            if is_plan {
                after.tell_failed_plan(&ended);
                return ended;
            }
            let code = after.tell(&ended);
            ended.map(|_| code)
        }
    }
}

/// How an attempt ended that did not fail.
enum Ended {
    /// Nothing is stale, which the stamps say without a look at any case.
    ByStamps(u8),
    /// With this exit.
    Built(u8),
}

impl Ended {
    fn code(self) -> u8 {
        let (Self::ByStamps(code) | Self::Built(code)) = self;
        code
    }
}

fn attempt(
    arguments: &Arguments,
    typed: &BuildArguments,
    environment: Environment,
    interrupt: Option<&Interrupt>,
    (after, console): (&AfterBuild, &mut Console),
) -> Result<Ended, Failure> {
    let context = Context::open(arguments, &typed.suites, environment)?.into_folder(arguments, &typed.out)?;
    let context = Context { repeat: typed.repeat, ..context };
    after.expect(&context);
    exports::check(&typed.export, &context.workspace)?;
    if typed.dry_run || typed.check {
        return dry_run::run(&context, typed, arguments.verbose, after, &mut |event| console.show(&event))
            .map(Ended::Built);
    }
    for file in &context.suites {
        context.outputs(&file.name)?;
    }
    if !after.is_wanted()
        && let Some(code) = answer_all(&context, typed, true, &mut |event| console.show(&event))?
    {
        return Ok(Ended::ByStamps(code));
    }
    let read_at = Instant::now();
    let loaded = context.load_all_telling(&mut |file, mistakes| after.unplanned(file, mistakes))?;
    after.planned(&context, &loaded);
    typed.check_names(&context, &loaded)?;
    for suite in &loaded {
        refuse_others(&context, suite)?;
        for note in notes::of(suite) {
            console.show(&Event::Note { text: note });
        }
    }
    let interrupt = interrupt.map_or_else(Interrupt::install, |interrupt| Ok(interrupt.clone()));
    let interrupt = interrupt.map_err(|error| Failure::with(exit::INTERNAL, &error))?;
    let context = Context { supervision: supervision(interrupt.clone())?, ..context };
    let request = BuildRequest { typed, interrupt: &interrupt, after, read_at };
    match build_all(&context, &request, &loaded, &mut |event| console.show(&event)) {
        Err(failure @ Failure::Interrupted) => Err(failure.by(interrupt.signal())),
        ended => ended.map(Ended::Built),
    }
}

/// The console in the style that was typed.
pub(super) fn console(arguments: &Arguments, environment: &Environment) -> Console {
    let style = match (arguments.message_format, arguments.quiet) {
        (MessageFormat::Ndjson, _) => Style::Ndjson,
        (MessageFormat::Human, true) => Style::Quiet,
        (MessageFormat::Human, false) if arguments.verbose => Style::Verbose,
        (MessageFormat::Human, false) => Style::Human,
    };
    Console::new(style, arguments.progress(environment), arguments.wants_color(environment))
}

/// Before any load: what stands in a folder that was typed, and is not ours, would be overwritten.
fn refuse_others(context: &Context, suite: &Loaded) -> Result<(), Failure> {
    let folder = context.output_folder(&suite.suite.name);
    if !folder.is_shared {
        return Ok(());
    }
    let names = output_names(&suite.suite, &suite.cases);
    let stems = file_stems(names.iter().map(String::as_str));
    let cases = suite.cases.iter().zip(&suite.rendered).zip(&stems);
    let measured = cases.filter(|((case, _), _)| suite.measures(case));
    let known = measured.map(|((case, rendered), stem)| ExpectedCase {
        stem,
        ending: rendered.shape.place.ending(),
        has_samples: suite.suite.tests[case.test].keep_samples,
    });
    let expected = expected_names(known, suite.renderer.built_payloads().map(|(name, _)| name));
    Ok(report::refuse_others(&folder.path, &suite.suite.name, expected.iter().map(PathBuf::as_path))?)
}

/// What a build is asked for, and by whom it is interrupted and told of.
struct BuildRequest<'a> {
    typed: &'a BuildArguments,
    interrupt: &'a Interrupt,
    after: &'a AfterBuild,
    read_at: Instant,
}

/// Builds the loaded suites one after the other, as the only build of the workspace.
fn build_all(
    context: &Context,
    request: &BuildRequest<'_>,
    loaded: &[Loaded],
    sink: &mut Sink<'_>,
) -> Result<u8, Failure> {
    let BuildRequest { typed, interrupt, after, read_at } = *request;
    let store = provide::lock(context, typed, interrupt, sink)?;
    store.clear_scratch();
    tell_stuck(&store, sink);
    undo_leftovers(
        &SetUpRunner {
            store: &store,
            surroundings: &context.surroundings(&store, None),
            interrupt,
            grace: typed.grace,
        },
        sink,
    )?;
    if typed.verify {
        mend::examine(&store, sink)?;
    }
    if typed.force == Some(Force::Render) {
        store.forget_judgements()?;
    }
    let k6 = provide::k6(context, sink)?;
    let host = host_facts(context.workspace.host_class.as_deref(), &context.environment);
    let salt = store.make_salt()?;
    let builder = Builder {
        context,
        typed,
        store: &store,
        k6: &k6,
        host: &host,
        interrupt,
        salt: &salt,
        after,
        away: exports::Away::default(),
        read_at,
    };
    let mut code = exit::DONE;
    for (file, suite) in context.suites.iter().zip(loaded) {
        after.begins(file);
        null_build::forget(context, typed, file, &store)?;
        let built = builder.build(file, suite, sink)?;
        code = exit::worst(code, built.exit);
        if code >= 128 || built.stopped {
            break;
        }
    }
    tell_stuck(&store, sink);
    Ok(code)
}

/// Answers from stamps, if there is one that holds for every suite. Where outside targets must not be
/// asked, a stamp that stands on one does not answer.
pub(super) fn answer_all(
    context: &Context,
    typed: &BuildArguments,
    probe: bool,
    sink: &mut Sink<'_>,
) -> Result<Option<u8>, Failure> {
    let store = context.store()?;
    if has_leftovers(&store) {
        return Ok(None);
    }
    let mut code = exit::DONE;
    let mut events = Vec::new();
    for file in &context.suites {
        match null_build::answer(context, typed, file, &store, probe, &mut |event| events.push(event))? {
            Some(one) => code = exit::worst(code, one),
            None => return Ok(None),
        }
    }
    events.into_iter().for_each(sink);
    Ok(Some(code))
}
