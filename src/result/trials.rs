//! Statistics over the trials of a case: one value a trial, such as its 95th percentile.

use serde::{Deserialize, Serialize};

use super::student;

/// From this many trials on their mean is near enough to normal for t on plain values.
const MANY: usize = 30;

/// What kind of number is measured: it decides how its interval is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Times, sizes, throughput: it varies by so many percent.
    Magnitude,
    /// From 0 to 1, often near one of them: it varies by so many points.
    Share,
}

/// What the centre of an interval is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Centre {
    /// The mean: t on plain values.
    Mean,
    /// The geometric mean: t on logarithms.
    GeometricMean,
}

/// A 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Its lower end, in the unit of the values.
    pub lower: f64,
    /// Its upper end.
    pub upper: f64,
    /// What it is an interval of.
    pub of: Centre,
}

/// Statistics over trials, in the unit of their values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrialStatistics {
    /// How many trials there are.
    pub count: usize,
    /// The arithmetic mean.
    pub mean: f64,
    /// The middle one, or the mean of both middle ones.
    pub median: f64,
    /// The standard deviation with n − 1; none of one trial.
    pub deviation: Option<f64>,
    /// The coefficient of variation: the deviation as a share of the mean; none where that is not positive.
    pub variation: Option<f64>,
    /// 95 % confidence interval; none of one trial.
    pub interval: Option<Interval>,
}

impl TrialStatistics {
    /// Of one value a trial; none of no values, or where one of them is not finite.
    pub fn of(values: &[f64], scale: Scale) -> Option<Self> {
        if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let mean = mean(values);
        let deviation = deviation(values);
        let variation = deviation.filter(|_| mean > 0.0).map(|deviation| deviation / mean);
        let interval = interval(values, scale);
        Some(Self { count: values.len(), mean, median: median(values), deviation, variation, interval })
    }
}

/// Few positive magnitudes are near to log-normal: t on their logarithms, which gives the interval of the
/// geometric mean and never reaches below zero. Otherwise t on the values, within 0 to 1 for shares.
fn interval(values: &[f64], scale: Scale) -> Option<Interval> {
    let is_log = scale == Scale::Magnitude && values.len() < MANY && values.iter().all(|value| *value > 0.0);
    if is_log {
        let logs: Vec<f64> = values.iter().map(|value| value.ln()).collect();
        let (lower, upper) = around_mean(&logs)?;
        return Some(Interval { lower: lower.exp(), upper: upper.exp(), of: Centre::GeometricMean });
    }
    let (lower, upper) = around_mean(values)?;
    let (lower, upper) = match scale {
        Scale::Share => (lower.clamp(0.0, 1.0), upper.clamp(0.0, 1.0)),
        Scale::Magnitude => (lower, upper),
    };
    Some(Interval { lower, upper, of: Centre::Mean })
}

/// Student 1908: mean ± t(n − 1) · s / √n; none of fewer than two values.
pub(super) fn around_mean(values: &[f64]) -> Option<(f64, f64)> {
    let half =
        student::critical(values.len().checked_sub(1)?)? * deviation(values)? / (values.len() as f64).sqrt();
    let mean = mean(values);
    Some((mean - half, mean + half))
}

/// The arithmetic mean.
pub(super) fn mean(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    values.iter().map(|value| value / count).sum()
}

fn deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt())
}

