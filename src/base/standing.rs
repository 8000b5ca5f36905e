//! How files stand on disk, by name and stat alone: whether anything was touched, without reading it.
//!
//! The names are kept: as long as a folder's own times stay, no name came or went, and only the files
//! have to be looked at again. Listing a folder costs about as much as a look at each of its files.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustix::fs::{AtFlags, Mode, OFlags, Stat, fstat, open, statat};
use serde::{Deserialize, Serialize};

use super::digest::Digest;

/// Stands between the names of a folder: no name holds it.
const BETWEEN: char = '/';

/// How many files of a folder one thread looks at in one go.
const CHUNK: usize = 512;

/// How everything below some folders stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    folders: Vec<Folder>,
    stats: Digest,
}

/// A folder and the names in it that are no folders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Folder {
    path: PathBuf,
    names: String,
}

impl Standing {
    /// Looks at everything below `whole`, and below `names_only` at the folders alone, whose times tell
    /// whether a name came or went. None where a name is not UTF-8, or a folder cannot be read.
    pub fn of(whole: &[PathBuf], names_only: &[PathBuf]) -> Option<Self> {
        let mut all = Vec::new();
        let mut waiting: Vec<(PathBuf, bool)> = whole.iter().map(|path| (path.clone(), true)).collect();
        waiting.extend(names_only.iter().map(|path| (path.clone(), false)));
        while let Some((path, with_files)) = waiting.pop() {
            let mut names = Vec::new();
            for entry in std::fs::read_dir(&path).ok()? {
                let entry = entry.ok()?;
                if entry.file_type().ok()?.is_dir() {
                    waiting.push((entry.path(), with_files));
                } else if with_files {
                    names.push(entry.file_name().into_string().ok()?);
                }
            }
            let names = names.join(&BETWEEN.to_string());
            all.push(Folder { path, names });
        }
        let stats = look(&all)?;
        Some(Self { folders: all, stats })
    }

    /// Whether all of it still stands so: nothing came, went or was written.
    pub fn holds(&self) -> bool {
        look(&self.folders) == Some(self.stats)
    }
}

/// The digest of all stats; none where anything is gone.
fn look(folders: &[Folder]) -> Option<Digest> {
    let chunks: Vec<(&Path, Vec<&str>)> = folders.iter().flat_map(Folder::chunks).collect();
    let each: Vec<Digest> =
        chunks.par_iter().map(|(path, names)| of_chunk(path, names)).collect::<Option<_>>()?;
    let encoded: Vec<u8> = each.iter().flat_map(Digest::as_bytes).copied().collect();
    Some(Digest::of(&encoded))
}

impl Folder {
    /// Its names in pieces; an empty folder is one piece without names.
    fn chunks(&self) -> Vec<(&Path, Vec<&str>)> {
        let names: Vec<&str> = self.names.split(BETWEEN).filter(|name| !name.is_empty()).collect();
        if names.is_empty() {
            return vec![(&self.path, Vec::new())];
        }
        names.chunks(CHUNK).map(|names| (self.path.as_path(), names.to_vec())).collect()
    }
}

fn of_chunk(path: &Path, names: &[&str]) -> Option<Digest> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder: OwnedFd = open(path, flags, Mode::empty()).ok()?;
    let mut encoded = Vec::with_capacity((names.len() + 1) * STAT);
    encode(&fstat(&folder).ok()?, &mut encoded);
    for name in names {
        encode(&statat(&folder, *name, AtFlags::SYMLINK_NOFOLLOW).ok()?, &mut encoded);
    }
    Some(Digest::of(&encoded))
}

/// The bytes of one encoded stat.
const STAT: usize = 32;

/// Change time, size and inode. Whatever is done to a file's bytes, mode or name moves its change time, and
/// no program can set that; its modification time can be set, and tells nothing more.
fn encode(stat: &Stat, encoded: &mut Vec<u8>) {
    encoded.extend_from_slice(&stat.st_ctime.to_le_bytes());
    encoded.extend_from_slice(&stat.st_ctime_nsec.to_le_bytes());
    encoded.extend_from_slice(&stat.st_size.to_le_bytes());
    encoded.extend_from_slice(&stat.st_ino.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_comes_goes_or_is_written_changes_how_files_stand() {
        let space = tempfile::tempdir().expect("temporary folder");
        let root = space.path().to_owned();
        let mut last = Standing::of(std::slice::from_ref(&root), &[]).expect("readable");
        let mut changed = |what: &str| {
            assert!(!last.holds(), "{what} was not seen");
            last = Standing::of(std::slice::from_ref(&root), &[]).expect("readable");
            assert!(last.holds());
            // Past the clock's tick: within one, equal sizes would look equal.
            std::thread::sleep(std::time::Duration::from_millis(25));
        };
        std::thread::sleep(std::time::Duration::from_millis(25));
        std::fs::create_dir_all(root.join("a/b")).expect("creates");
        changed("a folder");
        std::fs::write(root.join("a/b/file"), "one").expect("writes");
        changed("a file");
        std::fs::write(root.join("a/b/file"), "two").expect("writes");
        changed("other bytes");
        std::fs::rename(root.join("a/b/file"), root.join("a/file")).expect("renames");
        changed("another place");
        std::fs::remove_file(root.join("a/file")).expect("removes");
        changed("a removed file");
    }
}
