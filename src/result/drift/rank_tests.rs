//! Tests by ranks: of a trend, and of a shift between two parts.

/// The median of the slopes of all pairs, per slot (Theil 1950, Sen 1968).
pub(super) fn theil_sen(values: &[f64]) -> f64 {
    let slope = |(at, value): (usize, &f64), before: usize| (value - values[before]) / (at - before) as f64;
    let pairs = values.iter().enumerate().flat_map(|pair| (0..pair.0).map(move |before| slope(pair, before)));
    crate::result::trials::median(&pairs.collect::<Vec<_>>())
}

/// How many standard errors the count of rising less falling pairs is from zero (Mann 1945, Kendall 1975), ties
/// allowed for, continuity corrected.
pub(super) fn trend_score(values: &[f64]) -> f64 {
    let sign = |at: usize, before: usize| values[at].total_cmp(&values[before]) as i64;
    let rising: i64 = (0..values.len()).flat_map(|at| (0..at).map(move |before| sign(at, before))).sum();
    let of = |n: f64| n * (n - 1.0) * (2.0 * n + 5.0);
    let variance = (of(values.len() as f64) - ties(values).iter().map(|tie| of(*tie)).sum::<f64>()) / 18.0;
    score(rising as f64, variance, 1.0)
}

/// How many standard errors the mean ranks of both parts are apart: the test of Mann and Whitney 1947, as t on
/// ranks (Conover and Iman 1981), which stays right where a part has only four slots. Ties are allowed for.
pub(super) fn shift_score(before: &[f64], after: &[f64]) -> f64 {
    let (normal, count) = (normal_shift(before, after), (before.len() + after.len()) as f64);
    normal * ((count - 2.0) / (count - 1.0 - normal * normal).max(f64::MIN_POSITIVE)).sqrt()
}

fn normal_shift(before: &[f64], after: &[f64]) -> f64 {
    let all = [before, after].concat();
    let (few, many, count) = (before.len() as f64, after.len() as f64, all.len() as f64);
    let sum: f64 = ranks(&all)[..before.len()].iter().sum();
    let tied: f64 = ties(&all).iter().map(|tie| tie.powi(3) - tie).sum();
    let variance = few * many / 12.0 * (count + 1.0 - tied / (count * (count - 1.0)));
    score(sum - few * (count + 1.0) / 2.0, variance, 0.5)
}

fn score(statistic: f64, variance: f64, continuity: f64) -> f64 {
    if variance > 0.0 { (statistic.abs() - continuity).max(0.0) / variance.sqrt() } else { 0.0 }
}

/// The rank of each value from 1; equal ones share the mean of their ranks.
pub(super) fn ranks(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let rank = |value: &f64| {
        let below = sorted.partition_point(|other| other < value);
        let up_to = sorted.partition_point(|other| other <= value);
        (below + 1 + up_to) as f64 / 2.0
    };
    values.iter().map(rank).collect()
}

/// How many values are equal, for each value.
fn ties(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    #[allow(clippy::float_cmp, reason = "ties are equal to the last bit")]
    sorted.chunk_by(|a, b| a == b).map(|tie| tie.len() as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scipy_says_the_same() {
        for case in crate::result::scipy()["trends"].as_array().expect("cases") {
            let values = crate::result::numbers(&case["values"]);
            let of = |name: &str| case[name].as_f64().expect("a number");
            assert!((theil_sen(&values) - of("slope")).abs() < 1e-12, "{case}");
            // scipy corrects the trend test for ties, but not for continuity.
            let pairs = (0..values.len()).flat_map(|at| (0..at).map(move |before| (at, before)));
            let sum: f64 = pairs.map(|(at, before)| (values[at] - values[before]).signum_or_zero()).sum();
            let continuous = of("trend_z") * (sum.abs() - 1.0) / sum.abs();
            assert!((trend_score(&values) - continuous).abs() < 1e-9, "{case}");
            let (head, body) = values.split_at(values.len() / 5);
            assert!((normal_shift(head, body) - of("head_z")).abs() < 1e-9, "{case}");
        }
    }

    trait Sign {
        fn signum_or_zero(self) -> f64;
    }

    impl Sign for f64 {
        fn signum_or_zero(self) -> f64 {
            if self == 0.0 { 0.0 } else { self.signum() }
        }
    }

    /// By Student's t: four of twenty apart from all others are one of 4,845 ways, and t says one of 1,100.
    #[test]
    fn four_slots_apart_from_all_others_are_sure() {
        let all: Vec<f64> = (0..20).map(f64::from).collect();
        assert!((3.9..4.1).contains(&shift_score(&all[..4], &all[4..])));
        assert!(normal_shift(&all[..4], &all[4..]) < 3.0);
    }
}
