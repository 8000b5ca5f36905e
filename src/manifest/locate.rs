//! Finding the manifest, and opening the workspace it makes.

use std::path::{Path, PathBuf};

use super::{FILE_NAME, ManifestError, Workspace};
use crate::base::document::read_source;
use crate::base::files;

/// The nearest folder at or above `start` that holds a manifest.
pub fn locate(start: &Path) -> Result<PathBuf, ManifestError> {
    let start = start.canonicalize().map_err(files::told("open", start))?;
    let found = start.ancestors().find(|folder| folder.join(FILE_NAME).is_file()).map(Path::to_owned);
    found.ok_or(ManifestError::NotFound(start))
}

/// The workspace at or above `start`.
pub fn open(start: &Path) -> Result<Workspace, ManifestError> {
    let root = locate(start)?;
    let source = read_source(&root.join(FILE_NAME), FILE_NAME)?;
    Ok(Workspace::read(root, &source)?)
}
