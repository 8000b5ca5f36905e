//! Drawings of a suite's graph: one picture of groups and states, several languages for it.

mod level;
#[cfg(test)]
mod sample;
mod tally;

pub use level::Level;
