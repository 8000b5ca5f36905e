//! Scraping: a run's stored outputs become metrics. Never runs load.

use super::ExecuteError;
use crate::k6::read_summary;
use crate::key::{Reason, scrape_preimage};
use crate::result::{Attempt, Measured};
use crate::store::{LockedStore, RecordRead, Store};

/// The metrics of `attempt`, from the store or else from its summary. Nothing is written.
pub fn scrape(store: &Store, attempt: &Attempt) -> Result<Measured, ExecuteError> {
    match kept(store, attempt)? {
        Ok(measured) => Ok(measured),
        Err(_) => Ok(read(store, attempt)?.unwrap_or_default()),
    }
}

/// Executes the scrape node of `attempt` where it is stale or `forced`; says why it did.
pub(super) fn refresh(
    store: &LockedStore,
    attempt: &Attempt,
    forced: bool,
) -> Result<Option<Reason>, ExecuteError> {
    let reason = match kept(store, attempt)? {
        Ok(_) if forced => Reason::Forced,
        Ok(_) => return Ok(None),
        Err(reason) => reason,
    };
    // What is read of a lost summary would be taken for its metrics ever after.
    let Some(measured) = read(store, attempt)? else { return Ok(None) };
    let measured = serde_json::to_value(measured).unwrap_or_default();
    store.put_record(&scrape_preimage(&attempt.outputs), vec![measured])?;
    Ok(Some(reason))
}

/// The metrics as an earlier scrape left them, or why they have to be read anew.
fn kept(store: &Store, attempt: &Attempt) -> Result<Result<Measured, Reason>, ExecuteError> {
    let record = match store.record(&scrape_preimage(&attempt.outputs).digest())? {
        RecordRead::Found(record) => record,
        RecordRead::Absent => return Ok(Err(Reason::Unscraped)),
        RecordRead::Damaged => return Ok(Err(Reason::Damaged)),
    };
    let measured = record.attempts.last().and_then(|value| serde_json::from_value(value.clone()).ok());
    Ok(measured.ok_or(Reason::Damaged))
}

/// The metrics in the summary of `attempt`: empty ones where it wrote none, none where it is lost.
fn read(store: &Store, attempt: &Attempt) -> Result<Option<Measured>, ExecuteError> {
    let Some(digest) = attempt.outputs.get("summary") else { return Ok(Some(Measured::default())) };
    let summary = store.blob(digest)?;
    Ok(summary.map(|bytes| read_summary(&bytes).unwrap_or_default()))
}
