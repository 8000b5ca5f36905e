//! Where results are sent: by a build after it, and by `howitzer export`, which catches up.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::arguments::{Arguments, BuildArguments, ExportArguments};
use super::build::{EVENTS, console, ending};
use super::context::Context;
use super::failure::Failure;
use super::planned::planned;
use super::{exit, output, provide};
use crate::base::clock::Instant;
use crate::base::counted::counted;
use crate::base::environment::Environment;
use crate::base::interrupt::Interrupt;
use crate::base::nearest::nearest;
use crate::execute::{Event, Sink, Waiting};
use crate::export::{Book, ExportError, Shipment, Shipped, Which, ledger_name, open, ship};
use crate::manifest::{Export, Workspace};
use crate::plan::Request;
use crate::report::assemble::assemble;
use crate::report::console::Console;
use crate::report::view::SuiteView;
use crate::store::{LockedStore, Store};

/// What a sending after a build came to.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// Exit 5 where a sending failed that was asked for.
    pub(super) exit: u8,
    /// The ledgers of the destinations at which everything of the suite is.
    pub(super) whole: BTreeSet<String>,
}

/// Which destinations failed for an earlier suite of the same build, and why: one that lets each request wait for half
/// a minute is not waited for once a suite.
pub(super) type Away = RefCell<BTreeMap<String, String>>;

/// What `--export` and `howitzer export` name must be there.
pub(super) fn check<'n>(
    names: impl IntoIterator<Item = &'n String>,
    workspace: &Workspace,
) -> Result<(), Failure> {
    let exports = &workspace.exports;
    let mut names = names.into_iter();
    let takes = |name: &&String| exports.get(*name).is_some_and(Export::takes_results);
    let Some(name) = names.find(|name| !takes(name)) else { return Ok(()) };
    if exports.contains_key(name) {
        return Err(Failure::usage(format!("`{name}`: {}", ExportError::OfRunsOnly)));
    }
    let near = nearest(name, exports.keys().map(String::as_str));
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("howitzer.toml has no `[export.{name}]`"),
    };
    Err(Failure::usage(format!("there is no destination `{name}`\nhint: {hint}")))
}

/// The destinations that get what a build has: those that are configured, unless nothing is to be sent.
fn wanted<'c>(context: &'c Context, typed: &BuildArguments) -> impl Iterator<Item = (&'c str, &'c Export)> {
    let is_offline = typed.offline;
    let all = context.workspace.exports.iter();
    let all = all.filter(move |(_, export)| !is_offline && export.takes_results());
    all.map(|(name, export)| (name.as_str(), export))
}

/// Whether `whole` says of every destination of a build that all is there, and its ledger still knows it.
pub(super) fn are_whole(
    context: &Context,
    typed: &BuildArguments,
    store: &Store,
    whole: &BTreeSet<String>,
) -> bool {
    let mut ledgers = wanted(context, typed).map(|(_, export)| ledger_name(export));
    ledgers.all(|ledger| whole.contains(&ledger) && store.has_ledger(&ledger))
}

/// Sends what a build of a suite has: a failure is a warning, unless the destination was asked for.
pub(super) fn after_build(
    context: &Context,
    typed: &BuildArguments,
    (store, interrupt): (&LockedStore, &Interrupt),
    (suite, build): (&SuiteView, &str),
    away: &Away,
    sink: &mut Sink<'_>,
) -> Sent {
    let mut sent = Sent::default();
    for (name, export) in wanted(context, typed) {
        let known = away.borrow().get(name).cloned();
        let all = Sending { context, store, name, export, which: Which::Current, away: known };
        let shipped = all.send(suite, Some(build), &|_| true, interrupt, sink);
        if let Some(error) = shipped.error.as_ref().filter(|error| error.is_of_destination()) {
            away.borrow_mut().insert(name.to_owned(), error.to_string());
        }
        let is_asked = typed.export.iter().any(|asked| asked == name);
        if shipped.is_whole() {
            sent.whole.insert(ledger_name(export));
        } else if is_asked {
            sent.exit = exit::ENVIRONMENT;
        }
        tell(name, &shipped, is_asked, sink);
        if let (Some(ExportError::Interrupted), Some(signal)) = (&shipped.error, interrupt.signal()) {
            sent.exit = exit::of_signal(signal);
            break;
        }
    }
    sent
}

struct Sending<'a> {
    context: &'a Context,
    store: &'a LockedStore,
    /// What the destination is called.
    name: &'a str,
    export: &'a Export,
    which: Which,
    /// Why it is not asked, if an earlier suite found out.
    away: Option<String>,
}

/// What was shipped, and where a person finds it.
struct Told {
    shipped: Shipped,
    place: String,
    notes: Vec<String>,
}

impl std::ops::Deref for Told {
    type Target = Shipped;

    fn deref(&self) -> &Shipped {
        &self.shipped
    }
}

impl Sending<'_> {
    fn send(
        &self,
        suite: &SuiteView,
        build: Option<&str>,
        selects: &dyn Fn(&str) -> bool,
        interrupt: &Interrupt,
        sink: &mut Sink<'_>,
    ) -> Told {
        let failed = |error| Told {
            shipped: Shipped { error: Some(error), ..Shipped::default() },
            place: String::new(),
            notes: Vec::new(),
        };
        let mut book = match Book::open(&ledger_name(self.export), self.store) {
            Ok(book) => book,
            Err(error) => return failed(error),
        };
        let selects = |case: &crate::report::view::CaseView| selects(&case.id);
        let shipment = Shipment::of(suite, build, self.which, &selects, book.ledger());
        let left = shipment.unsent.len();
        let unsent = |error| {
            let mut told = failed(error);
            told.shipped.left = left;
            told
        };
        if let Some(why) = self.away.clone().filter(|_| left > 0) {
            return unsent(ExportError::NotAskedAgain { why });
        }
        let opened = open(self.export, &self.context.workspace.root, &self.context.environment, interrupt);
        let mut destination = match opened {
            Ok(destination) => destination,
            Err(error) => return unsent(error),
        };
        let mut waiting = Waiting::new(format!("{} to take results", self.name), None);
        let mut progress = |done: usize, of: usize| {
            waiting.look(sink, || format!("{done} of {}", counted(of, "case")));
        };
        let is_stopped = || interrupt.signal().is_some();
        let shipped = ship(&mut *destination, &shipment, &mut book, &is_stopped, &mut progress);
        Told { place: destination.place(), notes: destination.notes(), shipped }
    }
}

