//! A suite with its cases and results, as every report sees it. No report asks anything else.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

use crate::result::{Attempt, Distribution, Distributions, Measured, Outcome, Timeline, Verdict};

/// One suite, whole: every case of it, also those that this build did not touch.
#[derive(Debug, Clone)]
pub struct SuiteView {
    /// The suite's name: its file without folder and ending.
    pub name: String,
    /// The suite file, relative to the workspace.
    pub path: String,
    /// As written, or the name.
    pub title: String,
    /// As written, or empty.
    pub description: String,
    /// Whether the suite is one of the ancestor's JSON files.
    pub legacy: bool,
    /// The payloads that it builds, by file name.
    pub payloads: BTreeMap<String, Vec<u8>>,
    /// All cases in execution order.
    pub cases: Vec<CaseView>,
}

/// One case.
#[derive(Debug, Clone)]
pub struct CaseView {
    /// Its place among the cases of the suite.
    pub index: usize,
    /// The id, e.g. `grpc[vus=1,payload=digits-1.json]`.
    pub id: String,
    /// The ancestor's key `<name>_<n>`, for legacy suites.
    pub legacy_key: Option<String>,
    /// The test's name.
    pub test: String,
    /// The line of the suite's file at which that test begins.
    pub line: usize,
    /// A stem for file names, unique in the suite.
    pub stem: String,
    /// Axis values by axis name, in axis order.
    pub parameters: IndexMap<String, Value>,
    /// What it sends, where that is a file.
    pub payload: Option<PayloadView>,
    /// The case's whole configuration: name, description, template, payload, base_url, model_name, k6_opts, …
    pub configuration: serde_json::Map<String, Value>,
    /// The rendered script's ending: `js` or `ts`.
    pub script_ending: String,
    /// The rendered script as it stands now.
    pub script: String,
    /// Which of the user's own metrics are shares, from 0 to 1.
    pub shares: Vec<String>,
    /// All trials, from 1.
    pub trials: Vec<TrialView>,
}

impl CaseView {
    /// The results that statistics over trials are of; where none counts, all there are.
    pub fn counted(&self) -> Vec<&ResultView> {
        let counted: Vec<&ResultView> = self.trials.iter().filter_map(TrialView::counted).collect();
        if counted.is_empty() {
            return self.trials.iter().filter_map(|trial| trial.result.as_ref()).collect();
        }
        counted
    }
}

impl TrialView {
    /// Its result, where statistics over trials take it: it is current, and no threshold cut it short.
    pub fn counted(&self) -> Option<&ResultView> {
        let result = self.result.as_ref().filter(|_| self.state == TrialState::Current)?;
        (result.attempt.verdict != Verdict::Aborted).then_some(result)
    }
}

/// The file that a case sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PayloadView {
    /// As suites call it.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its rows, where its form has some.
    pub rows: Option<u64>,
}

/// One trial of a case.
#[derive(Debug, Clone)]
pub struct TrialView {
    /// From 1.
    pub number: u32,
    /// The key as it is now, hexadecimal.
    pub key: String,
    /// How its newest result stands to the suite as it is now.
    pub state: TrialState,
    /// The newest result, if there is any.
    pub result: Option<ResultView>,
}

/// How a result stands to the suite as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrialState {
    /// The result belongs to the current key.
    Current,
    /// There is only a result of an older key; what changed since.
    Stale(String),
    /// It was tried under the current key and did not become a usable result.
    Failed(String),
    /// There is no result.
    Missing,
}

/// One stored result with what was read from its blobs.
#[derive(Debug, Clone)]
pub struct ResultView {
    /// The stored attempt.
    pub attempt: Attempt,
    /// How many attempts its key has.
    pub attempts: usize,
    /// The scraped metrics.
    pub measured: Measured,
    /// The distributions of all trends, where they were kept.
    pub distributions: Distributions,
    /// Howitzer's own expectations, judged.
    pub outcomes: Vec<Outcome>,
    /// k6's summary export, byte for byte.
    pub summary: Option<Vec<u8>>,
    /// The last lines of k6's log.
    pub log_tail: Vec<String>,
    /// The file of the store that holds all samples as k6 wrote them, compressed, where they were kept.
    pub samples: Option<PathBuf>,
    /// The run by time, where it was watched.
    pub timeline: Option<TimelineView>,
    /// What the script's own handleSummary wrote.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// A run by time, for charts.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineView {
    /// What k6 saw.
    pub run: Timeline,
    /// The latencies of the measured window, where that is not the whole run.
    pub window: Option<Distribution>,
    /// What the server's pages and a Prometheus said.
    pub server: Vec<ServerLine>,
}

/// A series of the server's.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerLine {
    /// `SCRAPE.SERIES{label="value"}`.
    pub name: String,
    /// The unit of its values, empty where nobody says.
    pub unit: String,
    /// Values by time in seconds after the timeline begins.
    pub points: Vec<(f64, f64)>,
}

/// What one build did, for `build.json`.
#[derive(Debug, Clone)]
pub struct BuildView {
    /// The build's id.
    pub id: String,
    /// RFC 3339.
    pub started: String,
    /// RFC 3339.
    pub ended: String,
    /// The exit code.
    pub exit: u8,
    /// The seed of the shuffle, if runs were shuffled.
    pub seed: Option<u32>,
    /// Every trial in execution order.
    pub trials: Vec<BuiltTrial>,
}

/// What a build did with one trial.
#[derive(Debug, Clone)]
pub struct BuiltTrial {
    /// The case's id.
    pub case: String,
    /// From 1.
    pub trial: u32,
    /// What became of it.
    pub action: Action,
}

/// The words for what a build did: never one for another.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// It was executed, for this reason, with this verdict.
    Ran {
        /// Why it was stale.
        reason: String,
        /// The verdict's word.
        verdict: String,
    },
    /// It was reused; the result's age.
    Cached(Duration),
    /// It is stale or missing and was not executed: not selected, or the build ended before.
    Skipped(String),
}
