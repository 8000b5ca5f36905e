//! The whole distribution of a trend's samples: any percentile and any share can be asked of it later.
//!
//! A grid of percentiles keeps k6's own numbers. Everything else is runs: so many samples somewhere between two
//! values. Samples are runs of one value, buckets are runs, the samples between two percentiles are a run. So
//! distributions merge by putting their runs together, and what is not known of a merged one stays countable.

mod collection;
mod encoding;
mod grid;
mod precision;
mod runs;
#[cfg(test)]
mod real_k6;
#[cfg(test)]
mod tests;

pub use collection::{Distributions, decode_distributions, encode_distributions};
use grid::Grid;
pub use precision::{Estimate, Precision};
use runs::{Run, Runs};

/// Shares this near to each other are the same: `95 / 100` and `0.95` are different floats on some ways.
const SAME_SHARE: f64 = 1e-12;

/// The whole distribution of one trend, at least one sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    count: u64,
    mean: f64,
    shape: Shape,
}

/// What is known of the samples.
#[derive(Debug, Clone, PartialEq)]
enum Shape {
    /// All of them.
    Samples(Runs),
    /// Percentiles.
    Grid(Grid),
    /// How many lie in each bucket.
    Histogram(Runs),
    /// What several distributions know, not all of them samples, not all of them histograms.
    Mixture(Runs),
}

/// Why there is no distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DistributionError {
    /// There is not a single sample.
    #[error("a distribution of no samples")]
    Empty,
    /// Not a number, or infinite.
    #[error("a distribution with a value that is no number")]
    NotFinite,
    /// A share beyond 0 to 1, falling percentiles, a bucket whose upper bound is below its lower one.
    #[error("a distribution whose values are not in order")]
    Unordered,
    /// More samples than can be counted.
    #[error("a distribution of more samples than can be counted")]
    TooMany,
    /// The bytes end too early.
    #[error("a stored distribution is cut")]
    Cut,
    /// The bytes are of a form that this howitzer does not know.
    #[error("a stored distribution has the unknown version {0}")]
    Version(u8),
    /// The bytes say what cannot be.
    #[error("a stored distribution is damaged")]
    Damaged,
}

impl Distribution {
    /// From percentiles as k6 has them: linear between all sorted samples, `(share from 0 to 1, value)` by
    /// rising share. The shares 0 and 1 are `min` and `max`, and need not be among the points.
    pub fn of_grid(
        count: u64,
        mean: f64,
        min: f64,
        max: f64,
        points: &[(f64, f64)],
    ) -> Result<Self, DistributionError> {
        if count == 0 {
            return Err(DistributionError::Empty);
        }
        let grid = Grid::new(count, min, max, points)?;
        Self::checked(count, mean, Shape::Grid(grid))
    }

    /// From all samples, in any order.
    pub fn of_samples(mut samples: Vec<f64>) -> Result<Self, DistributionError> {
        if samples.iter().any(|sample| !sample.is_finite()) {
            return Err(DistributionError::NotFinite);
        }
        samples.sort_unstable_by(f64::total_cmp);
        let count = samples.len() as u64;
        let mean = samples.iter().map(|sample| sample / count as f64).sum();
        let runs = Runs::new(samples.into_iter().map(Run::of).collect())?;
        Self::checked(count, mean, Shape::Samples(runs))
    }

    /// From a histogram's buckets `(lower, upper, count)` in any order, and the sum of all samples. Whether
    /// the bounds themselves are in a bucket makes no difference. A bucket of zeros is `(0, 0, count)`.
    pub fn of_histogram(buckets: &[(f64, f64, u64)], sum: f64) -> Result<Self, DistributionError> {
        let runs = buckets.iter().map(|&(lower, upper, count)| Run { lower, upper, count });
        let runs = Runs::new(runs.collect())?;
        let count = runs.count();
        Self::checked(count, sum / count as f64, Shape::Histogram(runs))
    }

