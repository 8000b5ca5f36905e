//! Metrics that a workspace defines: numbers had from what a run kept, without running anything.

use std::collections::BTreeMap;
use std::fmt;

use super::{Distribution, Precision};

/// A metric of k6, narrowed by tags.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Selector {
    /// The metric's name, e.g. `http_req_duration`.
    pub metric: String,
    /// What its tags must be; empty for all of it.
    pub tags: BTreeMap<String, String>,
}

/// How a metric is computed.
#[derive(Debug, Clone, PartialEq)]
pub enum Definition {
    /// A percentile of a trend, in its unit.
    Percentile {
        /// The trend.
        trend: Selector,
        /// From 0 to 100.
        percent: f64,
    },
    /// How much of a service level objective is attained: the share of a trend's samples below a bound.
    ShareBelow {
        /// The trend.
        trend: Selector,
        /// In the trend's unit.
        bound: f64,
    },
    /// The share of a counter that has certain tags, of all of it.
    Rate {
        /// The counter with these tags. It is compared with itself without them.
        counter: Selector,
    },
    /// One counter by another.
    Ratio {
        /// What is divided.
        of: Selector,
        /// By what.
        by: Selector,
    },
}

/// What a run or several kept: where definitions find their numbers.
pub trait Kept {
    /// The distribution of a trend; `None` where there is no sample of it.
    fn trend(&self, selector: &Selector) -> Option<Distribution>;
    /// The total of a counter; `None` where it was never counted.
    fn counter(&self, selector: &Selector) -> Option<f64>;
    /// The unit of a metric's values, empty where it is not known.
    fn unit(&self, metric: &str) -> String;
}

/// The value of a defined metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Defined {
    /// In `unit`; always finite.
    pub value: f64,
    /// A trend's own, `1` for shares and pure ratios, else e.g. `bytes/1`.
    pub unit: String,
    /// How sure the value is.
    pub precision: Precision,
}

/// Why a defined metric has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    /// Nothing was measured of it.
    #[error("no data of `{0}`")]
    NoData(Selector),
    /// A share or ratio of nothing.
    #[error("`{0}` is zero, nothing can be divided by it")]
    ByZero(Selector),
    /// A percentile beyond 0 to 100, or a bound that is no number.
    #[error("a percentile from 0 to 100, and a bound that is a number, are needed")]
    OutOfRange,
}

impl Definition {
    /// Its value over what was kept.
    pub fn evaluate(&self, kept: &impl Kept) -> Result<Defined, DefinitionError> {
        match self {
            Self::Percentile { trend, percent } => {
                let told =
                    distribution(kept, trend)?.percentile(*percent).ok_or(DefinitionError::OutOfRange)?;
                defined(told.value, kept.unit(&trend.metric), told.precision)
            }
            Self::ShareBelow { trend, bound } => {
                let told =
                    distribution(kept, trend)?.share_below(*bound).ok_or(DefinitionError::OutOfRange)?;
                defined(told.value, "1".to_owned(), told.precision)
            }
            Self::Rate { counter } => {
                let whole = Selector { metric: counter.metric.clone(), tags: BTreeMap::new() };
                // Of what was counted at all, a part that never was is none of it.
                let part = kept.counter(counter).unwrap_or_default();
                defined(part / divisor(kept, &whole)?, "1".to_owned(), Precision::Exact)
            }
            Self::Ratio { of, by } => {
                let total = kept.counter(of).ok_or_else(|| DefinitionError::NoData(of.clone()))?;
                let unit = unit_of_ratio(&kept.unit(&of.metric), &kept.unit(&by.metric));
                defined(total / divisor(kept, by)?, unit, Precision::Exact)
            }
        }
    }
}

fn distribution(kept: &impl Kept, trend: &Selector) -> Result<Distribution, DefinitionError> {
    kept.trend(trend).ok_or_else(|| DefinitionError::NoData(trend.clone()))
}

fn divisor(kept: &impl Kept, counter: &Selector) -> Result<f64, DefinitionError> {
    let total = kept.counter(counter).ok_or_else(|| DefinitionError::NoData(counter.clone()))?;
    if total == 0.0 { Err(DefinitionError::ByZero(counter.clone())) } else { Ok(total) }
}

