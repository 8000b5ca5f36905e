//! On what a real k6 says.

use super::tests::{Oracle, assert_percentile, assert_share, claimed, some_percent, some_value};
use super::*;
use crate::result::random::Random;

/// Its samples, what is kept of it, and its percentiles as `(share, value)`.
type Trend = (Oracle, Distribution, Vec<(f64, f64)>);

/// Samples and percentiles of a real k6 1.1.0 (tests/fixtures/statistics/k6_grid.js): a heavy tail, negative values,
/// ties.
fn of_real_k6() -> Vec<Trend> {
    let text = include_str!("../../../tests/fixtures/statistics/k6-1.1.0.json");
    let told: serde_json::Value = serde_json::from_str(text).expect("the fixture is JSON");
    let read = |trend: &serde_json::Value| {
        let oracle = Oracle::of(crate::result::numbers(&trend["samples"]));
        let pairs = trend["grid"].as_array().expect("a grid").iter().map(crate::result::numbers);
        let points: Vec<_> = pairs.map(|pair| (pair[0] / 100.0, pair[1])).collect();
        let (min, max) = (points[0].1, points[points.len() - 1].1);
        let (count, mean) =
            (trend["count"].as_u64().expect("a count"), trend["mean"].as_f64().expect("a mean"));
        (oracle, Distribution::of_grid(count, mean, min, max, &points).expect("a grid"), points)
    };
    told.as_array().expect("trends").iter().map(read).collect()
}

#[test]
fn percentiles_of_a_real_k6_are_kept_as_they_are() {
    let (mut random, mut sizes) = (Random(3), Vec::new());
    for (oracle, kept, points) in of_real_k6() {
        for (share, value) in points {
            assert_eq!(kept.percentile(share * 100.0), Some(Estimate::exact(value)), "{share}");
            assert!((value - oracle.quantile(share)).abs() <= 1e-12 * value.abs().max(1.0), "{share}");
        }
        for _ in 0..200 {
            assert_percentile(&kept, &oracle, some_percent(&mut random), "k6");
            assert_share(&kept, &oracle, some_value(&oracle, &mut random), "k6");
        }
        sizes.push(kept.encode().len());
        assert_eq!(Distribution::decode(&kept.encode()), Ok(kept));
    }
    assert_eq!(sizes, [2505, 2605, 434], "bytes; docs/measurement.md says about 2.6 KB");
}

#[test]
fn trends_of_a_real_k6_are_merged_as_near_as_is_said() {
    let mut random = Random(4);
    let (oracles, kept): (Vec<_>, Vec<_>) =
        of_real_k6().into_iter().map(|(oracle, kept, _)| (oracle, kept)).unzip();
    let all = Oracle::of(oracles.into_iter().flat_map(|oracle| oracle.0).collect());
    let mixed = Distribution::mix(&kept).expect("a mixture");
    for percent in [50.0, 90.0, 95.0, 99.0, 99.9] {
        let told = mixed.percentile(percent).expect("a percentile");
        assert!(claimed(told.precision) < 0.01, "p{percent} {}", told.precision);
        assert_percentile(&mixed, &all, percent, "k6");
    }
    for _ in 0..200 {
        assert_share(&mixed, &all, some_value(&all, &mut random), "k6");
    }
}
