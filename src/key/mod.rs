//! What can change a node's result, as a preimage; and what differs between two preimages, as reasons.
//!
//! The fields of a preimage are pushed by one traversal, [`run_preimage`]. The key is their digest, an
//! explanation compares the same fields with those of an older record: what is explained is what is hashed.
//! Not in the key: title, description, order, cooldown, timeout, `[test.expect]`, comments of suite files.

mod aggregate;
mod reason;
mod run;
mod scrape;

pub use aggregate::{AggregateInputs, aggregate_preimage};
pub use reason::{Change, Reason, changes, grouped};
pub use run::{
    OwnInputs, RunInputs, SetUpInputs, SharedInputs, TargetInputs, WarmUpInputs, provenance, run_key,
    run_preimage,
};
pub use scrape::{is_scrape, scrape_preimage};

use crate::base::digest::Digest;

/// The digest of a preimage: names a record.
pub type Key = Digest;

/// Comes first in every preimage; raised when the meaning of a field changes.
pub const SCHEMA: &str = "howitzer-key/3";
