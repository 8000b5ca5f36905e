//! What the store has to know of records: which blobs an attempt needs, when it ended, what was made from
//! it. Read from the stored JSON itself, so that it also holds for attempts of another version.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::base::clock::Instant;
use crate::base::digest::Digest;
use crate::key::is_scrape;
use crate::store::{Meaning, Record, Store};

/// What `record` means.
pub fn meaning(record: &Record) -> Meaning {
    if is_scrape(&record.preimage) {
        let sources = record.preimage.fields().filter_map(|(_, value)| value.parse().ok());
        return Meaning { is_derived: true, needs: vec![sources.collect()], ..Meaning::default() };
    }
    let outputs: Vec<BTreeMap<String, Digest>> = record.attempts.iter().map(outputs).collect();
    Meaning {
        is_derived: false,
        ended: record.attempts.iter().rev().find_map(ended),
        needs: outputs.into_iter().map(|outputs| outputs.into_values().collect::<BTreeSet<_>>()).collect(),
    }
}

/// Whether all outputs of a stored attempt are there; they are not read.
pub fn is_whole(store: &Store, attempt: &Value) -> bool {
    outputs(attempt).values().all(|digest| store.has_blob(digest))
}

fn outputs(attempt: &Value) -> BTreeMap<String, Digest> {
    let outputs = attempt.get("outputs").and_then(Value::as_object);
    let digest = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.parse().ok()?));
    outputs.into_iter().flatten().filter_map(digest).collect()
}

fn ended(attempt: &Value) -> Option<Instant> {
    serde_json::from_value(attempt.get("ended")?.clone()).ok()
}
