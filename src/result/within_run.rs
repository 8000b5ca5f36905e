//! How sure a percentile of a single run is, from its order statistics. It says nothing of another run.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Distribution, NORMAL_95};

/// What may lie on either side of a 95 % interval.
const TAIL: f64 = 0.025;

/// From this variance of the binomial on, its normal approximation is off by a rank or two of thousands.
const LARGE: f64 = 2_500.0;

/// The 95 % interval of a percentile, as far as one run can tell; displayed with its label.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WithinRun {
    /// Its lower end, in the metric's unit.
    pub lower: f64,
    /// Its upper end.
    pub upper: f64,
}

impl WithinRun {
    /// The label: it must stand wherever the interval is shown.
    pub const LABEL: &str = "within this run";

    /// Of the percentile `percent` (0 to 100); none where there are too few samples for it. Where the
    /// distribution knows an order statistic only between two values, the interval reaches to the farther one.
    pub fn of(distribution: &Distribution, percent: f64) -> Option<Self> {
        let (lower, upper) = ranks(distribution.count(), percent / 100.0)?;
        let (lower, _) = distribution.sample_bounds(lower - 1)?;
        let (_, upper) = distribution.sample_bounds(upper - 1)?;
        Some(Self { lower, upper })
    }
}

impl fmt::Display for WithinRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} to {:.3} ({})", self.lower, self.upper, Self::LABEL)
    }
}

/// Whether a run of `count` samples is too short for the percentile `percent`: with 2.5 % probability or more all
/// samples lie on one side of it, so there is no 95 % interval. p50 takes 6 samples, p90 36, p95 72,
/// p99 368, p99.9 3,688. The extremes p0 and p100 take one: they are of the samples only.
pub fn too_few_samples(count: u64, percent: f64) -> bool {
    let share = percent / 100.0;
    if share <= 0.0 || share >= 1.0 { count == 0 } else { !is_enough(count, share) }
}

fn is_enough(count: u64, share: f64) -> bool {
    count as f64 * share.max(1.0 - share).ln() <= TAIL.ln()
}

/// The order statistics (from 1) that hold the quantile of `share` between them with at least 95 %: of B binomial
/// (count, share) the greatest l with P(B < l) ≤ 2.5 % and the least u with P(B ≥ u) ≤ 2.5 % (David and Nagaraja,
/// Order Statistics, 2003, 7.1; Hahn and Meeker, Statistical Intervals, 1991, 5.2).
fn ranks(count: u64, share: f64) -> Option<(u64, u64)> {
    if share.is_nan() || share <= 0.0 || share >= 1.0 || !is_enough(count, share) {
        return None;
    }
    let (mean, variance) = (count as f64 * share, count as f64 * share * (1.0 - share));
    let (below, above) = if variance >= LARGE {
        let half = NORMAL_95 * variance.sqrt();
        ((mean - half).floor(), (mean + half).ceil() + 1.0)
    } else {
        exact_ranks(count as f64, share)
    };
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "ranks are whole, from 1 to count"
    )]
    let (below, above) = (below as u64, above as u64);
    (below >= 1 && above <= count).then_some((below, above))
}

