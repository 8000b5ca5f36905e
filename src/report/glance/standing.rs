//! Whether a configuration holds up: one word for a case, by the worst of its trials.

use crate::report::view::{CaseView, TrialState, TrialView};
use crate::result::Verdict;

/// How a case stands, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::report) enum Standing {
    /// Measured as it is now, and every limit kept.
    Holds,
    /// There is only a result of what it was before.
    Stale,
    /// There is no result.
    Missing,
    /// Measured, and a threshold or an expectation is not kept.
    Misses,
    /// It ran and left nothing that counts.
    Failed,
}

impl Standing {
    /// Of a case; one without trials has no result.
    pub(in crate::report) fn of(case: &CaseView) -> Self {
        case.trials.iter().map(Self::of_trial).max().unwrap_or(Self::Missing)
    }

    fn of_trial(trial: &TrialView) -> Self {
        match (&trial.state, &trial.result) {
            (TrialState::Missing, _) | (TrialState::Current, None) => Self::Missing,
            (TrialState::Stale(_), _) => Self::Stale,
            (TrialState::Failed(_), _) => Self::Failed,
            (TrialState::Current, Some(result)) => match result.attempt.verdict {
                Verdict::Threshold | Verdict::Aborted => Self::Misses,
                Verdict::Passed | Verdict::Suspect => {
                    let all_held = result.outcomes.iter().all(|outcome| outcome.held);
                    if all_held { Self::Holds } else { Self::Misses }
                }
                _ => Self::Failed,
            },
        }
    }

    /// The word in the data.
    pub(in crate::report) fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Stale => "stale",
            Self::Missing => "missing",
            Self::Misses => "misses",
            Self::Failed => "failed",
        }
    }
}

/// Whether there is a reason to doubt any trial of it.
pub(in crate::report) fn is_doubted(case: &CaseView) -> bool {
    let attempts = case.trials.iter().filter_map(|trial| trial.result.as_ref()).map(|result| &result.attempt);
    attempts.into_iter().any(|attempt| attempt.verdict == Verdict::Suspect || !attempt.doubts.is_empty())
}
