//! The words for states and verdicts, the same in every format, and text made safe for one line.

use std::borrow::Cow;

use super::view::TrialState;
pub(super) use crate::base::printable::one_line;
use crate::result::Verdict;

/// The verdict's word, as it is serialised in records.
pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::Suspect => "suspect",
        Verdict::Threshold => "threshold",
        Verdict::Aborted => "aborted",
        Verdict::Invalid => "invalid",
        Verdict::TargetChanged => "target-changed",
        Verdict::Failed => "failed",
        Verdict::TimedOut => "timed-out",
        Verdict::Interrupted => "interrupted",
    }
}

/// The state's word.
pub(super) fn state(state: &TrialState) -> &'static str {
    match state {
        TrialState::Current => "current",
        TrialState::Stale(_) => "stale",
        TrialState::Failed(_) => "failed",
        TrialState::Missing => "missing",
    }
}

/// Why the state is what it is, where there is something to say.
pub(super) fn reason(state: &TrialState) -> Option<&str> {
    match state {
        TrialState::Stale(reason) | TrialState::Failed(reason) if !reason.is_empty() => Some(reason),
        _ => None,
    }
}

/// The state with its reason: `stale: payload small.json changed`.
pub(super) fn state_with_reason(trial_state: &TrialState) -> String {
    match reason(trial_state) {
        Some(reason) => format!("{}: {reason}", state(trial_state)),
        None => state(trial_state).to_owned(),
    }
}

/// The word for a threshold of k6's.
pub(super) fn threshold(crossed: bool) -> &'static str {
    if crossed { "crossed" } else { "ok" }
}

/// The word for an expectation of the suite's.
pub(super) fn expectation(held: bool) -> &'static str {
    if held { "ok" } else { "missed" }
}

/// A parameter's value: text as it is, everything else as JSON.
pub(super) fn plain(value: &serde_json::Value) -> Cow<'_, str> {
    value.as_str().map_or_else(|| Cow::Owned(value.to_string()), Cow::Borrowed)
}

/// The name of a trial: the case's own for the first, `<name>@n` for the others.
pub(super) fn trial_name(name: &str, number: u32) -> String {
    if number > 1 { format!("{name}@{number}") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_a_verdict_is_the_one_that_records_hold() {
        for known in [
            Verdict::Passed,
            Verdict::Suspect,
            Verdict::Threshold,
            Verdict::Aborted,
            Verdict::Invalid,
            Verdict::TargetChanged,
            Verdict::Failed,
            Verdict::TimedOut,
            Verdict::Interrupted,
        ] {
            assert_eq!(serde_json::to_value(known).expect("serialises"), verdict(known));
        }
    }

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(one_line("a\nb\u{1b}[31m"), "a\\nb\\u{1b}[31m");
        assert_eq!(one_line("µs, naïve"), "µs, naïve");
    }
}
