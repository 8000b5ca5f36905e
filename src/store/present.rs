//! What the store holds, by name alone: for plans that ask about many.

use std::collections::HashSet;
use std::path::Path;

use rayon::prelude::*;

use super::{Store, StoreError};
use crate::base::digest::Digest;
use crate::base::files::told;

/// The names in the store at one moment.
#[derive(Debug, Default)]
pub struct Present {
    /// The keys that have a record.
    pub records: HashSet<Digest>,
    /// The digests that have a blob.
    pub blobs: HashSet<Digest>,
}

impl Store {
    /// Lists the store. Names that are no digests are left out.
    pub fn present(&self) -> Result<Present, StoreError> {
        let (records, blobs) = rayon::join(|| self.names("records"), || self.names("blobs"));
        Ok(Present { records: records?, blobs: blobs? })
    }

    fn names(&self, kind: &str) -> Result<HashSet<Digest>, StoreError> {
        let shards: Vec<String> = names_in(&self.root.join(kind))?.collect();
        let in_shard = |shard: &String| {
            let names = names_in(&self.root.join(kind).join(shard))?;
            Ok(names.filter_map(|name| name.parse::<Digest>().ok()).collect::<Vec<_>>())
        };
        let names: Vec<Vec<Digest>> = shards.par_iter().map(in_shard).collect::<Result<_, StoreError>>()?;
        Ok(names.into_iter().flatten().collect())
    }
}

/// The names in a folder; none where there is no folder.
fn names_in(folder: &Path) -> Result<impl Iterator<Item = String> + use<>, StoreError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => Some(entries),
        Err(error)
            if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) =>
        {
            None
        }
        Err(error) => return Err(told("read", folder)(error).into()),
    };
    Ok(entries.into_iter().flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok()))
}
