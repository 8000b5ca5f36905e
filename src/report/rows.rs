//! The long form: a row a case × trial × metric × statistic, the same in `results.json` and `results.csv`.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Number, Value};

use super::result_numbers::metrics;
use super::view::{CaseView, SuiteView, TrialView};
use super::{statistics, value, words};
use crate::base::clock::Instant;

/// What every row of one trial says.
#[allow(clippy::struct_field_names, reason = "`trial` is the word of the format")]
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Origin<'a> {
    /// The case's id.
    pub(super) case: &'a str,
    /// The test's name.
    pub(super) test: &'a str,
    /// From 1.
    pub(super) trial: u32,
    /// Axis values by axis name.
    pub(super) parameters: &'a IndexMap<String, Value>,
    /// `current`, `stale`, `failed` or `missing`.
    pub(super) state: &'static str,
    /// The verdict's word, where there is a result.
    pub(super) verdict: Option<&'static str>,
    /// When the measurement had ended.
    pub(super) measured_at: Option<Instant>,
    /// k6's exit code.
    pub(super) exit: Option<i32>,
    /// The key as it is now; a stale result belongs to an older one.
    pub(super) key: &'a str,
    /// k6's version line.
    pub(super) k6: Option<&'a str>,
    /// The class of the machine that made the load.
    pub(super) host: Option<&'a str>,
}

/// One number with all that it belongs to. A trial without metrics has one row without a number.
#[derive(Debug, Clone)]
pub(super) struct Row<'a> {
    /// What it was measured in.
    pub(super) origin: Origin<'a>,
    /// The metric's name.
    pub(super) metric: Option<&'a str>,
    /// The statistic's name.
    pub(super) statistic: Option<&'a str>,
    /// The value, always finite.
    pub(super) value: Option<Number>,
    /// `run`, `window`, `defined` or `server`: what it is a number of.
    pub(super) scope: Option<&'static str>,
    /// How sure it is, where it is not exact.
    pub(super) precision: Option<String>,
    /// `ms`, `bytes`, `1`, `1/s`, `bytes/s`, or empty where k6 does not say.
    pub(super) unit: Option<Cow<'a, str>>,
}

/// Every row of a suite, in execution order.
pub(super) fn of(suite: &SuiteView) -> impl Iterator<Item = Row<'_>> {
    trials(suite).flat_map(|(case, trial)| of_trial(case, trial))
}

/// Every trial with its case, in execution order.
pub(super) fn trials(suite: &SuiteView) -> impl Iterator<Item = (&CaseView, &TrialView)> {
    suite.cases.iter().flat_map(|case| case.trials.iter().map(move |trial| (case, trial)))
}

/// What every row of this trial says.
pub(super) fn origin<'a>(case: &'a CaseView, trial: &'a TrialView) -> Origin<'a> {
    let attempt = trial.result.as_ref().map(|result| &result.attempt);
    Origin {
        case: &case.id,
        test: &case.test,
        trial: trial.number,
        parameters: &case.parameters,
        state: words::state(&trial.state),
        verdict: attempt.map(|attempt| words::verdict(attempt.verdict)),
        measured_at: attempt.map(|attempt| attempt.ended),
        exit: attempt.and_then(|attempt| attempt.exit),
        key: &trial.key,
        k6: attempt.map(|attempt| attempt.k6.as_str()),
        host: attempt.map(|attempt| attempt.host.class.as_str()),
    }
}

fn of_trial<'a>(case: &'a CaseView, view: &'a TrialView) -> Vec<Row<'a>> {
    let origin = origin(case, view);
    let measured = view.result.as_ref().map(|result| &result.measured);
    let mut rows = Vec::new();
    for (scope, name, metric) in measured.into_iter().flat_map(metrics) {
        rows.extend(statistics::in_order(metric).into_iter().map(|(statistic, number)| Row {
            origin,
            metric: Some(name),
            statistic: Some(statistic),
            value: value::number(number),
            unit: Some(metric.unit_of(statistic)),
            scope: Some(scope),
            precision: statistics::precision(metric, statistic).map(|precision| precision.to_string()),
        }));
    }
    if rows.is_empty() {
        rows.push(Row {
            origin,
            metric: None,
            statistic: None,
            value: None,
            unit: None,
            scope: None,
            precision: None,
        });
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn every_trial_has_rows_and_every_number_is_finite() {
        let suite = sample::suite();
        let rows: Vec<_> = of(&suite).collect();
        let cases = rows.iter().filter(|row| row.metric.is_none()).map(|row| row.origin.state);
        assert_eq!(cases.collect::<Vec<_>>(), ["failed", "missing"]);
        let first = rows.iter().filter(|row| row.origin.state == "current").count();
        assert_eq!(first, rows.iter().filter(|row| row.origin.state == "stale").count());
        assert!(rows.iter().all(|row| row.metric.is_none() || row.value.is_some()));
        assert!(rows.iter().all(|row| row.statistic != Some("p99.9")), "not a number");
    }

    #[test]
    fn a_row_knows_its_unit() {
        let suite = sample::suite();
        let row = of(&suite).find(|row| row.statistic == Some("p50")).expect("a median");
        assert_eq!((row.metric, row.unit.as_deref()), (Some("http_req_duration"), Some("ms")));
        assert_eq!(row.value.map(|value| value.to_string()).as_deref(), Some("1.25"));
    }
}
