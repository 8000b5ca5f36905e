//! What GitHub shows of a build: a summary on the job's page, and annotations at the suite's lines.

mod annotation;
mod summary;

pub use annotation::annotations;
pub use summary::{MOST_BYTES, summary};
