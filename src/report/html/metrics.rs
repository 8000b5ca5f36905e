//! All metrics of a run: what each is once for the whole page, only its numbers with each run.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use serde::Serialize;
use serde_json::Number;

use crate::report::view::ResultView;
use crate::report::{statistics, value};
use crate::result::{Metric, MetricKind};

/// More metrics of a server than this are left to `results.json`.
const MOST_OF_SERVER: usize = 40;

/// What a metric is.
#[derive(Debug, Serialize)]
pub(super) struct Layout {
    name: String,
    /// `run`, `window`, `defined` or `server`: what it is a metric of.
    scope: &'static str,
    statistics: Vec<String>,
    units: Vec<String>,
}

/// All layouts by their place in one list.
#[derive(Debug, Default)]
pub(super) struct Layouts {
    list: Vec<Layout>,
    /// By name; a name has several where runs differ in scope, unit or statistics.
    places: FxHashMap<String, Vec<usize>>,
}

/// The place of a metric's layout, and its numbers in the order of its statistics.
pub(super) type Row = (usize, Vec<Option<Number>>);

/// A metric with its numbers, by the names of its statistics.
#[derive(Debug)]
pub(super) struct Numbers<'a> {
    scope: &'static str,
    name: &'a str,
    metric: &'a Metric,
    statistics: Vec<&'a str>,
    values: Vec<Option<Number>>,
}

/// The metrics of a result, and how many were left out.
pub(super) fn numbers(result: &ResultView) -> (Vec<Numbers<'_>>, usize) {
    let measured = &result.measured;
    let window = measured.window.as_ref().map(|window| ("window", &window.metrics));
    let rest = [("defined", &measured.defined), ("server", &measured.server), ("run", &measured.metrics)];
    let mut all = Vec::new();
    for (scope, metrics) in window.into_iter().chain(rest) {
        let most = if scope == "server" { MOST_OF_SERVER } else { usize::MAX };
        all.extend(metrics.iter().take(most).map(|(name, metric)| {
            let (statistics, numbers): (Vec<&str>, Vec<f64>) =
                statistics::in_order(metric).into_iter().unzip();
            let values = numbers.into_iter().map(value::number).collect();
            Numbers { scope, name, metric, statistics, values }
        }));
    }
    (all, measured.server.len().saturating_sub(MOST_OF_SERVER))
}

impl Layouts {
    /// All layouts by place.
    pub(super) fn into_list(self) -> Vec<Layout> {
        self.list
    }

    /// The place of what a metric is, and its numbers.
    pub(super) fn row(&mut self, metric: Numbers<'_>) -> Row {
        let Numbers { scope, name, metric, statistics, values } = metric;
        (self.place(scope, name, metric, &statistics), values)
    }

    fn place(&mut self, scope: &'static str, name: &str, metric: &Metric, names: &[&str]) -> usize {
        let is_it = |layout: &Layout| {
            let units = || layout.units.iter().zip(names).all(|(kept, name)| *kept == unit(metric, name));
            layout.scope == scope && layout.statistics == names && units()
        };
        let known = self.places.get(name).into_iter().flatten().find(|place| is_it(&self.list[**place]));
        if let Some(place) = known {
            return *place;
        }
        let place = self.list.len();
        self.list.push(Layout {
            name: name.to_owned(),
            scope,
            statistics: names.iter().map(|name| (*name).to_owned()).collect(),
            units: names.iter().map(|name| unit(metric, name).into_owned()).collect(),
        });
        self.places.entry(name.to_owned()).or_default().push(place);
        place
    }
}

fn unit<'a>(metric: &'a Metric, statistic: &str) -> Cow<'a, str> {
    match (metric.kind, statistic) {
        (MetricKind::Rate, "rate") => Cow::Borrowed("share"),
        _ => statistics::unit(metric, statistic),
    }
}
