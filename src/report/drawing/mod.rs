//! Drawings of a suite's graph: one picture of groups and states, several languages for it.

mod dot;
mod level;
mod plain;
#[cfg(test)]
mod sample;
mod tally;
mod text;
mod words;

pub use level::Level;
