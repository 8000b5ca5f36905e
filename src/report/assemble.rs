//! From a plan and the store to the view that every report draws.

use rayon::prelude::*;
use serde_json::{Map, Value};

use super::timeline;
use super::view::{CaseView, PayloadView, ResultView, SuiteView, TrialState, TrialView};
use crate::base::address::without_user;
use crate::base::document::table_to_json;
use crate::execute::{ExecuteError, Wanted, scrape};
use crate::expand::{file_stems, output_names};
use crate::plan::{Compiled, Plan, PlannedRun, RunState, attempts, is_measured, usable_attempt};
use crate::render::InputKind;
use crate::result::{Attempt, Outcome, decode_distributions, file_names, judge_expectations};
use crate::spec::arrival::closed_model_expected;
use crate::store::{Journal, RecordRead, Store};
use crate::suite::{Form, Test};

/// The lines of a log that reports show.
const LOG_LINES: usize = 20;

/// The longest line of it, in characters.
const LONGEST_LINE: usize = 2_000;

/// At most so many points has a run by time, fewer where many share a report, none where it would be no report
/// any more.
fn points_each(trials: usize) -> usize {
    if trials > super::html::MOST_WHOLE { 0 } else { (9_000 / trials.max(1)).clamp(20, 90) }
}

/// The whole suite: every case, stale and missing ones marked.
pub fn assemble(
    compiled: &Compiled<'_>,
    plan: &Plan,
    store: &Store,
    journal: &Journal,
) -> Result<SuiteView, ExecuteError> {
    let suite = compiled.suite;
    let legacy = suite.form == Form::Legacy;
    let names = output_names(suite, compiled.cases);
    let stems = file_stems(names.iter().map(String::as_str));
    let lines: Vec<usize> = suite.tests.iter().map(|test| test.place.line_and_column().0).collect();
    let measured = |run: &&PlannedRun| is_measured(&suite.tests[compiled.cases[run.case].test]);
    let runs: Vec<&PlannedRun> = plan.runs.iter().filter(measured).collect();
    let points = points_each(runs.len());
    let trials = runs.par_iter().map(|run| trial(compiled, run, store, journal, points));
    let trials = trials.collect::<Result<Vec<_>, _>>()?;
    let shares = suite.definitions.iter().filter(|definition| definition.how.is_share());
    let shares: Vec<String> = shares.map(|definition| definition.name.clone()).collect();
    let mut cases: Vec<CaseView> = Vec::new();
    let mut index_of: Vec<Option<usize>> = vec![None; compiled.cases.len()];
    for (run, trial) in runs.into_iter().zip(trials) {
        let case = &compiled.cases[run.case];
        let test = &suite.tests[case.test];
        let view = if let Some(view) = index_of[run.case] {
            view
        } else {
            cases.push(CaseView {
                index: run.case,
                id: case.id.clone(),
                legacy_key: legacy.then(|| names[run.case].clone()),
                test: test.name.clone(),
                line: lines[case.test],
                stem: stems[run.case].clone(),
                parameters: case.parameters(test),
                payload: payload(compiled, run.case),
                configuration: configuration(compiled, run.case),
                script_ending: compiled.rendered[run.case].shape.place.ending().to_owned(),
                script: compiled.script(run.case)?,
                shares: shares.clone(),
                trials: Vec::new(),
            });
            index_of[run.case] = Some(cases.len() - 1);
            cases.len() - 1
        };
        cases[view].trials.push(trial);
    }
    Ok(SuiteView {
        name: suite.name.clone(),
        path: suite.path.clone(),
        title: suite.title.clone(),
        description: suite.description.clone(),
        legacy,
        payloads: compiled
            .renderer
            .built_payloads()
            .map(|(name, bytes)| (name.to_owned(), bytes.to_vec()))
            .collect(),
        cases,
    })
}

/// What a case sends; its size and rows are those of the file as it is now.
fn payload(compiled: &Compiled<'_>, case: usize) -> Option<PayloadView> {
    let inputs = &compiled.rendered[case].shape.inputs;
    let input = inputs.values().find(|input| input.kind == InputKind::Payload)?;
    let fields = compiled.fields(case);
    let name = fields.get("payload")?.item.as_text()?.to_owned();
    Some(PayloadView { name, bytes: input.size, rows: input.rows })
}

/// The ancestor's `test_configs`: the case's fields under its names.
fn configuration(compiled: &Compiled<'_>, case: usize) -> Map<String, Value> {
    let test = compiled.test(case);
    let mut configuration = Map::new();
    configuration.insert("name".into(), test.name.clone().into());
    configuration.insert("description".into(), test.description.clone().into());
    let is_legacy = compiled.suite.form == Form::Legacy;
    for (name, entry) in compiled.fields(case) {
        match (name.as_str(), entry.item.as_table()) {
            ("vars", Some(vars)) if is_legacy => configuration.extend(table_to_json(vars)),
            ("k6", _) => drop(configuration.insert("k6_opts".into(), entry.item.to_json())),
            ("base_url", _) if entry.item.as_text().is_some() => {
                let url = entry.item.as_text().unwrap_or_default();
                configuration.insert(name, without_user(url).into());
            }
            _ => drop(configuration.insert(name, entry.item.to_json())),
        }
    }
    configuration
}

