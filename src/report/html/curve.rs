//! The percentile curve of a case: its latency at the percentiles that people quote, of all trials together that count.

use std::borrow::Cow;

use serde_json::Number;

use crate::report::glance::figures;
use crate::report::value;
use crate::report::view::{CaseView, ResultView, TrialState, TrialView};
use crate::result::{Distribution, too_few_samples};

/// The percentiles, denser where latency rises.
pub(super) const PERCENTS: [f64; 19] = [
    1.0, 5.0, 10.0, 25.0, 50.0, 60.0, 70.0, 75.0, 80.0, 85.0, 90.0, 92.5, 95.0, 97.5, 99.0, 99.5, 99.9,
    99.95, 99.99,
];

/// The latency at each of them, in milliseconds; it ends where there are too few samples for the next one. Empty where
/// a trial left no distribution.
pub(super) fn of(case: &CaseView) -> Vec<Number> {
    let mut results: Vec<&ResultView> = case.trials.iter().filter_map(TrialView::counted).collect();
    if results.is_empty() {
        let current = case.trials.iter().filter(|trial| trial.state == TrialState::Current);
        results = current.filter_map(|trial| trial.result.as_ref()).collect();
    }
    let parts: Vec<&Distribution> = results.iter().filter_map(|result| figures::latencies(result)).collect();
    if parts.len() < results.len() {
        return Vec::new();
    }
    let Some(whole) = (match parts[..] {
        [only] => Some(Cow::Borrowed(only)),
        _ => Distribution::mix(parts).ok().map(Cow::Owned),
    }) else {
        return Vec::new();
    };
    let enough =
        PERCENTS.iter().take_while(|percent| **percent <= 50.0 || !too_few_samples(whole.count(), **percent));
    enough
        .filter_map(|percent| whole.percentile(*percent))
        .filter_map(|found| value::number(found.value))
        .collect()
}
