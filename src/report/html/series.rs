//! A run by time in few bytes: four significant digits are more than a chart shows.

use serde::Serialize;
use serde_json::Number;

use crate::report::value;
use crate::report::view::{ResultView, TimelineView};

/// The lines of one run; every list has one value a slot.
#[derive(Debug, Serialize)]
pub(super) struct Lines {
    /// When each slot ends, in seconds.
    seconds: Vec<Number>,
    rate: Vec<Option<Number>>,
    p50: Vec<Option<Number>>,
    p95: Vec<Option<Number>>,
    p99: Vec<Option<Number>>,
    failed: Vec<Option<Number>>,
    vus: Vec<Option<Number>>,
    /// First and last second of what is measured, where that is not the whole run.
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<(Number, Number)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    server: Vec<ServerLine>,
}

#[derive(Debug, Serialize)]
struct ServerLine {
    name: String,
    unit: String,
    seconds: Vec<Number>,
    values: Vec<Number>,
}

/// The lines of a result, if it was watched.
pub(super) fn of(result: &ResultView) -> Option<Lines> {
    let TimelineView { run, server, .. } = result.timeline.as_ref()?;
    let window = result.measured.window.as_ref().zip(run.scenarios_seconds);
    let server = server.iter().map(|line| ServerLine {
        name: line.name.clone(),
        unit: line.unit.clone(),
        seconds: line.points.iter().filter_map(|(at, _)| short(*at)).collect(),
        values: line.points.iter().filter_map(|(_, found)| short(*found)).collect(),
    });
    Some(Lines {
        seconds: run.seconds.iter().filter_map(|at| short(*at)).collect(),
        rate: numbers(&run.rate),
        p50: numbers(&run.p50),
        p95: numbers(&run.p95),
        p99: numbers(&run.p99),
        failed: numbers(&run.failed),
        vus: numbers(&run.vus),
        window: window.and_then(|(window, begin)| {
            let (from, until) = window.bounds_seconds;
            Some((short(begin + from)?, short(begin + until)?))
        }),
        server: server.collect(),
    })
}

fn numbers(values: &[Option<f64>]) -> Vec<Option<Number>> {
    values.iter().map(|value| value.and_then(short)).collect()
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
    if size < 1e3 {
        // The first power that makes it a number of four digits.
        let mut digits = if size < 1.0 { 4 } else { 1 };
        while size * POWERS[digits] < 1e3 && digits < 19 {
            digits += 1;
        }
        // Rounding up may make it five.
        return (number * POWERS[digits]).round() / POWERS[digits];
    }
    let mut digits = 0;
    while size / POWERS[digits] >= 1e4 {
        digits += 1;
    }
    (number / POWERS[digits]).round() * POWERS[digits]
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
