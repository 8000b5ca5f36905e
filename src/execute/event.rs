//! What happens in a build, as values: the console, `build.json` and NDJSON are consumers of them.

use serde::Serialize;

use super::figures::{Figures, LastSecond};

/// One event. The form is versioned by the first one of a command, such as `build.started`; docs/events.md
/// describes it.
/// A field that is added does not change the version; one that changes or goes does.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event")]
pub enum Event {
    /// The command begins; always the first event.
    #[serde(rename = "build.started")]
    BuildStarted {
        /// The version of this form.
        schema: &'static str,
        /// The version of howitzer.
        howitzer: &'static str,
    },
    /// The plan is made.
    #[serde(rename = "suite.planned")]
    SuitePlanned {
        /// The build's id.
        build: String,
        /// The suite.
        suite: String,
        /// How many cases are selected.
        cases: usize,
        /// How many of them have all results.
        cached: usize,
        /// How many of them have a run to execute.
        to_run: usize,
        /// The expected load.
        estimate_seconds: f64,
        /// Whether the time of every run is in it; that of runs which end by iterations is not known.
        estimate_complete: bool,
        /// The age of the oldest reused result.
        oldest_seconds: Option<f64>,
        /// The age of the newest reused result.
        newest_seconds: Option<f64>,
    },
    /// In a dry run: a reason, and how many runs it concerns first of all.
    #[serde(rename = "plan.because")]
    Because {
        /// The reason.
        reason: String,
        /// How many runs.
        runs: usize,
    },
    /// In a dry run: what would become of a run.
    #[serde(rename = "plan.run")]
    Planned {
        /// The case.
        case: String,
        /// From 1.
        trial: u32,
        /// Why it would execute; empty where its result would be reused.
        reasons: Vec<String>,
        /// The age of the result that would be reused.
        age_seconds: Option<f64>,
        /// Whether results count for a day only, because nothing identifies the target.
        unidentified: bool,
    },
    /// k6 is being installed, or another lengthy preparation: one line for people.
    #[serde(rename = "preparing")]
    Preparing {
        /// The line.
        text: String,
    },
    /// Something else is still awaited, told about every second: a command of the user's, a target, a lock.
    #[serde(rename = "waiting")]
    Waiting {
        /// What is awaited.
        what: String,
        /// For how long so far.
        elapsed_seconds: f64,
        /// For how long at most, where there is a limit that a person would wait for.
        limit_seconds: Option<f64>,
        /// The last line that it printed, secrets masked; empty where it has printed none.
        last_line: String,
    },
    /// Something that a person should know and that is no mistake.
    #[serde(rename = "note")]
    Note {
        /// The line.
        text: String,
    },
    /// k6 refuses a script, and the build goes on without it.
    #[serde(rename = "script.refused")]
    Refused {
        /// The mistake, over several lines.
        message: String,
    },
    /// Files of the store did not verify; they count as missing.
    #[serde(rename = "store.damaged")]
    DamageMovedAside {
        /// Where they are now, relative to the workspace.
        files: Vec<String>,
    },
    /// A service's build command runs.
    #[serde(rename = "target.building")]
    TargetBuilding {
        /// The target.
        target: String,
        /// The command line.
        command: String,
    },
    /// A service is being started.
    #[serde(rename = "target.starting")]
    TargetStarting {
        /// The target.
        target: String,
    },
    /// A target is not ready, and is waited for.
    #[serde(rename = "target.awaited")]
    TargetAwaited {
        /// The target.
        target: String,
        /// For how long at most.
        limit_seconds: f64,
    },
    /// A target can take load.
    #[serde(rename = "target.ready")]
    TargetReady {
        /// The target.
        target: String,
        /// How long that took.
        after_seconds: f64,
    },
    /// A service was stopped.
    #[serde(rename = "target.stopped")]
    TargetStopped {
        /// The target.
        target: String,
    },
    /// A target is another one than the plan stood on.
    #[serde(rename = "target.changed")]
    TargetChanged {
        /// The target.
        target: String,
        /// Parts with old and new values.
        change: String,
    },
    /// A set-up's command runs.
    #[serde(rename = "set-up.applying")]
    SetUpApplying {
        /// The test.
        test: String,
        /// The axis.
        axis: String,
        /// The label of the value.
        value: String,
        /// The command line, secrets masked.
        command: String,
    },
    /// A set-up is applied.
    #[serde(rename = "set-up.applied")]
    SetUpApplied {
        /// The axis.
        axis: String,
        /// The label of the value.
        value: String,
        /// How long its command took.
        seconds: f64,
    },
    /// A set-up could not be applied; the build goes on without its cases.
    #[serde(rename = "set-up.failed")]
    SetUpFailed {
        /// Axis and value.
        set_up: String,
        /// The command line, secrets masked.
        command: String,
        /// How it ended.
        end: String,
        /// The end of what it printed.
        log_tail: Vec<String>,
    },
    /// The command that undoes a set-up runs.
    #[serde(rename = "set-up.undoing")]
    SetUpUndoing {
        /// The axis.
        axis: String,
        /// The label of the value.
        value: String,
        /// The command line, secrets masked.
        command: String,
        /// Whether an earlier build has left it.
        leftover: bool,
    },
    /// A set-up is undone.
    #[serde(rename = "set-up.undone")]
    SetUpUndone {
        /// The axis.
        axis: String,
        /// The label of the value.
        value: String,
        /// How long its command took.
        seconds: f64,
    },
    /// A warm-up begins.
    #[serde(rename = "warm-up.started")]
    WarmUpStarted {
        /// The test.
        test: String,
    },
    /// k6 said how far a warm-up is.
    #[serde(rename = "warm-up.progress")]
    WarmUpProgress {
        /// The test.
        test: String,
        /// Since the load began.
        elapsed_seconds: f64,
        /// The whole, if it is known.
        expected_seconds: Option<f64>,
        /// Virtual users at work.
        vus: u64,
        /// Iterations that ended.
        iterations: u64,
        /// Its last second, where its series is received while it runs.
        last: Option<LastSecond>,
    },
    /// A warm-up has ended.
    #[serde(rename = "warm-up.finished")]
    WarmUpFinished {
        /// The test.
        test: String,
        /// Its verdict.
        verdict: String,
        /// Its wall time.
        wall_seconds: f64,
    },
    /// A run begins.
    #[serde(rename = "run.started")]
    RunStarted {
        /// The case.
        case: String,
        /// From 1.
        trial: u32,
        /// Its place among the runs of this build, from 1.
        position: usize,
        /// How many runs this build executes.
        of: usize,
        /// The length of its load, if it is known.
        expected_seconds: Option<f64>,
        /// Why it runs, the weightiest reason, and how many more there are.
        reason: String,
        /// All reasons, old and new values side by side.
        reasons: Vec<String>,
    },
    /// k6 said how far it is.
    #[serde(rename = "run.progress")]
    RunProgress {
        /// The case.
        case: String,
        /// Since the load began.
        elapsed_seconds: f64,
        /// The whole, if it is known.
        expected_seconds: Option<f64>,
        /// Virtual users at work.
        vus: u64,
        /// Iterations that ended.
        iterations: u64,
        /// Its last second, where its series is received while it runs.
        last: Option<LastSecond>,
    },
    /// A run has ended and its result is kept.
    #[serde(rename = "run.finished")]
    RunFinished {
        /// The case.
        case: String,
        /// From 1.
        trial: u32,
        /// Its verdict.
        verdict: String,
        /// Why, in a few words; may be empty.
        detail: String,
        /// The expectations that it misses, as far as they are known by now.
        missed: Vec<String>,
        /// k6's exit code.
        exit: Option<i32>,
        /// k6's wall time.
        wall_seconds: f64,
        /// A few figures for people; all of them are in the outputs.
        figures: Figures,
        /// The end of its log, where it failed.
        log_tail: Vec<String>,
    },
    /// A run's outputs became metrics.
    #[serde(rename = "run.scraped")]
    Scraped {
        /// The case.
        case: String,
        /// From 1.
        trial: u32,
        /// Why.
        reason: String,
        /// Whether its run executed just before.
        after_run: bool,
    },
    /// A threshold of k6's that is crossed, or an expectation of the suite that a result does not meet.
    #[serde(rename = "gate.failed")]
    GateFailed {
        /// The case.
        case: String,
        /// From 1.
        trial: u32,
        /// Which, with the measured value where it is known.
        what: String,
    },
    /// The pause before the next run.
    #[serde(rename = "cooling-down")]
    CoolingDown {
        /// How long.
        seconds: f64,
    },
    /// The outputs were written.
    #[serde(rename = "outputs.written")]
    OutputsWritten {
        /// Their folder, relative to the workspace.
        folder: String,
        /// Why they were made anew; empty where nothing had to be.
        reason: String,
        /// Files that changed.
        written: usize,
        /// Files of vanished cases that were removed.
        removed: usize,
    },
    /// Results are at a destination now.
    #[serde(rename = "export.finished")]
    Exported {
        /// The destination's name.
        destination: String,
        /// How many cases were sent now.
        sent: usize,
        /// How many had been sent before.
        before: usize,
        /// Where a person finds them; may be empty.
        place: String,
    },
    /// Results did not reach a destination, or not all of them.
    #[serde(rename = "export.failed")]
    ExportFailed {
        /// The destination's name.
        destination: String,
        /// Why, without secrets.
        why: String,
        /// How many cases are still to be sent.
        left: usize,
        /// Whether the sending was asked for, so that the exit is 5.
        is_asked: bool,
    },
    /// `howitzer export` begins; the first event of that command.
    #[serde(rename = "sending.started")]
    SendingStarted {
        /// The version of this form.
        schema: &'static str,
        /// The version of howitzer.
        howitzer: &'static str,
        /// The destination's name.
        destination: String,
    },
    /// `howitzer export` is over, however it ended; the last event of that command.
    #[serde(rename = "sending.finished")]
    SendingFinished {
        /// The exit code.
        exit: u8,
        /// Why it ended early, where it did.
        error: Option<String>,
        /// The whole command.
        wall_seconds: f64,
    },
    /// The build of a suite is over.
    #[serde(rename = "suite.finished")]
    SuiteFinished {
        /// The exit code.
        exit: u8,
        /// Runs that executed.
        ran: usize,
        /// Selected runs that were reused.
        cached: usize,
        /// Selected runs that are still stale or missing.
        pending: usize,
        /// The whole build.
        wall_seconds: f64,
    },
    /// The command is over, however it ended; always the last event.
    #[serde(rename = "build.finished")]
    BuildFinished {
        /// The exit code.
        exit: u8,
        /// Why it ended early, where it did.
        error: Option<String>,
        /// The whole command.
        wall_seconds: f64,
    },
}

/// Who listens.
pub type Sink<'a> = dyn FnMut(Event) + 'a;
