//! A histogram in the unit of its metric: bounds, mean, quantiles.

use super::histogram::Histogram;

/// Values between two bounds, in the metric's own unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// No value in it is below.
    pub lower: f64,
    /// No value in it is above.
    pub upper: f64,
    /// How many there are.
    pub count: u64,
}

/// A histogram in the metric's own unit (k6's: milliseconds for times), buckets ascending.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Buckets {
    /// The buckets that hold something.
    pub buckets: Vec<Bucket>,
    /// The sum of all values; not finite where a value was not.
    pub sum: f64,
    /// How many values there are.
    pub count: u64,
}

impl Buckets {
    /// `histogram` with its values multiplied by `scale` (1000 for seconds to milliseconds).
    pub fn of(histogram: &Histogram, scale: f64) -> Self {
        let bound = |index: i32| {
            let exponent = f64::from(index) * (-f64::from(histogram.schema)).exp2();
            (exponent.exp2() * scale).min(f64::MAX)
        };
        let of = |&(index, count): &(i32, u64)| {
            let upper = if index > infinite(histogram.schema) { f64::INFINITY } else { bound(index) };
            Bucket { lower: bound(index.saturating_sub(1)), upper, count }
        };
        let mirrored = |bucket: Bucket| Bucket { lower: -bucket.upper, upper: -bucket.lower, ..bucket };
        let mut buckets: Vec<Bucket> = histogram.negative.iter().rev().map(of).map(mirrored).collect();
        if histogram.zero > 0 {
            buckets.push(Bucket { lower: 0.0, upper: 0.0, count: histogram.zero });
        }
        buckets.extend(histogram.positive.iter().map(of));
        Self { buckets, sum: histogram.sum * scale, count: histogram.count() }
    }

    /// The mean, if there are values and all were finite.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0 && self.sum.is_finite()).then(|| self.sum / self.count as f64)
    }

    /// The value below which the share `p` (0 to 1) lies, as k6 has it: interpolated between neighbours in the
    /// sorted samples. Each of them is taken as the geometric middle of its bucket, so the result is within
    /// half a bucket of k6's: ± 4.5 % at its resolution, whatever the distribution.
    pub fn quantile(&self, p: f64) -> Option<f64> {
        let rank = self.rank(p)?;
        let (low, high) = (self.bucket_of(rank.floor())?.middle(), self.bucket_of(rank.ceil())?.middle());
        Some(low + (high - low) * rank.fract())
    }

    /// Between which two values k6's own percentile lies, which interpolates between neighbours in the
    /// sorted samples.
    pub fn quantile_bounds(&self, p: f64) -> Option<(f64, f64)> {
        let rank = self.rank(p)?;
        Some((self.bucket_of(rank.floor())?.lower, self.bucket_of(rank.ceil())?.upper))
    }

    /// `p` as a position among the sorted values, from 0.
    fn rank(&self, p: f64) -> Option<f64> {
        (self.count > 0 && (0.0..=1.0).contains(&p)).then(|| p * (self.count - 1) as f64)
    }

    fn bucket_of(&self, rank: f64) -> Option<&Bucket> {
        let mut below = 0.0;
        let holds = |bucket: &&Bucket| {
            below += bucket.count as f64;
            below > rank
        };
        self.buckets.iter().find(holds).or(self.buckets.last())
    }
}

impl Bucket {
    /// The geometric mean of its bounds; the finite one where the other is not.
    fn middle(&self) -> f64 {
        if self.upper.is_finite() && self.lower.is_finite() {
            (self.lower.abs().sqrt() * self.upper.abs().sqrt()).copysign(self.upper + self.lower)
        } else if self.lower.is_finite() {
            self.lower
        } else {
            self.upper
        }
    }
}

/// Values above the greatest finite number lie in the bucket after this one.
fn infinite(schema: i32) -> i32 {
    match schema {
        0.. => 1024_i32.saturating_mul(1 << schema.min(20)),
        _ => 1024 >> (-schema).min(10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positive(schema: i32, positive: &[(i32, u64)]) -> Histogram {
        Histogram { schema, positive: positive.to_vec(), ..Histogram::default() }
    }

    #[test]
    fn a_value_lies_within_its_bucket() {
        // Measured on k6 1.1.0: 5 has index 19, 12.5 ms (as seconds) has -50, 1e300 has 7973.
        for (index, value) in [(19, 5.0), (-50, 0.0125), (7973, 1e300)] {
            let bucket = Buckets::of(&positive(3, &[(index, 1)]), 1.0).buckets[0];
            assert!(bucket.lower < value && value <= bucket.upper, "{value} in {bucket:?}");
        }
        let infinite = Buckets::of(&positive(3, &[(8193, 1)]), 1000.0).buckets[0];
        assert_eq!((infinite.lower, infinite.upper), (f64::MAX, f64::INFINITY));
    }

    #[test]
    fn negative_values_come_first_and_quantiles_cross_zero() {
        let mixed = Histogram { zero: 2, negative: vec![(0, 1), (8, 1)], ..positive(3, &[(8, 1)]) };
        let distribution = Buckets::of(&mixed, 1.0);
        let lowers: Vec<f64> = distribution.buckets.iter().map(|bucket| bucket.upper).collect();
        assert!(lowers.is_sorted(), "{lowers:?}");
        assert_eq!(distribution.quantile(0.5), Some(0.0));
        assert!(distribution.quantile(0.0).is_some_and(|least| (-2.0..-1.8).contains(&least)));
        assert_eq!(Buckets::default().quantile(0.5), None);
    }

    #[test]
    fn a_quantile_is_interpolated_between_neighbours_as_k6_does() {
        let spread = Buckets::of(&positive(3, &[(1, 1), (80, 1)]), 1.0);
        let (low, high) = (spread.quantile(0.0).expect("a value"), spread.quantile(1.0).expect("a value"));
        assert!((low / 1.044 - 1.0).abs() < 0.01 && (high / 980.0 - 1.0).abs() < 0.01, "{low} {high}");
        assert!(spread.quantile(0.5).is_some_and(|half| (half - low.midpoint(high)).abs() < 1e-9));
        assert_eq!(
            spread.quantile_bounds(0.5).map(|(lower, upper)| (lower, upper.round())),
            Some((1.0, 1024.0))
        );
    }
}
