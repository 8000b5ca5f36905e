//! What a run measured, in howitzer's own terms: pure data and arithmetic, no files, no screens.

pub mod attempt;
pub mod expect;
pub mod measured;
pub mod scrape;
pub mod verdict;

pub use attempt::{Attempt, HostFacts};
pub use expect::{Expectation, Outcome};
pub use measured::{Check, Measured, Metric, MetricKind, Statistic, Threshold};
pub use verdict::Verdict;
