//! Metrics of the user's own, computed from what a run left.

use std::collections::BTreeMap;

use super::distribution::{Distribution, Distributions, Estimate, Precision};
use super::measured::{Measured, Metric};
use super::series::{Filter, View};
use super::windowed::distribution;
use super::within_run::too_few_samples;
use crate::spec::metrics::base_name;
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
    let Definition { of, how, tags, .. } = definition;
    match how {
        How::Percentile(percent) => {
            let estimate = sources.trend(of, tags)?.percentile(*percent).ok_or("no such percentile")?;
            Ok(value(sources.unit(of), estimate))
        }
        How::Below(bound) => {
            let share = sources.trend(of, tags)?.share_below(*bound).ok_or("no such share")?;
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
    let count = sources.trend(&definition.of, &definition.tags).ok()?.count();
    too_few_samples(count, percent)
        .then(|| format!("{count} samples are too few for p({percent}) of {}", definition.of))
}

impl Sources<'_> {
    fn trend(&self, name: &str, tags: &BTreeMap<String, String>) -> Result<Distribution, String> {
        let none = || format!("the run has no trend `{name}` with samples");
        let base = base_name(name);
        if !tags.is_empty() {
            let (view, filter) = self.tagged(base, tags)?;
            return distribution(view, base, &filter).ok_or_else(|| format!("{} with these tags", none()));
        }
        let filter = || Filter::of_name(name);
        let found = if self.is_part {
            self.view.and_then(|view| distribution(view, base, &filter()?))
        } else {
            // Where every value was kept nothing has to be interpolated.
            let values = self.view.and_then(|view| view.of_whole().values(base, &filter()?));
            let exact = values.and_then(|values| Distribution::of_samples(values).ok());
            exact.or_else(|| self.distributions.get(name).cloned())
        };
        found.ok_or_else(none)
    }

    /// What is needed to ask for a part of a metric by its tags.
    fn tagged(&self, of: &str, tags: &BTreeMap<String, String>) -> Result<(&View<'_>, Filter), String> {
        let view = self.view.ok_or("tags need the live series: `watch = \"series\"` or \"samples\"")?;
        let filter = Filter::matching(tags);
        if filter.asks_for_dropped() {
            return Err("the tags url, error, proto, subproto and tls_version are not kept".to_owned());
        }
        if view.lacks_tags(of, &filter) {
            return Err("there were too many label sets: those in `(other)` have lost their tags".to_owned());
        }
        Ok((view, filter))
    }

    fn count(&self, name: &str) -> Result<f64, String> {
        let found = if self.is_part {
            let over = self.view.and_then(|view| view.counter(base_name(name), &Filter::of_name(name)?));
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
    metric.precision.insert("value".to_owned(), estimate.precision);
    metric
}

/// The part of a counter whose tags match.
fn part(of: &str, tags: &BTreeMap<String, String>, sources: &Sources<'_>) -> Result<Metric, String> {
    let (view, filter) = sources.tagged(of, tags)?;
    let whole = view.counter(of, &Filter::any()).ok_or_else(|| format!("the run has no counter `{of}`"))?;
    let matching = view.counter(of, &filter);
    let (total, per_second) = matching.map_or((0.0, 0.0), |over| (over.total, over.per_second));
    let mut metric = Metric::empty(MetricKind::Gauge, "1");
    metric.statistics.insert("count".to_owned(), total);
    metric.statistics.insert("rate".to_owned(), per_second);
    if whole.total > 0.0 {
        metric.statistics.insert("value".to_owned(), total / whole.total);
    }
    Ok(metric)
}
