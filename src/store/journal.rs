//! The journal: hints about the last result of each case and trial of a suite. Losing it loses no result.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::checked::decode;
use super::{Store, StoreError, flat};
use crate::base::digest::Digest;
use crate::base::files;

/// The hints of one suite by `case@trial`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Journal(BTreeMap<String, JournalEntry>);

/// The hint of one trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// The key of its newest attempt.
    pub key: Digest,
    /// The key of its newest usable result.
    pub result: Option<Digest>,
    /// How long the newest attempt took, in seconds.
    pub wall_seconds: f64,
}

impl Journal {
    /// The hint of a trial.
    pub fn get(&self, case: &str, trial: u32) -> Option<&JournalEntry> {
        self.0.get(&format!("{case}@{trial}"))
    }

    /// How many hints there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Replaces the hint of a trial; says whether that changed anything.
    pub fn set(&mut self, case: &str, trial: u32, entry: JournalEntry) -> bool {
        let before = self.0.insert(format!("{case}@{trial}"), entry.clone());
        before != Some(entry)
    }
}

impl Store {
    /// The journal of a suite; empty where there is none or it is damaged.
    pub fn journal(&self, suite: &str) -> Result<Journal, StoreError> {
        let bytes = files::read_if_present(&self.journal_path(suite))?;
        Ok(bytes.and_then(|bytes| decode(&bytes)).unwrap_or_default())
    }

    pub(super) fn journal_path(&self, suite: &str) -> PathBuf {
        self.root.join("journal").join(flat(suite))
    }
}