fn tell(name: &str, told: &Told, is_asked: bool, sink: &mut Sink<'_>) {
    let shipped = &told.shipped;
    for note in &told.notes {
        sink(Event::Note { text: format!("{name}: {note}") });
    }
    if shipped.sent > 0 {
        sink(Event::Exported {
            destination: name.to_owned(),
            sent: shipped.sent,
            before: shipped.before,
            place: told.place.clone(),
        });
    }
    if let Some(why) = shipped.why().filter(|_| !shipped.is_whole()) {
        sink(Event::ExportFailed { destination: name.to_owned(), why, left: shipped.left, is_asked });
    }
}

/// `export`: what is not sent yet, or with `--dry-run` what that would be, which is documents and no events.
pub(super) fn run(
    arguments: &Arguments,
    typed: &ExportArguments,
    environment: Environment,
) -> Result<u8, Failure> {
    let mut console = console(arguments, &environment);
    if typed.dry_run {
        return catch_up(arguments, typed, environment, &mut console);
    }
    let begun = Instant::now();
    let (destination, howitzer) = (typed.name.clone(), env!("CARGO_PKG_VERSION"));
    console.show(&Event::SendingStarted { schema: EVENTS, howitzer, destination });
    let ended = catch_up(arguments, typed, environment, &mut console);
    let (exit, error) = ending(&ended);
    let wall_seconds = Instant::now().since(begun).as_secs_f64();
    console.show(&Event::SendingFinished { exit, error, wall_seconds });
    ended
}

fn catch_up(
    arguments: &Arguments,
    typed: &ExportArguments,
    environment: Environment,
    console: &mut Console,
) -> Result<u8, Failure> {
    let context = Context::open(arguments, &typed.suites, environment)?;
    check([&typed.name], &context.workspace)?;
    let export = &context.workspace.exports[typed.name.as_str()];
    let store = context.store()?;
    if typed.dry_run {
        for view in views(&context, &store)? {
            payloads(&context, &typed.name, export, &view, &store)?;
        }
        return Ok(exit::DONE);
    }
    let interrupt = Interrupt::install().map_err(|error| Failure::with(exit::INTERNAL, &error))?;
    let locked = provide::lock_now(&store, "export")?;
    let mut code = exit::DONE;
    for (view, selected) in views(&context, &store)? {
        let name = &typed.name;
        let all = Sending { context: &context, store: &locked, name, export, which: Which::All, away: None };
        let mut show = |event: Event| console.show(&event);
        let told = all.send(&view, None, &|case| selected.contains(case), &interrupt, &mut show);
        tell(name, &told, true, &mut show);
        if matches!(told.shipped.error, Some(ExportError::Interrupted)) {
            return Ok(exit::of_signal(interrupt.signal().unwrap_or(2)));
        }
        // A case that is refused keeps no other suite back; who is away is not asked once more.
        if !told.shipped.is_whole() {
            code = exit::ENVIRONMENT;
            if told.shipped.error.is_some() {
                break;
            }
        } else if told.shipped.sent == 0 {
            let text = format!("{}: nothing is left to send to {}", view.name, typed.name);
            console.show(&Event::Note { text });
        }
    }
    Ok(code)
}

/// Every suite with its results, and its selected cases.
fn views(context: &Context, store: &Store) -> Result<Vec<(SuiteView, BTreeSet<String>)>, Failure> {
    let request = Request { selection: context.selection.clone(), ..Request::default() };
    let mut views = Vec::new();
    for suite in context.load_all()? {
        let journal = store.journal(&suite.suite.name)?;
        let (plan, _) = planned(context, &suite, store, &journal, &request, false)?;
        let selected = suite.measured().filter(|(case, _)| context.selection.selects(&suite.suite, case));
        let selected = selected.map(|(case, _)| case.id.clone()).collect();
        views.push((assemble(&suite.compiled(), &plan, store, &journal)?, selected));
    }
    Ok(views)
}

/// What would be sent of a suite, a line of JSON a request.
fn payloads(
    context: &Context,
    name: &str,
    export: &Export,
    (view, selected): &(SuiteView, BTreeSet<String>),
    store: &Store,
) -> Result<(), Failure> {
    let failed = |error: ExportError| Failure::with(exit::ENVIRONMENT, &error);
    let book = Book::read(&ledger_name(export), store).map_err(failed)?;
    let shipment = Shipment::of(view, None, Which::All, &|case| selected.contains(&case.id), book.ledger());
    // Nobody is asked.
    let interrupt = Interrupt::default();
    let opened = open(export, &context.workspace.root, &context.environment, &interrupt);
    let destination = opened.map_err(failed)?;
    let mut show = |document: &serde_json::Value| output::data(&format!("{document}\n"));
    destination.payload(&shipment, &book, &mut show).map_err(failed)?;
    let (unsent, sent) = (shipment.unsent.len(), shipment.sent.len());
    output::talk(&format!("{:>10} {name}: {unsent} of {} cases to send", "dry run", unsent + sent));
    Ok(())
}
