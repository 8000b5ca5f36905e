//! Howitzer's own thresholds, judged on stored results: editing them runs nothing.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Measured;
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

/// Judges every expectation on one run.
pub fn judge_expectations(expectations: &[Expectation], measured: &Measured) -> Vec<Outcome> {
    let judge = |expectation: &Expectation| {
        let value = measured.statistic(&expectation.metric, &expectation.statistic);
        let below = |value: f64| expectation.below.is_none_or(|bound| value < bound);
        let above = |value: f64| expectation.above.is_none_or(|bound| value > bound);
        let held = value.is_some_and(|value| below(value) && above(value));
        Outcome { expectation: expectation.clone(), value, held }
    };
    expectations.iter().map(judge).collect()
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
