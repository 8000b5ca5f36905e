//! Exponential histograms as Prometheus has them
//! (<https://prometheus.io/docs/specs/native_histograms/>): sparse counts by bucket index, where bucket `i`
//! of schema `s` holds values in `(b^(i-1), b^i]` with `b = 2^(2^-s)`; negative values mirror them.

/// Counts by bucket; every operation keeps the buckets sorted by index and free of zero counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Histogram {
    /// The resolution: k6 1.1.0 and 0.57.0 send 3, a factor of 1.09 from bound to bound.
    pub schema: i32,
    /// How many values were zero.
    pub zero: u64,
    /// The sum of all values; not finite where one of them was not.
    pub sum: f64,
    /// Counts of positive values.
    pub positive: Vec<(i32, u64)>,
    /// Counts of negative values, by the index of their magnitude.
    pub negative: Vec<(i32, u64)>,
}

impl Histogram {
    /// How many values it holds.
    pub fn count(&self) -> u64 {
        let of = |side: &[(i32, u64)]| side.iter().map(|(_, count)| *count).fold(0, u64::saturating_add);
        self.zero.saturating_add(of(&self.positive)).saturating_add(of(&self.negative))
    }

    /// How many numbers it takes to keep it.
    pub(super) fn cells(&self) -> usize {
        self.positive.len() + self.negative.len() + 2
    }

    /// Adds the values of `other`, at the coarser of both resolutions.
    pub fn add(&mut self, other: &Self) {
        if self.positive.is_empty() && self.negative.is_empty() {
            self.schema = other.schema;
        }
        let schema = self.schema.min(other.schema);
        self.coarsen(schema);
        self.zero = self.zero.saturating_add(other.zero);
        self.sum += other.sum;
        let shift = (other.schema - schema).unsigned_abs();
        for (mine, theirs) in [(&mut self.positive, &other.positive), (&mut self.negative, &other.negative)] {
            *mine = merged(mine, &coarser(theirs, shift));
        }
    }

    /// What came since `earlier`; `None` where it holds more than `self` does somewhere.
    pub fn since(&self, earlier: &Self) -> Option<Self> {
        let mut earlier = earlier.clone();
        earlier.coarsen(self.schema);
        if earlier.schema != self.schema && !(earlier.positive.is_empty() && earlier.negative.is_empty()) {
            return None;
        }
        Some(Self {
            schema: self.schema,
            zero: self.zero.checked_sub(earlier.zero)?,
            sum: self.sum - earlier.sum,
            positive: difference(&self.positive, &earlier.positive)?,
            negative: difference(&self.negative, &earlier.negative)?,
        })
    }

    /// Lowers the resolution to `schema`, if it is above it.
    fn coarsen(&mut self, schema: i32) {
        if self.schema > schema {
            let shift = (self.schema - schema).unsigned_abs();
            self.positive = coarser(&self.positive, shift);
            self.negative = coarser(&self.negative, shift);
            self.schema = schema;
        }
    }
}

/// Each step down joins buckets `2i-1` and `2i` into `i`.
fn coarser(side: &[(i32, u64)], shift: u32) -> Vec<(i32, u64)> {
    let mut joined: Vec<(i32, u64)> = Vec::with_capacity(side.len());
    for (index, count) in side {
        let index = i32::try_from(((i64::from(*index) - 1) >> shift.min(62)) + 1).unwrap_or(*index);
        match joined.last_mut() {
            Some((last, sum)) if *last == index => *sum = sum.saturating_add(*count),
            _ => joined.push((index, *count)),
        }
    }
    joined
}

fn merged(left: &[(i32, u64)], right: &[(i32, u64)]) -> Vec<(i32, u64)> {
    let mut all = Vec::with_capacity(left.len().max(right.len()));
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    while let (Some((l, left_count)), Some((r, right_count))) = (left.peek(), right.peek()) {
        match l.cmp(r) {
            std::cmp::Ordering::Less => all.extend(left.next()),
            std::cmp::Ordering::Greater => all.extend(right.next()),
            std::cmp::Ordering::Equal => {
                all.push((*l, left_count.saturating_add(*right_count)));
                left.next();
                right.next();
            }
        }
    }
    all.extend(left);
    all.extend(right);
    all
}

