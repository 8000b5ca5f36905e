//! What was sent where: a file for each destination to which lines are only added.
//!
//! A line is the checksum of the rest, a space, and an entry as JSON. A line that does not verify, because its
//! writer was killed or somebody edited it, counts as not written: what it told of is looked for at the
//! destination then, by its digest. Results that `gc` has removed stay in the ledger: it says what stands
//! elsewhere, not what stands here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{LockedStore, Store, StoreError};
use crate::base::clock::Instant;
use crate::base::digest::Digest;
use crate::base::files::{self, Durability};

/// The folder of the store that holds the ledgers.
pub(super) const LEDGERS: &str = "exports";

/// How many hexadecimal digits of its digest a line begins with.
const CHECKSUM: usize = 16;

/// How far the sending of something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// It was about to be sent: a part of it may be there.
    Begun,
    /// All of it is there.
    Sent,
    /// The destination will never take it, as Prometheus takes nothing that is too old.
    Refused,
}

/// One step of the sending of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// The digest of what is sent.
    pub digest: Digest,
    /// How far it is.
    pub stage: Stage,
    /// What it is, for people: a case's id.
    pub what: String,
    /// What the destination calls it; empty where that is not known yet, or it calls it nothing.
    pub id: String,
    /// Where a person finds it; may be empty.
    pub url: String,
    /// When.
    pub at: Instant,
}

/// All that is known of one destination.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    newest: BTreeMap<Digest, LedgerEntry>,
    /// Lines that do not verify, counted from 1: what they told of counts as not sent.
    pub broken: Vec<usize>,
    /// Lines that end too early, as a writer that was killed leaves them, counted from 1.
    pub cut: Vec<usize>,
}

/// What a line of a ledger is.
enum Line {
    Whole(LedgerEntry),
    Broken,
    Cut,
}

impl Ledger {
    fn read(bytes: &[u8]) -> Self {
        let mut ledger = Self::default();
        let lines = bytes.split(|byte| *byte == b'\n').zip(1..);
        for (line, number) in lines.filter(|(line, _)| !line.is_empty()) {
            match read(line) {
                Line::Whole(entry) => ledger.add(entry),
                Line::Broken => ledger.broken.push(number),
                Line::Cut => ledger.cut.push(number),
            }
        }
        ledger
    }

    /// Takes an entry in; what was sent once is never only begun again.
    pub fn add(&mut self, entry: LedgerEntry) {
        if entry.stage == Stage::Sent || self.sent(&entry.digest).is_none() {
            self.newest.insert(entry.digest, entry);
        }
    }

    /// The entry of something all of which was sent.
    pub fn sent(&self, digest: &Digest) -> Option<&LedgerEntry> {
        self.newest.get(digest).filter(|entry| entry.stage == Stage::Sent)
    }

    /// Whether the sending of something began and did not end.
    pub fn is_begun(&self, digest: &Digest) -> bool {
        self.newest.get(digest).is_some_and(|entry| entry.stage == Stage::Begun)
    }

    /// Whether the destination has refused something for good.
    pub fn is_refused(&self, digest: &Digest) -> bool {
        self.newest.get(digest).is_some_and(|entry| entry.stage == Stage::Refused)
    }

    /// Whether nothing is known to be there.
    pub fn is_empty(&self) -> bool {
        self.newest.is_empty()
    }

    /// How many things were sent.
    pub fn count_sent(&self) -> usize {
        self.newest.values().filter(|entry| entry.stage == Stage::Sent).count()
    }
}

fn read(line: &[u8]) -> Line {
    let Some((checksum, rest)) = line.split_at_checked(CHECKSUM + 1) else { return Line::Cut };
    let holds =
        checksum[CHECKSUM] == b' ' && Digest::of(rest).hex().as_bytes()[..CHECKSUM] == checksum[..CHECKSUM];
    match serde_json::from_slice(rest) {
        Ok(entry) if holds => Line::Whole(entry),
        // What was begun and has no end was written so by nobody.
        Err(error) if error.is_eof() => Line::Cut,
        Ok(_) | Err(_) => Line::Broken,
    }
}

impl Store {
    /// The ledger of a destination; empty where there is none.
    pub fn ledger(&self, destination: &str) -> Result<Ledger, StoreError> {
        let bytes = files::read_if_present(&self.ledger_path(destination))?;
        Ok(Ledger::read(&bytes.unwrap_or_default()))
    }

    /// Whether anything was ever sent to a destination, without reading what.
    pub fn has_ledger(&self, destination: &str) -> bool {
        self.ledger_path(destination).is_file()
    }

    fn ledger_path(&self, destination: &str) -> PathBuf {
        self.root.join(LEDGERS).join(destination)
    }

