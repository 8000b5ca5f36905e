//! A store that is removed whole, by the holder of its lock: nobody else begins to write before all of it is gone.

use std::io::ErrorKind;
use std::path::PathBuf;

use super::{LockedStore, StoreError};
use crate::base::files::{self, told};
use crate::base::lock::NAME;

impl LockedStore {
    /// Removes everything in the store, and then the lock. Whoever takes a lock after that has an empty store.
    pub fn remove(self) -> Result<(), StoreError> {
        let root = self.root().to_owned();
        for path in self.parts()?.into_iter().filter(|path| !path.ends_with(NAME)) {
            if path.is_dir() {
                files::remove_folder(&path)?;
            } else {
                files::remove_if_present(&path)?;
            }
        }
        files::remove_if_present(&root.join(NAME))?;
        match std::fs::remove_dir(&root) {
            // Somebody has taken a lock of their own already.
            Err(error) if !matches!(error.kind(), ErrorKind::DirectoryNotEmpty | ErrorKind::NotFound) => {
                Err(told("remove", &root)(error).into())
            }
            _ => Ok(()),
        }
    }

    /// What stands in the store, its stamps and its records before its blobs.
    fn parts(&self) -> Result<Vec<PathBuf>, StoreError> {
        let entries = std::fs::read_dir(self.root()).map_err(told("read", self.root()))?;
        let paths = entries.map(|entry| entry.map(|entry| entry.path()));
        let mut paths = paths.collect::<Result<Vec<_>, _>>().map_err(told("read", self.root()))?;
        paths.sort();
        paths.reverse();
        Ok(paths)
    }
}
