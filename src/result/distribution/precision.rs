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
    /// Linear between percentiles of k6: the share of samples that it stands for may be off by this.
    Interpolated(f64),
    /// From several distributions, whose shares may be off by this.
    Merged(f64),
    /// From shares that k6 posts without counts.
    Estimated,
    /// From the buckets of a histogram: the value may be off by this share of itself.
    Histogram(f64),
}

/// A number and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// In the metric's unit, or a share.
    pub value: f64,
    /// How sure it is.
    pub precision: Precision,
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact => f.write_str("exact"),
            Self::Estimated => f.write_str("estimated"),
            Self::Interpolated(error) => write!(f, "interpolated, rank error ≤ {}", percent(*error)),
            Self::Merged(error) => write!(f, "merged, rank error ≤ {}", percent(*error)),
            Self::Histogram(width) => write!(f, "± {} (histogram)", percent(*width)),
        }
    }
}

/// With three significant digits, so that a bound is never rounded to nothing.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent == 0.0 {
        return "0 %".to_owned();
    }
    #[allow(clippy::cast_possible_truncation, reason = "a logarithm of a float is small")]
    let places = (2 - percent.abs().log10().floor() as i32).clamp(0, 9);
    let digits = format!("{percent:.*}", usize::try_from(places).unwrap_or(0));
    let digits =
        if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { &digits };
    format!("{digits} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_reads_how_sure_a_number_is() {
        let words = [
            (Precision::Exact, "exact"),
            (Precision::Merged(0.000_1), "merged, rank error ≤ 0.01 %"),
            (Precision::Interpolated(0.01), "interpolated, rank error ≤ 1 %"),
            (Precision::Histogram(0.05), "± 5 % (histogram)"),
        ];
        for (precision, word) in words {
            assert_eq!(precision.to_string(), word);
        }
    }
}
