//! Howitzer's own thresholds, judged on stored results: editing them runs nothing.

use serde::{Deserialize, Serialize};

/// One entry of `[test.expect]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Expectation {
    /// The metric's name.
    pub metric: String,
    /// The statistic's name, e.g. `p95`.
    pub statistic: String,
    /// The value must be below this, in the metric's unit.
    pub below: Option<f64>,
    /// The value must be above this, in the metric's unit.
    pub above: Option<f64>,
}

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
