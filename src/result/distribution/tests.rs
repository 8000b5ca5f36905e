//! Against an oracle that knows every sample.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "positions among samples are whole; ties are equal to the last bit"
)]

mod bytes;

use super::*;
use crate::result::random::Random;

/// Shares that k6 is asked for, and the same without their exactness.
fn own_grid() -> Vec<f64> {
    let steps = [(0..90_000, 1000), (90_000..99_000, 100), (99_000..99_900, 10), (99_900..100_001, 1)];
    let all = steps.into_iter().flat_map(|(range, step)| range.step_by(step));
    all.map(|thousandths: u32| f64::from(thousandths) / 1000.0 / 100.0).collect()
}

/// All samples, sorted, with what is true of them.
#[derive(Clone)]
pub(super) struct Oracle(pub(super) Vec<f64>);

impl Oracle {
    pub(super) fn of(mut samples: Vec<f64>) -> Self {
        samples.sort_by(f64::total_cmp);
        Self(samples)
    }

    pub(super) fn quantile(&self, share: f64) -> f64 {
        let position = share * (self.0.len() - 1) as f64;
        let below = position.floor();
        let (lower, upper) = (self.0[below as usize], self.0[position.ceil() as usize]);
        if lower == upper { lower } else { lower + (upper - lower) * (position - below) }
    }

    fn below(&self, value: f64) -> f64 {
        self.0.iter().filter(|sample| **sample < value).count() as f64 / self.0.len() as f64
    }

    /// How far `share` is from the nearest share at which the quantile function takes `value`.
    fn rank_error(&self, value: f64, share: f64) -> f64 {
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs());
        let last = (self.0.len() - 1) as f64;
        if last == 0.0 || near(self.quantile(share), value) {
            return 0.0;
        }
        assert!(value >= self.0[0] && value <= self.0[self.0.len() - 1], "{value} is beyond all samples");
        let foot = self.0.partition_point(|sample| *sample < value);
        let top = self.0.partition_point(|sample| *sample <= value);
        let (first, end) = if foot < top {
            (foot as f64, (top - 1) as f64)
        } else {
            let (lower, upper) = (self.0[foot - 1], self.0[foot]);
            let at = (foot - 1) as f64 + (value - lower) / (upper - lower);
            (at, at)
        };
        (first / last - share).max(share - end / last).max(0.0)
    }

    fn grid(&self) -> Distribution {
        let points: Vec<_> = own_grid().iter().map(|share| (*share, self.quantile(*share))).collect();
        let mean = self.0.iter().sum::<f64>() / self.0.len() as f64;
        let (min, max) = (self.0[0], self.0[self.0.len() - 1]);
        Distribution::of_grid(self.0.len() as u64, mean, min, max, &points).expect("a grid")
    }

    fn samples(&self) -> Distribution {
        Distribution::of_samples(self.0.clone()).expect("samples")
    }

    /// As k6 sends it: bounds are powers of the eighth root of two.
    fn histogram(&self) -> Distribution {
        let bucket = |sample: &f64| {
            if *sample == 0.0 {
                return (0.0, 0.0, 1);
            }
            let index = (sample.abs().log2() * 8.0).ceil();
            let (near, far) = (2_f64.powf((index - 1.0) / 8.0), 2_f64.powf(index / 8.0));
            if *sample > 0.0 { (near, far, 1) } else { (-far, -near, 1) }
        };
        let buckets: Vec<_> = self.0.iter().map(bucket).collect();
        Distribution::of_histogram(&buckets, self.0.iter().sum()).expect("a histogram")
    }
}

/// Of many kinds: heavy tails, ties, negative values, constants, two far peaks, zeros, one sample.
fn some(random: &mut Random) -> Oracle {
    let count = [1, 2, 3, 10, 99, 100, 101, 370, 1000, 5000][random.below(10)];
    let kind = random.below(8);
    let scale = 10_f64.powi(i32::try_from(random.below(7)).expect("small") - 2);
    let sample = |random: &mut Random| match kind {
        0 => scale * random.lognormal(0.3),
        1 => scale * random.lognormal(2.5),
        2 => scale / random.uniform().powf(1.5),
        3 => (random.lognormal(1.0) * 3.0).round(),
        4 => scale * random.normal(),
        5 => scale,
        6 => {
            if random.below(100) < 95 {
                scale * random.lognormal(0.05)
            } else {
                50.0 * scale
            }
        }
        _ => {
            if random.below(3) == 0 {
                0.0
            } else {
                (scale * random.normal()).round()
            }
        }
    };
    Oracle::of((0..count).map(|_| sample(random)).collect())
}

