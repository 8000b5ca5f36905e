//! Student's t distribution, exactly, for whole degrees of freedom.

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

/// Above this the normal limit's correction is exact to eight digits.
const LARGE: usize = 2000;

/// The value that |t| exceeds with 5 % probability; none without degrees of freedom.
pub(super) fn critical(freedom: usize) -> Option<f64> {
    match freedom {
        0 => None,
        freedom if freedom > LARGE => Some(near_normal(freedom as f64)),
        freedom => Some(inverse(freedom, 0.95)),
    }
}

/// P(|t| ≤ √ν · tan θ), a finite sum (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4).
fn within(freedom: usize, angle: f64) -> f64 {
    let (sin, cos) = angle.sin_cos();
    let square = cos * cos;
    let is_odd = freedom % 2 == 1;
    let (mut term, mut sum, mut step) = (if is_odd { cos } else { 1.0 }, 0.0, usize::from(is_odd));
    while step + 2 <= freedom {
        sum += term;
        step += 2;
        // Odd: 2/3, 4/5, …; even: 1/2, 3/4, …
        term *= square * ((step - 1) as f64 / step as f64);
    }
    if is_odd { FRAC_2_PI * (angle + sin * sum) } else { sin * sum }
}

/// Halves the range of the angle until floats have no number between.
fn inverse(freedom: usize, probability: f64) -> f64 {
    let (mut low, mut high) = (0.0, FRAC_PI_2);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if within(freedom, middle) < probability { low = middle } else { high = middle }
    }
    (freedom as f64).sqrt() * f64::midpoint(low, high).tan()
}

/// The expansion round the normal quantile (Abramowitz and Stegun 1964, 26.7.5).
fn near_normal(freedom: f64) -> f64 {
    let z = super::NORMAL_95;
    let first = (z.powi(3) + z) / 4.0;
    let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    z + first / freedom + second / freedom.powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scipy_says_the_same() {
        for pair in crate::result::scipy()["student"].as_array().expect("pairs") {
            let freedom = usize::try_from(pair[0].as_u64().expect("whole")).expect("small");
            let (told, truth) = (critical(freedom).expect("some"), pair[1].as_f64().expect("a number"));
            assert!((told / truth - 1.0).abs() < 1e-10, "{freedom}: {told}, not {truth}");
        }
        assert_eq!(critical(0), None);
    }

    #[test]
    fn the_exact_sum_and_the_expansion_meet() {
        assert!((inverse(LARGE, 0.95) / near_normal(LARGE as f64) - 1.0).abs() < 1e-9);
    }
}
