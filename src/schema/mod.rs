//! What may stand in suites and in `howitzer.toml`, as tables; JSON Schemas and the reference are made of them.
//!
//! The readers are elsewhere and know no table of these: a test gives every reader a key that it does not know
//! and compares what it expected with the table, in both directions.

mod k6;
mod key;
mod reference;
mod results;
mod suite;
mod test_keys;
mod values;
mod workspace;

pub use key::{Key, Kind, Shape};
pub use reference::reference;
pub use results::{report, results};

use serde_json::Value;

/// The tables of a suite, the file itself first.
pub fn suite_shapes() -> Vec<Shape> {
    [suite::shapes(), values::shapes(), k6::shapes()].concat()
}

/// The tables of `howitzer.toml`, the file itself first.
pub fn workspace_shapes() -> Vec<Shape> {
    [workspace::shapes(), values::shapes(), k6::shapes()].concat()
}

/// The schema of suites in Howitzer's own form, TOML or JSON.
pub fn suite() -> Value {
    key::document("A suite of Howitzer", &suite_shapes())
}

/// The schema of `howitzer.toml`.
pub fn workspace() -> Value {
    key::document("howitzer.toml", &workspace_shapes())
}
