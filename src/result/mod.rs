//! What a run measured, in howitzer's own terms: pure data and arithmetic, no files, no screens.

mod attempt;
mod distribution;
mod expect;
mod log_facts;
mod measured;
mod meaning;
#[cfg(test)]
mod random;
mod verdict;

pub use crate::spec::{Expectation, MetricKind};
pub use attempt::{Attempt, HostFacts};
pub use distribution::{Distribution, DistributionError, Estimate, Precision};
pub use expect::{Outcome, judge_expectations};
pub use log_facts::LogFacts;
pub use meaning::{is_whole, meaning};
pub use measured::{Check, Measured, Metric, Statistic, Threshold};
pub use verdict::{Evidence, Verdict, judge};
