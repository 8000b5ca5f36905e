//! The preimage of a scrape: the outputs it reads and what it reads out of them.

use std::collections::BTreeMap;

use super::SCHEMA;
use crate::base::digest::Digest;
use crate::base::preimage::Preimage;

/// Raised when the same outputs scrape to something else.
const DEFINITIONS: &str = "summary/1";

/// The preimage of the scrape of a run's outputs.
pub fn scrape_preimage(outputs: &BTreeMap<String, Digest>) -> Preimage {
    let mut preimage = Preimage::default();
    preimage.push("schema", SCHEMA);
    preimage.push("definitions", DEFINITIONS);
    for name in ["summary", "log"] {
        if let Some(digest) = outputs.get(name) {
            preimage.push(name, digest.to_string());
        }
    }
    preimage
}

/// Whether a record with this preimage holds a scrape, also one by other definitions.
pub fn is_scrape(preimage: &Preimage) -> bool {
    preimage.get("definitions").is_some()
}
