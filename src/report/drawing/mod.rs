//! Drawings of a suite's graph: one picture of groups and states, several languages for it.

mod tally;
