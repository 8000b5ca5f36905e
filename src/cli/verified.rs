//! `build --verify`: every output and everything in the store is looked at.
//!
//! The first time all of it is read. How it stood then, by stat, is kept; as long as it stands so,
//! later calls need not read it again. Bits that rot without a trace in a file's stat are found by
//! `cache verify`, which always reads.

use super::context::Context;
use super::failure::Failure;
use crate::base::digest::Digest;
use crate::base::standing::standing;
use crate::store::{LockedStore, Store};
use crate::suite::SuiteFile;

/// Whether the outputs of a suite and the store stand as they did when all of it was read.
pub(super) fn holds(context: &Context, file: &SuiteFile, store: &Store) -> bool {
    store.verified(&file.name) == Some(now(context, file, store))
}

/// Keeps how they stand: all of it was read and is right.
pub(super) fn remember(context: &Context, file: &SuiteFile, store: &LockedStore) -> Result<(), Failure> {
    Ok(store.write_verified(&file.name, &now(context, file, store))?)
}

fn now(context: &Context, file: &SuiteFile, store: &Store) -> Digest {
    let out = context.workspace.root.join(&context.workspace.out).join(&file.name);
    standing(&[out, store.root().join("blobs"), store.root().join("records")])
}
