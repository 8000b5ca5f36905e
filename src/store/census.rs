//! What is in the store, counted.

use serde::Serialize;

use super::gc::Limits;
use super::meaning::MeaningOf;
use super::{Journal, Store, StoreError, decode};
use crate::base::clock::Instant;
use crate::base::files;

/// How many, and how large together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// How many.
    pub count: usize,
    /// How large together.
    pub bytes: u64,
}

impl FromIterator<u64> for Tally {
    fn from_iter<T: IntoIterator<Item = u64>>(sizes: T) -> Self {
        sizes
            .into_iter()
            .fold(Self::default(), |all, size| Self { count: all.count + 1, bytes: all.bytes + size })
    }
}

/// What is in the store.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Census {
    /// Results.
    pub records: Tally,
    /// Their attempts.
    pub attempts: usize,
    /// Records that can be made again.
    pub derived: Tally,
    /// Bytes by digest.
    pub blobs: Tally,
    /// What was moved aside or does not verify, and runs that the store refused.
    pub damaged: Tally,
    /// Hints of the journal.
    pub journal_entries: usize,
    /// Cases and builds that were sent elsewhere.
    pub exported: usize,
    /// The end of the oldest result.
    pub oldest: Option<Instant>,
    /// The end of the newest result.
    pub newest: Option<Instant>,
    /// What a sweep without limits would remove.
    pub reclaimable: Tally,
}

impl Store {
    /// Counts everything. Blobs are not read.
    pub fn census(&self, meaning_of: &MeaningOf<'_>) -> Result<Census, StoreError> {
        let listing = self.list("records")?;
        let holdings = self.holdings(&listing, meaning_of)?;
        let (derived, results): (Vec<_>, Vec<_>) =
            holdings.iter().partition(|holding| holding.meaning.is_derived);
        let ends = results.iter().filter_map(|holding| holding.meaning.ended);
        let unreadable = listing
            .entries
            .iter()
            .filter(|entry| holdings.binary_search_by_key(&entry.name, |one| one.entry.name).is_err());
        let aside = self.damaged()?.into_iter().map(|(_, bytes)| bytes);
        Ok(Census {
            records: results.iter().map(|holding| holding.entry.bytes).collect(),
            attempts: results.iter().map(|holding| holding.attempts).sum(),
            derived: derived.iter().map(|holding| holding.entry.bytes).collect(),
            blobs: self.list("blobs")?.entries.iter().map(|entry| entry.bytes).collect(),
            damaged: aside.chain(unreadable.map(|entry| entry.bytes)).collect(),
            journal_entries: self.journal_entries()?,
            exported: self.ledgers()?.iter().map(|(_, ledger)| ledger.count_sent()).sum(),
            oldest: ends.clone().min(),
            newest: ends.max(),
            reclaimable: self
                .sweep(&Limits::default(), meaning_of)?
                .going
                .iter()
                .map(|going| going.bytes)
                .collect(),
        })
    }

    fn journal_entries(&self) -> Result<usize, StoreError> {
        let mut count = 0;
        for (path, _) in self.files_of("journal")? {
            let journal = files::read_if_present(&path)?.and_then(|bytes| decode::<Journal>(&bytes));
            count += journal.map_or(0, |journal| journal.len());
        }
        Ok(count)
    }
}
