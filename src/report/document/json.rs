//! What `results.json` says of each suite, in one list.

use serde::Serialize;

use super::super::error::ReportError;
use super::super::{json_layout, results_json};
use super::Told;

/// The name and version of the shape around the suites'.
pub const SCHEMA: &str = "howitzer-report/1";

#[derive(Serialize)]
struct Document<S> {
    schema: &'static str,
    suites: Vec<S>,
}

pub(super) fn bytes(suites: &[Told<'_>]) -> Result<Vec<u8>, ReportError> {
    let suites = suites.iter().map(|told| results_json::document(told.suite)).collect();
    // The lists of each suite are two levels deeper than in a file of its own.
    json_layout::spread(&Document { schema: SCHEMA, suites }, json_layout::SPREAD + 2)
}
