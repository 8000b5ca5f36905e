//! What k6 is, as data: its options, metrics, statistics and exit codes, and the wall time they imply.

pub mod arrival;
mod definition;
pub mod exit;
pub mod expect;
pub mod metrics;
pub mod option_type;
pub mod options;
pub mod scalar;
pub mod scenario;
pub mod statistics;
mod threshold;
mod time;
mod transport;
pub mod wall;
mod watch;
mod window;

pub use definition::{Definition, How};
pub use exit::ExitMeaning;
pub use expect::Expectation;
pub use metrics::MetricKind;
pub use option_type::OptionType;
pub use options::{OptionProblem, OptionSpec};
pub use watch::Watch;
pub use window::{Until, Window};
