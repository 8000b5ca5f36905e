//! `howitzer report`: what the store holds of suites, as one document; nothing runs and nothing is changed.

use super::arguments::{Arguments, ReportArguments};
use super::context::Context;
use super::documents::{printed, wanted};
use super::failure::Failure;
use super::loaded::Loaded;
use super::planned::planned;
use super::{exit, output};
use crate::base::environment::Environment;
use crate::plan::Request;
use crate::report::assemble::assemble;
use crate::report::document::{Form, Told, has_no_results};
use crate::report::view::SuiteView;

pub(super) fn run(
    arguments: &Arguments,
    typed: &ReportArguments,
    environment: Environment,
) -> Result<u8, Failure> {
    let form = typed.format.map(Form::from);
    let mut documents = wanted(arguments, &typed.output, form)?;
    if documents.is_empty() {
        documents.push(printed(form.unwrap_or(Form::Markdown)));
    }
    let context = Context::open(arguments, &typed.suites, environment)?;
    let store = context.store()?;
    let request = Request { selection: context.selection.clone(), ..Request::default() };
    let mut views = Vec::new();
    for suite in context.load_all()? {
        let journal = store.journal(&suite.suite.name)?;
        let (plan, targets) = planned(&context, &suite, &store, &journal, &request, false)?;
        for doubt in targets.doubts() {
            output::talk(&format!("{:>10} {doubt}", "note"));
        }
        let mut view = assemble(&suite.compiled(), &plan, &store, &journal)?;
        keep_selected(&mut view, &context, &suite);
        views.push(view);
    }
    let told: Vec<Told<'_>> =
        views.iter().map(|suite| Told { suite, build: None, is_strict: false }).collect();
    for told in told.iter().filter(|told| has_no_results(told)) {
        let name = &told.suite.name;
        output::talk(&format!("{:>10} {name} has no results: `howitzer build {name}` measures", "note"));
    }
    for document in documents {
        document.make(&told, &[])?;
    }
    Ok(exit::DONE)
}

/// Leaves only what was selected.
pub(super) fn keep_selected(view: &mut SuiteView, context: &Context, suite: &Loaded) {
    view.cases.retain(|case| context.selection.selects(&suite.suite, &suite.cases[case.index]));
}
