//! Howitzer is to load tests what Cargo is to crates: a declarative suite goes in, a content-hashed
//! graph of `render → run → scrape` comes out, and only what is stale runs.
//!
//! Data flows one way; each folder is a stage and imports only itself and stages to its left:
//!
//! ```text
//! base → spec → manifest → suite → expand → render → graph → key → store → result → plan
//!      → k6 → target → execute → report → export → schema → cli
//! ```

/// Digests, atomic files, locks, located mistakes, units, processes.
pub mod base;
/// What k6 is, as data: options, metrics, exit codes, wall time.
pub mod spec;
/// Howitzer.toml, found upwards.
pub mod manifest;
/// Suite files (TOML, the ancestor's JSON) as one model with positions.
pub mod suite;
/// Axes → cases, ids, selection.
pub mod expand;
/// Case → script bytes, and every file that the script opens.
pub mod render;
/// Nodes, edges, order; acyclic by type.
pub mod graph;
/// Inputs → preimage → key; preimage × preimage → reasons.
pub mod key;
/// Blobs, records with attempts, journal.
pub mod store;
/// Metrics, verdicts: pure data and arithmetic.
pub mod result;
/// Graph + keys + store → what is fresh, what is stale and why.
pub mod plan;
/// Finding, installing and speaking with the binary.
pub mod k6;
/// Services, readiness, identity.
pub mod target;
/// Plan → typed events.
pub mod execute;
/// Console, files for people and machines, graph drawings.
pub mod report;
/// Results at other places: MLflow, behind one trait.
pub mod export;
/// What may stand in files, as tables: JSON Schemas and the reference.
pub mod schema;
/// What was typed, what it means, exit codes.
pub mod cli;
