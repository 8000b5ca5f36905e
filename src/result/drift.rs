//! Whether the measured window is steady: a ramp through it, a warm-up at its beginning, a shift at its end.
//!
//! A difference counts if it is large (an effect-size floor) and no accident (a rank test whose variance allows
//! for neighbouring slots being alike). Ranks make single outliers harmless.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::trials::median;

mod noise;
mod rank_tests;
#[cfg(test)]
mod tests;

use noise::Noise;
use rank_tests::{shift_score, theil_sen, trend_score};

/// With fewer slots nothing is said. With fewer than 20 only a ramp can be: a fifth is too short to judge by.
pub const FEWEST_SLOTS: usize = 10;

/// More slots are joined, neighbours to their mean: the tests look at all pairs.
const MOST_SLOTS: usize = 300;

/// A change below this share of the median is no matter, however sure it is.
const FLOOR: f64 = 0.10;

/// How many standard errors the trend test must show. Steady white noise shows 3 in 0.27 % of windows.
const SURE_TREND: f64 = 3.0;

/// And the tests of the first and the last part, which are two more chances to be wrong, on few slots.
const SURE_SHIFT: f64 = 3.3;

/// The first and the last of so many equal parts are compared with the rest.
const PARTS: usize = 5;

/// How a window is not steady. Changes are shares of the median: 0.2 is 20 % up, −0.2 is 20 % down.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drift {
    /// It rises or falls all the way: by so much from its beginning to its end.
    Ramp(f64),
    /// Its first fifth differs from the rest by so much.
    WarmUp(f64),
    /// Its last fifth differs from what was before by so much.
    LateShift(f64),
}

/// Looks for drift in the values of consecutive slots (a rate, or a percentile); slots without samples are `None`.
/// `None` where it is steady, where there are fewer than [`FEWEST_SLOTS`] values, or their median is not positive.
pub fn drift(slots: &[Option<f64>]) -> Option<Drift> {
    let values: Vec<f64> = slots.iter().copied().flatten().filter(|value| value.is_finite()).collect();
    let joined = values.len().div_ceil(MOST_SLOTS).max(1);
    let values: Vec<f64> =
        values.chunks(joined).map(|chunk| chunk.iter().sum::<f64>() / chunk.len() as f64).collect();
    let middle = median(&values);
    if values.len() < FEWEST_SLOTS || middle <= 0.0 {
        return None;
    }
    let part = values.len() / PARTS;
    let (head, body) = values.split_at(part);
    let (start, tail) = values.split_at(values.len() - part);
    if let Some(change) = shift(head, body, middle) {
        return Some(if ramp(body, middle).is_some() {
            Drift::Ramp(slope(&values, middle))
        } else {
            Drift::WarmUp(-change)
        });
    }
    let through = ramp(&values, middle).map(Drift::Ramp);
    through.or_else(|| shift(start, tail, middle).map(Drift::LateShift))
}

fn slope(values: &[f64], middle: f64) -> f64 {
    theil_sen(values) * (values.len() - 1) as f64 / middle
}

/// By how much the values rise from the first to the last, where that is large and sure.
fn ramp(values: &[f64], middle: f64) -> Option<f64> {
    let change = slope(values, middle);
    if change.abs() < FLOOR {
        return None;
    }
    let noise = Noise::around_line(values, theil_sen(values));
    (trend_score(values) / noise.inflation(values.len()) >= SURE_TREND).then_some(change)
}

/// By how much `after` is above `before`, where that is large and sure.
fn shift(before: &[f64], after: &[f64], middle: f64) -> Option<f64> {
    let change = (median(after) - median(before)) / middle;
    if change.abs() < FLOOR {
        return None;
    }
    let noise = Noise::around_levels(before, after);
    (shift_score(before, after) / noise.inflation(before.len() + after.len()) >= SURE_SHIFT).then_some(change)
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ramp(change) => write!(f, "ramp: {:+.0} % from beginning to end", change * 100.0),
            Self::WarmUp(change) => write!(f, "warm-up: the first fifth is at {:+.0} %", change * 100.0),
            Self::LateShift(change) => write!(f, "late shift: the last fifth is at {:+.0} %", change * 100.0),
        }
    }
}
