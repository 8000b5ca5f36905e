//! Blobs: bytes under their digest.

use super::{Store, StoreError, sharded};
use crate::base::digest::Digest;
use crate::base::files;

impl Store {
    /// The blob's bytes, or none where it is gone or does not verify.
    pub fn blob(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let path = sharded(&self.root, "blobs", &digest.to_string());
        let bytes = files::read_if_present(&path)?;
        Ok(bytes.filter(|bytes| Digest::of(bytes) == *digest))
    }

    /// Whether a file stands under the blob's name; it is not read.
    pub fn has_blob(&self, digest: &Digest) -> bool {
        sharded(&self.root, "blobs", &digest.to_string()).is_file()
    }
}