fn trial(
    compiled: &Compiled<'_>,
    run: &PlannedRun,
    store: &Store,
    journal: &Journal,
    points: usize,
) -> Result<TrialView, ExecuteError> {
    let case = &compiled.cases[run.case];
    let test = &compiled.suite.tests[case.test];
    let (state, found) = match &run.state {
        RunState::Fresh(_) => (TrialState::Current, usable_attempt(store, &run.key, test.allow_invalid)?),
        RunState::Stale { .. } => stale(run, test, store, journal, &case.id)?,
    };
    let result = found
        .map(|(attempt, attempts)| result(compiled, run.case, store, attempt, attempts, points))
        .transpose()?;
    Ok(TrialView { number: run.trial, key: run.key.to_string(), state, result })
}

/// What is known of a stale run: a failed attempt or one that does not do any more under its key, or a
/// result under an older one.
fn stale(
    run: &PlannedRun,
    test: &Test,
    store: &Store,
    journal: &Journal,
    id: &str,
) -> Result<(TrialState, Option<(Attempt, usize)>), ExecuteError> {
    let reason = run.state.lasting_text();
    if let RecordRead::Found(record) = store.record(&run.key)? {
        let all = attempts(&record);
        let count = all.len();
        let last = all.into_iter().next_back();
        let measured = last.as_ref().is_some_and(|last| last.verdict.is_reusable(test.allow_invalid));
        // A measurement that is too old or damaged has not failed.
        let state = if measured { TrialState::Stale(reason) } else { TrialState::Failed(reason) };
        return Ok((state, last.map(|attempt| (attempt, count))));
    }
    let older = journal.get(id, run.trial).and_then(|hint| hint.result);
    if let Some(key) = older
        && let RecordRead::Found(record) = store.record(&key)?
    {
        let all = attempts(&record);
        let count = all.len();
        let usable = all.into_iter().rev().find(|attempt| attempt.verdict.is_reusable(true));
        return Ok((TrialState::Stale(reason), usable.map(|attempt| (attempt, count))));
    }
    Ok((TrialState::Missing, None))
}

fn result(
    compiled: &Compiled<'_>,
    case: usize,
    store: &Store,
    attempt: Attempt,
    attempts: usize,
    points: usize,
) -> Result<ResultView, ExecuteError> {
    let expectations = &compiled.test(case).expectations;
    let mut measured = scrape(store, &attempt, &Wanted::of(compiled, case))?;
    measured.notes.extend(closed_model_note(compiled, case, &attempt));
    let blob = |name: &str| {
        attempt.outputs.get(name).map(|digest| store.blob(digest)).transpose().map(Option::flatten)
    };
    let log = blob("log")?.unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let lines: Vec<&str> = log.lines().collect();
    // Whatever does not decode was written by another version.
    let distributions = blob("distributions")?.and_then(|bytes| decode_distributions(&bytes).ok());
    let distributions = distributions.unwrap_or_default();
    let outcomes = judge_expectations(expectations, &measured, &distributions);
    let doubts: Vec<String> =
        measured.doubts.iter().cloned().chain(outcomes.iter().filter_map(Outcome::doubt)).collect();
    let mut written = Vec::new();
    for (name, digest) in &attempt.outputs {
        if let Some(name) = name.strip_prefix("files/")
            && let Some(bytes) = store.blob(digest)?
        {
            written.push((name.as_bytes(), bytes));
        }
    }
    // Safe as they are, unless the store holds what an older howitzer wrote.
    let names = file_names(&written.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    let files = names.into_iter().zip(written.into_iter().map(|(_, bytes)| bytes)).collect();
    Ok(ResultView {
        outcomes,
        summary: blob("summary")?,
        samples: attempt.outputs.get("samples").and_then(|digest| store.blob_file(digest)),
        log_tail: lines[lines.len().saturating_sub(LOG_LINES)..].iter().map(|line| shown(line)).collect(),
        timeline: timeline::read(store, &attempt, &measured, points)?,
        measured,
        distributions,
        attempts,
        files,
        attempt: attempt.doubted(&doubts),
    })
}

/// What expectations on latency say of a closed model. A run with such a threshold noted it itself.
fn closed_model_note(compiled: &Compiled<'_>, case: usize, attempt: &Attempt) -> Option<String> {
    let expectations = &compiled.test(case).expectations;
    if expectations.is_empty() {
        return None;
    }
    let metrics = expectations.iter().map(|expected| expected.metric.as_str());
    let note = closed_model_expected(&compiled.options(case), metrics)?.to_owned();
    (!attempt.notes.contains(&note)).then_some(note)
}

/// A line of a log for people: a script may log a whole body.
fn shown(line: &str) -> String {
    let end = line.char_indices().nth(LONGEST_LINE).map(|(end, _)| end);
    end.map_or_else(|| line.to_owned(), |end| format!("{}…", &line[..end]))
}
