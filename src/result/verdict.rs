//! What an attempt is worth.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::doubt::{Circumstantial, doubts};
use super::{LogFacts, Measured};
use crate::spec::ExitMeaning;

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

/// What is said of a run that left no summary that could be read.
pub const NO_SUMMARY: &str = "no summary was written";

/// Everything that one attempt left behind.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// k6's exit code; none where a signal ended it.
    pub exit: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Whether it was stopped because its time was over.
    pub timed_out: bool,
    /// Whether it was stopped by the user.
    pub interrupted: bool,
    /// The summary, if there is a whole one.
    pub measured: Option<&'a Measured>,
    /// What else is known of it.
    pub seen: &'a Circumstantial<'a>,
}

/// What an attempt is worth, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// What it is worth.
    pub verdict: Verdict,
    /// Why, in a few words; empty for `passed`.
    pub detail: String,
    /// Every reason to doubt a measurement, whatever its verdict.
    pub doubts: Vec<String>,
}

/// The verdict on an attempt, and why in a few words (empty for `passed`).
///
/// Exit 0, 99 and 110 are measurements if there is a summary. A measurement is invalid where nothing
/// was measured: no iterations, all requests or all checks failed, an exception in every iteration;
/// that weighs more than a crossed threshold. Any doubt makes a passed one suspect.
pub fn judge(evidence: &Evidence<'_>) -> Judged {
    let (verdict, detail) = worth(evidence);
    if !matches!(verdict, Verdict::Passed | Verdict::Threshold) {
        return Judged { verdict, detail, doubts: Vec::new() };
    }
    let doubts = evidence.measured.map(|measured| doubts(measured, evidence.seen)).unwrap_or_default();
    let (verdict, detail) = verdict.doubted(detail, &doubts);
    Judged { verdict, detail, doubts }
}

/// The verdict as k6 itself allows it.
fn worth(evidence: &Evidence<'_>) -> (Verdict, String) {
    if evidence.interrupted {
        return (Verdict::Interrupted, String::new());
    }
    if evidence.timed_out {
        return (Verdict::TimedOut, String::new());
    }
    let Some(code) = evidence.exit else {
        let signal = evidence.signal.unwrap_or_default();
        return (Verdict::Failed, format!("k6 was killed by signal {signal}"));
    };
    let meaning = ExitMeaning::of(code);
    let measurement = !matches!(meaning, ExitMeaning::Failed(_));
    let Some(measured) = evidence.measured.filter(|_| measurement) else {
        return (Verdict::Failed, failure(code, meaning, evidence.seen.log));
    };
    if let Some(problem) = nothing_measured(measured, evidence.seen.log) {
        return (Verdict::Invalid, problem);
    }
    match meaning {
        ExitMeaning::ThresholdCrossed if evidence.seen.log.stopped_prematurely => {
            (Verdict::Aborted, crossed(measured))
        }
        ExitMeaning::ThresholdCrossed => (Verdict::Threshold, crossed(measured)),
        ExitMeaning::MarkedFailed => (Verdict::Threshold, meaning.to_string()),
        _ => (Verdict::Passed, String::new()),
    }
}

fn failure(code: i32, meaning: ExitMeaning, log: &LogFacts) -> String {
    let meaning =
        if let ExitMeaning::Failed(_) = meaning { meaning.to_string() } else { NO_SUMMARY.to_owned() };
    let said = log.last_error.as_deref().and_then(|error| error.lines().next()).unwrap_or_default();
    let gap = if said.is_empty() { "" } else { ": " };
    format!("exit {code}, {meaning}{gap}{said}")
}

fn count(measured: &Measured, metric: &str) -> f64 {
    measured.statistic(metric, "count").unwrap_or_default()
}

fn nothing_measured(measured: &Measured, log: &LogFacts) -> Option<String> {
    let iterations = count(measured, "iterations");
    if iterations <= 0.0 {
        return Some("no iterations".to_owned());
    }
    let requests = count(measured, "http_reqs");
    if requests > 0.0 && measured.statistic("http_req_failed", "rate") == Some(1.0) {
        return Some(format!("all {requests} requests failed"));
    }
    let checks = measured.statistic("checks", "fails").unwrap_or_default();
    if checks > 0.0 && measured.statistic("checks", "rate") == Some(0.0) {
        return Some(format!("all {checks} checks failed"));
    }
    (log.exceptions as f64 >= iterations).then(|| "an exception in every iteration".to_owned())
}

fn crossed(measured: &Measured) -> String {
    measured
        .crossed()
        .map(|crossed| format!("{} {}", crossed.metric, crossed.expression))
        .collect::<Vec<_>>()
        .join(", ")
}

impl Verdict {
    /// The verdict and its reason with these doubts too: a measurement that passed becomes suspect.
    pub fn doubted(self, reason: String, doubts: &[String]) -> (Self, String) {
        let known = if reason.is_empty() { None } else { Some(reason.clone()) };
        match self {
            Self::Passed | Self::Suspect if !doubts.is_empty() => {
                let all: Vec<String> = known.into_iter().chain(doubts.iter().cloned()).collect();
                (Self::Suspect, all.join("; "))
            }
            verdict => (verdict, reason),
        }
    }

