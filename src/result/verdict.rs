//! What an attempt is worth.

use serde::{Deserialize, Serialize};

/// The verdict on one attempt. Exit 0 alone is not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// A measurement, and every threshold held.
    Passed,
    /// A measurement that may be wrong: iterations were dropped or the generator was saturated.
    Suspect,
    /// A measurement whose threshold was crossed (exit 99), or that the script failed itself (exit 110).
    Threshold,
    /// Cut short by `abortOnFail` (exit 99).
    Aborted,
    /// It ended well and measured nothing: no iterations, or all requests or checks failed.
    Invalid,
    /// The target's identity changed while it ran.
    TargetChanged,
    /// Script error, set-up failure, kill.
    Failed,
    /// Still running when its time was over.
    TimedOut,
    /// Stopped by the user.
    Interrupted,
}
