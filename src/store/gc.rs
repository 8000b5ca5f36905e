//! What may go: results beyond limits, then what no kept result needs.
//!
//! A [`Sweep`] is computed from a reader and says what goes in which order; only a [`LockedStore`]
//! applies it. The order survives a kill after any step: a result goes before what was made from it,
//! and both before their blobs, so that no record is left whose blobs are gone.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use super::listing::{Entry, Holding, bytes_below, entries_of};
use super::meaning::MeaningOf;
use super::noticed::DAMAGED;
use super::scratch::KEPT;
use super::{LockedStore, Store, StoreError};
use crate::base::clock::Instant;
use crate::base::digest::Digest;
use crate::base::files;

/// What is to be kept.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// Results that ended longer ago go.
    pub max_age: Option<Duration>,
    /// The oldest results go until the rest, with what it needs, is no larger than this.
    pub max_bytes: Option<u64>,
    /// Whether that goes too which was moved aside or kept because the store refused it.
    pub damaged: bool,
}

/// What kind of thing goes; in the order in which they go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A result with all its attempts.
    Record,
    /// A record that can be made again.
    Derived,
    /// Bytes that no kept record needs.
    Blob,
    /// What a killed writer left.
    Leftover,
    /// What did not verify, or what the store refused.
    Damaged,
}

/// One thing that goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Going {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub path: PathBuf,
    /// How large it is.
    pub bytes: u64,
    /// When the newest attempt of a result had ended.
    pub ended: Option<Instant>,
}

/// What goes, in the order in which it goes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sweep {
    /// All of it.
    pub going: Vec<Going>,
}

impl Sweep {
    /// The size of all that goes.
    pub fn bytes(&self) -> u64 {
        self.going.iter().map(|going| going.bytes).sum()
    }

    /// How many things of `kind` go.
    pub fn count(&self, kind: Kind) -> usize {
        self.going.iter().filter(|going| going.kind == kind).count()
    }
}

impl Store {
    /// What `limits` leave no place for. Records that do not verify are noticed and need nothing.
    pub fn sweep(&self, limits: &Limits, meaning_of: &MeaningOf<'_>) -> Result<Sweep, StoreError> {
        let (records, blobs) = (self.list("records")?, self.list("blobs")?);
        let (derived, mut results): (Vec<Holding>, Vec<Holding>) =
            self.holdings(&records, meaning_of)?.into_iter().partition(|holding| holding.meaning.is_derived);
        results.sort_by_key(|holding| std::cmp::Reverse((holding.meaning.ended, holding.entry.name)));
        let sizes = Sizes {
            derived: Derivations::of(&derived),
            blobs: blobs.entries.iter().map(|entry| (entry.name, entry.bytes)).collect(),
        };
        let (kept, gone) = results.split_at(kept(&results, limits, &sizes));
        let of_kept = kept.iter().flat_map(|holding| sizes.derived.from(holding));
        let reachable: BTreeSet<Digest> = of_kept.map(|derived| derived.entry.name).collect();
        let (kept_derived, gone_derived): (Vec<&Holding>, Vec<&Holding>) =
            derived.iter().partition(|holding| reachable.contains(&holding.entry.name));
        let needed: BTreeSet<Digest> = kept
            .iter()
            .chain(kept_derived)
            .flat_map(|holding| holding.meaning.needs.iter().flatten())
            .copied()
            .collect();
        let unneeded = blobs.entries.iter().filter(|entry| !needed.contains(&entry.name));

        let mut going: Vec<Going> = Vec::new();
        going.extend(gone.iter().rev().map(|one| entry(Kind::Record, &one.entry, one.meaning.ended)));
        going.extend(gone_derived.into_iter().map(|one| entry(Kind::Derived, &one.entry, None)));
        going.extend(unneeded.map(|one| entry(Kind::Blob, one, None)));
        let leftovers = records.leftovers.into_iter().chain(blobs.leftovers).chain(self.torn_hints()?);
        going.extend(leftovers.map(|(path, bytes)| file(Kind::Leftover, path, bytes)));
        if limits.damaged {
            going.extend(self.damaged()?.into_iter().map(|(path, bytes)| file(Kind::Damaged, path, bytes)));
        }
        Ok(Sweep { going })
    }

    /// Hints that a killed writer has not finished.
    fn torn_hints(&self) -> Result<Vec<(PathBuf, u64)>, StoreError> {
        let mut hints = self.files_of("journal")?;
        hints.extend(self.files_of("stat")?);
        hints.retain(|(path, _)| files::is_temporary(path));
        Ok(hints)
    }

