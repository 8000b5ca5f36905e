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

/// Where the buckets of schema 3 begin between 1 and 2: `2^(0/8)` to `2^(7/8)`.
#[allow(clippy::excessive_precision, reason = "as exact as they are known")]
const EIGHTHS: [f64; 8] = [
    1.0,
    1.090_507_732_665_257_659,
    1.189_207_115_002_721_067,
    1.296_839_554_651_009_666,
    std::f64::consts::SQRT_2,
    1.542_210_825_407_940_824,
    1.681_792_830_507_429_086,
    1.834_008_086_409_342_463,
];

/// What is not farther from zero is counted as zero, as Prometheus does.
const ZERO: f64 = 2.938_735_877_055_719e-39;

/// The bucket of an infinite value, after that of the greatest finite one.
const INFINITE: i32 = 8193;

impl Histogram {
    /// One without values, at the resolution of k6's.
    pub(super) fn fine() -> Self {
        Self { schema: 3, ..Self::default() }
    }

    /// Counts one value, at schema 3.
    pub(super) fn record(&mut self, value: f64) {
        self.sum += value;
        if value.is_nan() || value.abs() <= ZERO {
            self.zero += 1;
            return;
        }
        let index = index(value.abs());
        let side = if value > 0.0 { &mut self.positive } else { &mut self.negative };
        match side.binary_search_by_key(&index, |(index, _)| *index) {
            Ok(at) => side[at].1 += 1,
            Err(at) => side.insert(at, (index, 1)),
        }
    }

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

/// The bucket of a positive normal number, at schema 3: its exponent gives eight, its fraction one of them.
fn index(value: f64) -> i32 {
    if value.is_infinite() {
        return INFINITE;
    }
    let bits = value.to_bits();
    let exponent = i32::try_from(bits >> 52).unwrap_or(0) - 1023;
    let fraction = f64::from_bits((bits & ((1 << 52) - 1)) | (1023 << 52));
    let eighth = EIGHTHS.iter().filter(|bound| **bound < fraction).count();
    exponent * 8 + i32::try_from(eighth).unwrap_or(0)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn positive(schema: i32, positive: &[(i32, u64)]) -> Histogram {
        Histogram { schema, positive: positive.to_vec(), ..Histogram::default() }
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
    fn a_value_is_counted_in_the_bucket_that_k6_counts_it_in() {
        // Measured on k6 1.1.0: 5 has index 19, 12.5 ms (as seconds) has -50, 1e300 has 7973.
        for (value, bucket) in [(5.0, 19), (0.0125, -50), (1e300, 7973), (1.0, 0), (2.0, 8), (2.000_001, 9)] {
            let mut histogram = Histogram::fine();
            histogram.record(value);
            histogram.record(-value);
            assert_eq!((&histogram.positive, histogram.sum), (&vec![(bucket, 1)], 0.0), "{value}");
            assert_eq!(histogram.positive, histogram.negative);
        }
        let mut odd = Histogram::fine();
        for value in [0.0, -0.0, 1e-300, f64::INFINITY] {
            odd.record(value);
        }
        assert_eq!((odd.zero, odd.positive, odd.sum), (3, vec![(8193, 1)], f64::INFINITY));
    }

    #[test]
    fn a_coarser_resolution_keeps_every_value_within_its_bounds() {
        let mut fine = positive(3, &[(-9, 1), (-8, 1), (1, 1), (8, 1), (9, 1)]);
        fine.add(&positive(0, &[(2, 10)]));
        assert_eq!((fine.schema, fine.positive), (0, vec![(-1, 2), (1, 2), (2, 11)]));
    }
}
