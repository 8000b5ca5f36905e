//! The distribution of a trend's samples, kept whole: any percentile and any share can be had later.
//!
//! It is a quantile function, linear between points. k6's percentiles are linear between its sorted samples
//! (the seventh definition of Hyndman and Fan, Sample Quantiles in Statistical Packages, 1996), so at
//! the points of a grid they are k6's own. Distributions are merged by mixture: the count-weighted mean of their
//! cumulative functions, inverted; percentiles are never averaged.

mod collection;
mod encoding;
mod mixture;
mod precision;

pub use collection::{Distributions, decode_distributions, encode_distributions};
pub use encoding::EncodingError;
pub use precision::{Estimate, Precision};

/// A share of the samples and the value below which it lies.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Point {
    /// From 0 to 1.
    share: f64,
    /// In the metric's unit.
    value: f64,
    /// How far the true share may be from this one.
    error: f64,
}

/// The whole distribution of one trend.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    count: u64,
    mean: f64,
    /// At least one; shares and values never fall.
    points: Vec<Point>,
    source: Source,
}

/// What a distribution was made from.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Source {
    /// Percentiles.
    Ranks,
    /// All samples.
    Samples,
    /// Buckets so wide, as a share of the value.
    Buckets(f64),
    /// Several distributions without buckets.
    Mixture,
}

impl Distribution {
    /// From percentiles as `(share from 0 to 1, value)`, ascending, from the least to the greatest sample. None
    /// where there is no sample, a number is not finite, or they are not in order.
    pub fn of_grid(count: u64, mean: f64, points: impl IntoIterator<Item = (f64, f64)>) -> Option<Self> {
        let points = points.into_iter().map(|(share, value)| Point { share, value, error: 0.0 });
        Self::checked(count, mean, points.collect(), Source::Ranks)
    }

    /// From all samples.
    pub fn of_samples(mut samples: Vec<f64>) -> Option<Self> {
        samples.sort_by(f64::total_cmp);
        let last = samples.len().saturating_sub(1).max(1) as f64;
        let mean = samples.iter().sum::<f64>() / samples.len() as f64;
        let point =
            |(index, value): (usize, &f64)| Point { share: index as f64 / last, value: *value, error: 0.0 };
        let points = samples.iter().enumerate().map(point).collect();
        Self::checked(samples.len() as u64, mean, points, Source::Samples)
    }

    /// From buckets `(lower, upper, count)`, ascending, `width` wide as a share of the value, and the sum of
    /// all samples.
    pub fn of_buckets(buckets: &[(f64, f64, f64)], sum: f64, width: f64) -> Option<Self> {
        let total: f64 = buckets.iter().map(|(_, _, count)| count).sum();
        if total <= 0.0 {
            return None;
        }
        let mut below = 0.0;
        let mut points = Vec::with_capacity(buckets.len() * 2);
        for (lower, upper, count) in buckets.iter().filter(|(_, _, count)| *count > 0.0) {
            points.push(Point { share: below / total, value: *lower, error: 0.0 });
            below += count;
            points.push(Point { share: (below / total).min(1.0), value: *upper, error: 0.0 });
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive count")]
        Self::checked(total.round() as u64, sum / total, points, Source::Buckets(width))
    }

    fn checked(count: u64, mean: f64, points: Vec<Point>, source: Source) -> Option<Self> {
        let is_known = |point: &Point| point.value.is_finite() && (0.0..=1.0).contains(&point.share);
        let ascends = |pair: &[Point]| pair[0].share <= pair[1].share && pair[0].value <= pair[1].value;
        let holds = count > 0
            && mean.is_finite()
            && !points.is_empty()
            && points.iter().all(is_known)
            && points.windows(2).all(ascends);
        holds.then_some(Self { count, mean, points, source })
    }

    /// How many samples there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their mean.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The smallest one, as far as the source tells.
    pub fn min(&self) -> f64 {
        self.points[0].value
    }

    /// The largest one, as far as the source tells.
    pub fn max(&self) -> f64 {
        self.points[self.points.len() - 1].value
    }

    /// The value below which `percent` (0 to 100) of the samples lie; none outside that range.
    pub fn percentile(&self, percent: f64) -> Option<Estimate> {
        if !(0.0..=100.0).contains(&percent) {
            return None;
        }
        let share = percent / 100.0;
        // The nearest float of a share may lie a hair beside the one that the grid was made with.
        let at = self.points.partition_point(|point| point.share < share - 1e-12);
        let upper = self.points.get(at).or(self.points.last())?;
        let lower = self.points[at.saturating_sub(1)];
        if at == 0 || (upper.share - share).abs() <= 1e-12 {
            return Some(self.estimate(upper.value, upper.error));
        }
        let gap = upper.share - lower.share;
        let part = if gap > 0.0 { ((share - lower.share) / gap).clamp(0.0, 1.0) } else { 1.0 };
        let value = lower.value + part * (upper.value - lower.value);
        // Between two equal values there is no other.
        let is_step = lower.value >= upper.value;
        let gap = if is_step || self.is_every_sample() { 0.0 } else { gap };
        let error = gap + lower.error.max(upper.error);
        Some(self.estimate(value, error))
    }

    /// The share of the samples that are not above `value`.
    pub fn share_below(&self, value: f64) -> Estimate {
        let Rank { share, error } = self.rank(value);
        self.estimate(share, error)
    }

    /// The cumulative function and how far off it may be.
    fn rank(&self, value: f64) -> Rank {
        let at = self.points.partition_point(|point| point.value <= value);
        let Some(lower) = at.checked_sub(1).map(|below| self.points[below]) else {
            return Rank { share: 0.0, error: 0.0 };
        };
        let Some(upper) = self.points.get(at) else { return Rank { share: 1.0, error: 0.0 } };
        let span = upper.value - lower.value;
        let part = if span > 0.0 { (value - lower.value) / span } else { 0.0 };
        let gap = upper.share - lower.share;
        let off = if self.is_every_sample() { 0.0 } else { gap };
        Rank { share: lower.share + part * gap, error: off + lower.error.max(upper.error) }
    }

    fn is_every_sample(&self) -> bool {
        self.source == Source::Samples
    }

    fn estimate(&self, value: f64, error: f64) -> Estimate {
        let precision = match self.source {
            Source::Buckets(width) => Precision::Histogram(width / 2.0),
            Source::Mixture => Precision::Merged(error),
            Source::Ranks if error > 0.0 => Precision::Interpolated(error),
            Source::Ranks | Source::Samples => Precision::Exact,
        };
        Estimate { value, precision }
    }
}

/// A share and how far off it may be.
#[derive(Debug, Clone, Copy)]
struct Rank {
    share: f64,
    error: f64,
}

#[cfg(test)]
mod tests;
