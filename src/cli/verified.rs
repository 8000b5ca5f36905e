//! `build --verify`: every output and everything in the store is looked at.
//!
//! The first time all of it is read. How it stood then, by stat, is kept; as long as it stands so,
//! later calls need not read it again: outputs and blobs file by file, records by their folders. Bits that
//! rot without a trace in a stat, and a record that was edited in place, are found by `cache verify`, which
//! always reads; a record also whenever a plan reads it.

use std::path::PathBuf;

use super::context::Context;
use super::failure::Failure;
use crate::base::standing::Standing;
use crate::store::{LockedStore, Store};
use crate::suite::SuiteFile;

/// Whether the outputs of a suite and the store stand as they did when all of it was read.
pub(super) fn holds(context: &Context, file: &SuiteFile, store: &Store) -> bool {
    // In a folder with other files nobody knows what all of it is.
    if context.out.is_some() {
        return false;
    }
    let folders = folders(context, file, store);
    store.verified(&file.name).is_some_and(|(of, standing)| of == folders && standing.holds())
}

/// Keeps how they stand: all of it was read and is right.
pub(super) fn remember(context: &Context, file: &SuiteFile, store: &LockedStore) -> Result<(), Failure> {
    if context.out.is_some() {
        return Ok(());
    }
    let folders = folders(context, file, store);
    // A record carries its own checksum, and is looked at whenever it is read.
    match Standing::of(&folders[..2], &folders[2..]) {
        Some(standing) => Ok(store.write_verified(&file.name, &(folders, standing))?),
        None => Ok(()),
    }
}

fn folders(context: &Context, file: &SuiteFile, store: &Store) -> Vec<PathBuf> {
    let out = context.output_folder(&file.name).path;
    vec![out, store.root().join("blobs"), store.root().join("records")]
}
