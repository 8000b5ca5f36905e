//! Scraping: a run's stored outputs become metrics. Never runs load.

use super::ExecuteError;
use crate::k6::read_summary;
use crate::key::scrape_preimage;
use crate::result::{Attempt, Measured};
use crate::store::{LockedStore, RecordRead, Store};

/// The metrics of a run, and whether they had to be read anew.
#[derive(Debug)]
pub struct Scraped {
    /// The metrics; empty where the run left no readable summary.
    pub measured: Measured,
    /// Whether the scrape node executed.
    pub executed: bool,
}

/// The metrics of `attempt`: from the store, or from its summary, and then kept if `writer` is given.
pub fn scrape(
    store: &Store,
    writer: Option<&LockedStore>,
    attempt: &Attempt,
) -> Result<Scraped, ExecuteError> {
    let preimage = scrape_preimage(&attempt.outputs);
    if let RecordRead::Found(record) = store.record(&preimage.digest())?
        && let Some(measured) =
            record.attempts.last().and_then(|value| serde_json::from_value(value.clone()).ok())
    {
        return Ok(Scraped { measured, executed: false });
    }
    let summary = attempt.outputs.get("summary").map(|digest| store.blob(digest)).transpose()?.flatten();
    let measured = summary.and_then(|bytes| read_summary(&bytes).ok()).unwrap_or_default();
    if let Some(writer) = writer {
        writer.append(&preimage, serde_json::to_value(&measured).unwrap_or_default())?;
    }
    Ok(Scraped { measured, executed: true })
}
