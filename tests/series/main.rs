//! The live series of a run: as recorded from real k6, as real k6 sends it, and as nobody should.

mod faults;
mod limits;
mod real;
mod recorded;
mod sampled;
mod sender;
