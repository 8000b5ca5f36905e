//! Against all samples, sorted.

#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places in lists")]

use super::*;
use crate::spec::statistics::GRID;

/// splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to 1, never 0.
    fn share(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 1.0) / (1_u64 << 53) as f64
    }

    /// Latencies with a heavy tail, with ties and with negative ones, as the seed has it.
    fn samples(&mut self, count: usize) -> Vec<f64> {
        let kind = self.next() % 4;
        let sample = |share: f64| match kind {
            0 => 5.0 / share.powf(0.7),
            1 => (share * 8.0).floor(),
            2 => -share.ln() * 40.0 - 20.0,
            _ => 3.25,
        };
        (0..count).map(|_| sample(self.share())).collect()
    }
}

/// k6's percentile of sorted samples.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + place.fract() * (above - below)
}

fn sorted(mut samples: Vec<f64>) -> Vec<f64> {
    samples.sort_by(f64::total_cmp);
    samples
}

fn grid(samples: &[f64]) -> Distribution {
    let mean = samples.iter().sum::<f64>() / samples.len() as f64;
    let points = GRID.values().map(|share| (*share, percentile(samples, *share)));
    Distribution::of_grid(samples.len() as u64, mean, points).expect("samples")
}

/// The shares of samples below and not above a value.
fn ranks(sorted: &[f64], value: f64) -> (f64, f64) {
    // A value between two samples may come out of arithmetic a hair beside one of them.
    let hair = value.abs() * 1e-9 + 1e-9;
    let below = sorted.partition_point(|sample| *sample < value - hair);
    let upto = sorted.partition_point(|sample| *sample <= value + hair);
    (below as f64 / sorted.len() as f64, upto as f64 / sorted.len() as f64)
}

fn error_of(precision: Precision) -> f64 {
    match precision {
        Precision::Exact => 0.0,
        Precision::Interpolated(error) | Precision::Merged(error) => error,
        Precision::Histogram(_) | Precision::Estimated => panic!("no such source"),
    }
}

#[test]
fn what_k6_says_is_exact_and_what_lies_between_is_off_by_no_more_than_is_said() {
    for seed in 0..200 {
        let mut random = Random(seed);
        let count = 1 + random.next() as usize % 5000;
        let samples = sorted(random.samples(count));
        let known = grid(&samples);
        for share in GRID.values() {
            let estimate = known.percentile(share * 100.0).expect("in range");
            assert_eq!(estimate.precision, Precision::Exact, "seed {seed}, {share}");
            assert!((estimate.value - percentile(&samples, *share)).abs() < 1e-9, "seed {seed}, {share}");
        }
        for _ in 0..50 {
            let share = random.share();
            let estimate = known.percentile(share * 100.0).expect("in range");
            let (below, upto) = ranks(&samples, estimate.value);
            // One sample is as much as a rank can tell.
            let error = error_of(estimate.precision) + 1.0 / count as f64;
            assert!(below - error <= share && share <= upto + error, "seed {seed}, {share}: {estimate:?}");
            let (below, upto) = ranks(&samples, samples[random.next() as usize % count]);
            let bound = samples[((below * count as f64) as usize).min(count - 1)];
            let share = known.share_below(bound);
            let error = error_of(share.precision) + 2.0 / count as f64;
            assert!(share.value >= below - error && share.value <= upto + error, "seed {seed}: {share:?}");
        }
    }
}

#[test]
fn a_mixture_is_the_distribution_of_all_samples_within_its_bound() {
    for seed in 1000..1100 {
        let mut random = Random(seed);
        let parts: Vec<Vec<f64>> = (0..2 + random.next() % 4)
            .map(|_| {
                let count = 200 + random.next() as usize % 3000;
                sorted(random.samples(count))
            })
            .collect();
        let known: Vec<Distribution> = parts.iter().map(|part| grid(part)).collect();
        let mixed = Distribution::mix(&known.iter().collect::<Vec<_>>()).expect("parts");
        let all = sorted(parts.concat());
        assert_eq!(mixed.count(), all.len() as u64);
        assert!((mixed.mean() - all.iter().sum::<f64>() / all.len() as f64).abs() < 1e-6);
        for percent in [0.0, 1.0, 12.5, 50.0, 90.0, 95.0, 99.0, 99.9, 100.0] {
            let estimate = mixed.percentile(percent).expect("in range");
            assert!(matches!(estimate.precision, Precision::Merged(_)));
            let (below, upto) = ranks(&all, estimate.value);
            let error = error_of(estimate.precision) + parts.len() as f64 * 2.0 / all.len() as f64;
            let share = percent / 100.0;
            let told = || format!("seed {seed}, p{percent}: {estimate:?}, ranks {below} to {upto}");
            assert!(below - error <= share && share <= upto + error, "{}", told());
            assert!(error_of(estimate.precision) <= 0.021, "{}", told());
        }
    }
}

