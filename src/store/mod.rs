//! Where results are kept: blobs by digest, records by key, a journal of hints, stamps of null builds.
//!
//! ```text
//! .howitzer/v1/blobs/ab/<digest>      bytes, verified on read
//! .howitzer/v1/records/ab/<key>       a record: its checksum, then JSON with preimage and attempts
//! .howitzer/v1/damaged/               what did not verify, moved aside
//! .howitzer/v1/journal/<suite>        hints: the last key and duration of each case and trial
//! .howitzer/v1/stat/                  stamps, catalogues, last-seen identities, scripts that k6 has judged, applied set-ups
//! .howitzer/v1/exports/<destination>   what was sent there: lines that are only added
//! .howitzer/v1/scratch/               trees in which runs execute
//! .howitzer/v1/lock                   held by the build that may write
//! ```
//!
//! Readers never write; what does not verify is a miss to them, and remembered for a writer to move
//! aside. Only a [`LockedStore`] has the writing methods. A record is written after its blobs; both
//! reach the disk before their names do. Losing the journal or a stamp loses no result.

mod blob;
mod catalogue;
mod census;
mod checked;
mod gc;
mod journal;
mod ledger;
mod links;
mod listing;
mod locked;
mod meaning;
mod noticed;
mod open;
mod present;
mod record;
mod removed;
mod salt;
mod scratch;
mod stamp;
mod verify;

pub use census::{Census, Tally};
pub use checked::{decode, encode};
pub use gc::{Going, Kind, Limits, Sweep};
pub use journal::{Journal, JournalEntry};
pub use ledger::{Ledger, LedgerEntry, Stage};
pub use locked::{LockedStore, Locking};
pub use meaning::{Meaning, MeaningOf};
pub use present::Present;
pub use record::{Record, RecordRead};
pub use scratch::KEPT;
pub use stamp::{GRAIN, Stamp};
pub use verify::{Examined, Fault, Problem};

use std::path::{Path, PathBuf};

use crate::base::files::{self, FileError};
use crate::base::preimage::Preimage;
use crate::base::standing::Standing;

/// A store operation that failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refused.
    #[error(transparent)]
    File(#[from] FileError),
    /// The store was made by a newer howitzer.
    #[error("`{}` was written by a newer howitzer (format {found}); this one reads format 1", path.display())]
    Newer {
        /// The store's folder.
        path: PathBuf,
        /// The newest format found.
        found: u32,
    },
    /// A part of the store is a link.
    #[error(
        "`{}` is a link: something outside the store would be written or removed through it\nhint: a link may stand for the \
         whole of `{FOLDER}`, not for a part of it",
        path.display()
    )]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// The folder is not ours.
    #[error("`{}` is no store of howitzer: {why}; it is left as it is", path.display())]
    Foreign {
        /// The store's folder.
        path: PathBuf,
        /// By what that shows.
        why: String,
    },
}

/// A store that can be read.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    noticed: noticed::Noticed,
}

/// The folder below a workspace that holds the store.
pub const FOLDER: &str = crate::manifest::STORE;

/// The version of the format, the name of the folder below [`FOLDER`].
const FORMAT: u32 = 1;

impl Store {
    /// The folder of this format.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A file of hints and stamps under `stat/`.
    pub fn stat_path(&self, name: &str) -> PathBuf {
        self.root.join("stat").join(name)
    }

    /// How these folders, of a suite's outputs and of the store, stood when all of it was last read and right.
    pub fn verified(&self, suite: &str) -> Option<(Vec<PathBuf>, Standing)> {
        files::read(&self.stat_path(&format!("verified-{}", flat(suite))))
            .ok()
            .and_then(|bytes| decode(&bytes))
    }

    /// What a suite's outputs were last made from.
    pub fn outputs_preimage(&self, suite: &str) -> Option<Preimage> {
        files::read(&self.stat_path(&format!("outputs-{}", flat(suite))))
            .ok()
            .and_then(|bytes| decode(&bytes))
    }

    /// The folders whose entries are all blobs and records: their signatures tell whether any went.
    pub fn shards(&self) -> Vec<PathBuf> {
        let mut shards = Vec::new();
        for kind in ["blobs", "records"] {
            let entries = std::fs::read_dir(self.root.join(kind)).into_iter().flatten().flatten();
            shards.extend(entries.map(|entry| entry.path()));
        }
        shards.sort();
        shards
    }
}

/// One file name: the name of a suite in a folder has slashes.
fn flat(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F")
}

fn sharded(root: &Path, kind: &str, name: &str) -> PathBuf {
    root.join(kind).join(&name[..2]).join(name)
}
