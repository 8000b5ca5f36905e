//! `howitzer watch`: a look at the suites after every save. What became stale is told with its reasons, scripts are
//! rendered anew, and with `--run` what is stale runs. Saves during a run are looked at after it; a mistake in a file
//! is told, and the watching goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::arguments::{Arguments, WatchArguments};
use super::build;
use super::context::Context;
use super::failure::Failure;
use super::loaded::Loaded;
use super::planned::planned;
use super::verbs::render_suite;
use super::{exit, output};
use crate::base::changes::Changes;
use crate::base::counted::counted;
use crate::base::environment::Environment;
use crate::base::interrupt::Interrupt;
use crate::key::{Key, Reason, grouped};
use crate::plan::{Plan, Request, RunState};

/// How often the user's signals are looked at.
const PATIENCE: Duration = Duration::from_millis(100);
/// Where other tools keep what is no input of a load test, and changes all the time.
const OTHERS: [&str; 2] = ["target", "node_modules"];
/// So many files of one save are named.
const MOST_NAMED: usize = 3;

/// The key and the reasons of each stale run, by suite, case and trial. A stale run is new where its key is: what was
/// told, or tried, is not told or tried again until something changes that counts.
type Stale = BTreeMap<(String, String, u32), (Key, Vec<Reason>)>;

pub(super) fn run(
    arguments: &Arguments,
    typed: &WatchArguments,
    environment: &Environment,
) -> Result<u8, Failure> {
    let watching = Watching { arguments, typed, environment };
    let context = watching.open()?;
    let interrupt = Interrupt::install().map_err(|error| Failure::with(exit::INTERNAL, &error))?;
    let store = context.store_folder.strip_prefix(&context.workspace.root).map(PathBuf::from).ok();
    let except =
        OTHERS.map(PathBuf::from).into_iter().chain([context.workspace.out.clone().into()]).chain(store);
    let mut changes = Changes::watch(&context.workspace.root, &except.collect::<Vec<_>>())
        .map_err(|error| Failure::with(exit::INTERNAL, &error))?;
    say("watch", &format!("{}; Ctrl-C ends it", context.workspace.root.display()));
    drop(context);
    let mut stale = Stale::new();
    let mut changed = BTreeSet::new();
    loop {
        watching.look(&mut stale, &changed, &interrupt);
        changed = loop {
            if let Some(signal) = interrupt.signal() {
                return Ok(exit::of_signal(signal));
            }
            let next = changes.next(PATIENCE).map_err(|error| Failure::with(exit::INTERNAL, &error))?;
            if !next.is_empty() {
                break next;
            }
        };
        say("changed", &named(&changed));
    }
}

fn say(word: &str, rest: &str) {
    output::talk(&format!("{word:>10} {rest}"));
}

