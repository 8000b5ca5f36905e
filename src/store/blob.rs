//! Blobs: bytes under their digest.

use std::path::PathBuf;

use super::{Store, StoreError, sharded};
use crate::base::digest::Digest;
use crate::base::files;

impl Store {
    /// The blob's bytes, or none where it is gone or does not verify.
    pub fn blob(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.blob_path(digest);
        let Some(bytes) = files::read_if_present(&path)? else { return Ok(None) };
        if Digest::of(&bytes) == *digest {
            return Ok(Some(bytes));
        }
        self.notice(&path);
        Ok(None)
    }

    /// Whether a file stands under the blob's name; it is not read.
    pub fn has_blob(&self, digest: &Digest) -> bool {
        self.blob_path(digest).is_file()
    }

    /// The file that holds the blob, if it is there; for what is too large to be held in memory. It is not verified.
    pub fn blob_file(&self, digest: &Digest) -> Option<PathBuf> {
        Some(self.blob_path(digest)).filter(|path| path.is_file())
    }

    pub(super) fn blob_path(&self, digest: &Digest) -> PathBuf {
        sharded(&self.root, "blobs", &digest.to_string())
    }
}
