//! Removes what earlier builds wrote for cases that are no more, and nothing outside the cases' folders.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::ReportError;
use super::placement::FOLDERS;
use crate::base::files::{self, told};

/// Removes every file of the cases' folders that is not in `kept`, and folders left empty; counts the files.
/// Links are removed, never followed, so that nothing is written through one afterwards.
pub(super) fn remove<T>(folder: &Path, kept: &BTreeMap<PathBuf, T>) -> Result<usize, ReportError> {
    let mut removed = 0;
    remove_unfinished(folder)?;
    for name in FOLDERS {
        let path = folder.join(name);
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_dir() => removed += sweep(&path, Path::new(name), kept)?,
            Ok(_) => return Err(ReportError::NotAFolder { path }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(told("inspect", &path)(error).into()),
        }
    }
    Ok(removed)
}

/// Removes what a killed build has left beside the cases' folders. That is no output, so it is not counted.
fn remove_unfinished(folder: &Path) -> Result<(), ReportError> {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_file && files::is_temporary(&entry.path()) {
            files::remove_if_present(&entry.path())?;
        }
    }
    Ok(())
}

fn sweep<T>(folder: &Path, relative: &Path, kept: &BTreeMap<PathBuf, T>) -> Result<usize, ReportError> {
    let mut removed = 0;
    let mut left = 0;
    for entry in fs::read_dir(folder).map_err(told("list", folder))? {
        let entry = entry.map_err(told("list", folder))?;
        let (path, relative) = (entry.path(), relative.join(entry.file_name()));
        if entry.file_type().map_err(told("inspect", &path))?.is_dir() {
            removed += sweep(&path, &relative, kept)?;
            left += usize::from(path.exists());
        } else if kept.contains_key(&relative) {
            left += 1;
        } else {
            files::remove_if_present(&path)?;
            removed += 1;
        }
    }
    if left == 0 {
        files::remove_folder(folder)?;
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(path: &Path) {
        files::write_atomic(path, b"x", files::Durability::Atomic).expect("writes");
    }

    #[test]
    fn only_the_cases_folders_are_swept() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let root = folder.path();
        for name in ["notes.txt", "other/a.txt", "render/kept.js", "render/old.js", "files/old/deep/x"] {
            touch(&root.join(name));
        }
        let kept = BTreeMap::from([(PathBuf::from("render/kept.js"), "x")]);
        assert_eq!(remove(root, &kept).expect("sweeps"), 2);
        let present = ["notes.txt", "other/a.txt", "render/kept.js", "render/old.js", "files"];
        assert_eq!(present.map(|name| root.join(name).exists()), [true, true, true, false, false]);
    }

    #[test]
    fn links_are_not_followed() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let elsewhere = tempfile::tempdir().expect("temporary folder");
        let precious = elsewhere.path().join("precious.txt");
        touch(&precious);
        fs::create_dir(folder.path().join("files")).expect("creates");
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("files/link")).expect("links");
        assert_eq!(remove::<u8>(folder.path(), &BTreeMap::new()).expect("sweeps"), 1);
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("files")).expect("links");
        assert!(matches!(remove::<u8>(folder.path(), &BTreeMap::new()), Err(ReportError::NotAFolder { .. })));
        assert!(precious.exists());
    }
}
