//! The system under test: started, awaited, identified, stopped.

mod access;
pub mod exposition;
mod grpc_health;
mod identity;
mod probe;
pub mod prometheus;
mod ready;
mod service;

pub use access::{EndpointError, access};
pub use identity::{ask_probes, identify_service, is_live, live_names};
pub use ready::{await_ready, is_answering};
pub use service::{Running, build, start};

use std::path::PathBuf;
use std::time::Duration;

use crate::base::capture::Supervision;
use crate::base::environment::Environment;
use crate::base::files::FileError;
use crate::base::process::ProcessError;

/// What starting and asking a target needs to know of its surroundings.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The workspace's root.
    pub root: PathBuf,
    /// The folder of outputs, relative to the root: nothing in it is an input.
    pub out: String,
    /// Howitzer's own environment, which services and probes inherit.
    pub environment: Environment,
    /// The guard of every process, and the user's signals.
    pub supervision: Supervision,
    /// The k6 binary, which asks for gRPC health; none before it was found.
    pub k6: Option<PathBuf>,
    /// A folder for a service's log and for health checks.
    pub scratch: PathBuf,
}

/// A target that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The user did not want to wait for it any longer.
    #[error("interrupted")]
    Interrupted,
    /// It is another one at each look.
    #[error(
        "target `{name}` answers as another one again and again: {change}\nhint: what changes by itself is no identity; see `[target.{name}] identity`"
    )]
    Unstable {
        /// The target.
        name: String,
        /// The last change, in words.
        change: String,
    },
    /// It was not ready in time.
    #[error("target `{name}` is not ready after {}: {last}", crate::base::duration::human(*waited))]
    NotReady {
        /// The target.
        name: String,
        /// How long it was awaited.
        waited: Duration,
        /// What the last check said.
        last: String,
    },
    /// Its service ended by itself.
    #[error("the service of target `{name}` ended with {end}{}", tail(log))]
    Ended {
        /// The target.
        name: String,
        /// How it ended.
        end: String,
        /// The end of its log.
        log: String,
    },
    /// Its build failed.
    #[error("`{command}`, which builds target `{name}`, ended with {end}{}", tail(log))]
    BuildFailed {
        /// The target.
        name: String,
        /// The command line.
        command: String,
        /// How it ended.
        end: String,
        /// The end of what it printed.
        log: String,
    },
    /// Somebody else answers where its service would.
    #[error("target `{name}` is answered already by a process that howitzer did not start: {address}")]
    Occupied {
        /// The target.
        name: String,
        /// Where.
        address: String,
    },
    /// A variable of its service is not set.
    #[error(
        "`{variable}`, which the service of target `{name}` needs, is not set in the environment, or empty"
    )]
    Unset {
        /// The target.
        name: String,
        /// Howitzer's variable.
        variable: String,
    },
    /// A pattern of its inputs means no file.
    #[error("`inputs` of the service of target `{name}`: no file matches `{pattern}`")]
    NoInput {
        /// The target.
        name: String,
        /// As written.
        pattern: String,
    },
    /// Its identity cannot be had.
    #[error("cannot identify target `{name}`: {problem}")]
    Unidentifiable {
        /// The target.
        name: String,
        /// Why.
        problem: String,
    },
    /// A process could not be started.
    #[error(transparent)]
    Process(ProcessError),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
}

impl From<ProcessError> for TargetError {
    fn from(error: ProcessError) -> Self {
        match error {
            ProcessError::Interrupted => Self::Interrupted,
            error => Self::Process(error),
        }
    }
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().rev().take(10).collect();
    lines.into_iter().rev().map(|line| format!("\n  | {line}")).collect()
}
