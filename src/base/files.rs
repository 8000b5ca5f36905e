//! Reading and atomically writing files, with the path in every error.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
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

/// What was found where a plain file of bounded length should be.
#[derive(Debug, PartialEq, Eq)]
pub enum Bounded {
    /// Nothing, or no plain file: a pipe would be waited for, a link may lead anywhere.
    Absent,
    /// The whole file.
    Whole(Vec<u8>),
    /// A longer file: so many of its first and of its last bytes as asked for, halves of it.
    Ends(Vec<u8>, Vec<u8>),
}

/// The plain file at `path`, or only `half` bytes of each of its ends where it is longer than `longest`.
pub fn read_bounded(path: &Path, longest: u64, half: u64) -> Result<Bounded, FileError> {
    let is_plain = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
    if !is_plain {
        return Ok(Bounded::Absent);
    }
    let read = || -> io::Result<Bounded> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut head = Vec::new();
        if length <= longest {
            // It may still grow.
            file.take(longest).read_to_end(&mut head)?;
            return Ok(Bounded::Whole(head));
        }
        (&file).take(half).read_to_end(&mut head)?;
        file.seek(SeekFrom::Start(length - half.min(length)))?;
        let mut tail = Vec::new();
        file.take(half).read_to_end(&mut tail)?;
        Ok(Bounded::Ends(head, tail))
    };
    read().map_err(told("read", path))
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

/// Adds `bytes`, whole lines, to the end of `path`, and has the disk know them. A line that a killed writer has
/// left unfinished is ended first: it is lost, and the new ones are not.
pub fn append_lines(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    create_folder(folder)?;
    let is_new = !path.exists();
    let mut file =
        File::options().create(true).read(true).append(true).open(path).map_err(told("open", path))?;
    let mut last = [b'\n'];
    if file.seek(io::SeekFrom::End(-1)).is_ok() {
        file.read_exact(&mut last).map_err(told("read", path))?;
    }
    let ended: &[u8] = if last == [b'\n'] { b"" } else { b"\n" };
    stop::before("append", path);
    file.write_all(&[ended, bytes].concat()).map_err(told("write", path))?;
    file.sync_data().map_err(told("sync", path))?;
    if is_new { sync_folder(folder) } else { Ok(()) }
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

/// The same for a tree that another program wrote: folders that refuse their removal are opened first.
/// Links are not followed.
pub fn remove_stubborn(path: &Path) -> Result<(), FileError> {
    remove_folder(path).or_else(|_| {
        open_folders(path);
        remove_folder(path)
    })
}

/// Gives the owner all rights on the folders at and below `path`, as far as the system lets us.
fn open_folders(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mut waiting = vec![path.to_owned()];
    while let Some(folder) = waiting.pop() {
        if fs::symlink_metadata(&folder).is_ok_and(|found| found.is_dir()) {
            let _ = fs::set_permissions(&folder, fs::Permissions::from_mode(0o700));
            waiting.extend(fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path()));
        }
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
    fn a_long_file_is_read_at_its_ends_and_what_is_no_plain_file_not_at_all() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("file");
        fs::write(&path, "0123456789").expect("writes");
        let read = |longest, half| read_bounded(&path, longest, half).expect("reads");
        assert_eq!(read(10, 2), Bounded::Whole(b"0123456789".to_vec()));
        assert_eq!(read(9, 2), Bounded::Ends(b"01".to_vec(), b"89".to_vec()));
        assert_eq!(read_bounded(folder.path(), 9, 2).expect("a folder"), Bounded::Absent);
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).expect("links");
        assert_eq!(read_bounded(&link, 9, 2).expect("a link"), Bounded::Absent);
    }

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
