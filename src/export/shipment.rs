//! What there is to send of a suite: its results, each with the digest by which it is known elsewhere.

use crate::base::clock::Instant;
use crate::base::digest::Digest;
use crate::base::preimage::Preimage;
use crate::report::view::{CaseView, ResultView, SuiteView, TrialState, TrialView};
use crate::store::Ledger;

/// One trial with its result.
#[derive(Debug, Clone, Copy)]
pub struct TrialResult<'a> {
    /// The trial.
    pub trial: &'a TrialView,
    /// Its result.
    pub result: &'a ResultView,
    /// The digest of what was measured: that of a reused result is the one it was first sent with.
    pub digest: Digest,
}

/// One case with the results of its trials.
#[derive(Debug, Clone)]
pub struct CaseResult<'a> {
    /// The case.
    pub case: &'a CaseView,
    /// Those of its trials that have a result; at least one.
    pub trials: Vec<TrialResult<'a>>,
    /// The digest of all of them together; of a single one its own.
    pub digest: Digest,
}

/// Everything of a suite that could be sent, and what of it was.
#[derive(Debug, Clone)]
pub struct Shipment<'a> {
    /// The suite.
    pub suite: &'a SuiteView,
    /// The build that sends; none where an earlier one's results are caught up with.
    pub build: Option<&'a str>,
    /// What is to be sent, in the order of the suite.
    pub unsent: Vec<CaseResult<'a>>,
    /// What was sent before, whole.
    pub sent: Vec<CaseResult<'a>>,
}

/// Which results are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that belong to the suite as it is now, and attempts at them that failed.
    Current,
    /// The newest of every trial, also where the suite has changed since.
    All,
}

impl<'a> Shipment<'a> {
    /// The results of `suite` that `which` and `selects` mean, parted by what `ledger` knows.
    pub fn of(
        suite: &'a SuiteView,
        build: Option<&'a str>,
        which: Which,
        selects: &dyn Fn(&CaseView) -> bool,
        ledger: &Ledger,
    ) -> Self {
        let selected = suite.cases.iter().filter(|case| selects(case));
        let cases = selected.filter_map(|case| CaseResult::of(&suite.name, case, which));
        // What was refused for good is tried again only where somebody asks for it.
        let cases = cases.filter(|case| build.is_none() || !ledger.is_refused(&case.digest));
        let (sent, unsent) = cases.partition(|case| ledger.sent(&case.digest).is_some());
        Self { suite, build, unsent, sent }
    }
}

impl<'a> CaseResult<'a> {
    fn of(suite: &str, case: &'a CaseView, which: Which) -> Option<Self> {
        let meant = |state: &TrialState| match state {
            TrialState::Current | TrialState::Failed(_) => true,
            TrialState::Stale(_) => which == Which::All,
            TrialState::Missing => false,
        };
        let trials = case.trials.iter().filter(|trial| meant(&trial.state));
        let trials: Vec<TrialResult<'_>> = trials
            .filter_map(|trial| {
                let result = trial.result.as_ref()?;
                Some(TrialResult { trial, result, digest: of_result(suite, trial.number, result) })
            })
            .collect();
        let digest = match trials.as_slice() {
            [] => return None,
            [one] => one.digest,
            several => {
                let mut all = Preimage::default();
                for one in several {
                    all.push("trial", one.digest.to_string());
                }
                all.digest()
            }
        };
        Some(Self { case, trials, digest })
    }

    /// The newest of its results.
    pub fn newest(&self) -> &'a ResultView {
        let newest = self.trials.iter().map(|trial| trial.result).max_by_key(|result| result.attempt.ended);
        newest.expect("a case without results is none")
    }

    /// When the first of its results was begun.
    pub fn started(&self) -> Instant {
        let all = self.trials.iter().map(|trial| trial.result.attempt.started);
        all.min().unwrap_or(self.newest().attempt.started)
    }
}

/// What was measured, by when and with which outputs; not how it is judged, which may be edited later.
fn of_result(suite: &str, trial: u32, result: &ResultView) -> Digest {
    let attempt = &result.attempt;
    let mut all = Preimage::default();
    all.push("export", "1");
    all.push("suite", suite);
    all.push("trial", trial.to_string());
    all.push("started", attempt.started.to_string());
    all.push("ended", attempt.ended.to_string());
    for (name, digest) in &attempt.outputs {
        all.push(format!("output {name}"), digest.to_string());
    }
    all.digest()
}
