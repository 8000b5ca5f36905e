//! Records: what is known under one key, with all attempts.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::checked::decode;
use super::{Store, StoreError, sharded};
use crate::base::digest::Digest;
use crate::base::files;
use crate::base::preimage::Preimage;

/// A key's preimage and its attempts, oldest first. What an attempt is, the store does not know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What the key was made of.
    pub preimage: Preimage,
    /// Everything that was tried under the key.
    pub attempts: Vec<serde_json::Value>,
}

/// What stands under a key.
#[derive(Debug)]
pub enum RecordRead {
    /// A record whose checksum and preimage hold.
    Found(Record),
    /// Nothing.
    Absent,
    /// Something that does not verify.
    Damaged,
}

impl Store {
    /// Reads the record under `key`, verifying it.
    pub fn record(&self, key: &Digest) -> Result<RecordRead, StoreError> {
        let path = self.record_path(key);
        let Some(bytes) = files::read_if_present(&path)? else { return Ok(RecordRead::Absent) };
        match decode::<Record>(&bytes) {
            Some(record) if record.preimage.digest() == *key => Ok(RecordRead::Found(record)),
            _ => {
                self.notice(&path);
                Ok(RecordRead::Damaged)
            }
        }
    }

    pub(super) fn record_path(&self, key: &Digest) -> PathBuf {
        sharded(&self.root, "records", &key.to_string())
    }
}