    /// The distribution of all samples of several together: the count-weighted mean of their cumulative
    /// functions, inverted. Percentiles are never averaged. The order of the parts and how they are
    /// grouped make no difference.
    pub fn mix<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Result<Self, DistributionError> {
        let parts: Vec<&Self> = parts.into_iter().collect();
        if let [only] = parts.as_slice() {
            return Ok((*only).clone());
        }
        let runs = Runs::new(parts.iter().flat_map(|part| part.runs().into_owned().into_list()).collect())?;
        let count = runs.count();
        let mean = parts.iter().map(|part| part.mean * (part.count as f64 / count as f64)).sum();
        let all = |is: fn(&Shape) -> bool| parts.iter().all(|part| is(&part.shape));
        let shape = if all(|shape| matches!(shape, Shape::Samples(_))) {
            Shape::Samples(runs)
        } else if all(|shape| matches!(shape, Shape::Histogram(_))) {
            Shape::Histogram(runs)
        } else {
            Shape::Mixture(runs)
        };
        Self::checked(count, mean, shape)
    }

    fn checked(count: u64, mean: f64, shape: Shape) -> Result<Self, DistributionError> {
        if mean.is_finite() { Ok(Self { count, mean, shape }) } else { Err(DistributionError::NotFinite) }
    }

    /// How many samples there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their mean, in the metric's unit.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The smallest sample; of a histogram the lower bound of its first bucket.
    pub fn min(&self) -> f64 {
        match &self.shape {
            Shape::Grid(grid) => grid.min(),
            Shape::Samples(runs) | Shape::Histogram(runs) | Shape::Mixture(runs) => runs.bounds_of(0).0,
        }
    }

    /// The largest sample; of a histogram the upper bound of its last bucket.
    pub fn max(&self) -> f64 {
        match &self.shape {
            Shape::Grid(grid) => grid.max(),
            Shape::Samples(runs) | Shape::Histogram(runs) | Shape::Mixture(runs) => {
                runs.bounds_of(self.count - 1).1
            }
        }
    }

    /// The value at `percent` (0 to 100) of the samples, linear between sorted samples as in k6 (the
    /// seventh definition of Hyndman and Fan 1996); `None` outside that range.
    pub fn percentile(&self, percent: f64) -> Option<Estimate> {
        let share = percent / 100.0;
        if !(0.0..=1.0).contains(&share) {
            return None;
        }
        Some(match &self.shape {
            Shape::Samples(runs) => Estimate::exact(runs.quantile_bounds(share).0),
            Shape::Grid(grid) => {
                let (value, error) = grid.value_and_error_at(share);
                Estimate { value, precision: Precision::interpolated(error) }
            }
            Shape::Histogram(runs) => {
                let (lower, upper) = runs.quantile_bounds(share);
                Estimate::between(lower, upper)
            }
            Shape::Mixture(runs) => {
                let value = runs.likely_quantile(share);
                Estimate { value, precision: Precision::Merged(runs.rank_error(value, share)) }
            }
        })
    }

    /// The share (0 to 1) of the samples that are below `value`, which is how much of a service level
    /// objective "under `value`" is attained. A sample that equals `value` is not below it.
    /// `None` where `value` is no number.
    pub fn share_below(&self, value: f64) -> Option<Estimate> {
        if value.is_nan() {
            return None;
        }
        let (lower, likely, upper) = self.runs().below(value);
        let total = self.count as f64;
        let error = (likely - lower as f64).max(upper as f64 - likely) / total;
        let precision = match self.shape {
            Shape::Mixture(_) => Precision::Merged(error),
            _ => Precision::interpolated(error),
        };
        Some(Estimate { value: likely / total, precision })
    }

    /// Between which values the sample of this rank lies, the smallest being 0; `None` beyond the last one.
    pub fn sample_bounds(&self, rank: u64) -> Option<(f64, f64)> {
        (rank < self.count).then(|| match &self.shape {
            Shape::Samples(runs) | Shape::Histogram(runs) | Shape::Mixture(runs) => runs.bounds_of(rank),
            Shape::Grid(grid) => grid.bounds_of(rank, self.count),
        })
    }

    fn runs(&self) -> std::borrow::Cow<'_, Runs> {
        use std::borrow::Cow;
        match &self.shape {
            Shape::Samples(runs) | Shape::Histogram(runs) | Shape::Mixture(runs) => Cow::Borrowed(runs),
            Shape::Grid(grid) => Cow::Owned(grid.runs(self.count)),
        }
    }
}
