//! `howitzer explain`: why runs are stale or why they last ran, and what differs between two of them.

use super::arguments::{Arguments, ExplainArguments};
use super::context::Context;
use super::failure::Failure;
use super::planned::{planned, under};
use super::verbs::each_run;
use super::{exit, output};
use crate::base::counted::counted;
use crate::base::environment::Environment;
use crate::base::nearest::nearest;
use crate::base::preimage::Preimage;
use crate::key::{Key, Reason, changes};
use crate::plan::{PlannedRun, Request, RunState, attempts, usable_attempt};
use crate::store::{RecordRead, Store};

pub(super) fn run(
    arguments: &Arguments,
    typed: &ExplainArguments,
    environment: Environment,
) -> Result<u8, Failure> {
    match typed.diff.as_slice() {
        [one, other] => diff(arguments, typed, environment, one, other),
        _ => each_run(arguments, &typed.suites, environment, explanation),
    }
}

fn explanation(name: &str, run: &PlannedRun, store: &Store) -> Result<String, Failure> {
    let mut lines = vec![name.to_owned()];
    match &run.state {
        RunState::Fresh(fresh) => {
            // Whether it is usable was asked already, but the answer may be an earlier plan's.
            let Some((attempt, _)) = usable_attempt(store, &run.key, true)? else {
                lines.push(format!("  {}", Reason::Damaged));
                return Ok(lines.join("\n") + "\n");
            };
            let attempts = counted(fresh.attempts, "attempt");
            lines.push(format!("  fresh: {} at {}, {attempts} under its key", fresh.verdict, fresh.ended));
            lines.extend(attempt.reasons.iter().map(|reason| format!("  it ran because: {reason}")));
        }
        RunState::Stale { reasons } => {
            lines.extend(reasons.iter().map(|reason| format!("  {}", reason.explained())));
        }
    }
    Ok(lines.join("\n") + "\n")
}

/// What a key was made from: the fields, and what led to the script.
type Origin = (Preimage, std::collections::BTreeMap<String, String>);

/// What differs between the keys of two runs, each named by its id (`ID@TRIAL`) or by the beginning of a key.
fn diff(
    arguments: &Arguments,
    typed: &ExplainArguments,
    environment: Environment,
    one: &str,
    other: &str,
) -> Result<u8, Failure> {
    let context = Context::open(arguments, &typed.suites, environment)?;
    let store = context.store()?;
    let (one_origin, other_origin) = (origin(&context, &store, one)?, origin(&context, &store, other)?);
    let reasons = changes(&one_origin.0, &one_origin.1, &other_origin.0, &other_origin.1);
    output::data(&format!("{one} → {other}\n"));
    if reasons.is_empty() {
        output::data("  no difference\n");
    }
    for reason in reasons {
        output::data(&format!("  {}\n", reason.explained()));
    }
    Ok(exit::DONE)
}

fn origin(context: &Context, store: &Store, named: &str) -> Result<Origin, Failure> {
    let (id, trial) = match named.rsplit_once('@') {
        Some((id, trial)) if trial.parse::<u32>().is_ok() => (id, trial.parse().unwrap_or(1)),
        _ => (named, 1),
    };
    let mut ids = Vec::new();
    for suite in context.load_all()? {
        if let Some(case) = suite.cases.iter().position(|case| case.id == id) {
            let (plan, targets) = planned(
                context,
                &suite,
                store,
                &store.journal(&suite.suite.name)?,
                &Request::default(),
                false,
            )?;
            if plan.runs.iter().any(|run| run.case == case && run.trial == trial) {
                let compiled = suite.compiled();
                let preimage = under(context, store, &targets, |now| now.preimage(&compiled, case, trial))?;
                return Ok((preimage, compiled.provenance(case)));
            }
        }
        ids.extend(suite.cases.into_iter().map(|case| case.id));
    }
    if let Some(key) = key_of(store, named)?
        && let RecordRead::Found(record) = store.record(&key)?
    {
        let provenance = attempts(&record).pop().map(|attempt| attempt.provenance).unwrap_or_default();
        return Ok((record.preimage, provenance));
    }
    let near = nearest(id, ids.iter().map(String::as_str));
    let hint = near.map(|near| format!("\nhint: did you mean `{near}`?")).unwrap_or_default();
    let message = format!("`{named}` is neither a run of these suites nor the key of a record{hint}");
    Err(Failure::Other { code: exit::NOTHING, message })
}

/// The one key in the store that begins so; at least 8 digits are asked for.
fn key_of(store: &Store, beginning: &str) -> Result<Option<Key>, Failure> {
    if beginning.len() < 8 || !beginning.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(None);
    }
    let keys = store.present()?.records;
    let mut found: Vec<Key> =
        keys.into_iter().filter(|key| key.hex().starts_with(&beginning.to_ascii_lowercase())).collect();
    Ok(found.pop().filter(|_| found.is_empty()))
}