#[test]
fn a_mixture_does_not_depend_on_how_it_was_put_together() {
    let mut random = Random(7);
    let parts: Vec<Distribution> = (0..3)
        .map(|kind| grid(&sorted((0..900).map(|_| random.share() * f64::from(kind + 1)).collect())))
        .collect();
    let all = Distribution::mix(&[&parts[0], &parts[1], &parts[2]]).expect("parts");
    let two = Distribution::mix(&[&parts[0], &parts[1]]).expect("parts");
    let stepwise = Distribution::mix(&[&two, &parts[2]]).expect("parts");
    for percent in [5.0, 50.0, 99.0] {
        let (one, other) =
            (all.percentile(percent).expect("known"), stepwise.percentile(percent).expect("known"));
        assert!((one.value - other.value).abs() < 0.03, "{one:?} {other:?}");
    }
    assert!(Distribution::mix(&[]).is_none());
}

#[test]
fn all_samples_are_exact_everywhere_and_few_are_no_problem() {
    let known = Distribution::of_samples(vec![4.0, 1.0, 3.0, 2.0]).expect("samples");
    let median = known.percentile(50.0).expect("in range");
    assert_eq!((median.value, median.precision), (2.5, Precision::Exact));
    assert_eq!((known.min(), known.max(), known.mean(), known.count()), (1.0, 4.0, 2.5, 4));
    let one = Distribution::of_samples(vec![7.0]).expect("a sample");
    assert_eq!(one.percentile(99.9).map(|estimate| estimate.value), Some(7.0));
    assert_eq!(one.percentile(101.0), None);
    assert!(Distribution::of_samples(Vec::new()).is_none());
    assert!(Distribution::of_samples(vec![1.0, f64::NAN]).is_none());
}

#[test]
fn buckets_are_as_wide_as_they_say() {
    let buckets = [(-1.1, -1.0, 2.0), (1.0, 1.1, 5.0), (1.1, 1.21, 3.0)];
    let known = Distribution::of_buckets(&buckets, 6.0, 0.1).expect("samples");
    let median = known.percentile(50.0).expect("in range");
    assert_eq!(median.precision.to_string(), "± 5 % (histogram)");
    assert!((median.value - 1.06).abs() < 1e-9, "{median:?}");
    assert!((known.share_below(0.0).value - 0.2).abs() < 1e-9);
    assert_eq!((known.count(), known.mean()), (10, 0.6));
    assert!(Distribution::of_buckets(&[], 0.0, 0.1).is_none());
}

#[test]
fn bytes_give_back_what_was_kept_and_damage_is_told() {
    let mut random = Random(3);
    for round in 0..40 {
        let samples = sorted(random.samples(500 + round));
        let whole = grid(&samples);
        let bytes = whole.encode();
        assert!(bytes.len() < 3_300, "{} bytes", bytes.len());
        assert_eq!(Distribution::decode(&bytes), Ok(whole.clone()));
        let mixed = Distribution::mix(&[&whole, &grid(&sorted(random.samples(99)))]).expect("parts");
        assert_eq!(Distribution::decode(&mixed.encode()), Ok(mixed));
        for at in 0..bytes.len() {
            assert!(Distribution::decode(&bytes[..at]).is_err(), "cut at {at}");
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (random.next() % 8);
            // A flip may give another distribution, and never a wrong kind of one.
            if let Ok(other) = Distribution::decode(&flipped) {
                assert!(other.percentile(50.0).is_some_and(|median| median.value.is_finite()));
            }
        }
    }
    assert_eq!(Distribution::decode(&[9]), Err(EncodingError::Version(9)));
}