fn exact_ranks(count: f64, share: f64) -> (f64, f64) {
    // From the mode outwards, so that no term is lost to the smallness of the first one.
    let odds = share / (1.0 - share);
    let mode = ((count + 1.0) * share).floor().min(count);
    // Beyond seven standard deviations lies less than a hundred millionth of a millionth part; where few samples make it
    // lopsided, sixty terms go far enough.
    let reach = (7.0 * (count * share * (1.0 - share)).sqrt() + 10.0).max(60.0).ceil();
    let (first, last) = ((mode - reach).max(0.0), (mode + reach).min(count));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some thousands")]
    let [steps_down, steps_up] = [mode - first, last - mode].map(|steps| steps as usize);
    // The factors do not wait for one another, as quotients of the last term would.
    let (mut at, mut term, mut total) = (mode, 1.0, 1.0);
    let mut below = vec![1.0; steps_down + 1];
    for place in &mut below[1..] {
        at -= 1.0;
        term *= (at + 1.0) / ((count - at) * odds);
        total += term;
        *place = term;
    }
    (at, term) = (mode, 1.0);
    let mut above = vec![1.0; steps_up + 1];
    for place in &mut above[1..] {
        term *= (count - at) * odds / (at + 1.0);
        at += 1.0;
        total += term;
        *place = term;
    }
    // P(B < l): from the far end on as long as the tail holds.
    let fits = |terms: &[f64]| {
        let mut tail = 0.0;
        terms
            .iter()
            .rev()
            .take_while(|term| {
                tail += **term;
                tail <= TAIL * total
            })
            .count() as f64
    };
    (first + fits(&below), last + 1.0 - fits(&above))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::random::Random;

    #[test]
    fn scipy_says_the_same() {
        let cases = crate::result::scipy();
        for case in cases["ranks"].as_array().expect("cases") {
            let (count, share) = (case[0].as_u64().expect("whole"), case[1].as_f64().expect("a share"));
            let told = ranks(count, share);
            let Some(truth) = case[2].as_array() else {
                assert_eq!(told, None, "{case}");
                continue;
            };
            let (lower, upper) = told.expect("some");
            let slack = if count as f64 * share * (1.0 - share) >= LARGE { 2 } else { 0 };
            assert!(lower.abs_diff(truth[0].as_u64().expect("whole")) <= slack, "{told:?} {case}");
            assert!(upper.abs_diff(truth[1].as_u64().expect("whole")) <= slack, "{told:?} {case}");
        }
    }

    #[test]
    fn a_percentile_takes_so_many_samples() {
        for (percent, least) in [(50.0, 6), (90.0, 36), (95.0, 72), (99.0, 368), (99.9, 3688), (1.0, 368)] {
            assert!(too_few_samples(least - 1, percent) && !too_few_samples(least, percent), "p{percent}");
        }
        assert!(!too_few_samples(1, 100.0) && too_few_samples(0, 100.0));
        let few = Distribution::of_samples(vec![1.0; 71]).expect("samples");
        assert_eq!((WithinRun::of(&few, 95.0), WithinRun::of(&few, 100.0)), (None, None));
        assert_eq!(WithinRun::of(&few, f64::NAN), None);
    }

    #[test]
    fn nineteen_of_twenty_intervals_hold_the_truth() {
        let mut random = Random(5);
        let truth = (0.5 * 1.644_853_626_951_472_2_f64).exp();
        let holds = |random: &mut Random, is_grid: bool| {
            let samples: Vec<f64> = (0..400).map(|_| random.lognormal(0.5)).collect();
            let mut kept = Distribution::of_samples(samples).expect("samples");
            if is_grid {
                let points: Vec<_> = (0..=100)
                    .map(|percent| {
                        (f64::from(percent) / 100.0, kept.percentile(f64::from(percent)).expect("some").value)
                    })
                    .collect();
                kept =
                    Distribution::of_grid(400, kept.mean(), kept.min(), kept.max(), &points).expect("a grid");
            }
            let interval = WithinRun::of(&kept, 95.0).expect("enough");
            interval.lower <= truth && truth <= interval.upper
        };
        for is_grid in [false, true] {
            let held = (0..2000).filter(|_| holds(&mut random, is_grid)).count() as f64 / 20.0;
            assert!((94.0..=if is_grid { 100.0 } else { 97.5 }).contains(&held), "{held} %");
        }
    }

    #[test]
    fn an_interval_is_shown_with_its_label() {
        let text = WithinRun { lower: 1.0, upper: 2.0 }.to_string();
        assert_eq!(text, "1.000 to 2.000 (within this run)");
    }
}
