//! A trend as its percentiles, each of them k6's own.

use super::runs::{Run, Runs, between};
use super::{DistributionError, SAME_SHARE};

/// How far a percentile may fall below the one before it by the rounding of floats, in relation to it.
const ROUNDING: f64 = 1e-12;

/// A position among the samples this near to a whole number is that sample. Positions of shares with five
/// digits are whole or at least 1e-5 away.
const SAME_POSITION: f64 = 1e-6;

/// `(share, value)`, from share 0 to share 1; shares rise, values never fall.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Grid {
    pub(super) points: Vec<(f64, f64)>,
    /// The number of samples less one: a share times this is a position among the sorted samples.
    last: f64,
}

impl Grid {
    pub(super) fn new(
        count: u64,
        min: f64,
        max: f64,
        points: &[(f64, f64)],
    ) -> Result<Self, DistributionError> {
        let is_end = |share: f64| share.abs() <= SAME_SHARE || (share - 1.0).abs() <= SAME_SHARE;
        let inner = points.iter().copied().filter(|(share, _)| !is_end(*share));
        let all: Vec<_> = [(0.0, min)].into_iter().chain(inner).chain([(1.0, max)]).collect();
        let mut kept: Vec<(f64, f64)> = Vec::with_capacity(all.len());
        for (share, value) in all {
            if !share.is_finite() || !value.is_finite() {
                return Err(DistributionError::NotFinite);
            }
            let (share, value) = (plain(share), value + 0.0);
            let Some(&(last_share, last_value)) = kept.last() else {
                kept.push((share, value));
                continue;
            };
            if share <= last_share || share > 1.0 || value < last_value - ROUNDING * last_value.abs() {
                return Err(DistributionError::Unordered);
            }
            kept.push((share, value.max(last_value)));
        }
        if count == 1 && min < max {
            return Err(DistributionError::Unordered);
        }
        Ok(Self { points: kept, last: count.saturating_sub(1) as f64 })
    }

    /// The points around a share, both the same at a point.
    fn around(&self, share: f64) -> ((f64, f64), (f64, f64)) {
        let above = self.points.partition_point(|(at, _)| *at < share - SAME_SHARE);
        let above = above.min(self.points.len() - 1);
        let upper = self.points[above];
        if above == 0 || upper.0 <= share + SAME_SHARE {
            (upper, upper)
        } else {
            (self.points[above - 1], upper)
        }
    }

    /// The smallest sample.
    pub(super) fn min(&self) -> f64 {
        self.points[0].1
    }

    /// The largest sample.
    pub(super) fn max(&self) -> f64 {
        self.points[self.points.len() - 1].1
    }

    /// The value at a share, linear between points, and how far its share may be from the one asked for. The quantile function is
    /// continuous, so it takes that value somewhere between both points. There is no error at points, between
    /// equal values, and where both points lie between the same two samples.
    pub(super) fn value_and_error_at(&self, share: f64) -> (f64, f64) {
        let (lower, upper) = self.around(share);
        let value = value_between(lower, upper, share);
        #[allow(clippy::float_cmp, reason = "ties are equal to the last bit")]
        let is_flat = lower.1 == upper.1;
        let next_sample = (lower.0 * self.last + SAME_POSITION).floor() + 1.0;
        if is_flat || upper.0 * self.last <= next_sample + SAME_POSITION {
            return (value, 0.0);
        }
        (value, (share - lower.0).max(upper.0 - share))
    }

    /// Between which values the sample of this rank lies: as [`Self::runs`] knows it, without all others.
    pub(super) fn bounds_of(&self, rank: u64, count: u64) -> (f64, f64) {
        let index = self.points.partition_point(|(share, _)| {
            let (first_above, is_sample) = self.reached(*share, count);
            first_above + u64::from(is_sample) <= rank
        });
        let index = index.min(self.points.len() - 1);
        let (lower, upper) = self.bounds(index);
        let (first_above, _) = self.reached(self.points[index].0, count);
        if first_above > rank { (self.bounds(index.saturating_sub(1)).0, upper) } else { (lower, upper) }
    }

    /// How many samples lie below the position of a share, and whether there is a sample at it.
    fn reached(&self, share: f64, count: u64) -> (u64, bool) {
        let position = share * self.last;
        let nearest = count_of(position + 0.5);
        let is_sample = (position - nearest as f64).abs() <= SAME_POSITION;
        (if is_sample { nearest } else { count_of(position) + 1 }.min(count), is_sample)
    }

    /// What is known of each of the samples.
    pub(super) fn runs(&self, count: u64) -> Runs {
        let mut list = Vec::with_capacity(self.points.len() * 2);
        let mut next = 0;
        for (index, &(share, _)) in self.points.iter().enumerate() {
            let (first_above, is_sample) = self.reached(share, count);
            let (lower, upper) = self.bounds(index);
            if first_above > next {
                let lower = self.bounds(index.saturating_sub(1)).0;
                list.push(Run { lower, upper, count: first_above - next });
                next = first_above;
            }
            if is_sample && next == first_above && next < count {
                list.push(Run { lower, upper, count: 1 });
                next += 1;
            }
        }
        Runs::sorted(list)
    }

    /// Between which values the samples at a point lie. k6 rounds positions (29 % of 101 samples is at
    /// 28.999 999 999 999 996) and so misses a sample by a hair. It does not where the samples around are equal,
    /// nor at the ends.
    fn bounds(&self, index: usize) -> (f64, f64) {
        let (share, value) = self.points[index];
        let before = index.checked_sub(1).and_then(|before| self.points.get(before));
        let (Some((_, before)), Some((_, after))) = (before, self.points.get(index + 1)) else {
            return (value, value);
        };
        if *before >= value || *after <= value {
            return (value, value);
        }
        let off = 2.0 * f64::EPSILON * (value.abs() + share * self.last * (after - before));
        ((value - off).max(*before), (value + off).min(*after))
    }
}

/// The value at a share between two points, or at one.
fn value_between(lower: (f64, f64), upper: (f64, f64), share: f64) -> f64 {
    if lower.0 >= upper.0 {
        return upper.1;
    }
    between(lower.1, upper.1, (share - lower.0) / (upper.0 - lower.0))
}

/// The share itself, however it was computed: `90.1 / 100` is another float than `0.901` may be.
fn plain(share: f64) -> f64 {
    let digits = (share * 1e5).round() / 1e5;
    if (share - digits).abs() <= SAME_SHARE { digits } else { share }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position is not negative")]
/// The whole part of a position.
fn count_of(position: f64) -> u64 {
    position as u64
}