    /// What was moved aside, and the scratch trees of runs that the store refused.
    pub(super) fn damaged(&self) -> Result<Vec<(PathBuf, u64)>, StoreError> {
        let mut damaged = self.files_of(DAMAGED)?;
        for (entry, _) in entries_of(&self.root.join("scratch"))? {
            if entry.file_name().to_string_lossy().starts_with(KEPT) {
                damaged.push((entry.path(), bytes_below(&entry.path())?));
            }
        }
        Ok(damaged)
    }
}

fn entry(kind: Kind, entry: &Entry, ended: Option<Instant>) -> Going {
    Going { kind, path: entry.path.clone(), bytes: entry.bytes, ended }
}

fn file(kind: Kind, path: PathBuf, bytes: u64) -> Going {
    Going { kind, path, bytes, ended: None }
}

/// How large what results need is.
struct Sizes<'a> {
    derived: Derivations<'a>,
    blobs: BTreeMap<Digest, u64>,
}

/// Derived records by the blobs that they were made from.
struct Derivations<'a>(BTreeMap<Digest, Vec<&'a Holding>>);

impl<'a> Derivations<'a> {
    fn of(derived: &'a [Holding]) -> Self {
        let mut by_blob: BTreeMap<Digest, Vec<&Holding>> = BTreeMap::new();
        for holding in derived {
            // Any of them does: a result that has all has this one.
            if let Some(blob) = holding.meaning.needs.iter().flatten().next() {
                by_blob.entry(*blob).or_default().push(holding);
            }
        }
        Self(by_blob)
    }

    /// Those that were made from blobs of one attempt of `result`.
    fn from(&self, result: &Holding) -> Vec<&'a Holding> {
        let mut found = Vec::new();
        for blobs in &result.meaning.needs {
            let candidates = blobs.iter().filter_map(|blob| self.0.get(blob)).flatten();
            let is_made =
                |derived: &&&Holding| derived.meaning.needs.iter().flatten().all(|need| blobs.contains(need));
            found.extend(candidates.filter(is_made).copied());
        }
        found
    }
}

/// How many of `results`, which are sorted newest first, stay. A blob that two of them need counts once.
fn kept(results: &[Holding], limits: &Limits, sizes: &Sizes<'_>) -> usize {
    let mut counted: BTreeSet<Digest> = BTreeSet::new();
    let mut bytes = 0_u64;
    for (index, holding) in results.iter().enumerate() {
        let meaning = &holding.meaning;
        let too_old = |limit| meaning.ended.is_none_or(|ended| ended.age() > limit);
        bytes += holding.entry.bytes;
        let derived = sizes.derived.from(holding).into_iter();
        let derived = derived.map(|derived| (derived.entry.name, derived.entry.bytes));
        let blobs = meaning.needs.iter().flatten();
        let blobs = blobs.filter_map(|blob| Some((*blob, *sizes.blobs.get(blob)?)));
        let new = derived.chain(blobs).filter(|(name, _)| counted.insert(*name));
        bytes += new.map(|(_, size)| size).sum::<u64>();
        if limits.max_age.is_some_and(too_old) || limits.max_bytes.is_some_and(|limit| bytes > limit) {
            return index;
        }
    }
    results.len()
}

impl LockedStore {
    /// Removes what `sweep` says, and before the first of it every stamp. `after` is told of each removal
    /// and may end it there: what is left is whole after each step.
    pub fn apply(
        &self,
        sweep: &Sweep,
        after: &mut dyn FnMut(&Going) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        if !sweep.going.is_empty() {
            self.remove_stamps()?;
        }
        let mut unsynced: BTreeSet<PathBuf> = BTreeSet::new();
        for going in &sweep.going {
            if matches!(going.kind, Kind::Record | Kind::Derived) {
                unsynced.extend(going.path.parent().map(PathBuf::from));
            } else {
                // The disk has to forget the records before their blobs.
                for folder in std::mem::take(&mut unsynced) {
                    files::sync_folder(&folder)?;
                }
            }
            if going.path.is_dir() {
                files::remove_folder(&going.path)?;
            } else {
                files::remove_if_present(&going.path)?;
            }
            if after(going).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn remove_stamps(&self) -> Result<(), StoreError> {
        for (path, _) in self.files_of("stat")? {
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("stamp-")) {
                files::remove_if_present(&path)?;
            }
        }
        Ok(())
    }
}
