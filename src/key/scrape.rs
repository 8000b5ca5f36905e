//! The preimage of a scrape: the outputs it reads and what it reads out of them.

use std::collections::BTreeMap;

use super::SCHEMA;
use crate::base::digest::Digest;
use crate::base::preimage::Preimage;

/// Raised when the same outputs scrape to something else.
const DEFINITIONS: &str = "summary/2";

/// What a scrape reads of a run.
const READ: [&str; 4] = ["summary", "log", "distributions", "series"];

/// The preimage of the scrape of a run's outputs. `wanted` says what is computed from them: the window, and the
/// metrics of the user's own.
pub fn scrape_preimage(outputs: &BTreeMap<String, Digest>, wanted: &str) -> Preimage {
    let mut preimage = Preimage::default();
    preimage.push("schema", SCHEMA);
    preimage.push("definitions", DEFINITIONS);
    if !wanted.is_empty() {
        preimage.push("wanted", wanted);
    }
    let pages = outputs.keys().map(String::as_str).filter(|name| name.starts_with("page "));
    for name in READ.into_iter().chain(pages) {
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
