//! What is saved below a folder, as it happens: the operating system says it (inotify, `FSEvents`, kqueue), by the
//! `notify` crate.

use std::collections::{BTreeSet, HashSet};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use notify::event::{EventKind, ModifyKind};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::commit::index_lock;

/// A save is several events; it is over when there was none for so long,
const QUIET: Duration = Duration::from_millis(30);
/// or when they do not end.
const LONGEST: Duration = Duration::from_millis(120);
/// While git changes files, it is waited for; but not for a lock that a killed git has left.
const LONGEST_GIT: Duration = Duration::from_secs(10);

/// Watches a folder and all below it, except some.
pub struct Changes {
    watcher: RecommendedWatcher,
    events: Receiver<notify::Result<Event>>,
    root: PathBuf,
    /// Relative to the root.
    except: Vec<PathBuf>,
    watched: HashSet<PathBuf>,
    /// Stands there while git changes files.
    git_lock: Option<PathBuf>,
    /// The files that this process prints to, by device and number: what it says of a change is none.
    outputs: Vec<(u64, u64)>,
}

/// Why a folder cannot be watched; mostly because the system allows no more watches.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be watched: {source}", .folder.display())]
pub struct ChangesError {
    folder: PathBuf,
    source: notify::Error,
}

impl Changes {
    /// Watches `root`, but not what is below `except`, nor hidden folders.
    pub fn watch(root: &Path, except: &[PathBuf]) -> Result<Self, ChangesError> {
        let told = |source| ChangesError { folder: root.to_owned(), source };
        let root = root.canonicalize().map_err(|error| told(notify::Error::io(error)))?;
        let (sender, events) = channel();
        let watcher = notify::recommended_watcher(move |event| {
            // Nobody listens any more at the end.
            let _ = sender.send(event);
        });
        let (watcher, watched) = (watcher.map_err(told)?, HashSet::new());
        let (git_lock, outputs) = (index_lock(&root), own_outputs());
        let (except, own_root) = (except.to_vec(), root.clone());
        let mut changes = Self { watcher, events, root: own_root, except, watched, git_lock, outputs };
        changes.watcher.watch(&root, RecursiveMode::NonRecursive).map_err(told)?;
        changes.watch_folders()?;
        Ok(changes)
    }

    /// Every folder of the root that counts and is not watched yet, with all below it.
    fn watch_folders(&mut self) -> Result<(), ChangesError> {
        let entries = std::fs::read_dir(&self.root).into_iter().flatten().flatten();
        let folders = entries.map(|entry| entry.path()).filter(|path| path.is_dir());
        for folder in folders.filter(|folder| self.counts(folder)).collect::<BTreeSet<_>>() {
            if self.watched.insert(folder.clone()) {
                let watching = self.watcher.watch(&folder, RecursiveMode::Recursive);
                watching.map_err(|source| ChangesError { folder, source })?;
            }
        }
        Ok(())
    }

    fn counts(&self, path: &Path) -> bool {
        let Ok(path) = path.strip_prefix(&self.root) else { return false };
        let is_hidden = path.iter().any(|part| part.to_string_lossy().starts_with('.'));
        !is_hidden && !self.except.iter().any(|except| path.starts_with(except))
    }

    /// The files that were saved, created or removed by one save or several at once, relative to the root; empty
    /// if nothing was within `patience`. What came and went meanwhile, as editors write beside a file what they then
    /// rename to it, is none of them.
    pub fn next(&mut self, patience: Duration) -> Result<BTreeSet<PathBuf>, ChangesError> {
        let (mut changed, mut passing) = (BTreeSet::new(), BTreeSet::new());
        let mut wait = patience;
        let mut first: Option<Instant> = None;
        loop {
            match self.events.recv_timeout(wait) {
                Ok(event) => {
                    let is_new = event.as_ref().is_ok_and(|event| matches!(event.kind, EventKind::Create(_)));
                    let paths = self.taken(event)?;
                    passing.extend(paths.iter().filter(|path| is_new && !changed.contains(*path)).cloned());
                    changed.extend(paths);
                }
                // Half of a checkout may make no sense.
                Err(RecvTimeoutError::Timeout) if !changed.is_empty() && self.is_git_at_work() => {
                    std::thread::sleep(QUIET);
                }
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => {
                    std::thread::sleep(wait);
                    break;
                }
            }
            if !changed.is_empty() {
                let left = LONGEST.saturating_sub(first.get_or_insert_with(Instant::now).elapsed());
                wait = QUIET.min(left);
            }
        }
        let is_there = |path: &PathBuf| self.root.join(path).symlink_metadata().is_ok();
        changed.retain(|path| !passing.contains(path) || is_there(path));
        Ok(changed)
    }

    fn is_git_at_work(&self) -> bool {
        let since = self.git_lock.as_ref().and_then(|lock| lock.metadata().ok()?.modified().ok());
        since.is_some_and(|since| since.elapsed().is_ok_and(|elapsed| elapsed < LONGEST_GIT))
    }

