//! The preimage of a suite's outputs: its words, its expectations, and every result as it stands.

use super::SCHEMA;
use crate::base::digest::Digest;
use crate::base::preimage::Preimage;

/// Raised when the same results make other outputs.
const FORM: &str = "outputs/1";

/// Everything that can change a suite's outputs.
#[derive(Debug, Clone)]
pub struct AggregateInputs<'a> {
    /// The suite's title.
    pub title: &'a str,
    /// Its description, and those of its tests.
    pub descriptions: Digest,
    /// Its `[test.expect]` tables.
    pub expectations: Digest,
    /// Every trial with its key, its state and its result.
    pub results: Digest,
}

/// The preimage of the aggregate node.
pub fn aggregate_preimage(inputs: &AggregateInputs<'_>) -> Preimage {
    let mut preimage = Preimage::default();
    preimage.push("schema", SCHEMA);
    preimage.push("form", FORM);
    preimage.push("title", inputs.title);
    preimage.push("descriptions", inputs.descriptions.to_string());
    preimage.push("expectations", inputs.expectations.to_string());
    preimage.push("results", inputs.results.to_string());
    preimage
}
