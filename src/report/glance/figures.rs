//! The figures by which cases are compared: latency, throughput, failures, the user's own metrics and some of the
//! server's; each with the interval that is known of it.

use indexmap::{IndexMap, IndexSet};
use serde::Serialize;
use serde_json::Number;

use crate::report::overview::{self, Overview};
use crate::report::view::{CaseView, ResultView, TrialState};
use crate::report::{statistics, value};
use crate::result::{Distribution, Metric, MetricKind, Scale, TrialStatistics, WithinRun};

/// More metrics of either kind than this are not offered as figures; all stand with their case.
const MOST: usize = 8;

/// One figure that every case may have.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::report) struct Figure {
    /// Its name, in columns and menus.
    pub(in crate::report) name: String,
    /// `ms`, `1/s`, `share`, `bytes`, …
    pub(in crate::report) unit: String,
    /// Whether less is better, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) less_is_better: Option<bool>,
    #[serde(skip)]
    pub(super) source: Source,
}

/// Where it is read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Source {
    Latency(u8),
    Rate,
    Failed,
    Defined(String, String),
    Server(String, String),
}

/// A figure of a case: `[value, lower, upper, of]`, where `of` says what the interval tells: 1 of a mean over
/// trials, 2 within this run, 0 nothing.
pub(in crate::report) type Cell = Option<(Number, Option<Number>, Option<Number>, u8)>;

/// All figures of a suite's cases.
pub(in crate::report) fn all<'a>(cases: impl Iterator<Item = &'a CaseView>) -> Vec<Figure> {
    let mut figures: Vec<Figure> = [50, 95, 99]
        .map(|percent| figure(format!("p{percent}"), "ms", Some(true), Source::Latency(percent)))
        .into();
    figures.push(figure("throughput".into(), "1/s", Some(false), Source::Rate));
    figures.push(figure("failed".into(), "share", Some(true), Source::Failed));
    let (mut defined, mut server) = (IndexMap::new(), IndexMap::new());
    for result in cases.flat_map(|case| &case.trials).filter_map(|trial| trial.result.as_ref()) {
        let measured = &result.measured;
        for (metrics, found) in [(&measured.defined, &mut defined), (&measured.server, &mut server)] {
            for (name, metric) in metrics {
                if found.len() < MOST && !found.contains_key(name.as_str()) {
                    found.extend(telling(metric).map(|(statistic, unit)| (name.as_str(), (statistic, unit))));
                }
            }
        }
    }
    let own = defined.into_iter().map(|(name, (statistic, unit))| {
        figure(name.to_owned(), &unit, None, Source::Defined(name.to_owned(), statistic.to_owned()))
    });
    figures.extend(own);
    let of_server = server.into_iter().map(|(name, (statistic, unit))| {
        let shown = format!("{name} {statistic}");
        figure(shown, &unit, None, Source::Server(name.to_owned(), statistic.to_owned()))
    });
    figures.extend(of_server);
    let mut names = IndexSet::new();
    figures.retain(|figure| names.insert(figure.name.clone()));
    figures
}

fn figure(name: String, unit: &str, less_is_better: Option<bool>, source: Source) -> Figure {
    Figure { name, unit: unit.to_owned(), less_is_better, source }
}

/// The one statistic of a metric that stands for it, and its unit.
fn telling(metric: &Metric) -> Option<(&'static str, String)> {
    let statistic = match metric.kind {
        MetricKind::Counter | MetricKind::Rate => "rate",
        MetricKind::Gauge | MetricKind::Trend => "avg",
    };
    let statistic = [statistic, "value", "rate", "avg"]
        .into_iter()
        .find(|statistic| statistics::find(metric, statistic).is_some())?;
    let unit = match (metric.kind, statistic) {
        (MetricKind::Rate, "rate") => "share".to_owned(),
        _ => metric.unit_of(statistic).into_owned(),
    };
    Some((statistic, unit))
}

/// The figures of a case, in the order of `figures`: of its current trials, or of whatever there is.
pub(in crate::report) fn of(case: &CaseView, figures: &[Figure]) -> Vec<Cell> {
    let current = case.trials.iter().filter(|trial| trial.state == TrialState::Current);
    let mut results: Vec<&ResultView> = current.filter_map(|trial| trial.result.as_ref()).collect();
    if results.is_empty() {
        results = case.trials.iter().filter_map(|trial| trial.result.as_ref()).collect();
    }
    let overviews: Vec<Overview> =
        results.iter().map(|result| overview::of_metrics(judged(result))).collect();
    figures.iter().map(|figure| cell(figure, &results, &overviews)).collect()
}

/// The metrics that count: of the window, where there is one.
pub(in crate::report) fn judged(result: &ResultView) -> &IndexMap<String, Metric> {
    let measured = &result.measured;
    measured.window.as_ref().map_or(&measured.metrics, |window| &window.metrics)
}

fn cell(figure: &Figure, results: &[&ResultView], overviews: &[Overview]) -> Cell {
    let values: Option<Vec<f64>> = results
        .iter()
        .zip(overviews)
        .map(|(result, overview)| read(&figure.source, result, overview))
        .collect();
    let values = values.filter(|values| !values.is_empty())?;
    if let [only] = values[..] {
        let interval = within_run(&figure.source, results[0]);
        let ends = interval.map(|interval| (value::number(interval.lower), value::number(interval.upper)));
        let (lower, upper) = ends.unwrap_or_default();
        let of = if lower.is_some() { 2 } else { 0 };
        return Some((value::number(only)?, lower, upper, of));
    }
    let scale = if figure.unit == "share" { Scale::Share } else { Scale::Magnitude };
    let over = TrialStatistics::of(&values, scale)?;
    let interval = over.interval.as_ref();
    let lower = interval.and_then(|interval| value::number(interval.lower));
    let upper = interval.and_then(|interval| value::number(interval.upper));
    Some((value::number(over.mean)?, lower, upper, u8::from(interval.is_some())))
}

fn read(source: &Source, result: &ResultView, overview: &Overview) -> Option<f64> {
    match source {
        Source::Latency(50) => overview.p50,
        Source::Latency(95) => overview.p95,
        Source::Latency(_) => overview.p99,
        Source::Rate => overview.rate,
        Source::Failed => overview.failed,
        Source::Defined(name, statistic) => statistics::find(result.measured.defined.get(name)?, statistic),
        Source::Server(name, statistic) => statistics::find(result.measured.server.get(name)?, statistic),
    }
}

fn within_run(source: &Source, result: &ResultView) -> Option<WithinRun> {
    let Source::Latency(percent) = source else { return None };
    WithinRun::of(latencies(result)?, f64::from(*percent))
}

/// The latencies that count: of the window, where there is one.
pub(in crate::report) fn latencies(result: &ResultView) -> Option<&Distribution> {
    match &result.measured.window {
        Some(_) => result.timeline.as_ref()?.window.as_ref(),
        None => result.distributions.get(overview::latency(&result.measured.metrics)?),
    }
}
