//! An axis of a test as the one across a plot.

use super::scale::Scale;
use crate::report::glance::{Axis, label};
use crate::report::view::CaseView;

/// Of numbers by their size, of words by their order.
pub(super) fn across(axis: &Axis<'_>) -> Scale {
    let labels: Vec<String> = axis.values.iter().map(|value| label(*value).into_owned()).collect();
    let numbers: Vec<f64> =
        axis.values.iter().filter_map(|value| value.and_then(serde_json::Value::as_f64)).collect();
    if !axis.numeric || numbers.len() != labels.len() {
        return Scale::of_words(&labels);
    }
    let ticks = numbers.iter().copied().zip(labels).collect();
    let (first, last) = (numbers[0], numbers[numbers.len() - 1]);
    let plain = |value: f64| value.to_string();
    let is_logarithmic = first > 0.0 && last / first >= 20.0;
    let scale = if is_logarithmic {
        Scale::logarithmic(&numbers, plain)
    } else {
        Scale::linear(&numbers, false, plain)
    };
    if numbers.len() <= 12 { scale.ticked(ticks) } else { scale }
}

/// Where a case stands on it.
pub(super) fn position(axis: &Axis<'_>, case: &CaseView) -> f64 {
    let number = case.parameters.get(axis.name).and_then(serde_json::Value::as_f64);
    number.filter(|_| axis.numeric).unwrap_or_else(|| axis.place(case) as f64)
}
