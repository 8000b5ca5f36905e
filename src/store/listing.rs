//! What stands in the store's folders, by name and size, without reading it.

use std::fs::{self, DirEntry, Metadata};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::meaning::{Meaning, MeaningOf};
use super::{RecordRead, Store, StoreError};
use crate::base::digest::Digest;
use crate::base::files::{self, told};

/// A blob or record by its name.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) name: Digest,
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
}

/// The content of `blobs/` or `records/`.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) entries: Vec<Entry>,
    /// What a killed writer left.
    pub(super) leftovers: Vec<(PathBuf, u64)>,
    /// What belongs nowhere.
    pub(super) strays: Vec<PathBuf>,
}

/// A record that was read, with its meaning.
#[derive(Debug)]
pub(super) struct Holding {
    pub(super) entry: Entry,
    pub(super) attempts: usize,
    pub(super) meaning: Meaning,
}

impl Store {
    /// Lists `kind`: `blobs` or `records`.
    pub(super) fn list(&self, kind: &str) -> Result<Listing, StoreError> {
        let mut listing = Listing::default();
        for (shard, stat) in entries_of(&self.root.join(kind))? {
            if !stat.is_dir() {
                listing.strays.push(shard.path());
                continue;
            }
            for (entry, stat) in entries_of(&shard.path())? {
                let (path, bytes) = (entry.path(), stat.len());
                let name = entry.file_name().to_string_lossy().into_owned();
                match name.parse::<Digest>() {
                    Ok(digest) if super::sharded(&self.root, kind, &digest.to_string()) == path => {
                        listing.entries.push(Entry { name: digest, path, bytes });
                    }
                    _ if files::is_temporary(&path) => listing.leftovers.push((path, bytes)),
                    _ => listing.strays.push(path),
                }
            }
        }
        listing.entries.sort_by_key(|entry| entry.name);
        Ok(listing)
    }

    /// Reads every listed record; what does not verify is noticed and left out.
    pub(super) fn holdings(
        &self,
        records: &Listing,
        meaning_of: &MeaningOf<'_>,
    ) -> Result<Vec<Holding>, StoreError> {
        let holding = |entry: &Entry| match self.record(&entry.name) {
            Ok(RecordRead::Found(record)) => {
                let meaning = meaning_of(&record);
                Some(Ok(Holding { entry: entry.clone(), attempts: record.attempts.len(), meaning }))
            }
            Ok(RecordRead::Absent | RecordRead::Damaged) => None,
            Err(error) => Some(Err(error)),
        };
        records.entries.par_iter().filter_map(holding).collect()
    }

    /// The plain files of a folder of the store, in name order.
    pub(super) fn files_of(&self, folder: &str) -> Result<Vec<(PathBuf, u64)>, StoreError> {
        let entries = entries_of(&self.root.join(folder))?;
        let files = entries.into_iter().filter(|(_, stat)| !stat.is_dir());
        Ok(files.map(|(entry, stat)| (entry.path(), stat.len())).collect())
    }
}

/// The entries of a folder in name order; none where there is no folder.
pub(super) fn entries_of(folder: &Path) -> Result<Vec<(DirEntry, Metadata)>, StoreError> {
    let opened = match fs::read_dir(folder) {
        Ok(opened) => opened,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(told("read", folder)(error).into()),
    };
    let mut entries = Vec::new();
    for entry in opened {
        let entry = entry.map_err(told("read", folder))?;
        // Another process may remove one in between: then it is not there.
        if let Ok(stat) = entry.metadata() {
            entries.push((entry, stat));
        }
    }
    entries.sort_by_key(|(entry, _)| entry.file_name());
    Ok(entries)
}

/// The bytes of all files below `folder`.
pub(super) fn bytes_below(folder: &Path) -> Result<u64, StoreError> {
    let mut bytes = 0;
    for (entry, stat) in entries_of(folder)? {
        bytes += if stat.is_dir() { bytes_below(&entry.path())? } else { stat.len() };
    }
    Ok(bytes)
}
