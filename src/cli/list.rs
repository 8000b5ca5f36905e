//! `howitzer list`: the cases, their axes and states, and where their fields come from.

use serde_json::{Value, json};

use super::arguments::{Arguments, ListArguments, ListFormat};
use super::context::Context;
use super::failure::Failure;
use super::loaded::Loaded;
use super::planned::planned;
use super::{exit, output};
use crate::base::environment::Environment;
use crate::expand::{Case, Traced, trace};
use crate::plan::{PlannedRun, Request};

/// What is said of one case.
struct Listed<'a> {
    suite: &'a Loaded,
    case: &'a Case,
    /// Its trials; none where nobody asked.
    runs: Vec<&'a PlannedRun>,
    fields: Vec<Traced>,
}

pub(super) fn run(
    arguments: &Arguments,
    typed: &ListArguments,
    environment: Environment,
) -> Result<u8, Failure> {
    let context = Context::open(arguments, &typed.suites, environment)?;
    let wants_state = typed.format == ListFormat::Json || arguments.verbose;
    let mut entries = Vec::new();
    for suite in &context.load_all()? {
        let runs = if wants_state { planned_runs(&context, suite)? } else { Vec::new() };
        let mut of_case: Vec<Vec<&PlannedRun>> = vec![Vec::new(); suite.cases.len()];
        for run in &runs {
            of_case[run.case].push(run);
        }
        for (number, case) in suite.cases.iter().enumerate() {
            let is_listed = suite.measures(case) && context.selection.selects(&suite.suite, case);
            if !is_listed {
                continue;
            }
            let fields = if typed.trace { trace(&suite.suite, case) } else { Vec::new() };
            let listed = Listed { suite, case, runs: std::mem::take(&mut of_case[number]), fields };
            match typed.format {
                ListFormat::Human => output::data(&listed.lines()),
                ListFormat::Json => entries.push(listed.json()),
            }
        }
    }
    if typed.format == ListFormat::Json {
        output::data(&format!("{:#}\n", Value::from(entries)));
    }
    Ok(exit::DONE)
}

/// What the store has of every run; targets are not asked.
fn planned_runs(context: &Context, suite: &Loaded) -> Result<Vec<PlannedRun>, Failure> {
    let store = context.store()?;
    let journal = store.journal(&suite.suite.name)?;
    let request = Request { selection: context.selection.clone(), ..Request::default() };
    Ok(planned(context, suite, &store, &journal, &request, false)?.0.runs)
}

/// A case is fresh if all its trials are; else the first stale one says why.
fn state(runs: &[&PlannedRun]) -> Option<(&'static str, String)> {
    match runs.iter().find(|run| run.state.is_stale()) {
        Some(run) => Some(("stale", run.state.reason_text())),
        None => (!runs.is_empty()).then(|| ("fresh", String::new())),
    }
}

impl Listed<'_> {
    fn lines(&self) -> String {
        let mut text = match state(&self.runs) {
            Some((state, reason)) => format!("{state}  {}  {reason}", self.case.id).trim_end().to_owned(),
            None => self.case.id.clone(),
        };
        text.push('\n');
        let columns: Vec<[String; 4]> = self.fields.iter().map(columns).collect();
        let width =
            |column: usize| columns.iter().map(|cells| cells[column].chars().count()).max().unwrap_or(0);
        let (field, value, layer) = (width(0), width(1).min(40), width(2));
        for [name, shown, of, place] in &columns {
            text.push_str(&format!("  {name:field$}  {shown:value$}  {of:layer$}  {place}\n"));
        }
        text
    }

    fn json(&self) -> Value {
        let suite = &self.suite.suite;
        let test = &suite.tests[self.case.test];
        let mut entry = json!({
            "suite": suite.name,
            "id": self.case.id,
            "test": test.name,
            "axes": self.case.parameters(test),
        });
        if let Some((state, reason)) = state(&self.runs) {
            entry["state"] = state.into();
            if !reason.is_empty() {
                entry["reason"] = reason.into();
            }
            entry["trials"] = self.runs.iter().map(|run| trial(run)).collect();
        }
        if !self.fields.is_empty() {
            entry["fields"] = self.fields.iter().map(field).collect();
        }
        entry
    }
}

fn trial(run: &PlannedRun) -> Value {
    let state = if run.state.is_stale() { "stale" } else { "fresh" };
    json!({ "trial": run.trial, "state": state, "key": run.key.to_string() })
}

fn columns(traced: &Traced) -> [String; 4] {
    let (line, _) = traced.place.line_and_column();
    let place = format!("{}:{line}", traced.place.source.path);
    let place = if traced.layer.starts_with("--") { traced.place.source.text.clone() } else { place };
    [traced.field.clone(), traced.value.to_string(), traced.layer.clone(), place]
}

fn field(traced: &Traced) -> Value {
    let (line, column) = traced.place.line_and_column();
    json!({
        "field": traced.field,
        "value": traced.value,
        "layer": traced.layer,
        "file": traced.place.source.path,
        "line": line,
        "column": column,
    })
}
