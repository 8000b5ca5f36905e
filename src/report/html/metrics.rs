//! All metrics of a run: what each is once for the whole page, only its numbers with each run.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Serialize, Serializer};

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
    /// By the metric's name: runs of one suite mostly have the same.
    forms: FxHashMap<String, Vec<Form>>,
}

/// How the metrics of one layout are kept, so that the next one is known without being put in order.
#[derive(Debug)]
struct Form {
    scope: &'static str,
    kind: MetricKind,
    unit: String,
    /// As they are kept, all of them finite.
    statistics: Vec<String>,
    layout: usize,
    order: Arc<[usize]>,
}

impl Form {
    fn is_of(&self, scope: &str, metric: &Metric) -> bool {
        let mut kept = metric.statistics.iter().zip(&self.statistics);
        self.scope == scope
            && self.kind == metric.kind
            && self.unit == metric.unit
            && self.statistics.len() == metric.statistics.len()
            && kept.all(|((name, value), known)| name == known && value.is_finite())
    }
}

/// A metric of a run, written as the place of its layout and its numbers in the order of that.
#[derive(Debug)]
pub(super) struct Row<'a> {
    layout: usize,
    metric: &'a Metric,
    order: Arc<[usize]>,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.layout, InOrder(self)).serialize(serializer)
    }
}

struct InOrder<'a>(&'a Row<'a>);

impl Serialize for InOrder<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Row { metric, order, .. } = self.0;
        let found = order.iter().filter_map(|place| metric.statistics.get_index(*place));
        serializer.collect_seq(found.map(|(_, found)| value::number(*found)))
    }
}

impl Layouts {
    /// All layouts by place.
    pub(super) fn into_list(self) -> Vec<Layout> {
        self.list
    }

    /// The metrics of a result, and how many were left out.
    pub(super) fn rows<'a>(&mut self, result: &'a ResultView) -> (Vec<Row<'a>>, usize) {
        let measured = &result.measured;
        let window = measured.window.as_ref().map(|window| ("window", &window.metrics));
        let rest = [("defined", &measured.defined), ("server", &measured.server), ("run", &measured.metrics)];
        let scopes = window.into_iter().chain(rest);
        let mut rows = Vec::with_capacity(scopes.clone().map(|(_, metrics)| metrics.len()).sum());
        for (scope, metrics) in scopes {
            let most = if scope == "server" { MOST_OF_SERVER } else { usize::MAX };
            rows.extend(metrics.iter().take(most).map(|(name, metric)| self.row(scope, name, metric)));
        }
        (rows, measured.server.len().saturating_sub(MOST_OF_SERVER))
    }

    fn row<'a>(&mut self, scope: &'static str, name: &str, metric: &'a Metric) -> Row<'a> {
        let forms = self.forms.get(name).map_or(&[][..], Vec::as_slice);
        if let Some(Form { layout, order, .. }) = forms.iter().find(|form| form.is_of(scope, metric)) {
            return Row { layout: *layout, metric, order: Arc::clone(order) };
        }
        let names: Vec<&str> = statistics::in_order(metric).into_iter().map(|(name, _)| name).collect();
        let order: Arc<[usize]> = statistics::places_in_order(metric).into();
        let layout = self.place(scope, name, metric, &names);
        if metric.statistics.values().all(|value| value.is_finite()) {
            self.forms.entry(name.to_owned()).or_default().push(Form {
                scope,
                kind: metric.kind,
                unit: metric.unit.clone(),
                statistics: metric.statistics.keys().cloned().collect(),
                layout,
                order: Arc::clone(&order),
            });
        }
        Row { layout, metric, order }
    }

    fn place(&mut self, scope: &'static str, name: &str, metric: &Metric, names: &[&str]) -> usize {
        let is_it = |layout: &Layout| {
            let units = || layout.units.iter().zip(names).all(|(kept, name)| *kept == unit(metric, name));
            layout.name == name && layout.scope == scope && layout.statistics == names && units()
        };
        if let Some(known) = self.list.iter().position(is_it) {
            return known;
        }
        self.list.push(Layout {
            name: name.to_owned(),
            scope,
            statistics: names.iter().map(|name| (*name).to_owned()).collect(),
            units: names.iter().map(|name| unit(metric, name).into_owned()).collect(),
        });
        self.list.len() - 1
    }
}

fn unit<'a>(metric: &'a Metric, statistic: &str) -> Cow<'a, str> {
    match (metric.kind, statistic) {
        (MetricKind::Rate, "rate") => Cow::Borrowed("share"),
        _ => metric.unit_of(statistic),
    }
}
