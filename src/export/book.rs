//! What is known of one destination, and noted while something is sent there.

use super::error::ExportError;
use crate::base::clock::Instant;
use crate::base::digest::Digest;
use crate::report::view::ResultView;
use crate::result::Series;
use crate::store::{Ledger, LedgerEntry, LockedStore, Stage, Store};

/// The ledger of a destination, with the store that keeps it.
pub struct Book<'a> {
    name: String,
    ledger: Ledger,
    store: &'a Store,
    locked: Option<&'a LockedStore>,
}

impl<'a> Book<'a> {
    /// The book of the destination whose ledger is called `name`.
    pub fn open(name: &str, store: &'a LockedStore) -> Result<Self, ExportError> {
        Ok(Self { locked: Some(store), ..Self::read(name, store)? })
    }

    /// The same to look at only: what is noted is forgotten.
    pub fn read(name: &str, store: &'a Store) -> Result<Self, ExportError> {
        Ok(Self { name: name.to_owned(), ledger: store.ledger(name)?, store, locked: None })
    }

    /// What is known.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Notes that something is about to be written at the destination.
    pub fn begin(&mut self, digest: Digest, what: &str) -> Result<(), ExportError> {
        self.note(digest, Stage::Begun, what, "", "")
    }

    /// Notes that all of something is there: what the destination calls it, and where a person finds it.
    pub fn sent(&mut self, digest: Digest, what: &str, id: &str, url: &str) -> Result<(), ExportError> {
        self.note(digest, Stage::Sent, what, id, url)
    }

    /// Notes that something was refused for good.
    pub fn refused(&mut self, digest: Digest, what: &str) -> Result<(), ExportError> {
        self.note(digest, Stage::Refused, what, "", "")
    }

    fn note(
        &mut self,
        digest: Digest,
        stage: Stage,
        what: &str,
        id: &str,
        url: &str,
    ) -> Result<(), ExportError> {
        let (what, id, url) = (what.to_owned(), id.to_owned(), url.to_owned());
        let entry = LedgerEntry { digest, stage, what, id, url, at: Instant::now() };
        if let Some(store) = self.locked {
            store.append_to_ledger(&self.name, &entry)?;
        }
        self.ledger.add(entry);
        Ok(())
    }

    /// The live series of a result, where it was kept and can be read.
    pub fn series(&self, result: &ResultView) -> Result<Option<Series>, ExportError> {
        let bytes = self.output(result, "series")?;
        Ok(bytes.and_then(|bytes| Series::decode(&bytes).ok()))
    }

    /// One of a result's outputs, such as `script`, as it was kept.
    pub fn output(&self, result: &ResultView, name: &str) -> Result<Option<Vec<u8>>, ExportError> {
        let Some(digest) = result.attempt.outputs.get(name) else { return Ok(None) };
        Ok(self.store.blob(digest)?)
    }
}