/// The first of the files, and how many more there are. What an editor makes and removes as it saves is not named
/// beside the file that it saved.
fn named(changed: &BTreeSet<PathBuf>) -> String {
    let saved: Vec<&PathBuf> = changed.iter().filter(|path| !is_an_editors(path)).collect();
    let files = if saved.is_empty() { changed.iter().collect() } else { saved };
    let shown: Vec<String> = files.iter().take(MOST_NAMED).map(|path| path.display().to_string()).collect();
    let more = files.len().saturating_sub(MOST_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// Backups (`x~`), the file by which vim tries a folder (`4913`), and what Emacs keeps unsaved (`#x#`).
fn is_an_editors(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with('~') || name == "4913" || name.len() > 1 && name.starts_with('#') && name.ends_with('#')
}

struct Watching<'a> {
    arguments: &'a Arguments,
    typed: &'a WatchArguments,
    environment: &'a Environment,
}

impl Watching<'_> {
    fn open(&self) -> Result<Context, Failure> {
        let context = Context::open(self.arguments, &self.typed.suites, self.environment.clone())?;
        context.into_folder(self.arguments, &self.typed.out)
    }

    /// One look; a mistake is told, and what was stale stays so.
    fn look(&self, stale: &mut Stale, changed: &BTreeSet<PathBuf>, interrupt: &Interrupt) {
        let color = self.arguments.wants_color(self.environment);
        match self.plan(stale, changed.is_empty()) {
            Err(failure) => output::talk(&failure.render(color)),
            Ok(false) => {}
            Ok(true) if !self.typed.run => {}
            Ok(true) => {
                let build = self.typed.build();
                let ended =
                    build::run_under(self.arguments, &build, self.environment.clone(), Some(interrupt));
                match ended {
                    Err(failure) => output::talk(&failure.render(color)),
                    Ok(_) => self.forget_what_ran(stale),
                }
            }
        }
    }

    /// What is fresh by now was stale before the build; what is still stale stays as it was tried. Where the suites
    /// cannot be read any more, the next look says so.
    fn forget_what_ran(&self, stale: &mut Stale) {
        let now = self.open().and_then(|context| {
            let mut now = Stale::new();
            for suite in context.load_all()? {
                now.extend(stale_runs(&suite, &plan_of(&context, &suite)?));
            }
            Ok(now)
        });
        if let Ok(now) = now {
            stale.retain(|run, _| now.contains_key(run));
        }
    }

    /// Tells the plan of every suite and renders it; whether something is stale that was not before.
    fn plan(&self, stale: &mut Stale, is_first: bool) -> Result<bool, Failure> {
        let context = self.open()?;
        let (mut now, mut is_new) = (Stale::new(), false);
        for suite in context.load_all()? {
            let plan = plan_of(&context, &suite)?;
            let of_suite = stale_runs(&suite, &plan);
            is_new |= self.tell(&suite, &plan, &of_suite, stale, is_first);
            let changed = render_suite(&context, &suite)?;
            if changed > 0 {
                let folder = context.outputs(&suite.suite.name)?.shown;
                say("rendered", &format!("{folder}/render ({} changed)", counted(changed, "file")));
            }
            now.extend(of_suite);
        }
        *stale = now;
        Ok(is_new)
    }

    /// How many runs are stale, and the reasons of those that are new; whether there are any.
    fn tell(&self, suite: &Loaded, plan: &Plan, now: &Stale, before: &Stale, is_first: bool) -> bool {
        let (cases, cached, to_run) = plan.counts();
        say(&suite.suite.name, &format!("{}, {cached} cached, {to_run} to run", counted(cases, "case")));
        let was = |run| before.get(run).map(|(key, _)| key);
        let new: Vec<_> = now.iter().filter(|(run, (key, _))| was(*run) != Some(key)).collect();
        for (reason, runs) in grouped(new.iter().map(|(_, (_, reasons))| reasons.as_slice())) {
            say("stale", &format!("{reason} → {}", counted(runs, "run")));
        }
        if self.arguments.verbose {
            for ((_, case, trial), (_, reasons)) in &new {
                let trial = if *trial > 1 { format!("@{trial}") } else { String::new() };
                let reasons: Vec<String> = reasons.iter().map(Reason::explained).collect();
                say("stale", &format!("{case}{trial} ({})", reasons.join("; ")));
            }
        }
        let of_suite = |run: &&(String, String, u32)| run.0 == suite.suite.name;
        let gone = before.keys().filter(of_suite).filter(|run| !now.contains_key(*run)).count();
        if gone > 0 {
            say("fresh", &format!("{} again, or gone", counted(gone, "run")));
        }
        if !is_first && new.is_empty() && gone == 0 {
            say("same", "nothing became stale");
        }
        !new.is_empty()
    }
}

fn plan_of(context: &Context, suite: &Loaded) -> Result<Plan, Failure> {
    let store = context.store()?;
    let journal = store.journal(&suite.suite.name)?;
    let request = Request { selection: context.selection.clone(), ..Request::default() };
    Ok(planned(context, suite, &store, &journal, &request, false)?.0)
}

fn stale_runs(suite: &Loaded, plan: &Plan) -> Stale {
    let name = &suite.suite.name;
    let to_run = plan.to_run().filter_map(|run| {
        let RunState::Stale { reasons } = &run.state else { return None };
        let of = (name.clone(), suite.cases[run.case].id.clone(), run.trial);
        Some((of, (run.key, reasons.clone())))
    });
    to_run.collect()
}
