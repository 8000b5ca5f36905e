//! Howitzer's own thresholds, judged on stored results: editing them runs nothing.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::measured::amount;
use super::{Distribution, Distributions, Measured, too_few_samples};
use crate::spec::Expectation;

/// An expectation and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// What was expected.
    pub expectation: Expectation,
    /// The measured value, if the run has it.
    pub value: Option<f64>,
    /// The unit of value and bounds, where it is known.
    pub unit: String,
    /// Whether it held. An absent value does not hold.
    pub held: bool,
    /// How many samples there were, where that is too few for the percentile that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub too_few: Option<u64>,
}

/// Judges every expectation on one run; a percentile that k6 was not asked for is read off the distribution.
pub fn judge_expectations(
    expectations: &[Expectation],
    measured: &Measured,
    distributions: &Distributions,
) -> Vec<Outcome> {
    let judge = |expectation: &Expectation| {
        let Expectation { metric, statistic, .. } = expectation;
        // Distributions are of the whole run.
        let kept = || distributions.get(metric).filter(|_| measured.window.is_none());
        let judged = measured.judged(metric);
        let read = |statistic: &str| judged?.statistics.get(statistic).copied();
        let value = read(statistic).or_else(|| percentile(kept()?, statistic));
        let below = |value: f64| expectation.below.is_none_or(|bound| value < bound);
        let above = |value: f64| expectation.above.is_none_or(|bound| value > bound);
        let held = value.is_some_and(|value| below(value) && above(value));
        let percent = percent(statistic).filter(|_| value.is_some());
        let count = || read("count").or_else(|| Some(kept()?.count() as f64));
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let too_few = percent.zip(count()).map(|(percent, count)| (percent, count.max(0.0) as u64));
        let too_few = too_few.filter(|(percent, count)| too_few_samples(*count, *percent));
        Outcome {
            expectation: expectation.clone(),
            value,
            unit: judged.map(|metric| metric.unit_of(statistic).into_owned()).unwrap_or_default(),
            held,
            too_few: too_few.map(|(_, count)| count),
        }
    };
    expectations.iter().map(judge).collect()
}

impl Outcome {
    /// Why it says little, where there are too few samples for what it asks.
    pub fn doubt(&self) -> Option<String> {
        let Expectation { metric, statistic, .. } = &self.expectation;
        self.too_few.map(|count| format!("{count} samples are too few for {statistic} of {metric}"))
    }
}

/// The percentile that a statistic is.
pub(super) fn percent(statistic: &str) -> Option<f64> {
    if statistic == "med" { Some(50.0) } else { statistic.strip_prefix('p')?.parse().ok() }
}

/// The percentile that a statistic such as `p97.5` names.
fn percentile(distribution: &Distribution, statistic: &str) -> Option<f64> {
    distribution.percentile(percent(statistic)?).map(|estimate| estimate.value)
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Expectation { metric, statistic, below, above } = &self.expectation;
        write!(f, "{metric}.{statistic}")?;
        if let Some(bound) = below {
            write!(f, " below {}", amount(*bound, &self.unit))?;
        }
        if let Some(bound) = above {
            write!(f, " above {}", amount(*bound, &self.unit))?;
        }
        match self.value {
            Some(value) => write!(f, ": {}", amount(value, &self.unit))?,
            None => f.write_str(": not measured")?,
        }
        match self.too_few {
            Some(count) => write!(f, " (too few samples: {count})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::{Metric, MetricKind, Windowed};

    fn trend(count: f64) -> Metric {
        let mut metric = Metric::empty(MetricKind::Trend, "ms");
        metric.statistics = [("count", count), ("p99", 5.0), ("med", 1.0), ("max", 9.0)]
            .map(|(name, value)| (name.to_owned(), value))
            .into();
        metric
    }

    fn too_few(statistic: &str, measured: &Measured) -> Option<u64> {
        let (metric, statistic) = ("t".to_owned(), statistic.to_owned());
        let expectation = Expectation { metric, statistic, below: Some(10.0), above: None };
        judge_expectations(&[expectation], measured, &Distributions::default())[0].too_few
    }

    #[test]
    fn a_percentile_is_marked_where_so_few_samples_cannot_tell_it() {
        let of =
            |count: f64| Measured { metrics: [("t".to_owned(), trend(count))].into(), ..Measured::default() };
        assert_eq!((too_few("p99", &of(367.0)), too_few("p99", &of(368.0))), (Some(367), None));
        assert_eq!((too_few("med", &of(5.0)), too_few("med", &of(6.0))), (Some(5), None));
        assert_eq!((too_few("max", &of(1.0)), too_few("p50", &of(1.0))), (None, None), "p50 is not there");
    }

    #[test]
    fn samples_are_those_of_the_window_where_there_is_one() {
        let window = Windowed { metrics: [("t".to_owned(), trend(9.0))].into(), ..Windowed::default() };
        let metrics = [("t".to_owned(), trend(9000.0))].into();
        let measured = Measured { metrics, window: Some(window), ..Measured::default() };
        assert_eq!(too_few("p99", &measured), Some(9));
    }

    #[test]
    fn what_is_marked_says_so() {
        let (metric, statistic) = ("t".to_owned(), "p99".to_owned());
        let expectation = Expectation { metric, statistic, below: Some(10.0), above: None };
        let outcome =
            Outcome { expectation, value: Some(5.0), unit: "ms".into(), held: true, too_few: Some(50) };
        assert_eq!(outcome.to_string(), "t.p99 below 10 ms: 5 ms (too few samples: 50)");
        assert_eq!(outcome.doubt().as_deref(), Some("50 samples are too few for p99 of t"));
    }
}
