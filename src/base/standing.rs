//! How files stand on disk, by name and stat alone: whether anything was touched, without reading it.

use std::fs::Metadata;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::digest::{Digest, Digester};

/// The digest of the names and stats of everything below `folders`: two are equal only if no file came,
/// went or was written in between. A folder that is absent or cannot be read counts as empty.
pub fn standing(folders: &[PathBuf]) -> Digest {
    let mut all: Vec<PathBuf> = folders.iter().flat_map(|folder| with_folders_below(folder)).collect();
    all.sort();
    all.dedup();
    let each: Vec<Digest> = all.par_iter().map(|folder| of_folder(folder)).collect();
    let mut digester = Digester::default();
    for (folder, digest) in all.iter().zip(each) {
        let name = folder.as_os_str().as_bytes();
        digester.update(&(name.len() as u64).to_le_bytes());
        digester.update(name);
        digester.update(digest.as_bytes());
    }
    digester.finish()
}

fn with_folders_below(folder: &Path) -> Vec<PathBuf> {
    let mut all = vec![folder.to_owned()];
    let mut next = 0;
    while let Some(folder) = all.get(next) {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        // The type comes with the name; only folders cost more than that.
        let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        let below: Vec<PathBuf> = folders.map(|entry| entry.path()).collect();
        all.extend(below);
        next += 1;
    }
    all
}

/// The entries of one folder. What lies deeper has a digest of its own.
fn of_folder(folder: &Path) -> Digest {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut stats: Vec<_> =
        entries.map(|entry| (entry.file_name(), entry.metadata().ok().map(|stat| fields(&stat)))).collect();
    stats.sort_unstable();
    let mut encoded = Vec::with_capacity(stats.len() * 128);
    for (name, stat) in stats {
        encoded.extend_from_slice(&(name.len() as u64).to_le_bytes());
        encoded.extend_from_slice(name.as_bytes());
        for field in stat.unwrap_or_default() {
            encoded.extend_from_slice(&field.to_le_bytes());
        }
    }
    Digest::of(&encoded)
}

/// Modification, change, size, inode and mode.
fn fields(stat: &Metadata) -> [i64; 7] {
    let unsigned = |value: u64| value.cast_signed();
    [
        stat.mtime(),
        stat.mtime_nsec(),
        stat.ctime(),
        stat.ctime_nsec(),
        unsigned(stat.size()),
        unsigned(stat.ino()),
        i64::from(stat.mode()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_comes_goes_or_is_written_changes_how_files_stand() {
        let space = tempfile::tempdir().expect("temporary folder");
        let root = space.path().to_owned();
        let now = || standing(std::slice::from_ref(&root));
        let mut seen = vec![now()];
        let mut changed = |what: &str| {
            let standing = now();
            assert!(!seen.contains(&standing), "{what} was not seen");
            assert_eq!(standing, now());
            seen.push(standing);
        };
        std::fs::create_dir_all(root.join("a/b")).expect("creates");
        changed("a folder");
        std::fs::write(root.join("a/b/file"), "one").expect("writes");
        changed("a file");
        // Past the clock's tick: within one, equal sizes would look equal.
        std::thread::sleep(std::time::Duration::from_millis(25));
        std::fs::write(root.join("a/b/file"), "two").expect("writes");
        changed("other bytes");
        std::fs::rename(root.join("a/b/file"), root.join("a/file")).expect("renames");
        changed("another place");
        std::fs::remove_file(root.join("a/file")).expect("removes");
        changed("a removed file");
    }
}
