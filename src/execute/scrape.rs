//! The scrape node: a run's stored outputs become metrics, which are kept. Never runs load.

use super::ExecuteError;
use super::scraped::{Asking, read};
use super::wanted::Wanted;
use crate::key::{Reason, scrape_preimage};
use crate::plan::Compiled;
use crate::result::{Attempt, Expectation, Measured, decode_distributions, judge_expectations};
use crate::store::{LockedStore, RecordRead, Store};

/// The metrics of `attempt`, from the store or else from its outputs. Nothing is written.
pub fn scrape(store: &Store, attempt: &Attempt, wanted: &Wanted<'_>) -> Result<Measured, ExecuteError> {
    match kept(store, attempt, wanted)? {
        Ok(measured) => Ok(measured),
        Err(_) => Ok(read(store, attempt, wanted, None)?.unwrap_or_default()),
    }
}

/// Why the scrape of `attempt` doubts it; nothing where it was not scraped yet.
pub(super) fn doubts(
    store: &Store,
    attempt: &Attempt,
    wanted: &Wanted<'_>,
) -> Result<Vec<String>, ExecuteError> {
    if !wanted.compares() {
        return Ok(Vec::new());
    }
    Ok(kept(store, attempt, wanted)?.map(|measured| measured.doubts).unwrap_or_default())
}

/// The expectations that `attempt` is known to miss; those of a test that asks a Prometheus are judged when that answered.
pub(super) fn missed(
    store: &Store,
    attempt: &Attempt,
    wanted: &Wanted<'_>,
    expectations: &[Expectation],
) -> Result<Vec<String>, ExecuteError> {
    if expectations.is_empty() || !wanted.queries.is_empty() {
        return Ok(Vec::new());
    }
    let Ok(measured) = kept(store, attempt, wanted)? else { return Ok(Vec::new()) };
    let digest = attempt.outputs.get("distributions");
    let blob = digest.map(|digest| store.blob(digest)).transpose()?.flatten();
    let distributions = blob.and_then(|bytes| decode_distributions(&bytes).ok()).unwrap_or_default();
    let outcomes = judge_expectations(expectations, &measured, &distributions);
    Ok(outcomes.iter().filter(|outcome| !outcome.held).map(ToString::to_string).collect())
}

/// Whether the scrape of `attempt` doubts it.
pub fn is_doubted(store: &Store, compiled: &Compiled<'_>, case: usize, attempt: &Attempt) -> bool {
    doubts(store, attempt, &Wanted::of(compiled, case)).is_ok_and(|doubts| !doubts.is_empty())
}

/// Executes the scrape node of `attempt` where it is stale or `forced`; says why it did. Without `asking` one that
/// asks a Prometheus is left for later.
pub(super) fn refresh(
    store: &LockedStore,
    attempt: &Attempt,
    wanted: &Wanted<'_>,
    asking: Option<Asking<'_>>,
    forced: bool,
) -> Result<Option<Reason>, ExecuteError> {
    if asking.is_none() && !wanted.queries.is_empty() {
        return Ok(None);
    }
    let reason = match kept(store, attempt, wanted)? {
        Ok(_) if forced => Reason::Forced,
        Ok(_) => return Ok(None),
        Err(reason) => reason,
    };
    // What is read of a lost summary would be taken for its metrics ever after.
    let Some(measured) = read(store, attempt, wanted, asking)? else { return Ok(None) };
    let measured = serde_json::to_value(measured).unwrap_or_default();
    store.put_record(&scrape_preimage(&attempt.outputs, &wanted.text()), vec![measured])?;
    Ok(Some(reason))
}

/// The metrics as an earlier scrape left them, or why they have to be read anew.
fn kept(
    store: &Store,
    attempt: &Attempt,
    wanted: &Wanted<'_>,
) -> Result<Result<Measured, Reason>, ExecuteError> {
    let record = match store.record(&scrape_preimage(&attempt.outputs, &wanted.text()).digest())? {
        RecordRead::Found(record) => record,
        RecordRead::Absent => return Ok(Err(Reason::Unscraped)),
        RecordRead::Damaged => return Ok(Err(Reason::Damaged)),
    };
    let measured = record.attempts.last().and_then(|value| serde_json::from_value(value.clone()).ok());
    Ok(measured.ok_or(Reason::Damaged))
}
