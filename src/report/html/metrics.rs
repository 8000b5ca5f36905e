//! All metrics of a run: what each is once for the whole page, only its numbers with each run.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Number;

use crate::report::view::ResultView;
use crate::report::{statistics, value};
use crate::result::Metric;

/// More metrics of a server than this are left to `results.json`.
const MOST_OF_SERVER: usize = 40;

/// What a metric is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
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
    places: HashMap<Layout, usize>,
}

/// The place of a metric's layout, and its numbers in the order of its statistics.
pub(super) type Row = (usize, Vec<Option<Number>>);

impl Layouts {
    /// The metrics of a result, and how many were left out.
    pub(super) fn rows(&mut self, result: &ResultView) -> (Vec<Row>, usize) {
        let measured = &result.measured;
        let none = IndexMap::new();
        let window = measured.window.as_ref().map_or(&none, |window| &window.metrics);
        let scopes = [
            ("window", window),
            ("defined", &measured.defined),
            ("server", &measured.server),
            ("run", &measured.metrics),
        ];
        let mut rows = Vec::new();
        for (scope, metrics) in scopes {
            let most = if scope == "server" { MOST_OF_SERVER } else { usize::MAX };
            rows.extend(metrics.iter().take(most).map(|(name, metric)| self.row(scope, name, metric)));
        }
        (rows, measured.server.len().saturating_sub(MOST_OF_SERVER))
    }

    /// All layouts by place.
    pub(super) fn into_list(self) -> Vec<Layout> {
        self.list
    }

    fn row(&mut self, scope: &'static str, name: &str, metric: &Metric) -> Row {
        let (names, numbers): (Vec<&str>, Vec<f64>) = statistics::in_order(metric).into_iter().unzip();
        let unit = |statistic: &&str| match (metric.kind, *statistic) {
            (crate::result::MetricKind::Rate, "rate") => "share".to_owned(),
            _ => statistics::unit(metric, statistic).into_owned(),
        };
        let layout = Layout {
            name: name.to_owned(),
            scope,
            units: names.iter().map(unit).collect(),
            statistics: names.into_iter().map(str::to_owned).collect(),
        };
        (self.place(layout), numbers.into_iter().map(value::number).collect())
    }

    fn place(&mut self, layout: Layout) -> usize {
        if let Some(place) = self.places.get(&layout) {
            return *place;
        }
        self.list.push(layout.clone());
        self.places.insert(layout, self.list.len() - 1);
        self.list.len() - 1
    }
}