    /// Every ledger of the store with its path.
    pub fn ledgers(&self) -> Result<Vec<(PathBuf, Ledger)>, StoreError> {
        let mut all = Vec::new();
        let files = self.files_of(LEDGERS)?.into_iter().filter(|(path, _)| !files::is_temporary(path));
        for (path, _) in files {
            let bytes = files::read_if_present(&path)?.unwrap_or_default();
            all.push((path, Ledger::read(&bytes)));
        }
        Ok(all)
    }
}

impl LockedStore {
    /// Adds an entry to the ledger of a destination; it is on the disk when this returns.
    pub fn append_to_ledger(&self, destination: &str, entry: &LedgerEntry) -> Result<(), StoreError> {
        // An entry serialises without fail: its keys are strings.
        let text = serde_json::to_string(entry).unwrap_or_default();
        let line = format!("{} {text}\n", &Digest::of(text.as_bytes()).hex()[..CHECKSUM]);
        Ok(files::append_lines(&self.ledger_path(destination), line.as_bytes())?)
    }

    /// Moves a ledger with broken lines aside and writes it anew without them: what was sent stays known.
    pub(super) fn mend_ledger(&self, path: &Path) -> Result<(), StoreError> {
        let bytes = files::read_if_present(path)?.unwrap_or_default();
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        let whole = lines.filter(|line| matches!(read(line.trim_ascii_end()), Line::Whole(_)));
        self.notice(path);
        self.write(path, &whole.collect::<Vec<_>>().concat(), Durability::Synced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Locking;

    fn entry(what: &str, stage: Stage) -> LedgerEntry {
        LedgerEntry {
            digest: Digest::of(what.as_bytes()),
            stage,
            what: what.to_owned(),
            id: format!("id of {what}"),
            url: String::new(),
            at: Instant::from_milliseconds(1_000),
        }
    }

    fn store(folder: &tempfile::TempDir) -> LockedStore {
        let store = Store::open_in(folder.path()).expect("opens");
        match store.try_lock("a test").expect("locks") {
            Locking::Locked(locked) => locked,
            Locking::Busy { holder } => panic!("{holder}"),
        }
    }

    #[test]
    fn what_was_sent_stays_sent_and_what_was_begun_is_known() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let store = store(&folder);
        assert!(!store.has_ledger("mlflow-1"));
        for (what, stage) in
            [("a", Stage::Begun), ("a", Stage::Sent), ("b", Stage::Begun), ("a", Stage::Begun)]
        {
            store.append_to_ledger("mlflow-1", &entry(what, stage)).expect("writes");
        }
        let ledger = store.ledger("mlflow-1").expect("reads");
        let of = |what: &str| Digest::of(what.as_bytes());
        assert_eq!(ledger.sent(&of("a")).map(|entry| entry.id.as_str()), Some("id of a"));
        assert_eq!((ledger.is_begun(&of("a")), ledger.is_begun(&of("b"))), (false, true));
        assert_eq!((ledger.count_sent(), ledger.broken.len(), ledger.cut.len()), (1, 0, 0));
        assert!(store.ledger("other").expect("reads").is_empty());
    }

    #[test]
    fn a_line_that_was_cut_anywhere_is_lost_alone() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let store = store(&folder);
        store.append_to_ledger("m", &entry("a", Stage::Sent)).expect("writes");
        let path = store.ledger_path("m");
        let whole = std::fs::read(&path).expect("reads");
        store.append_to_ledger("m", &entry("b", Stage::Sent)).expect("writes");
        let both = std::fs::read(&path).expect("reads");
        for end in whole.len()..both.len() - 1 {
            std::fs::write(&path, &both[..end]).expect("cuts");
            store.append_to_ledger("m", &entry("c", Stage::Sent)).expect("writes");
            let ledger = store.ledger("m").expect("reads");
            let known = ["a", "b", "c"].map(|what| ledger.sent(&Digest::of(what.as_bytes())).is_some());
            assert_eq!(known, [true, false, true], "cut at {end}");
            assert!(ledger.broken.is_empty(), "cut at {end}");
            assert_eq!(ledger.cut, if end == whole.len() { vec![] } else { vec![2] }, "cut at {end}");
        }
    }
    #[test]
    fn a_line_that_was_edited_is_named_and_goes_alone() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let store = store(&folder);
        for what in ["a", "b", "c"] {
            store.append_to_ledger("m", &entry(what, Stage::Sent)).expect("writes");
        }
        let path = store.ledger_path("m");
        let text = std::fs::read_to_string(&path).expect("reads");
        std::fs::write(&path, text.replace("id of b", "id of x")).expect("edits");
        assert_eq!(store.ledger("m").expect("reads").broken, [2]);
        store.mend_ledger(&path).expect("mends");
        let ledger = store.ledger("m").expect("reads");
        let known = ["a", "b", "c"].map(|what| ledger.sent(&Digest::of(what.as_bytes())).is_some());
        assert_eq!((known, ledger.broken), ([true, false, true], vec![]));
    }
}
