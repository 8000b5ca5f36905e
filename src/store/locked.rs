//! The store with its lock held: the only one that writes.

use std::ops::Deref;
use std::path::PathBuf;

use super::checked::encode;
use super::journal::Journal;
use super::record::{Record, RecordRead};
use super::{Store, StoreError, flat, links};
use crate::base::digest::Digest;
use crate::base::files::{self, Durability, create_folder};
use crate::base::lock::{Attempt, FileLock, NAME, try_lock};
use crate::base::preimage::Preimage;
use crate::base::standing::Standing;
use crate::base::written::{TAG, TAG_TEXT};

/// A store whose lock this process holds. It reads like any [`Store`].
#[derive(Debug)]
pub struct LockedStore {
    store: Store,
    _lock: FileLock,
}

/// What an attempt to lock the store found.
#[derive(Debug)]
pub enum Locking {
    /// It is ours to write.
    Locked(LockedStore),
    /// Another build holds it.
    Busy {
        /// Who, in its own words.
        holder: String,
    },
}

impl Deref for LockedStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl Store {
    /// Tries once to take the build lock, making the store's folders where they are missing.
    /// A store of which a part is a link is refused before anything is written.
    pub fn try_lock(&self, holder: &str) -> Result<Locking, StoreError> {
        links::refuse(&self.root)?;
        create_folder(&self.root)?;
        let above = self.root.parent().unwrap_or(&self.root);
        files::write_if_changed(&above.join(TAG), TAG_TEXT.as_bytes())?;
        files::write_if_changed(&above.join(".gitignore"), b"*\n")?;
        match try_lock(&self.root.join(NAME), holder)? {
            Attempt::Held(lock) => Ok(Locking::Locked(LockedStore { store: self.clone(), _lock: lock })),
            Attempt::Busy { holder } => Ok(Locking::Busy { holder }),
        }
    }
}

impl LockedStore {
    /// Keeps `bytes` and returns their digest. A blob that is there already is not written again,
    /// one that does not verify is.
    pub fn put_blob(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let digest = Digest::of(bytes);
        if self.blob(&digest)?.is_none() {
            self.write(&self.blob_path(&digest), bytes, Durability::Synced)?;
        }
        Ok(digest)
    }

    /// Adds an attempt to the record of `preimage`'s key, and returns the key. Its blobs must be there
    /// already; older attempts that are not whole, because outputs of theirs are lost, are dropped.
    pub fn append(
        &self,
        preimage: &Preimage,
        attempt: serde_json::Value,
        is_whole: &dyn Fn(&serde_json::Value) -> bool,
    ) -> Result<Digest, StoreError> {
        let key = preimage.digest();
        let mut record = match self.record(&key)? {
            RecordRead::Found(record) => record,
            RecordRead::Absent | RecordRead::Damaged => {
                Record { preimage: preimage.clone(), attempts: Vec::new() }
            }
        };
        record.attempts.retain(is_whole);
        record.attempts.push(attempt);
        self.write(&self.record_path(&key), &encode(&record), Durability::Synced)?;
        Ok(key)
    }

    /// Replaces the record of `preimage`'s key by `attempts`: for results that can be made again.
    pub fn put_record(
        &self,
        preimage: &Preimage,
        attempts: Vec<serde_json::Value>,
    ) -> Result<(), StoreError> {
        let record = Record { preimage: preimage.clone(), attempts };
        self.write(&self.record_path(&preimage.digest()), &encode(&record), Durability::Atomic)
    }

    /// Replaces a suite's journal.
    pub fn write_journal(&self, suite: &str, journal: &Journal) -> Result<(), StoreError> {
        Ok(files::write_atomic(&self.journal_path(suite), &encode(journal), Durability::Atomic)?)
    }

    /// Writes a hint or stamp under `stat/`.
    pub fn write_stat(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        Ok(files::write_atomic(&self.stat_path(name), bytes, Durability::Atomic)?)
    }

    /// Writes a file under `stat/` that must survive whatever comes next.
    pub fn write_stat_synced(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        Ok(files::write_atomic(&self.stat_path(name), bytes, Durability::Synced)?)
    }

    /// Moves a damaged file under `stat/` out of the way, where a person can look at it.
    pub fn move_stat_aside(&self, name: &str) -> Result<(), StoreError> {
        self.move_aside(&self.stat_path(name))
    }

    /// Removes a hint or stamp.
    pub fn remove_stat(&self, name: &str) -> Result<(), StoreError> {
        Ok(files::remove_if_present(&self.stat_path(name))?)
    }

    /// Keeps what a suite's outputs were made from.
    pub fn write_outputs_preimage(&self, suite: &str, preimage: &Preimage) -> Result<(), StoreError> {
        self.write_stat(&format!("outputs-{}", flat(suite)), &encode(preimage))
    }

    /// Keeps how a suite's outputs and the store stand.
    pub fn write_verified(&self, suite: &str, standing: &(Vec<PathBuf>, Standing)) -> Result<(), StoreError> {
        self.write_stat(&format!("verified-{}", flat(suite)), &encode(standing))
    }

    /// Forgets which scripts k6 has judged.
    pub fn forget_judgements(&self) -> Result<(), StoreError> {
        Ok(files::remove_folder(&self.stat_path("judged"))?)
    }
}
