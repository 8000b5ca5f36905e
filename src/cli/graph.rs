//! `howitzer graph`: what is cached, what would run, why and for how long, drawn in several languages.

use std::collections::HashSet;
use std::path::Path;

use super::arguments::{Arguments, GraphArguments};
use super::context::Context;
use super::documents::{ByEnding, printed, wanted};
use super::failure::Failure;
use super::planned::planned;
use super::{exit, output};
use crate::base::environment::Environment;
use crate::plan::Request;
use crate::report::drawing::{Format, Terminal, Wish, draw};
use crate::report::graph_view::GraphView;
use crate::report::planned_graph::planned_graph;

impl ByEnding for Format {
    const KIND: &'static str = "a drawing";
    const PRINTED: Self = Self::Text;

    fn of_file(path: &Path) -> Option<Self> {
        Self::of_file(path)
    }

    fn endings() -> String {
        Self::endings()
    }
}

pub(super) fn run(
    arguments: &Arguments,
    typed: &GraphArguments,
    environment: Environment,
) -> Result<u8, Failure> {
    let format = typed.format.map(Format::from);
    let mut drawings = wanted(arguments, &typed.output, format)?;
    if drawings.is_empty() {
        drawings.push(printed(format.unwrap_or(Format::Text)));
    }
    let color = arguments.wants_colored_data(&environment);
    let terminal = Terminal { columns: output::columns(), color };
    let views = views(&Context::open(arguments, &typed.suites, environment)?)?;
    for drawing in drawings {
        let wish = Wish {
            format: drawing.form(),
            level: typed.level.map(Into::into),
            only_to_do: typed.stale,
            all: arguments.verbose,
            terminal: if drawing.is_printed() { terminal } else { Terminal::default() },
        };
        drawing.put(draw(&views, &wish).as_bytes())?;
    }
    Ok(exit::DONE)
}

/// The graph of every suite, as a build of all of them would find it.
fn views(context: &Context) -> Result<Vec<GraphView>, Failure> {
    let store = context.store()?;
    let request = Request { selection: context.selection.clone(), ..Request::default() };
    let mut coming = HashSet::new();
    let mut views = Vec::new();
    for suite in context.load_all()? {
        let journal = store.journal(&suite.suite.name)?;
        let (mut plan, targets) = planned(context, &suite, &store, &journal, &request, false)?;
        plan.after(&mut coming);
        for doubt in targets.doubts() {
            output::talk(&format!("{:>10} {doubt}", "note"));
        }
        let folder = context.output_folder(&suite.suite.name).shown;
        views.push(planned_graph(&suite.compiled(), &plan, &journal, &folder));
    }
    Ok(views)
}
