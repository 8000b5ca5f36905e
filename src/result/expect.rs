//! Howitzer's own thresholds, judged on stored results: editing them runs nothing.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Distribution, Distributions, Measured};
use crate::spec::Expectation;

/// An expectation and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// What was expected.
    pub expectation: Expectation,
    /// The measured value, if the run has it.
    pub value: Option<f64>,
    /// Whether it held. An absent value does not hold.
    pub held: bool,
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
        let value = measured.judged(metric, statistic).or_else(|| percentile(kept()?, statistic));
        let below = |value: f64| expectation.below.is_none_or(|bound| value < bound);
        let above = |value: f64| expectation.above.is_none_or(|bound| value > bound);
        let held = value.is_some_and(|value| below(value) && above(value));
        Outcome { expectation: expectation.clone(), value, held }
    };
    expectations.iter().map(judge).collect()
}

/// The percentile that a statistic such as `p97.5` names.
fn percentile(distribution: &Distribution, statistic: &str) -> Option<f64> {
    let percent = statistic.strip_prefix('p')?.parse().ok()?;
    distribution.percentile(percent).map(|estimate| estimate.value)
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Expectation { metric, statistic, below, above } = &self.expectation;
        write!(f, "{metric}.{statistic}")?;
        if let Some(bound) = below {
            write!(f, " below {bound}")?;
        }
        if let Some(bound) = above {
            write!(f, " above {bound}")?;
        }
        match self.value {
            Some(value) => write!(f, ": {value:.3}"),
            None => f.write_str(": not measured"),
        }
    }
}
