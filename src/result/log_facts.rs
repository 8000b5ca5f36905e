//! What a run's log says that its summary does not.

/// What a log says about the run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogFacts {
    /// Iterations that ended in an exception.
    pub exceptions: u64,
    /// Lines of level error or worse that k6 itself wrote, exceptions left out.
    pub errors: u64,
    /// Whether an arrival rate could not start iterations because its virtual users were all busy.
    pub lacked_vus: bool,
    /// Whether a threshold with `abortOnFail` ended the test.
    pub stopped_prematurely: bool,
    /// Why k6 could not send the last of its metrics to a collector.
    pub unsent: Option<String>,
    /// The message of the last error or exception of k6's own, or else of the script's `console.error`.
    pub last_error: Option<String>,
}
