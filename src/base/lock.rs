//! An operating-system lock on a file that says who holds it; a dead holder holds nothing.

use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::files::{FileError, create_folder, told};

/// The name of a folder's lock.
pub const NAME: &str = "lock";

/// A held lock; dropping it releases it.
#[derive(Debug)]
pub struct FileLock(#[allow(dead_code, reason = "held for its lock")] File);

/// What an attempt to lock found.
#[derive(Debug)]
pub enum Attempt {
    /// The lock is ours.
    Held(FileLock),
    /// Somebody else has it; what they wrote about themselves.
    Busy {
        /// The holder's own words, empty if it has not written them yet.
        holder: String,
    },
}

/// Tries once to lock `path`, creating it if needed, and writes `holder` into it on success.
pub fn try_lock(path: &Path, holder: &str) -> Result<Attempt, FileError> {
    loop {
        let mut file = open(path)?;
        match file.try_lock() {
            // Its last holder has removed it since it was opened; whoever comes next locks another one.
            Ok(()) if !stands_at(&file, path) => {}
            Ok(()) => {
                sign(&mut file, holder).map_err(told("write", path))?;
                return Ok(Attempt::Held(FileLock(file)));
            }
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // The holder's line is a courtesy: where it cannot be read the lock is busy all the same.
                let _ = file.read_to_string(&mut holder);
                return Ok(Attempt::Busy { holder: holder.trim().to_owned() });
            }
            Err(TryLockError::Error(error)) => return Err(told("lock", path)(error)),
        }
    }
}

/// Whether `path` leads to the open `file`.
fn stands_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let same = |open: &Metadata, named: &Metadata| (open.dev(), open.ino()) == (named.dev(), named.ino());
    matches!((file.metadata(), std::fs::metadata(path)), (Ok(open), Ok(named)) if same(&open, &named))
}

/// An existing file is opened without `O_CREAT`: in a sticky folder such as `/tmp` the kernel
/// refuses to "create" a file that another user owns (`fs.protected_regular`).
fn open(path: &Path) -> Result<File, FileError> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    if let Ok(file) = OpenOptions::new().read(true).write(true).open(path) {
        return Ok(file);
    }
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o666)
        .open(path)
        .map_err(told("open", path))?;
    // The umask took the others' write bit; a lock that only its first user can take is none.
    let _ = file.set_permissions(std::fs::Permissions::from_mode(0o666));
    Ok(file)
}

fn sign(file: &mut File, holder: &str) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{holder}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_attempt_is_told_who_holds_the_lock() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("lock");
        let Attempt::Held(first) = try_lock(&path, "build 1").expect("locks") else {
            panic!("nobody else holds it");
        };
        let Attempt::Busy { holder } = try_lock(&path, "build 2").expect("asks") else {
            panic!("it is held");
        };
        assert_eq!(holder, "build 1");
        drop(first);
        assert!(matches!(try_lock(&path, "build 2").expect("locks"), Attempt::Held(_)));
    }

    #[test]
    fn a_lock_that_was_removed_is_not_the_one_that_others_take() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("lock");
        let opened = open(&path).expect("opens");
        assert!(stands_at(&opened, &path));
        std::fs::remove_file(&path).expect("removes");
        assert!(!stands_at(&opened, &path), "it is gone");
        let _held = try_lock(&path, "build 2").expect("locks");
        assert!(!stands_at(&opened, &path), "it is another file");
    }
}
