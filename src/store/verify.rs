//! Every file of the store read and checked, in parallel; what is bad can be moved aside.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use rayon::prelude::*;

use super::listing::{Entry, Holding};
use super::meaning::MeaningOf;
use super::{Ledger, LockedStore, RecordRead, Store, StoreError, checked};
use crate::base::digest::Digest;
use crate::base::files::{self, Durability};

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A record or hint is not what was written, or not under its own key.
    Damaged,
    /// A blob's bytes have another digest.
    Rotten,
    /// It is not there, and an attempt of this record needs it.
    Missing(Digest),
    /// Nothing of the store is called so.
    Stray,
    /// This line of a ledger, counted from 1, is not what was written.
    Line(usize),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged => f.write_str("damaged: checksum or key does not hold"),
            Self::Rotten => f.write_str("damaged: its bytes have another digest"),
            Self::Missing(key) => write!(f, "missing: record {} needs it", key.short()),
            Self::Stray => f.write_str("stray: no file of a store"),
            Self::Line(number) => {
                write!(
                    f,
                    "damaged: the checksum of line {number} does not hold, and what it told of counts as not sent"
                )
            }
        }
    }
}

/// A file and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub fault: Fault,
}

/// What was read, and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examined {
    /// How many records.
    pub records: usize,
    /// How many blobs.
    pub blobs: usize,
    /// How many ledgers of what was sent.
    pub ledgers: usize,
    /// In order of their paths.
    pub problems: Vec<Problem>,
    /// Lines of ledgers, counted from 1, that end too early: a crash leaves such ones, and they are no problem.
    pub cut: Vec<(PathBuf, usize)>,
}

impl Store {
    /// Reads everything. Nothing is written.
    pub fn verify(&self, meaning_of: &MeaningOf<'_>) -> Result<Examined, StoreError> {
        let (records, blobs) = (self.list("records")?, self.list("blobs")?);
        let holdings = self.holdings(&records, meaning_of)?;
        let is_held = |entry: &&Entry| {
            holdings.binary_search_by_key(&entry.name, |holding| holding.entry.name).is_err()
        };
        let damaged =
            records.entries.iter().filter(is_held).map(|entry| (entry.path.clone(), Fault::Damaged));
        let strays = records.strays.iter().chain(&blobs.strays).map(|path| (path.clone(), Fault::Stray));
        let missing = holdings.iter().flat_map(|holding| self.missing(holding));
        let ledgers = self.ledgers()?;
        let lines = |of: fn(&Ledger) -> &[usize]| {
            let all = ledgers.iter();
            all.flat_map(move |(path, ledger)| of(ledger).iter().map(move |number| (path.clone(), *number)))
        };
        let mut problems: Vec<Problem> = damaged
            .chain(strays)
            .chain(missing)
            .chain(self.rotten(&blobs.entries)?)
            .chain(self.damaged_hints()?)
            .chain(lines(|ledger| &ledger.broken).map(|(path, number)| (path, Fault::Line(number))))
            .map(|(path, fault)| Problem { path, fault })
            .collect();
        problems.sort();
        Ok(Examined {
            records: holdings.len(),
            blobs: blobs.entries.len(),
            ledgers: ledgers.len(),
            problems,
            cut: lines(|ledger| &ledger.cut).collect(),
        })
    }

    fn rotten(&self, blobs: &[Entry]) -> Result<Vec<(PathBuf, Fault)>, StoreError> {
        let rotten = |entry: &Entry| match self.blob(&entry.name) {
            Ok(Some(_)) => None,
            // It may have been removed since it was listed.
            Ok(None) => self.has_blob(&entry.name).then(|| Ok((entry.path.clone(), Fault::Rotten))),
            Err(error) => Some(Err(error)),
        };
        blobs.par_iter().filter_map(rotten).collect()
    }

    /// The lost blobs of a result. What is derived from it names some of the same ones.
    fn missing<'a>(&'a self, holding: &'a Holding) -> impl Iterator<Item = (PathBuf, Fault)> + 'a {
        let needs = holding.meaning.needs.iter().flatten().filter(|_| !holding.meaning.is_derived);
        let lost = needs.filter(|digest| !self.has_blob(digest));
        lost.map(|digest| (self.blob_path(digest), Fault::Missing(holding.entry.name)))
    }

    fn damaged_hints(&self) -> Result<Vec<(PathBuf, Fault)>, StoreError> {
        let mut damaged = Vec::new();
        for (path, _) in self.files_of("journal")?.into_iter().chain(self.files_of("stat")?) {
            let holds = |bytes: Vec<u8>| checked::body(&bytes).is_some();
            if !files::is_temporary(&path) && !files::read_if_present(&path)?.is_none_or(holds) {
                damaged.push((path, Fault::Damaged));
            }
        }
        Ok(damaged)
    }
}

impl LockedStore {
    /// Moves aside what `examined` found to be bad, and drops the attempts whose blobs are lost: their
    /// runs are stale then. Returns where the bad files are now.
    pub fn repair(
        &self,
        examined: &Examined,
        meaning_of: &MeaningOf<'_>,
    ) -> Result<Vec<PathBuf>, StoreError> {
        let mut ledgers = BTreeSet::new();
        for problem in &examined.problems {
            match problem.fault {
                Fault::Missing(_) => {}
                Fault::Line(_) => drop(ledgers.insert(&problem.path)),
                Fault::Damaged | Fault::Rotten | Fault::Stray => self.notice(&problem.path),
            }
        }
        ledgers.into_iter().try_for_each(|path| self.mend_ledger(path))?;
        let aside = self.set_aside()?;
        let records = self.list("records")?;
        for holding in self.holdings(&records, meaning_of)? {
            if self.missing(&holding).next().is_some() {
                self.drop_lost_attempts(&holding, meaning_of)?;
            }
        }
        let more = self.set_aside()?;
        Ok(aside.into_iter().chain(more).collect())
    }

    /// A record of which no attempt is left is moved aside as it is.
    fn drop_lost_attempts(&self, holding: &Holding, meaning_of: &MeaningOf<'_>) -> Result<(), StoreError> {
        let RecordRead::Found(mut record) = self.record(&holding.entry.name)? else { return Ok(()) };
        let needs = meaning_of(&record).needs;
        let mut whole = needs.iter().map(|needs| needs.iter().all(|digest| self.has_blob(digest)));
        record.attempts.retain(|_| whole.next().unwrap_or(true));
        if record.attempts.is_empty() {
            return self.move_aside(&holding.entry.path);
        }
        self.write(&holding.entry.path, &checked::encode(&record), Durability::Synced)
    }
}