/// The middle value, or the mean of both middle ones; not a number of none.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::random::Random;
    use crate::result::scipy;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * b.abs()
    }

    #[test]
    fn scipy_says_the_same() {
        for case in scipy()["trials"].as_array().expect("trials") {
            let values = crate::result::numbers(&case["values"]);
            let told = TrialStatistics::of(&values, Scale::Magnitude).expect("values");
            let share = TrialStatistics::of(
                &values.iter().map(|value| value / 1e4).collect::<Vec<_>>(),
                Scale::Share,
            );
            let of = |name: &str| case[name].as_f64().expect("a number");
            let method = if values.len() < MANY { "log" } else { "plain" };
            let [lower, upper] = crate::result::numbers(&case[method])[..] else { panic!("two ends") };
            let interval = told.interval.expect("an interval");
            assert!(near(told.mean, of("mean")) && near(told.median, of("median")));
            assert!(near(told.deviation.expect("some"), of("deviation")));
            assert!(near(told.variation.expect("some"), of("variation")));
            assert!(near(interval.lower, lower) && near(interval.upper, upper), "{interval:?} {case}");
            let [lower, upper] = crate::result::numbers(&case["plain"])[..] else { panic!("two ends") };
            let interval = share.and_then(|share| share.interval).expect("an interval");
            assert!((interval.lower - (lower / 1e4).clamp(0.0, 1.0)).abs() < 1e-9);
            assert!((interval.upper - (upper / 1e4).clamp(0.0, 1.0)).abs() < 1e-9);
        }
    }

    #[test]
    fn one_trial_has_no_interval_and_none_no_statistics() {
        let one = TrialStatistics::of(&[3.0], Scale::Magnitude).expect("one");
        assert_eq!((one.mean, one.median, one.deviation, one.interval), (3.0, 3.0, None, None));
        assert_eq!(TrialStatistics::of(&[], Scale::Magnitude), None);
        assert_eq!(TrialStatistics::of(&[1.0, f64::NAN], Scale::Magnitude), None);
    }

    #[test]
    fn values_that_reach_zero_have_the_interval_of_their_mean() {
        let of = |values: &[f64], scale| {
            TrialStatistics::of(values, scale).and_then(|told| told.interval).expect("some").of
        };
        assert_eq!(of(&[1.0, 2.0, 3.0], Scale::Magnitude), Centre::GeometricMean);
        assert_eq!(of(&[0.0, 2.0, 3.0], Scale::Magnitude), Centre::Mean);
        assert_eq!(of(&[0.1, 0.2, 0.3], Scale::Share), Centre::Mean);
    }

    /// How often `covers` holds of that many log-normal trials, in percent.
    fn coverage(
        trials: usize,
        spread: f64,
        seed: u64,
        mut covers: impl FnMut(&[f64], &mut Random) -> bool,
    ) -> f64 {
        const ROUNDS: u32 = 10_000;
        let mut random = Random(seed);
        let held = (0..ROUNDS).filter(|_| {
            let values: Vec<f64> = (0..trials).map(|_| random.lognormal(spread)).collect();
            covers(&values, &mut random)
        });
        100.0 * held.count() as f64 / f64::from(ROUNDS)
    }

    /// The numbers stand in docs/measurement.md.
    #[test]
    fn nineteen_of_twenty_intervals_hold_the_truth_also_over_three_trials() {
        for (trials, spread) in [(3, 0.1), (5, 0.3), (10, 1.0)] {
            let told = coverage(trials, spread, 17, |values, _| {
                let interval = TrialStatistics::of(values, Scale::Magnitude).and_then(|told| told.interval);
                interval.is_some_and(|interval| interval.lower <= 1.0 && 1.0 <= interval.upper)
            });
            assert!((94.3..=95.7).contains(&told), "{trials} trials, spread {spread}: {told} %");
        }
    }

    /// Why there is no bootstrap: the percentile interval of 400 resampled means.
    #[test]
    fn a_bootstrap_over_three_trials_holds_the_truth_far_too_seldom() {
        let spread: f64 = 0.1;
        let truth = (spread * spread / 2.0).exp();
        let told = coverage(3, spread, 18, |values, random| {
            let resample = |random: &mut Random| (0..3).map(|_| values[random.below(3)]).sum::<f64>() / 3.0;
            let mut means: Vec<f64> = (0..400).map(|_| resample(random)).collect();
            means.sort_by(f64::total_cmp);
            means[10] <= truth && truth <= means[389]
        });
        assert!((70.0..=80.0).contains(&told), "{told} %");
    }
}
