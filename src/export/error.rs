//! Why something did not reach its destination.

use std::time::Duration;

use crate::execute::ExecuteError;
use crate::report::ReportError;
use crate::store::StoreError;
use crate::target::EndpointError;

/// So long is waited before the second try where a destination has too much to do and does not say for how long.
const PAUSE: Duration = Duration::from_secs(1);

/// So long is waited at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

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
        /// For how long it does not want to be asked again, if it says so.
        retry_after: Option<Duration>,
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
    /// It failed for an earlier suite of the same build.
    #[error("not asked again in this build: {why}")]
    NotAskedAgain {
        /// What was said then.
        why: String,
    },
    /// What is configured is there, and cannot be written to.
    #[error("{0}")]
    Unusable(String),
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

    /// Whether it concerns the destination, so that another suite would fare no better.
    pub fn is_of_destination(&self) -> bool {
        matches!(self, Self::NoAnswer { .. } | Self::Refused { .. } | Self::Strange { .. })
            && !self.is_of_one_case()
    }

    /// The same; where a signal has ended the waiting for an answer, that.
    pub(super) fn unless_stopped(self, is_stopped: bool) -> Self {
        match self {
            Self::NoAnswer { .. } if is_stopped => Self::Interrupted,
            error => error,
        }
    }

    /// After which time the same may succeed when it is tried again; none where it is not worth it, or where the
    /// destination wants to be left alone for longer than a build can wait.
    pub fn passes_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { status: 429 | 503, retry_after, .. } => {
                Some(retry_after.unwrap_or(PAUSE)).filter(|pause| *pause <= LONGEST_PAUSE)
            }
            Self::NoAnswer { .. } | Self::Refused { status: 408 | 500 | 502 | 504, .. } => {
                Some(Duration::ZERO)
            }
            _ => None,
        }
    }
}
