//! Metrics of the user's own, computed from what a run left.

use std::collections::BTreeMap;

use super::distribution::{Distributions, Estimate, Precision};
use super::measured::{Measured, Metric};
use super::series::{Filter, View};
use super::windowed::distribution;
use super::within_run::too_few_samples;
use crate::spec::{Definition, How, MetricKind};

/// What a definition is computed from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The whole run.
    pub measured: &'a Measured,
    /// Its distributions.
    pub distributions: &'a Distributions,
    /// The part of the live series that counts, if there is a series.
    pub view: Option<&'a View<'a>>,
    /// Whether that is a part of the run only: then nothing is taken from the summary.
    pub is_part: bool,
}

/// The metric that `definition` names, or why there is none.
pub fn define(definition: &Definition, sources: &Sources<'_>) -> Result<Metric, String> {
    let Definition { of, how, .. } = definition;
    match how {
        How::Percentile(percent) => {
            let estimate = sources.trend(of)?.percentile(*percent).ok_or("no such percentile")?;
            Ok(value(sources.unit(of), estimate))
        }
        How::Below(bound) => {
            let share = sources.trend(of)?.share_below(*bound).ok_or("no such share")?;
            Ok(value("1", share))
        }
        How::Where(tags) => part(of, tags, sources),
        How::Per(other) => {
            let (count, base) = (sources.count(of)?, sources.count(other)?);
            if base <= 0.0 {
                return Err(format!("`{other}` counted nothing"));
            }
            Ok(value("1", Estimate { value: count / base, precision: Precision::Exact }))
        }
    }
}

/// Why the percentile that `definition` names says little, where it does.
pub fn too_few_for(definition: &Definition, sources: &Sources<'_>) -> Option<String> {
    let How::Percentile(percent) = definition.how else { return None };
    let count = sources.trend(&definition.of).ok()?.count();
    too_few_samples(count, percent)
        .then(|| format!("{count} samples are too few for p({percent}) of {}", definition.of))
}

impl Sources<'_> {
    fn trend(&self, name: &str) -> Result<super::Distribution, String> {
        let found = if self.is_part {
            let buckets = self
                .view
                .and_then(|view| view.trend(crate::spec::metrics::base_name(name), &Filter::of_name(name)?));
            buckets.as_ref().and_then(distribution)
        } else {
            self.distributions.get(name).cloned()
        };
        found.ok_or_else(|| format!("the run has no trend `{name}` with samples"))
    }

    fn count(&self, name: &str) -> Result<f64, String> {
        let found = if self.is_part {
            let over = self.view.and_then(|view| {
                view.counter(crate::spec::metrics::base_name(name), &Filter::of_name(name)?)
            });
            over.map(|over| over.total)
        } else {
            self.measured.statistic(name, "count")
        };
        found.ok_or_else(|| format!("the run has no counter `{name}`"))
    }

    fn unit(&self, name: &str) -> &str {
        self.measured.metrics.get(name).map_or("", |metric| metric.unit.as_str())
    }
}

fn value(unit: &str, estimate: Estimate) -> Metric {
    let mut metric = Metric::empty(MetricKind::Gauge, unit);
    metric.statistics.insert("value".to_owned(), estimate.value);
    if estimate.precision != Precision::Exact {
        metric.precision.insert("value".to_owned(), estimate.precision);
    }
    metric
}

/// The part of a counter whose tags match.
fn part(of: &str, tags: &BTreeMap<String, String>, sources: &Sources<'_>) -> Result<Metric, String> {
    let view = sources.view.ok_or("tags need the live series: `watch = \"series\"`")?;
    let whole = view.counter(of, &Filter::any()).ok_or_else(|| format!("the run has no counter `{of}`"))?;
    let matches = |labels: &&BTreeMap<String, String>| {
        tags.iter().all(|(name, pattern)| {
            let value = labels.get(name).map_or("", String::as_str);
            glob::Pattern::new(pattern).map_or(value == pattern, |pattern| pattern.matches(value))
        })
    };
    let filters = view.label_sets(of).filter(matches).map(Filter::exactly);
    let counted = filters.filter_map(|filter| view.counter(of, &filter));
    let (total, per_second) =
        counted.fold((0.0, 0.0), |(total, rate), over| (total + over.total, rate + over.per_second));
    let mut metric = Metric::empty(MetricKind::Gauge, "1");
    metric.statistics.insert("count".to_owned(), total);
    metric.statistics.insert("rate".to_owned(), per_second);
    if whole.total > 0.0 {
        metric.statistics.insert("value".to_owned(), total / whole.total);
    }
    Ok(metric)
}