pub(super) fn some_percent(random: &mut Random) -> f64 {
    match random.below(4) {
        0 => own_grid()[random.below(371)] * 100.0,
        1 => 100.0 - 10_f64.powf(-3.0 * random.uniform()),
        2 => [0.0, 50.0, 95.0, 99.0, 99.9, 100.0][random.below(6)],
        _ => 100.0 * random.uniform(),
    }
}

pub(super) fn claimed(precision: Precision) -> f64 {
    match precision {
        Precision::Exact => 0.0,
        Precision::Interpolated(error) | Precision::Merged(error) => error,
        Precision::Histogram(_) | Precision::Estimated => panic!("no claim on ranks"),
    }
}

pub(super) fn assert_percentile(kept: &Distribution, oracle: &Oracle, percent: f64, what: &str) {
    let Estimate { value, precision } = kept.percentile(percent).expect("within 0 to 100");
    let truth = oracle.quantile(percent / 100.0);
    if let Precision::Histogram(width) = precision {
        let off = (value - truth).abs();
        assert!(
            off <= width * truth.abs() + 1e-9 * truth.abs(),
            "{what}: p{percent} {value}, {truth} {precision}"
        );
    } else {
        let error = oracle.rank_error(value, percent / 100.0);
        assert!(error <= claimed(precision) + 1e-7, "{what}: p{percent} {value}, off {error}, {precision}");
    }
}

pub(super) fn assert_share(kept: &Distribution, oracle: &Oracle, value: f64, what: &str) {
    let estimate = kept.share_below(value).expect("a number");
    let off = (estimate.value - oracle.below(value)).abs();
    assert!(
        off <= claimed(estimate.precision) + 1e-9,
        "{what}: below {value} off {off}, {}",
        estimate.precision
    );
}

pub(super) fn some_value(oracle: &Oracle, random: &mut Random) -> f64 {
    let sample = oracle.0[random.below(oracle.0.len())];
    sample * [1.0, 1.01, 0.9][random.below(3)]
}

#[test]
fn every_number_is_as_near_to_the_samples_as_it_says() {
    for seed in 0..400 {
        let mut random = Random(seed);
        let oracle = some(&mut random);
        let of = format!("seed {seed}, {} samples", oracle.0.len());
        for kept in [oracle.samples(), oracle.grid(), oracle.histogram()] {
            assert_eq!(kept.count(), oracle.0.len() as u64);
            for _ in 0..20 {
                assert_percentile(&kept, &oracle, some_percent(&mut random), &of);
                assert_share(&kept, &oracle, some_value(&oracle, &mut random), &of);
            }
        }
    }
}

#[test]
fn a_merged_number_is_as_near_to_all_samples_together_as_it_says() {
    for seed in 0..300 {
        let mut random = Random(seed);
        let oracles: Vec<Oracle> = (0..2 + random.below(4)).map(|_| some(&mut random)).collect();
        let kept: Vec<Distribution> = oracles
            .iter()
            .map(|oracle| match (seed % 3, random.below(2)) {
                (0, _) | (1, 0) => oracle.grid(),
                (1, _) => oracle.samples(),
                _ => oracle.histogram(),
            })
            .collect();
        let all = Oracle::of(oracles.into_iter().flat_map(|oracle| oracle.0).collect());
        let mixed = Distribution::mix(&kept).expect("a mixture");
        assert_eq!(mixed.count(), all.0.len() as u64);
        for _ in 0..20 {
            assert_percentile(&mixed, &all, some_percent(&mut random), &format!("seed {seed}"));
            assert_share(&mixed, &all, some_value(&all, &mut random), &format!("seed {seed}"));
        }
    }
}

