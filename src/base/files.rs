//! Reading and atomically writing files, with the path in every error.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::stop;

/// A file operation that failed, with what was tried on which path.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} `{}`", path.display())]
pub struct FileError {
    /// What was tried: `read`, `write`, `create`, …
    pub action: &'static str,
    /// On which path.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

/// Puts the action and the path around an I/O error.
pub fn told<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> FileError + 'a {
    move |source| FileError { action, path: path.to_owned(), source }
}

/// The whole file.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    fs::read(path).map_err(told("read", path))
}

/// The whole file, which must be UTF-8.
pub fn read_text(path: &Path) -> Result<String, FileError> {
    fs::read_to_string(path).map_err(told("read", path))
}

/// The whole file, or `None` where there is none.
pub fn read_if_present(path: &Path) -> Result<Option<Vec<u8>>, FileError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(told("read", path)(error)),
    }
}

/// Creates a folder and all above it.
pub fn create_folder(path: &Path) -> Result<(), FileError> {
    fs::create_dir_all(path).map_err(told("create folder", path))
}

/// How the names of files begin that are not whole yet; a killed writer leaves one.
const TEMPORARY: &str = ".tmp-";

/// Whether `path` is a file that its writer has not finished.
pub fn is_temporary(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(TEMPORARY))
}

/// How much a write must survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The store: on disk before its name is.
    Synced,
    /// A view that can be made again.
    Atomic,
}

/// Replaces `path` by `bytes` as one step: a reader sees the old file or the new one.
pub fn write_atomic(path: &Path, bytes: &[u8], durability: Durability) -> Result<(), FileError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    create_folder(folder)?;
    let mut temporary = tempfile::Builder::new()
        .prefix(TEMPORARY)
        .permissions(permissions())
        .tempfile_in(folder)
        .map_err(told("write", path))?;
    temporary.write_all(bytes).map_err(told("write", path))?;
    if durability == Durability::Synced {
        temporary.as_file().sync_all().map_err(told("sync", path))?;
    }
    stop::before("write", path);
    temporary.persist(path).map_err(|error| told("write", path)(error.error))?;
    if durability == Durability::Synced {
        sync_folder(folder)?;
    }
    Ok(())
}

/// Has the disk know which names a folder holds.
pub fn sync_folder(folder: &Path) -> Result<(), FileError> {
    File::open(folder).and_then(|opened| opened.sync_all()).map_err(told("sync", folder))
}

/// Writes `bytes` only where the file does not hold them already; says whether it wrote.
pub fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<bool, FileError> {
    if fs::read(path).is_ok_and(|present| present == bytes) {
        return Ok(false);
    }
    write_atomic(path, bytes, Durability::Atomic)?;
    Ok(true)
}

/// Removes a file; one that is already gone is no error.
pub fn remove_if_present(path: &Path) -> Result<(), FileError> {
    stop::before("remove", path);
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(told("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Removes a folder and all below it; one that is already gone is no error.
pub fn remove_folder(path: &Path) -> Result<(), FileError> {
    stop::before("remove", path);
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(told("remove", path)(error)),
        _ => Ok(()),
    }
}

fn permissions() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::Permissions::from_mode(0o644)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_replaces_the_whole_file_and_leaves_no_temporary() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("deep/file.txt");
        write_atomic(&path, b"one", Durability::Synced).expect("first");
        assert!(!write_if_changed(&path, b"one").expect("same"));
        assert!(write_if_changed(&path, b"two").expect("other"));
        assert_eq!(read(&path).expect("reads"), b"two");
        let names = fs::read_dir(path.parent().expect("parent")).expect("lists").count();
        assert_eq!(names, 1);
    }
}