fn defined(value: f64, unit: String, precision: Precision) -> Result<Defined, DefinitionError> {
    if value.is_finite() { Ok(Defined { value, unit, precision }) } else { Err(DefinitionError::OutOfRange) }
}

fn unit_of_ratio(of: &str, by: &str) -> String {
    let plain = |unit: &str| if unit.is_empty() { "1".to_owned() } else { unit.to_owned() };
    match (plain(of), plain(by)) {
        (of, by) if of == by => "1".to_owned(),
        (of, by) => format!("{of}/{by}"),
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.metric)?;
        if self.tags.is_empty() {
            return Ok(());
        }
        let tags: Vec<String> = self.tags.iter().map(|(tag, value)| format!("{tag}:{value}")).collect();
        write!(f, "{{{}}}", tags.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Run;

    impl Kept for Run {
        fn trend(&self, selector: &Selector) -> Option<Distribution> {
            (selector.metric == "http_req_duration")
                .then(|| Distribution::of_samples((1..=101).map(f64::from).collect()).expect("samples"))
        }

        fn counter(&self, selector: &Selector) -> Option<f64> {
            match (selector.metric.as_str(), selector.tags.get("status").map(String::as_str)) {
                ("http_reqs", None) => Some(200.0),
                ("http_reqs", Some("500")) => Some(3.0),
                ("data_received", _) => Some(5000.0),
                ("nothing", _) => Some(0.0),
                _ => None,
            }
        }

        fn unit(&self, metric: &str) -> String {
            match metric {
                "http_req_duration" => "ms",
                "data_received" => "bytes",
                _ => "",
            }
            .to_owned()
        }
    }

    fn all(metric: &str) -> Selector {
        Selector { metric: metric.to_owned(), tags: BTreeMap::new() }
    }

    fn failed(status: &str) -> Selector {
        let tags = BTreeMap::from([("status".to_owned(), status.to_owned())]);
        Selector { metric: "http_reqs".to_owned(), tags }
    }

    #[test]
    fn each_definition_has_a_value_with_its_unit() {
        let cases = [
            (Definition::Percentile { trend: all("http_req_duration"), percent: 95.0 }, 96.0, "ms"),
            (Definition::ShareBelow { trend: all("http_req_duration"), bound: 51.5 }, 51.0 / 101.0, "1"),
            (Definition::Rate { counter: failed("500") }, 0.015, "1"),
            (Definition::Rate { counter: failed("404") }, 0.0, "1"),
            (Definition::Ratio { of: all("data_received"), by: all("http_reqs") }, 25.0, "bytes/1"),
            (Definition::Ratio { of: all("http_reqs"), by: all("http_reqs") }, 1.0, "1"),
        ];
        for (definition, value, unit) in cases {
            let told = definition.evaluate(&Run).expect("a value");
            let truth = Defined { value, unit: unit.to_owned(), precision: Precision::Exact };
            assert_eq!(told, truth, "{definition:?}");
        }
    }

    #[test]
    fn what_has_no_value_says_why() {
        let cases = [
            (Definition::Percentile { trend: all("other"), percent: 95.0 }, "no data of `other`"),
            (
                Definition::Ratio { of: failed("404"), by: all("http_reqs") },
                "no data of `http_reqs{status:404}`",
            ),
            (
                Definition::Ratio { of: all("http_reqs"), by: all("nothing") },
                "`nothing` is zero, nothing can be divided by it",
            ),
            (Definition::Rate { counter: all("other") }, "no data of `other`"),
        ];
        for (definition, why) in cases {
            assert_eq!(definition.evaluate(&Run).expect_err("no value").to_string(), why);
        }
        for definition in [
            Definition::Percentile { trend: all("http_req_duration"), percent: f64::NAN },
            Definition::ShareBelow { trend: all("http_req_duration"), bound: f64::NAN },
        ] {
            assert_eq!(definition.evaluate(&Run), Err(DefinitionError::OutOfRange));
        }
    }
}
