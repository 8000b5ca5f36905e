//! Why something did not reach its destination.

use crate::execute::ExecuteError;
use crate::report::ReportError;
use crate::store::StoreError;
use crate::target::EndpointError;

/// A sending that failed.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The destination cannot be asked as the manifest and the environment say.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// There is no answer.
    #[error("{what}: {why}")]
    NoAnswer {
        /// What was tried, with the address.
        what: String,
        /// Why, without secrets.
        why: String,
    },
    /// The answer is a refusal.
    #[error("{what}: status {status}{}", after_colon(.said))]
    Refused {
        /// What was tried, with the address.
        what: String,
        /// The status of HTTP.
        status: u16,
        /// What the destination says, in one line without secrets; may be empty.
        said: String,
    },
    /// The answer is none that the destination's own documentation knows.
    #[error("{what}: the answer is not that of {of}: {why}")]
    Strange {
        /// What was tried, with the address.
        what: String,
        /// Who should have answered.
        of: &'static str,
        /// What is odd.
        why: String,
    },
    /// What was sent is not there.
    #[error("{missing} of {of} sent results are not at the destination: {first}")]
    Missing {
        /// How many.
        missing: usize,
        /// Of how many.
        of: usize,
        /// The first of them.
        first: String,
    },
    /// k6 sends to it while a run goes on, and nobody else.
    #[error(
        "k6 itself sends to it while runs go on (`watch = \"otlp\"`); nothing is left to send afterwards"
    )]
    OfRunsOnly,
    /// A signal asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// The ledger or a result cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An artifact cannot be made.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A result cannot be put together.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
}

fn after_colon(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

impl ExportError {
    /// Whether it concerns the one thing that was sent, so that the next one may be taken.
    pub fn is_of_one_case(&self) -> bool {
        matches!(self, Self::Refused { status: 400 | 413 | 422, .. })
    }

    /// The same; where a signal has ended the waiting for an answer, that.
    pub(super) fn unless_stopped(self, is_stopped: bool) -> Self {
        match self {
            Self::NoAnswer { .. } if is_stopped => Self::Interrupted,
            error => error,
        }
    }

    /// Whether the same may succeed when it is tried again.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::NoAnswer { .. } => true,
            Self::Refused { status, .. } => matches!(status, 408 | 429 | 500 | 502 | 503 | 504),
            _ => false,
        }
    }
}
