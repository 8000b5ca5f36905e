//! Links inside the store are refused: through one, something outside would be written or removed.

use std::fs;
use std::path::Path;

use super::StoreError;

/// The folders whose own folders or files are written into.
const DEEP: [&str; 4] = ["blobs", "records", "stat", "exports"];

/// Refuses a store of which a part is a link. All of `.howitzer` may be one: a person has put it there.
pub(super) fn refuse(root: &Path) -> Result<(), StoreError> {
    if root.is_symlink() {
        return Err(StoreError::Link { path: root.to_owned() });
    }
    refuse_in(root)?;
    DEEP.iter().try_for_each(|name| refuse_in(&root.join(name)))
}

fn refuse_in(folder: &Path) -> Result<(), StoreError> {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_symlink()) {
            return Err(StoreError::Link { path: entry.path() });
        }
    }
    Ok(())
}