fn difference(now: &[(i32, u64)], earlier: &[(i32, u64)]) -> Option<Vec<(i32, u64)>> {
    let mut earlier = earlier.iter().peekable();
    let mut rest = Vec::new();
    for (index, count) in now {
        let before = match earlier.peek() {
            Some((other, before)) if other == index => *before,
            Some((other, _)) if other < index => return None,
            _ => 0,
        };
        if before > 0 {
            earlier.next();
        }
        let more = count.checked_sub(before)?;
        if more > 0 {
            rest.push((*index, more));
        }
    }
    earlier.next().is_none().then_some(rest)
}

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
pub struct Distribution {
    /// The buckets that hold something.
    pub buckets: Vec<Bucket>,
    /// The sum of all values; not finite where a value was not.
    pub sum: f64,
    /// How many values there are.
    pub count: u64,
}

impl Distribution {
    /// `histogram` with its values multiplied by `scale` (1000 for seconds to milliseconds).
    pub(super) fn of(histogram: &Histogram, scale: f64) -> Self {
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

    /// The value below which the share `p` (0 to 1) lies, interpolated on the logarithmic scale of the
    /// buckets: within half a bucket of the true one, ± 4.5 % at k6's resolution.
    pub fn quantile(&self, p: f64) -> Option<f64> {
        let rank = self.rank(p)?;
        let mut below = 0.0;
        for bucket in &self.buckets {
            let count = bucket.count as f64;
            if below + count > rank {
                return Some(bucket.at((rank - below + 0.5) / count));
            }
            below += count;
        }
        self.buckets.last().map(|bucket| bucket.at(1.0))
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
    /// The value at a share of the bucket, taken as evenly filled on the logarithmic scale.
    fn at(&self, share: f64) -> f64 {
        let share = share.clamp(0.0, 1.0);
        if self.lower > 0.0 && self.upper.is_finite() {
            self.lower * (self.upper / self.lower).powf(share)
        } else if self.upper < 0.0 && self.lower.is_finite() {
            -((-self.lower) * (self.upper / self.lower).powf(share))
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
            let bucket = Distribution::of(&positive(3, &[(index, 1)]), 1.0).buckets[0];
            assert!(bucket.lower < value && value <= bucket.upper, "{value} in {bucket:?}");
        }
        let infinite = Distribution::of(&positive(3, &[(8193, 1)]), 1000.0).buckets[0];
        assert_eq!((infinite.lower, infinite.upper), (f64::MAX, f64::INFINITY));
    }

    #[test]
    fn what_came_since_and_what_was_before_make_the_whole() {
        let before = Histogram { zero: 1, sum: 3.0, ..positive(3, &[(1, 2), (5, 1)]) };
        let now = Histogram { zero: 4, sum: 9.0, ..positive(3, &[(-3, 1), (1, 2), (5, 7)]) };
        let since = now.since(&before).expect("it grew");
        assert_eq!((since.count(), &since.positive), (10, &vec![(-3, 1), (5, 6)]));
        let mut whole = before.clone();
        whole.add(&since);
        assert_eq!(whole, now);
        assert_eq!(before.since(&now), None);
        assert_eq!(now.since(&positive(3, &[(2, 1)])), None);
    }

    #[test]
    fn a_coarser_resolution_keeps_every_value_within_its_bounds() {
        let mut fine = positive(3, &[(-9, 1), (-8, 1), (1, 1), (8, 1), (9, 1)]);
        fine.add(&positive(0, &[(2, 10)]));
        assert_eq!((fine.schema, fine.positive), (0, vec![(-1, 2), (1, 2), (2, 11)]));
    }

    #[test]
    fn negative_values_come_first_and_quantiles_cross_zero() {
        let mixed = Histogram { zero: 2, negative: vec![(0, 1), (8, 1)], ..positive(3, &[(8, 1)]) };
        let distribution = Distribution::of(&mixed, 1.0);
        let lowers: Vec<f64> = distribution.buckets.iter().map(|bucket| bucket.upper).collect();
        assert!(lowers.is_sorted(), "{lowers:?}");
        assert_eq!(distribution.quantile(0.5), Some(0.0));
        assert!(distribution.quantile(0.0).is_some_and(|least| (-2.0..-1.8).contains(&least)));
        assert_eq!(Distribution::default().quantile(0.5), None);
    }
}