#[test]
fn how_parts_are_grouped_makes_no_difference() {
    for seed in 0..100 {
        let mut random = Random(seed);
        let [a, b, c] = [0; 3].map(|_| some(&mut random));
        let (a, b, c) = (a.grid(), b.samples(), c.histogram());
        let left = Distribution::mix([&Distribution::mix([&a, &b]).expect("two"), &c]).expect("three");
        let right = Distribution::mix([&Distribution::mix([&c, &b]).expect("two"), &a]).expect("three");
        assert_eq!(left.runs(), right.runs(), "seed {seed}");
        for percent in [0.0, 50.0, 95.0, 99.9, 100.0] {
            assert_eq!(left.percentile(percent), right.percentile(percent), "seed {seed}");
        }
        assert!((left.mean() - right.mean()).abs() <= 1e-9 * left.mean().abs().max(1e-9));
    }
}

#[test]
fn a_percentile_of_the_grid_is_k6s_own_to_the_last_bit() {
    for seed in 0..50 {
        let oracle = some(&mut Random(seed));
        let kept = oracle.grid();
        for share in own_grid() {
            let told = kept.percentile(share * 100.0).expect("a percentile");
            assert_eq!(
                told,
                Estimate { value: oracle.quantile(share), precision: Precision::Exact },
                "{share}"
            );
        }
        assert_eq!((kept.min(), kept.max()), (oracle.0[0], oracle.0[oracle.0.len() - 1]));
    }
}

#[test]
fn between_two_percentiles_the_error_is_half_of_the_gap_in_its_middle() {
    let mut random = Random(1);
    let oracle = Oracle::of((0..10_000).map(|_| random.lognormal(0.5)).collect());
    let told = |percent| oracle.grid().percentile(percent).expect("a percentile").precision.to_string();
    assert_eq!(told(42.0), "exact");
    assert_eq!(told(42.5), "interpolated, rank error ≤ 0.5 %");
    assert_eq!(told(95.05), "interpolated, rank error ≤ 0.05 %");
}

#[test]
fn merged_grids_are_near_and_averaged_percentiles_are_not() {
    let mut random = Random(7);
    let fast = Oracle::of((0..9_000).map(|_| 10.0 * random.lognormal(0.3)).collect());
    let slow = Oracle::of((0..1_000).map(|_| 200.0 * random.lognormal(0.3)).collect());
    let merged = Distribution::mix([&fast.grid(), &slow.grid()]).expect("two");
    let told = merged.percentile(95.0).expect("a percentile");
    let truth = Oracle::of([fast.0.clone(), slow.0.clone()].concat()).quantile(0.95);
    assert!((told.value / truth - 1.0).abs() < 0.005, "{} for {truth}", told.value);
    assert!(claimed(told.precision) <= 0.0012, "{}", told.precision);
    let averaged = 0.9 * fast.quantile(0.95) + 0.1 * slow.quantile(0.95);
    assert!((averaged / truth - 1.0).abs() > 0.5);
}

#[test]
fn all_samples_of_several_runs_are_exact() {
    let [a, b] = [Oracle::of(vec![1.0, 5.0, 5.0]), Oracle::of(vec![-2.0, 5.0])];
    let mixed = Distribution::mix([&a.samples(), &b.samples()]).expect("two");
    assert_eq!(mixed.percentile(25.0), Some(Estimate::exact(1.0)));
    assert_eq!(mixed.share_below(5.0), Some(Estimate::exact(0.4)));
    assert_eq!((mixed.min(), mixed.max()), (-2.0, 5.0));
    assert!((mixed.mean() - 2.8).abs() < 1e-12);
}

#[test]
fn a_histogram_of_a_constant_is_within_five_percent() {
    for value in [0.1, 1.0, 99.999, 100.0, 1234.5] {
        let kept = Oracle::of(vec![value; 50]).histogram();
        for percent in [0.0, 1.0, 50.0, 99.0, 100.0] {
            let told = kept.percentile(percent).expect("a percentile");
            assert!((told.value / value - 1.0).abs() < 0.05);
            assert_eq!(told.precision.to_string(), "± 5 % (histogram)");
        }
    }
}

