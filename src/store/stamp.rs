//! Stamps: what a build looked at when it found nothing to do, so that the next one only looks whether
//! any of it changed.
//!
//! A stamp is a hint. It names files and folders with their stat, present or absent, values by their
//! digest, and an expiry. Where anything differs, or the stamp does not verify, the build plans as if
//! there were none. Git's rule for racy stamps holds: where a stat is not older than the stamp by more
//! than the clock's grain, a change within the same tick would not show. So a stamp is made a grain after
//! the last write; where the file system's own grain is a second, the content counts as well.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::checked::{decode, encode};
use super::{LockedStore, Store, StoreError, flat};
use crate::base::clock::Instant;
use crate::base::digest::Digest;
use crate::base::files;

/// Times within this of the stamp's own are racy: twice the longest tick of a kernel.
pub const GRAIN: Duration = Duration::from_millis(20);

/// The same for a time in whole seconds: some file systems have a grain of two.
const COARSE_GRAIN: Duration = Duration::from_secs(2);

/// What a build stood on when nothing was stale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stamp {
    /// Files and folders by path.
    paths: BTreeMap<PathBuf, Option<Signature>>,
    /// Digests of everything else that was looked at, by name.
    values: BTreeMap<String, Digest>,
    /// When the first of the reused results expires.
    expires: Option<Instant>,
    /// When it was made; a clock that was set back before it makes it void.
    made: Instant,
    /// What the build said, for the next one to say again; the store does not know what it is.
    pub said: serde_json::Value,
}

/// The stat of a path, and its content where the stat is racy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Signature {
    modified: i128,
    changed: i128,
    size: u64,
    inode: u64,
    content: Option<Digest>,
}

impl Stamp {
    /// Looks at `paths`, as soon as the latest of them is old enough: at most a grain from now.
    pub fn make(
        paths: impl IntoIterator<Item = PathBuf>,
        values: BTreeMap<String, Digest>,
        expires: Option<Instant>,
        said: serde_json::Value,
    ) -> Self {
        let paths: BTreeSet<PathBuf> = paths.into_iter().collect();
        wait_until_settled(&paths);
        let paths = paths.into_iter().map(|path| {
            let signature = sign(&path, is_racy);
            (path, signature)
        });
        Self { paths: paths.collect(), values, expires, made: Instant::now(), said }
    }

    /// Whether everything is as it was.
    pub fn holds(&self, values: &BTreeMap<String, Digest>) -> bool {
        let now = Instant::now();
        let in_time = self.made <= now && self.expires.is_none_or(|expires| now < expires);
        in_time
            && self.values == *values
            && self.paths.iter().all(|(path, known)| unchanged(path, known.as_ref()))
    }
}

/// Waits until a change of any of `paths` would show in its stat, at most a grain from now. False where
/// the file system's own grain is too coarse to wait for.
pub(super) fn wait_until_settled<'p>(paths: impl IntoIterator<Item = &'p PathBuf>) -> bool {
    let latest = paths.into_iter().filter_map(|path| latest_change(&std::fs::metadata(path).ok()?)).max();
    let young = latest.and_then(|latest| GRAIN.checked_sub(since(latest)));
    std::thread::sleep(young.unwrap_or_default());
    latest.is_none_or(|latest| !is_racy(latest))
}

/// Whether a change after `latest` might have left the same time.
fn is_racy(latest: i128) -> bool {
    let grain = if latest % 1_000_000_000 == 0 { COARSE_GRAIN } else { GRAIN };
    since(latest) < grain
}

fn unchanged(path: &Path, known: Option<&Signature>) -> bool {
    sign(path, |_| known.is_some_and(|known| known.content.is_some())).as_ref() == known
}

/// How long ago a time in nanoseconds since the epoch was; nothing where it lies ahead.
fn since(nanoseconds: i128) -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Realtime);
    let now = i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec);
    Duration::from_nanos(u64::try_from(now - nanoseconds).unwrap_or(0))
}

/// Modification and change of a file, in nanoseconds since the epoch.
fn times(stat: &std::fs::Metadata) -> (i128, i128) {
    let nanoseconds = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
    (nanoseconds(stat.mtime(), stat.mtime_nsec()), nanoseconds(stat.ctime(), stat.ctime_nsec()))
}

/// The later of both, unless it lies ahead: a clock that was set back is not waited for.
fn latest_change(stat: &std::fs::Metadata) -> Option<i128> {
    let (modified, changed) = times(stat);
    Some(modified.max(changed)).filter(|latest| !since(*latest).is_zero())
}

fn sign(path: &Path, racy: impl Fn(i128) -> bool) -> Option<Signature> {
    let stat = std::fs::metadata(path).ok()?;
    let (modified, changed) = times(&stat);
    let content = racy(modified.max(changed)).then(|| content(path, stat.is_dir()));
    // A folder's size and link count depend on the file system; its times and entries tell all.
    let size = if stat.is_dir() { 0 } else { stat.size() };
    Some(Signature { modified, changed, size, inode: stat.ino(), content })
}

/// A file's bytes, a folder's names.
fn content(path: &Path, is_folder: bool) -> Digest {
    if !is_folder {
        return Digest::of(&std::fs::read(path).unwrap_or_default());
    }
    let mut names: Vec<_> =
        std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    Digest::of(
        names
            .iter()
            .map(|name| name.to_string_lossy().into_owned())
            .collect::<Vec<_>>()
            .join("\0")
            .as_bytes(),
    )
}

impl Store {
    /// The stamp under `name`, if there is one that verifies.
    pub fn stamp(&self, name: &str) -> Option<Stamp> {
        files::read(&self.stamp_path(name)).ok().and_then(|bytes| decode(&bytes))
    }

    fn stamp_path(&self, name: &str) -> PathBuf {
        self.stat_path(&format!("stamp-{}", flat(name)))
    }
}

impl LockedStore {
    /// Writes a stamp: the last thing that a build does.
    pub fn write_stamp(&self, name: &str, stamp: &Stamp) -> Result<(), StoreError> {
        self.write_stat(&format!("stamp-{}", flat(name)), &encode(stamp))
    }

    /// Removes a stamp: the first thing that a build does which has something to change.
    pub fn remove_stamp(&self, name: &str) -> Result<(), StoreError> {
        self.remove_stat(&format!("stamp-{}", flat(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_notices_every_change_also_within_one_tick() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let file = folder.path().join("file");
        let absent = folder.path().join("absent");
        std::fs::write(&file, "one").expect("writes");
        let values = BTreeMap::from([("class".to_owned(), Digest::of(b"a"))]);
        let stamp = || {
            Stamp::make(
                [file.clone(), absent.clone(), folder.path().to_owned()],
                values.clone(),
                None,
                serde_json::Value::Null,
            )
        };
        let fresh = stamp();
        assert!(fresh.holds(&values));
        assert!(!fresh.holds(&BTreeMap::new()), "a value is missing");
        std::fs::write(&file, "two").expect("writes");
        assert!(!fresh.holds(&values), "the same size in the same tick");
        let fresh = stamp();
        std::fs::write(&absent, "").expect("writes");
        assert!(!fresh.holds(&values), "an absent file has come");
        let fresh = stamp();
        std::fs::remove_file(&file).expect("removes");
        assert!(!fresh.holds(&values), "a file is gone");
        let expired = Stamp::make([], BTreeMap::new(), Some(Instant::now()), serde_json::Value::Null);
        assert!(!expired.holds(&BTreeMap::new()));
    }
}
