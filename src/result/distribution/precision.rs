//! How sure a number is, in words.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How sure a number is.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// k6's own number, or counted from every sample.
    #[default]
    Exact,
    /// Between two percentiles of k6, or within a bucket: the share of samples may be off by this, 0 to 1.
    Interpolated(f64),
    /// From several distributions: the share of samples may be off by this, 0 to 1.
    Merged(f64),
    /// From shares that k6 posts without counts.
    Estimated,
    /// From the buckets of a histogram: the value may be off by this share of the true one.
    Histogram(f64),
}

/// A number and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// In the metric's unit, or a share from 0 to 1.
    pub value: f64,
    /// How sure it is.
    pub precision: Precision,
}

impl Precision {
    /// Exact where the error is zero.
    pub(super) fn interpolated(error: f64) -> Self {
        if error > 0.0 { Self::Interpolated(error) } else { Self::Exact }
    }
}

impl Estimate {
    pub(super) fn exact(value: f64) -> Self {
        Self { value, precision: Precision::Exact }
    }

    /// Of a value that lies between two bounds: their geometric mean, which is as far from the one as from
    /// the other in relation to the true value, `√(upper / lower) − 1` at most. Bounds on both sides of zero
    /// have no such mean; of these it is the middle, off by all of it.
    pub(super) fn between(lower: f64, upper: f64) -> Self {
        if lower >= upper {
            return Self { value: lower, precision: Precision::Histogram(0.0) };
        }
        if lower <= 0.0 && upper >= 0.0 {
            return Self { value: f64::midpoint(lower, upper), precision: Precision::Histogram(1.0) };
        }
        let (near, far) = (lower.abs().min(upper.abs()).sqrt(), lower.abs().max(upper.abs()).sqrt());
        let value = (near * far).copysign(lower);
        Self { value, precision: Precision::Histogram(far / near - 1.0) }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact => f.write_str("exact"),
            Self::Estimated => f.write_str("estimated"),
            Self::Interpolated(error) => write!(f, "interpolated, rank error ≤ {}", percent(*error, 2)),
            Self::Merged(error) => write!(f, "merged, rank error ≤ {}", percent(*error, 2)),
            Self::Histogram(width) => write!(f, "± {} (histogram)", percent(*width, 1)),
        }
    }
}

/// With so many significant digits, rounded up, because it is a bound.
fn percent(share: f64, digits: i32) -> String {
    let percent = share * 100.0;
    if percent <= 0.0 {
        return "0 %".to_owned();
    }
    #[allow(clippy::cast_possible_truncation, reason = "a logarithm of a float is small")]
    let places = (digits - 1 - percent.log10().floor() as i32).clamp(0, 12);
    let unit = 10_f64.powi(places);
    // What is a hair above a digit only by the rounding of floats stays at it.
    let rounded = (percent * unit * (1.0 - 1e-9)).ceil() / unit;
    format!("{rounded} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_reads_how_sure_a_number_is() {
        let words = [
            (Precision::Exact, "exact"),
            (Precision::Merged(0.000_1), "merged, rank error ≤ 0.01 %"),
            (Precision::Merged(0.0), "merged, rank error ≤ 0 %"),
            (Precision::Interpolated(0.005), "interpolated, rank error ≤ 0.5 %"),
            (Precision::Histogram(2_f64.powf(1.0 / 16.0) - 1.0), "± 5 % (histogram)"),
            (Precision::Histogram(1.1_f64.sqrt() - 1.0), "± 5 % (histogram)"),
        ];
        for (precision, word) in words {
            assert_eq!(precision.to_string(), word);
        }
    }

    #[test]
    fn a_bound_is_rounded_up() {
        assert_eq!(Precision::Merged(0.012_31).to_string(), "merged, rank error ≤ 1.3 %");
        assert_eq!(Precision::Histogram(0.050_1).to_string(), "± 6 % (histogram)");
    }

    #[test]
    fn the_middle_of_two_bounds_is_equally_far_from_both() {
        for (lower, upper) in [(100.0, 110.0), (-110.0, -100.0)] {
            let Estimate { value, precision: Precision::Histogram(error) } = Estimate::between(lower, upper)
            else {
                panic!("a histogram")
            };
            assert!(((value - lower) / lower).abs() <= error * 1.000_001 && error < 0.05);
            assert!(((value - upper) / upper).abs() <= error * 1.000_001);
        }
    }
}
