//! How alike neighbouring slots are once drift is taken out of them.

use crate::result::trials::median;

/// The lag-1 autocorrelation of what is left.
pub(super) struct Noise {
    correlation: f64,
}

impl Noise {
    /// Of what is left of a line.
    pub(super) fn around_line(values: &[f64], slope: f64) -> Self {
        let rest = values.iter().enumerate().map(|(at, value)| value - slope * at as f64);
        Self::of(&rest.collect::<Vec<_>>())
    }

    /// Of what is left of two levels.
    pub(super) fn around_levels(before: &[f64], after: &[f64]) -> Self {
        let rest = |part: &[f64]| {
            let level = median(part);
            part.iter().map(|value| value - level).collect::<Vec<_>>()
        };
        Self::of(&[rest(before), rest(after)].concat())
    }

    /// By ranks, so that an outlier does not hide that its neighbours are alike; corrected for the bias of short
    /// series (Kendall 1954): r + (1 + 3 r) / n.
    fn of(rest: &[f64]) -> Self {
        let count = rest.len() as f64;
        let ranks = super::rank_tests::ranks(rest);
        let mean = f64::midpoint(count, 1.0);
        let square: f64 = ranks.iter().map(|rank| (rank - mean).powi(2)).sum();
        let product: f64 = ranks.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
        let raw = if square > 0.0 { product / square } else { 0.0 };
        Self { correlation: (raw + (1.0 + 3.0 * raw) / count).clamp(0.0, 0.95) }
    }

    /// By how much the standard error of a statistic of `count` slots grows (Bayley and Hammersley 1946; Yue
    /// and Wang 2004 for the trend test): √(1 + 2 Σ (1 − k/n) rᵏ).
    pub(super) fn inflation(&self, count: usize) -> f64 {
        let count_f = count as f64;
        let (mut power, mut sum) = (1.0, 0.0);
        for lag in 1..count {
            power *= self.correlation;
            if power < 1e-9 {
                break;
            }
            sum += (1.0 - lag as f64 / count_f) * power;
        }
        (1.0 + 2.0 * sum).sqrt()
    }
}