    /// Whether a record with this verdict stands for its run until something changes.
    pub fn is_reusable(self, allow_invalid: bool) -> bool {
        match self {
            Self::Passed | Self::Suspect | Self::Threshold | Self::Aborted => true,
            Self::Invalid => allow_invalid,
            Self::TargetChanged | Self::Failed | Self::TimedOut | Self::Interrupted => false,
        }
    }

    /// Whether the run ended before it had measured: a build stops at it unless told to keep going.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::TimedOut)
    }

    /// The exit code that a build with such a run ends with.
    pub fn build_exit(self) -> u8 {
        match self {
            Self::Passed | Self::Suspect => 0,
            Self::Threshold | Self::Aborted => 99,
            Self::Invalid | Self::TargetChanged | Self::Failed | Self::TimedOut | Self::Interrupted => 100,
        }
    }

    /// The words on screen and in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Suspect => "suspect",
            Self::Threshold => "threshold crossed",
            Self::Aborted => "aborted",
            Self::Invalid => "invalid",
            Self::TargetChanged => "target changed",
            Self::Failed => "failed",
            Self::TimedOut => "timed out",
            Self::Interrupted => "interrupted",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::*;
    use crate::result::{Metric, MetricKind};

    fn measured(metrics: &[(&str, &[(&str, f64)])]) -> Measured {
        let metric = |statistics: &[(&str, f64)]| Metric {
            kind: MetricKind::Counter,
            unit: String::new(),
            statistics: statistics.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
            precision: IndexMap::new(),
            thresholds: Vec::new(),
        };
        let metrics: IndexMap<_, _> =
            metrics.iter().map(|(name, values)| ((*name).to_owned(), metric(values))).collect();
        Measured { metrics, checks: Vec::new(), ..Measured::default() }
    }

    fn verdict(exit: i32, measured: Option<&Measured>, log: &LogFacts) -> Verdict {
        judge(&Evidence {
            exit: Some(exit),
            signal: None,
            timed_out: false,
            interrupted: false,
            measured,
            seen: &Circumstantial { log, generator: None, started: None, series: &[], clock_step: 0.0 },
        })
        .verdict
    }

    #[test]
    fn exit_zero_is_not_trusted() {
        let log = LogFacts::default();
        let iterations: (&str, &[(&str, f64)]) = ("iterations", &[("count", 10.0)]);
        let cases: [(Measured, Verdict); 5] = [
            (measured(&[iterations]), Verdict::Passed),
            (measured(&[]), Verdict::Invalid),
            (
                measured(&[
                    iterations,
                    ("http_reqs", &[("count", 5.0)]),
                    ("http_req_failed", &[("rate", 1.0)]),
                ]),
                Verdict::Invalid,
            ),
            (measured(&[iterations, ("checks", &[("rate", 0.0), ("fails", 3.0)])]), Verdict::Invalid),
            (measured(&[iterations, ("dropped_iterations", &[("count", 1.0)])]), Verdict::Suspect),
        ];
        for (measured, expected) in cases {
            assert_eq!(verdict(0, Some(&measured), &log), expected, "{measured:?}");
        }
        assert_eq!(verdict(0, None, &log), Verdict::Failed);
        let throwing = LogFacts { exceptions: 10, ..LogFacts::default() };
        assert_eq!(verdict(0, Some(&measured(&[iterations])), &throwing), Verdict::Invalid);
    }

    #[test]
    fn a_later_doubt_makes_a_passed_run_suspect_and_no_other() {
        let later = ["somebody else".to_owned()];
        let of = |verdict: Verdict, reason: &str| verdict.doubted(reason.to_owned(), &later);
        assert_eq!(of(Verdict::Passed, ""), (Verdict::Suspect, "somebody else".to_owned()));
        let both = "3 iterations dropped; somebody else".to_owned();
        assert_eq!(of(Verdict::Suspect, "3 iterations dropped"), (Verdict::Suspect, both));
        let crossed = (Verdict::Threshold, "iterations count<1".to_owned());
        assert_eq!(of(Verdict::Threshold, "iterations count<1"), crossed);
        assert_eq!(Verdict::Passed.doubted(String::new(), &[]), (Verdict::Passed, String::new()));
    }

    #[test]
    fn thresholds_are_measurements_and_errors_are_not() {
        let log = LogFacts::default();
        let some = measured(&[("iterations", &[("count", 10.0)])]);
        let stopped = LogFacts { stopped_prematurely: true, ..LogFacts::default() };
        assert_eq!(verdict(99, Some(&some), &log), Verdict::Threshold);
        assert_eq!(verdict(99, Some(&some), &stopped), Verdict::Aborted);
        assert_eq!(verdict(110, Some(&some), &log), Verdict::Threshold);
        for code in [100, 104, 105, 107, 108, 255] {
            assert_eq!(verdict(code, Some(&some), &log), Verdict::Failed, "{code}");
        }
    }
}