    fn is_output(&self, path: &Path) -> bool {
        let number = || path.metadata().ok().map(|file| (file.dev(), file.ino()));
        !self.outputs.is_empty() && number().is_some_and(|number| self.outputs.contains(&number))
    }

    fn taken(&mut self, event: notify::Result<Event>) -> Result<Vec<PathBuf>, ChangesError> {
        let event = event.map_err(|source| ChangesError { folder: self.root.clone(), source })?;
        // Looking at a file changes nothing.
        if matches!(event.kind, EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_))) {
            return Ok(Vec::new());
        }
        if matches!(event.kind, EventKind::Create(_)) {
            self.watch_folders()?;
        } else if matches!(event.kind, EventKind::Remove(_)) {
            for path in &event.paths {
                self.watched.remove(path);
            }
        }
        let counting = event.paths.iter().filter(|path| self.counts(path) && !self.is_output(path));
        let relative = counting.filter_map(|path| path.strip_prefix(&self.root).ok());
        Ok(relative.filter(|path| !path.as_os_str().is_empty()).map(Path::to_owned).collect())
    }
}

/// Standard output and standard error where they are files.
fn own_outputs() -> Vec<(u64, u64)> {
    let files = ["/dev/fd/1", "/dev/fd/2"].into_iter().filter_map(|stream| std::fs::metadata(stream).ok());
    files.filter(std::fs::Metadata::is_file).map(|file| (file.dev(), file.ino())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    #[test]
    fn a_save_is_told_and_what_is_written_into_excepted_folders_is_not() {
        let folder = tempfile::tempdir().expect("folder");
        let at = |path: &str| folder.path().join(path);
        for path in ["suites", "out", ".howitzer"] {
            std::fs::create_dir(at(path)).expect("folder");
        }
        let mut changes = Changes::watch(folder.path(), &["out".into()]).expect("watches");
        for path in ["out/a", ".howitzer/b", "suites/c.toml"] {
            std::fs::write(at(path), "x").expect("writes");
        }
        assert_eq!(changes.next(PATIENCE).expect("works"), BTreeSet::from(["suites/c.toml".into()]));
    }

    #[test]
    fn what_is_written_beside_a_file_and_renamed_to_it_is_told_as_the_file() {
        let folder = tempfile::tempdir().expect("folder");
        let at = |path: &str| folder.path().join(path);
        std::fs::write(at("a.toml"), "x").expect("writes");
        std::fs::write(at("b.toml"), "x").expect("writes");
        let mut changes = Changes::watch(folder.path(), &[]).expect("watches");
        std::fs::write(at("sedAbC123"), "y").expect("writes");
        std::fs::rename(at("sedAbC123"), at("a.toml")).expect("renames");
        std::fs::remove_file(at("b.toml")).expect("removes");
        let both = ["a.toml", "b.toml"].map(PathBuf::from);
        assert_eq!(changes.next(PATIENCE).expect("works"), BTreeSet::from(both));
    }

    #[test]
    fn a_folder_that_comes_later_is_watched_too() {
        let folder = tempfile::tempdir().expect("folder");
        let mut changes = Changes::watch(folder.path(), &[]).expect("watches");
        std::fs::create_dir(folder.path().join("payloads")).expect("folder");
        assert_eq!(changes.next(PATIENCE).expect("works"), BTreeSet::from(["payloads".into()]));
        std::fs::write(folder.path().join("payloads/a.json"), "x").expect("writes");
        assert_eq!(changes.next(PATIENCE).expect("works"), BTreeSet::from(["payloads/a.json".into()]));
    }

    #[test]
    fn what_git_changes_is_told_once_git_is_done() {
        let folder = tempfile::tempdir().expect("folder");
        let at = |path: &str| folder.path().join(path);
        for path in [".git", "suites"] {
            std::fs::create_dir(at(path)).expect("folder");
        }
        std::fs::write(at(".git/index.lock"), "").expect("locks");
        let mut changes = Changes::watch(folder.path(), &[]).expect("watches");
        std::fs::write(at("suites/a.toml"), "x").expect("writes");
        let (later, lock) = (at("suites/b.toml"), at(".git/index.lock"));
        let git = std::thread::spawn(move || {
            std::thread::sleep(LONGEST * 3);
            std::fs::write(later, "x").expect("writes");
            std::fs::remove_file(lock).expect("unlocks");
        });
        let told = changes.next(PATIENCE).expect("works");
        git.join().expect("is done");
        assert_eq!(told, BTreeSet::from(["suites/a.toml".into(), "suites/b.toml".into()]));
    }

    #[test]
    fn nothing_saved_is_nothing_told() {
        let folder = tempfile::tempdir().expect("folder");
        let mut changes = Changes::watch(folder.path(), &[]).expect("watches");
        assert!(changes.next(Duration::from_millis(20)).expect("works").is_empty());
    }
}
