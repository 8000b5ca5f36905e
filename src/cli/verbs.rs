//! The verbs that run nothing: render, status, explain, graph, clean, and `build -n`.

use super::arguments::{Arguments, CleanArguments, GraphArguments, Suites};
use super::context::Context;
use super::failure::Failure;
use super::planned::planned;
use super::{exit, output, provide};
use crate::base::duration::human;
use crate::base::environment::Environment;
use crate::base::files;
use crate::execute::has_leftovers;
use crate::expand::file_stems;
use crate::plan::{PlannedRun, Request, RunState};
use crate::report::drawing::draw;
use crate::report::planned_graph::planned_graph;
use crate::store::Store;

/// `render`: scripts only.
pub(super) fn render(arguments: &Arguments, typed: &Suites, environment: Environment) -> Result<u8, Failure> {
    let context = Context::open(arguments, typed, environment)?;
    for suite in context.load_all()? {
        let stems = file_stems(suite.cases.iter().map(|case| case.id.as_str()));
        let folder = context.outputs(&suite.suite.name)?.join("render");
        for ((case, rendered), stem) in suite.cases.iter().zip(&suite.rendered).zip(&stems) {
            if context.selection.selects(&suite.suite, case) {
                let path = folder.join(format!("{stem}.{}", rendered.shape.place.ending()));
                files::write_if_changed(&path, suite.renderer.script(case)?.as_bytes())?;
            }
        }
        output::talk(&format!("{:>10} {}/{}/render", "wrote", context.workspace.out, suite.suite.name));
    }
    Ok(exit::DONE)
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

/// `graph`: drawn to standard output.
pub(super) fn graph(
    arguments: &Arguments,
    typed: &GraphArguments,
    environment: Environment,
) -> Result<u8, Failure> {
    let context = Context::open(arguments, &typed.suites, environment)?;
    let store = context.store()?;
    let request = Request { selection: context.selection.clone(), ..Request::default() };
    for suite in context.load_all()? {
        let journal = store.journal(&suite.suite.name)?;
        let (plan, _) = planned(&context, &suite, &store, &journal, &request, false)?;
        let view = planned_graph(&suite.compiled(), &plan);
        output::data(&draw(&view, typed.level.into(), typed.format.into()));
    }
    Ok(exit::DONE)
}

/// `clean`: outputs, and with `--store` results.
pub(super) fn clean(
    arguments: &Arguments,
    typed: &CleanArguments,
    environment: Environment,
) -> Result<u8, Failure> {
    let suites = Suites { selectors: typed.suites.clone(), ..Suites::default() };
    let context = Context::open(arguments, &suites, environment)?;
    if let Some(pattern) = context.selection.patterns().first() {
        let message = format!("`{pattern}` is no suite; `clean` removes the outputs of whole suites");
        return Err(Failure::usage(message));
    }
    let store = context.store()?;
    let lock = provide::lock_now(&store, "clean")?;
    if typed.store && has_leftovers(&store) {
        let left = "an earlier build has left set-ups applied, and only the store knows how to undo them";
        let message = format!("{left}\nhint: `howitzer build` undoes them first");
        return Err(Failure::Other { code: exit::ENVIRONMENT, message });
    }
    for suite in &context.suites {
        let folder = context.outputs(&suite.name)?;
        files::remove_folder(&folder)?;
        output::talk(&format!("{:>10} {}/{}", "removed", context.workspace.out, suite.name));
    }
    if typed.store {
        files::remove_folder(lock.root())?;
        output::talk(&format!("{:>10} {}", "removed", crate::store::FOLDER));
    }
    Ok(exit::DONE)
}
