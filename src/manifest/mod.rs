//! `howitzer.toml`: the file that makes a folder a workspace. Found upwards, every key optional.

mod delimiters;
mod endpoint;
mod export;
mod export_labels;
mod export_otlp;
mod export_prometheus;
mod locate;
mod request_counter;
#[cfg(test)]
mod sample;
mod scrape;
mod target;
mod values;
mod workspace;

pub use delimiters::Delimiters;
pub use endpoint::{Endpoint, Secret};
pub use export::{Export, MlflowExport};
pub use export_labels::OWN_LABELS;
pub use export_otlp::{Otlp, OtlpProtocol};
pub use export_prometheus::{PrometheusExport, TrendKind, TrendStatistic, Trends};
pub use locate::{locate, open};
pub use request_counter::RequestCounter;
pub use scrape::{Scrape, ScrapeSource};
pub use target::{Probe, Ready, Restart, Service, Target};
pub use values::{EnvironmentValue, MaxAge, environment, is_variable_name, max_age, no_variable_name};
pub use workspace::{K6Settings, STORE, Workspace};

use crate::base::document::TextError;

/// The manifest's file name.
pub const FILE_NAME: &str = "howitzer.toml";

/// A workspace that could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// There is no manifest in the folder or above it.
    #[error("no `howitzer.toml` in `{}` or any folder above it", .0.display())]
    NotFound(std::path::PathBuf),
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] crate::base::files::FileError),
    /// It is wrong.
    #[error(transparent)]
    Mistakes(#[from] crate::base::mistake::Mistakes),
}

impl From<TextError> for ManifestError {
    fn from(error: TextError) -> Self {
        match error {
            TextError::File(error) => Self::File(error),
            TextError::Mistakes(mistakes) => Self::Mistakes(mistakes),
        }
    }
}
