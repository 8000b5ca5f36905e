//! What the store has to be told of a record before it may remove or check one: it does not know what
//! an attempt is.

use std::collections::BTreeSet;

use super::Record;
use crate::base::clock::Instant;
use crate::base::digest::Digest;

/// What a record means to who wrote it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Meaning {
    /// Whether it was made from other records' blobs and can be made again.
    pub is_derived: bool,
    /// When its newest attempt had ended; none counts as older than anything.
    pub ended: Option<Instant>,
    /// The blobs of each attempt, in the record's order; those that a derived record was made from. It goes with
    /// the last result that has all of them.
    pub needs: Vec<BTreeSet<Digest>>,
}

/// Who knows what records mean.
pub type MeaningOf<'a> = dyn Fn(&Record) -> Meaning + Sync + 'a;
