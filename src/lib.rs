//! Howitzer is to load tests what Cargo is to crates: a declarative suite goes in, a content-hashed
//! graph of `render → run → scrape` comes out, and only what is stale runs.
//!
//! Data flows one way; each folder is a stage and imports only itself and stages to its left:
//!
//! ```text
//! base → spec → manifest → suite → expand → render → graph → key → store → plan → result
//!      → k6 → target → execute → report → cli
//! ```

pub mod base; // digests, atomic files, locks, located mistakes, units, processes
pub mod cli;
pub mod execute; // plan → typed events
pub mod expand; // axes → cases, ids, selection
pub mod graph; // nodes, edges, states; acyclic by type
pub mod k6; // finding, installing and speaking with the binary
pub mod key; // inputs → preimage → key; preimage × preimage → reasons
pub mod manifest; // howitzer.toml, found upwards
pub mod plan; // graph + keys + store → what is fresh, what is stale and why
pub mod render;
pub mod report;
pub mod result;
pub mod spec; // what k6 is, as data: options, metrics, exit codes, wall time
pub mod store;
pub mod suite; // suite files (TOML, the ancestor's JSON) as one model with positions // case → script bytes, and every file that the script opens // blobs, records with attempts, journal, stamps // metrics, verdicts: pure arithmetic
pub mod target; // services, readiness, identity // console, files for people and machines, graph drawings // what was typed, what it means, exit codes
