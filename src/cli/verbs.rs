//! The verbs that run nothing: render, status, and clean.

use std::collections::BTreeMap;

use super::arguments::{Arguments, CleanArguments, RenderArguments, Suites};
use super::context::Context;
use super::failure::Failure;
use super::loaded::Loaded;
use super::planned::planned;
use super::{exit, output, provide};
use crate::base::counted::counted;
use crate::base::duration::human;
use crate::base::environment::Environment;
use crate::base::files;
use crate::execute::has_leftovers;
use crate::expand::{file_stems, output_names};
use crate::plan::{PlannedRun, Request, RunState};
use crate::report::{remove_listed, write_rendered};
use crate::store::Store;

/// `render`: scripts, and what they find beside them.
pub(super) fn render(
    arguments: &Arguments,
    typed: &RenderArguments,
    environment: Environment,
) -> Result<u8, Failure> {
    let context = Context::open(arguments, &typed.suites, environment)?.into_folder(arguments, &typed.out)?;
    for suite in context.load_all()? {
        render_suite(&context, &suite)?;
        let folder = context.outputs(&suite.suite.name)?;
        output::talk(&format!("{:>10} {}/render", "wrote", folder.shown));
    }
    Ok(exit::DONE)
}

/// Writes the scripts of the selected cases, and the built payloads; how many of these files changed.
pub(super) fn render_suite(context: &Context, suite: &Loaded) -> Result<usize, Failure> {
    let names = output_names(&suite.suite, &suite.cases);
    let stems = file_stems(names.iter().map(String::as_str));
    let folder = context.outputs(&suite.suite.name)?;
    let mut scripts = BTreeMap::new();
    for ((case, rendered), stem) in suite.cases.iter().zip(&suite.rendered).zip(&stems) {
        if context.selection.selects(&suite.suite, case) {
            let name = format!("{stem}.{}", rendered.shape.place.ending());
            scripts.insert(name, suite.renderer.script(case)?);
        }
    }
    Ok(write_rendered(&folder, &suite.suite.name, &scripts, suite.renderer.built_payloads())?)
}

/// `status`: one line a case.
pub(super) fn status(arguments: &Arguments, typed: &Suites, environment: Environment) -> Result<u8, Failure> {
    each_run(arguments, typed, environment, |name, run, _| {
        Ok(match &run.state {
            RunState::Fresh(fresh) => {
                format!("cached  {name}  {}, {} old\n", fresh.verdict, human(fresh.ended.age()))
            }
            RunState::Stale { .. } => format!("stale   {name}  {}\n", run.state.reason_text()),
        })
    })
}

pub(super) fn each_run(
    arguments: &Arguments,
    typed: &Suites,
    environment: Environment,
    line: impl Fn(&str, &PlannedRun, &Store) -> Result<String, Failure>,
) -> Result<u8, Failure> {
    let context = Context::open(arguments, typed, environment)?;
    let store = context.store()?;
    let request = Request { selection: context.selection.clone(), ..Request::default() };
    for suite in context.load_all()? {
        let journal = store.journal(&suite.suite.name)?;
        let (plan, targets) = planned(&context, &suite, &store, &journal, &request, false)?;
        for doubt in targets.doubts() {
            output::talk(&format!("{:>10} {doubt}", "note"));
        }
        for run in plan.runs.iter().filter(|run| run.selected) {
            let id = &suite.cases[run.case].id;
            let name = if run.trial == 1 { id.clone() } else { format!("{id}@{}", run.trial) };
            output::data(&line(&name, run, &store)?);
        }
    }
    Ok(exit::DONE)
}

/// `clean`: outputs, and with `--results` results.
pub(super) fn clean(
    arguments: &Arguments,
    typed: &CleanArguments,
    environment: Environment,
) -> Result<u8, Failure> {
    let suites = Suites { selectors: typed.suites.clone(), ..Suites::default() };
    let context = Context::open(arguments, &suites, environment)?.into_folder(arguments, &typed.out)?;
    if let Some(pattern) = context.selection.patterns().first() {
        let message = format!("`{pattern}` is no suite; `clean` removes the outputs of whole suites");
        return Err(Failure::usage(message));
    }
    let store = context.store()?;
    let lock = provide::lock_now(&store, "clean")?;
    if typed.results && has_leftovers(&store) {
        let left = "an earlier build has left set-ups applied, and only the store knows how to undo them";
        let message = format!("{left}\nhint: `howitzer build` undoes them first");
        return Err(Failure::Other { code: exit::ENVIRONMENT, message });
    }
    for suite in &context.suites {
        let folder = context.outputs(&suite.name)?;
        if folder.is_shared {
            let removed = counted(remove_listed(&folder.path, &suite.name)?, "file");
            output::talk(&format!("{:>10} {removed} of {}", "removed", folder.shown));
        } else {
            files::remove_folder(&folder.path)?;
            output::talk(&format!("{:>10} {}", "removed", folder.shown));
        }
    }
    if typed.results {
        lock.remove()?;
        let shown = arguments.store.as_ref().map(|folder| folder.display().to_string());
        output::talk(&format!(
            "{:>10} {}",
            "removed",
            shown.unwrap_or_else(|| crate::store::FOLDER.to_owned())
        ));
    }
    Ok(exit::DONE)
}
