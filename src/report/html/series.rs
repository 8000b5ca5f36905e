//! A run by time in few bytes: four significant digits are more than a chart shows.

use serde::{Serialize, Serializer};
use serde_json::Number;

use crate::report::value;
use crate::report::view::{ResultView, TimelineView};

/// The lines of one run; every list has one value a slot. Values are shortened where they are written.
#[derive(Debug, Serialize)]
pub(super) struct Lines<'a> {
    /// When each slot ends, in seconds.
    seconds: Moments<'a>,
    rate: Values<'a>,
    p50: Values<'a>,
    p95: Values<'a>,
    p99: Values<'a>,
    failed: Values<'a>,
    vus: Values<'a>,
    /// First and last second of what is measured, where that is not the whole run.
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<(Number, Number)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    server: Vec<ServerLine<'a>>,
}

#[derive(Debug, Serialize)]
struct ServerLine<'a> {
    name: &'a str,
    unit: &'a str,
    seconds: Points<'a>,
    values: Points<'a>,
}

/// The lines of a result, if it was watched.
pub(super) fn of(result: &ResultView) -> Option<Lines<'_>> {
    let TimelineView { run, server, .. } = result.timeline.as_ref()?;
    let window = result.measured.window.as_ref().zip(run.scenarios_seconds);
    let server = server.iter().map(|line| ServerLine {
        name: &line.name,
        unit: &line.unit,
        seconds: Points { points: &line.points, part: |point| point.0 },
        values: Points { points: &line.points, part: |point| point.1 },
    });
    Some(Lines {
        seconds: Moments(&run.seconds),
        rate: Values(&run.rate),
        p50: Values(&run.p50),
        p95: Values(&run.p95),
        p99: Values(&run.p99),
        failed: Values(&run.failed),
        vus: Values(&run.vus),
        window: window.and_then(|(window, begin)| {
            let (from, until) = window.bounds_seconds;
            Some((short(begin + from)?, short(begin + until)?))
        }),
        server: server.collect(),
    })
}

#[derive(Debug)]
struct Moments<'a>(&'a [f64]);

impl Serialize for Moments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().filter_map(|at| short(*at)))
    }
}

#[derive(Debug)]
struct Values<'a>(&'a [Option<f64>]);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|value| value.and_then(short)))
    }
}

/// One part of points of two, where both are finite.
#[derive(Debug)]
struct Points<'a> {
    points: &'a [(f64, f64)],
    part: fn(&(f64, f64)) -> f64,
}

impl Serialize for Points<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let whole = self.points.iter().filter(|(at, value)| at.is_finite() && value.is_finite());
        serializer.collect_seq(whole.map(|point| short((self.part)(point))))
    }
}

/// Powers of ten that floats hold exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// Four significant digits: a whole number and a power of ten, whose quotient or product is the nearest float.
fn short(number: f64) -> Option<Number> {
    let size = number.abs();
    let rounded = if (1e-15..1e15).contains(&size) { usual(number, size) } else { unusual(number, size) };
    value::number(rounded)
}

/// The same by a table of powers.
fn usual(number: f64, size: f64) -> f64 {
    let rounded = if size < 1e3 {
        // The first power that makes it a number of four digits.
        let mut digits = if size < 1.0 { 4 } else { 1 };
        while size * POWERS[digits] < 1e3 && digits < 19 {
            digits += 1;
        }
        // Rounding up may make it five.
        nearest_whole(size * POWERS[digits]) / POWERS[digits]
    } else {
        let mut digits = 0;
        while size / POWERS[digits] >= 1e4 {
            digits += 1;
        }
        nearest_whole(size / POWERS[digits]) * POWERS[digits]
    };
    rounded.copysign(number)
}

/// Of a number of four digits, halves away from zero.
fn nearest_whole(size: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, reason = "below 10,000")]
    let whole = (size + 0.5) as i32;
    f64::from(whole)
}

/// The same for what is nearly nothing or very large.
fn unusual(number: f64, size: f64) -> f64 {
    if size == 0.0 || !size.is_finite() {
        return number;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the power of ten of a float is within 324")]
    let digits = 3 - size.log10().floor() as i32;
    let power = 10_f64.powi(digits.abs());
    let rounded =
        if digits >= 0 { (number * power).round() / power } else { (number / power).round() * power };
    // Beyond what a float holds there is nothing to shorten.
    if rounded.is_finite() { rounded } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits_are_kept_and_written_short() {
        let shown = |number: f64| short(number).expect("finite").to_string();
        let numbers = [0.0, 0.123_456, 12.345_6, -12.345_6, 9_999.6, 123_456.0, 1.234_56e-7, 2.0, 0.1];
        let expected = ["0", "0.1235", "12.35", "-12.35", "10000", "123500", "1.235e-7", "2", "0.1"];
        assert_eq!(numbers.map(shown), expected);
        assert_eq!(short(f64::NAN), None);
        assert_eq!(
            short(f64::MIN_POSITIVE / 4.0).map(|number| number.as_f64()),
            Some(Some(f64::MIN_POSITIVE / 4.0))
        );
    }
}
