//! What a run measured, in howitzer's own terms: pure data and arithmetic, no files, no screens.

mod attempt;
mod expect;
mod file_names;
mod log_facts;
mod measured;
mod meaning;
mod verdict;

pub use crate::spec::{Expectation, MetricKind};
pub use attempt::{Attempt, HostFacts};
pub use expect::{Outcome, judge_expectations};
pub use file_names::file_names;
pub use log_facts::LogFacts;
pub use meaning::{is_whole, meaning};
pub use measured::{Check, Measured, Metric, Statistic, Threshold};
pub use verdict::{Evidence, NO_SUMMARY, Verdict, judge};
