//! Several trials of one case as one: statistics over their values, and percentiles of all their samples together.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::statistics;
use super::view::{CaseView, ResultView, TrialView};
use crate::result::{Distribution, Estimate, Metric, MetricKind, Scale, TrialStatistics};

/// One statistic over the trials of a case.
#[derive(Debug, Clone)]
pub(super) struct OverTrials<'a> {
    /// What the metric is of: `run`, `window`, `defined` or `server`.
    pub(super) scope: &'static str,
    /// The metric.
    pub(super) metric: &'a str,
    /// The statistic.
    pub(super) statistic: &'a str,
    /// The metric in the first trial, for its kind and unit.
    pub(super) of: &'a Metric,
    /// One value a trial, and what follows from them.
    pub(super) over: TrialStatistics,
    /// The percentile of all samples together, where this is one and the distributions are there.
    pub(super) merged: Option<Estimate>,
}

/// The current results of a case, but those of aborted trials: they are of less than was asked for.
pub(super) fn results(case: &CaseView) -> Vec<&ResultView> {
    case.trials.iter().filter_map(TrialView::counted).collect()
}

/// How many builds measured them: more than one means that time passed between.
pub(super) fn builds(results: &[&ResultView]) -> usize {
    results.iter().map(|result| result.attempt.build.as_str()).collect::<BTreeSet<_>>().len()
}

/// Every statistic that all current trials have; nothing of fewer than two. Of the measured window, where
/// there is one: merged percentiles are of the whole run, and then left out.
pub(super) fn of(case: &CaseView) -> Vec<OverTrials<'_>> {
    let results = results(case);
    let metrics: Vec<IndexMap<&str, (&'static str, &Metric)>> =
        results.iter().map(|result| judged(result)).collect();
    let [first, _, ..] = &metrics[..] else { return Vec::new() };
    let mut all = Vec::new();
    for (name, (scope, metric)) in first.iter().map(|(name, metric)| (*name, *metric)) {
        let distributions: Vec<&Distribution> = results
            .iter()
            .filter(|result| result.measured.window.is_none())
            .filter_map(|result| result.distributions.get(name))
            .collect();
        let merged =
            (distributions.len() == results.len()).then(|| Distribution::mix(distributions).ok()).flatten();
        for (statistic, _) in statistics::in_order(metric) {
            let value =
                |of: &IndexMap<&str, (&'static str, &Metric)>| statistics::find(of.get(name)?.1, statistic);
            let values: Option<Vec<f64>> = metrics.iter().map(value).collect();
            let is_own = statistic == "value" && case.shares.iter().any(|share| share == name);
            let is_share = is_own || (metric.kind == MetricKind::Rate && statistic == "rate");
            let scale = if is_share { Scale::Share } else { Scale::Magnitude };
            let Some(over) = values.and_then(|values| TrialStatistics::of(&values, scale)) else { continue };
            let percent = statistic.strip_prefix('p').and_then(|number| number.parse().ok());
            let merged = percent.zip(merged.as_ref()).and_then(|(percent, all)| all.percentile(percent));
            all.push(OverTrials { scope, metric: name, statistic, of: metric, over, merged });
        }
    }
    all
}

/// The metrics that count, and what they are of.
fn judged(result: &ResultView) -> IndexMap<&str, (&'static str, &Metric)> {
    let measured = &result.measured;
    let own = match &measured.window {
        Some(window) => ("window", &window.metrics),
        None => ("run", &measured.metrics),
    };
    let all = [own, ("defined", &measured.defined), ("server", &measured.server)].into_iter();
    all.flat_map(|(scope, metrics)| {
        metrics.iter().map(move |(name, metric)| (name.as_str(), (scope, metric)))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::super::view::TrialState;
    use super::*;
    use crate::result::{Precision, Verdict};

    #[test]
    fn trials_are_summed_up_and_their_samples_merged() {
        let mut case = sample::suite().cases.remove(0);
        for (number, trial) in case.trials.iter_mut().enumerate() {
            trial.state = TrialState::Current;
            let mut result = sample::result(Verdict::Passed);
            let metric = result.measured.metrics.get_mut("http_req_duration").expect("a trend");
            metric.statistics.insert("p95".into(), 2.0 + number as f64);
            let samples = (0..100).map(|sample| f64::from(sample) + 100.0 * number as f64).collect();
            let distribution = Distribution::of_samples(samples).expect("samples");
            result.distributions.insert("http_req_duration".into(), distribution);
            trial.result = Some(result);
        }
        let all = of(&case);
        let p95 = all
            .iter()
            .find(|one| one.metric == "http_req_duration" && one.statistic == "p95")
            .expect("a p95");
        assert_eq!((p95.over.count, p95.over.mean), (2, 2.5));
        let merged = p95.merged.expect("distributions");
        assert!((189.0..=191.0).contains(&merged.value), "never the mean of percentiles: {merged:?}");
        assert_eq!(merged.precision, Precision::Exact);
        case.trials.truncate(1);
        assert!(of(&case).is_empty());
    }
}
