//! The numbers of one result in long form, for whoever sends them elsewhere: those of `results.json`.

use std::borrow::Cow;

use indexmap::IndexMap;

use super::statistics;
use crate::result::{Measured, Metric};

/// One number with what it is of.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultNumber<'a> {
    /// The metric's name.
    pub metric: &'a str,
    /// The statistic's name.
    pub statistic: &'a str,
    /// `run`, `window`, `defined` or `server`: what it is a number of.
    pub scope: &'static str,
    /// `ms`, `bytes`, `1`, `1/s`, `bytes/s`, or empty where k6 does not say.
    pub unit: Cow<'a, str>,
    /// The value, always finite.
    pub value: f64,
}

/// Every number of a result.
pub fn numbers(measured: &Measured) -> impl Iterator<Item = ResultNumber<'_>> {
    metrics(measured).flat_map(|(scope, metric, of)| {
        statistics::in_order(of).into_iter().map(move |(statistic, value)| ResultNumber {
            metric,
            statistic,
            scope,
            unit: of.unit_of(statistic),
            value,
        })
    })
}

/// Every metric of a result, with what it is of.
pub(super) fn metrics(measured: &Measured) -> impl Iterator<Item = (&'static str, &str, &Metric)> {
    fn scoped<'a>(
        scope: &'static str,
        metrics: Option<&'a IndexMap<String, Metric>>,
    ) -> impl Iterator<Item = (&'static str, &'a str, &'a Metric)> {
        metrics.into_iter().flatten().map(move |(name, metric)| (scope, name.as_str(), metric))
    }
    scoped("run", Some(&measured.metrics))
        .chain(scoped("window", measured.window.as_ref().map(|window| &window.metrics)))
        .chain(scoped("defined", Some(&measured.defined)))
        .chain(scoped("server", Some(&measured.server)))
}