#[test]
fn what_is_no_number_is_refused() {
    use DistributionError::{Empty, NotFinite, TooMany, Unordered};
    for wrong in [f64::NAN, f64::INFINITY] {
        assert_eq!(Distribution::of_samples(vec![1.0, wrong]), Err(NotFinite));
        assert_eq!(Distribution::of_grid(2, wrong, 1.0, 2.0, &[]), Err(NotFinite));
        assert_eq!(Distribution::of_grid(2, 1.0, 1.0, wrong, &[]), Err(NotFinite));
        assert_eq!(Distribution::of_grid(2, 1.0, 1.0, 2.0, &[(0.5, wrong)]), Err(NotFinite));
        assert_eq!(Distribution::of_grid(2, 1.0, 1.0, 2.0, &[(wrong, 1.0)]), Err(NotFinite));
        assert_eq!(Distribution::of_histogram(&[(0.0, wrong, 1)], 1.0), Err(NotFinite));
        assert_eq!(Distribution::of_histogram(&[(0.0, 1.0, 1)], wrong), Err(NotFinite));
    }
    assert_eq!(Distribution::of_samples(Vec::new()), Err(Empty));
    assert_eq!(Distribution::of_grid(0, 1.0, 1.0, 2.0, &[]), Err(Empty));
    assert_eq!(Distribution::of_histogram(&[(0.0, 1.0, 0)], 0.0), Err(Empty));
    assert_eq!(Distribution::mix([]), Err(Empty));
    assert_eq!(Distribution::of_grid(9, 1.0, 1.0, 3.0, &[(0.5, 2.0), (0.4, 2.0)]), Err(Unordered));
    assert_eq!(Distribution::of_grid(9, 1.0, 1.0, 3.0, &[(0.4, 2.0), (0.5, 1.5)]), Err(Unordered));
    assert_eq!(Distribution::of_grid(1, 1.0, 1.0, 3.0, &[]), Err(Unordered));
    assert_eq!(Distribution::of_histogram(&[(2.0, 1.0, 1)], 1.0), Err(Unordered));
    assert_eq!(Distribution::of_histogram(&[(0.0, 1.0, u64::MAX), (1.0, 2.0, 1)], 1.0), Err(TooMany));
    let kept = Distribution::of_samples(vec![1.0]).expect("one");
    assert_eq!([kept.percentile(f64::NAN), kept.percentile(100.1), kept.share_below(f64::NAN)], [None; 3]);
}

#[test]
fn a_negative_zero_and_the_largest_floats_are_numbers_like_others() {
    let of_zeros = [
        Distribution::of_samples(vec![0.0, -0.0, 0.0]).expect("samples"),
        Distribution::of_grid(9, 0.0, 0.0, 0.0, &[(0.5, -0.0)]).expect("a grid"),
        Distribution::of_histogram(&[(0.0, -0.0, 3)], 0.0).expect("a histogram"),
    ];
    for kept in of_zeros {
        assert_eq!(Distribution::decode(&kept.encode()), Ok(kept));
    }
    let grid = Distribution::of_grid(1000, 0.0, -f64::MAX, f64::MAX, &[]).expect("a grid");
    let buckets = Distribution::of_histogram(&[(1e-300, f64::MAX, 5), (-f64::MAX, f64::MAX, 5)], 0.0);
    let buckets = buckets.expect("a histogram");
    let mixed = Distribution::mix([&grid, &buckets]).expect("a mixture");
    for kept in [grid, buckets, mixed] {
        for percent in [0.0, 1.0, 50.0, 99.9, 100.0] {
            assert!(kept.percentile(percent).expect("a percentile").value.is_finite());
            assert!((0.0..=1.0).contains(&kept.share_below(percent * 1e306).expect("a share").value));
        }
    }
}

#[test]
fn a_sample_of_a_grid_has_the_bounds_that_it_has_among_all() {
    let mut random = Random(11);
    for round in 0..40 {
        let count = 1 + random.below(3_000);
        // Ties too.
        let samples =
            (0..count).map(|_| (random.lognormal(1.0) * 4.0).floor() + f64::from(round % 2)).collect();
        let oracle = Oracle::of(samples);
        let shares: Vec<f64> = if round % 3 == 0 { vec![0.3, 0.5, 0.95] } else { own_grid() };
        let points: Vec<(f64, f64)> = shares.iter().map(|share| (*share, oracle.quantile(*share))).collect();
        let (min, max) = (oracle.0[0], oracle.0[count - 1]);
        let kept = Distribution::of_grid(count as u64, 1.0, min, max, &points).expect("a grid");
        let all = kept.runs();
        for rank in 0..count as u64 {
            assert_eq!(kept.sample_bounds(rank), Some(all.bounds_of(rank)), "{count} {rank}");
        }
    }
}
