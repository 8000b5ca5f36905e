//! What k6 is, as data: its options, metrics, statistics and exit codes, and the wall time they imply.

pub mod exit;
pub mod expect;
pub mod metrics;
pub mod options;
pub mod statistics;
pub mod wall;

pub use exit::ExitMeaning;
pub use expect::{ExpectProblem, Expectation};
pub use metrics::MetricKind;
pub use options::{OptionProblem, OptionSpec};
