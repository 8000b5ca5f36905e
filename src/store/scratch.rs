//! Folders in which runs execute. What a run leaves there never ends a build: it is removed, or else set aside.

use std::fs;
use std::path::{Path, PathBuf};

use super::{LockedStore, StoreError};
use crate::base::files::{self, create_folder};

/// How the names of scratch trees begin whose results the store refused.
pub const KEPT: &str = "kept-";

/// How the names of scratch trees begin that cannot be removed.
const STUCK: &str = "stuck-";

impl LockedStore {
    /// An empty folder for a run, below the store.
    pub fn scratch(&self, name: &str) -> Result<PathBuf, StoreError> {
        let folder = self.scratch_folder();
        self.discard(&folder.join(name));
        // A tree that could be neither removed nor moved keeps its name.
        let others = (2..).map(|number| folder.join(format!("{name}-{number}")));
        let mut free = std::iter::once(folder.join(name)).chain(others);
        let path = free.find(|path| path.symlink_metadata().is_err()).unwrap_or_else(|| folder.join(name));
        create_folder(&path)?;
        Ok(path)
    }

    /// Removes a scratch tree. One that cannot be removed is moved out of the way and told, once.
    pub fn discard(&self, path: &Path) {
        if files::remove_stubborn(path).is_ok() {
            return;
        }
        let folder = self.scratch_folder();
        let mut free = (1..).map(|number| folder.join(format!("{STUCK}{number}")));
        let aside = free.find(|path| path.symlink_metadata().is_err()).unwrap_or_else(|| path.to_owned());
        let moved = fs::rename(path, &aside).is_ok();
        self.notice_stuck(if moved { &aside } else { path });
    }

    /// Removes the scratch trees that a killed build left. What was kept there because the store refused
    /// it stays; what could not be removed and was told is tried again in silence.
    pub fn clear_scratch(&self) {
        for entry in fs::read_dir(self.scratch_folder()).into_iter().flatten().flatten() {
            let (name, path) = (entry.file_name(), entry.path());
            let name = name.to_string_lossy();
            if name.starts_with(KEPT) {
                continue;
            }
            if name.starts_with(STUCK) {
                let _ = files::remove_stubborn(&path);
            } else if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                self.discard(&path);
            } else if files::remove_if_present(&path).is_err() {
                self.notice_stuck(&path);
            }
        }
    }

    fn scratch_folder(&self) -> PathBuf {
        self.root().join("scratch")
    }
}
