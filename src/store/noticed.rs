//! Damage that readers notice: remembered until the holder of the lock moves it aside.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{LockedStore, Store, StoreError};
use crate::base::digest::Digest;
use crate::base::files::{self, Durability, create_folder, told};

/// The folder of what did not verify.
pub(super) const DAMAGED: &str = "damaged";

/// What the readers of one store have noticed; clones of the store share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Noticed(Arc<Mutex<Ledger>>);

#[derive(Debug, Default)]
struct Ledger {
    /// Files that do not verify, where they stand.
    found: BTreeSet<PathBuf>,
    /// Files that were moved aside and are not reported yet, where they stand now.
    moved: Vec<PathBuf>,
    /// Scratch trees that cannot be removed and are not reported yet, where they stand now.
    stuck: Vec<PathBuf>,
}

impl Noticed {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // A thread that panicked while it held the lock has left a whole set.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Whether the record under `key` was moved aside because it did not verify.
    pub fn was_damaged(&self, key: &Digest) -> bool {
        self.root().join(DAMAGED).join(format!("record-{key}")).is_file()
    }

    /// Remembers that the file at `path` does not verify.
    pub(super) fn notice(&self, path: &Path) {
        self.noticed.ledger().found.insert(path.to_owned());
    }
}

impl LockedStore {
    /// Moves everything aside that was noticed not to verify. Returns where it is now, also for what was
    /// moved aside since the last call because a good file took its place.
    pub fn set_aside(&self) -> Result<Vec<PathBuf>, StoreError> {
        let found = std::mem::take(&mut self.noticed.ledger().found);
        for path in found {
            self.move_aside(&path)?;
        }
        Ok(std::mem::take(&mut self.noticed.ledger().moved))
    }

    /// Remembers that the scratch tree at `path` cannot be removed.
    pub(super) fn notice_stuck(&self, path: &Path) {
        self.noticed.ledger().stuck.push(path.to_owned());
    }

    /// The scratch trees that turned out to be stuck since the last call.
    pub fn take_stuck(&self) -> Vec<PathBuf> {
        std::mem::take(&mut self.noticed.ledger().stuck)
    }

    /// Writes a file of the store; one in its place that was noticed not to verify is moved aside first.
    pub(super) fn write(&self, path: &Path, bytes: &[u8], durability: Durability) -> Result<(), StoreError> {
        let noticed = self.noticed.ledger().found.remove(path);
        if noticed {
            self.move_aside(path)?;
        }
        Ok(files::write_atomic(path, bytes, durability)?)
    }

    /// `records/ab/NAME` becomes `damaged/record-NAME`, where a person can look at it.
    pub(super) fn move_aside(&self, from: &Path) -> Result<(), StoreError> {
        let inside = from.strip_prefix(self.root()).unwrap_or(from);
        let kind = inside.iter().next().map(|kind| kind.to_string_lossy()).unwrap_or_default();
        let name = from.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let folder = self.root().join(DAMAGED);
        create_folder(&folder)?;
        let to = folder.join(format!("{}-{name}", kind.trim_end_matches('s')));
        match std::fs::rename(from, &to) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(told("move", from)(error).into()),
            Ok(()) => {
                self.noticed.ledger().moved.push(to);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::preimage::Preimage;
    use crate::store::{Locking, RecordRead, Store};
    use serde_json::json;

    #[test]
    fn damage_is_moved_aside_and_reported_once_and_never_what_took_its_place() {
        let space = tempfile::tempdir().expect("temporary folder");
        let Ok(Locking::Locked(store)) = Store::open(space.path()).expect("opens").try_lock("test") else {
            panic!("nobody else holds it");
        };
        let mut preimage = Preimage::default();
        preimage.push("script", "a");
        let key = store.append(&preimage, json!({"n": 1}), &|_| true).expect("appends");
        let blob = store.put_blob(b"log").expect("puts");
        for kind in ["records", "blobs"] {
            let name = if kind == "records" { key } else { blob }.to_string();
            std::fs::write(store.root().join(kind).join(&name[..2]).join(name), "cut").expect("writes");
        }
        assert!(matches!(store.record(&key), Ok(RecordRead::Damaged)));
        assert!(store.blob(&blob).expect("reads").is_none());
        store.append(&preimage, json!({"n": 2}), &|_| true).expect("appends");
        let mut aside = store.set_aside().expect("moves");
        aside.sort();
        let names: Vec<_> = aside.iter().filter_map(|path| path.file_name()?.to_str()).collect();
        assert_eq!(names, [format!("blob-{blob}"), format!("record-{key}")]);
        assert!(aside.iter().all(|path| std::fs::read(path).is_ok_and(|bytes| bytes == b"cut")));
        assert!(store.set_aside().expect("moves").is_empty(), "told twice");
        assert!(matches!(store.record(&key), Ok(RecordRead::Found(record)) if record.attempts.len() == 1));
        assert!(!store.has_blob(&blob));
    }

    #[test]
    fn an_attempt_whose_outputs_are_lost_goes_when_the_next_one_comes() {
        let space = tempfile::tempdir().expect("temporary folder");
        let Ok(Locking::Locked(store)) = Store::open(space.path()).expect("opens").try_lock("test") else {
            panic!("nobody else holds it");
        };
        let preimage = Preimage::default();
        for n in 1..=2 {
            store.append(&preimage, json!({ "n": n }), &|_| true).expect("appends");
        }
        let key = store.append(&preimage, json!({"n": 3}), &|attempt| attempt["n"] != 1).expect("appends");
        let Ok(RecordRead::Found(record)) = store.record(&key) else { panic!("it was just written") };
        assert_eq!(record.attempts, [json!({"n": 2}), json!({"n": 3})]);
    }
}
