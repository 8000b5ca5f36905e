//! What k6 is, as data: its options, metrics, statistics and exit codes, and the wall time they imply.

mod address;
pub mod arrival;
mod definition;
pub mod exit;
pub mod expect;
mod file_content;
pub mod metrics;
pub mod option_type;
pub mod options;
pub mod relations;
mod release;
pub mod scalar;
pub mod scenario;
mod segment;
pub mod statistics;
pub mod threshold;
mod time;
mod transport;
pub mod wall;
mod watch;
mod window;

pub use definition::{Definition, How};
pub use exit::ExitMeaning;
pub use expect::Expectation;
pub use file_content::FileContent;
pub use metrics::MetricKind;
pub use option_type::OptionType;
pub use options::{OptionProblem, OptionSpec};
pub use release::Known;
pub use watch::{Sending, Watch};
pub use window::{Until, Window};
