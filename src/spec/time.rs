//! Durations as k6's options take them: `1m30s`, `1d2h`, `-5s`, or a number of milliseconds, bare or as
//! text. Measured with 0.57.0 and 1.1.0.

use super::scalar::number;
use crate::base::document::{Item, Tree};
use crate::base::duration;

/// The duration in seconds; none where k6 would not read it.
pub(super) fn seconds(item: &Item) -> Option<f64> {
    let seconds = match &item.tree {
        Tree::Integer(millis) => Some(*millis as f64 / 1000.0),
        Tree::Float(millis) => Some(millis / 1000.0),
        Tree::Text(text) => of_text(text),
        _ => None,
    };
    // k6 counts nanoseconds in 64 bits.
    seconds.filter(|seconds| seconds.abs() < 9.2e9)
}

/// Whether text says how long an answer of DNS is kept: `inf`, or a duration of at least 0.
pub(super) fn is_time_to_live(item: &Item) -> bool {
    let Some(text) = item.as_text() else { return false };
    matches!(text, "" | "inf") || seconds(item).is_some_and(|seconds| seconds >= 0.0)
}

fn of_text(text: &str) -> Option<f64> {
    if let Some(millis) = number(text) {
        return Some(millis / 1000.0);
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    // Days are k6's own addition to Go's durations: whole, once, in front.
    let (days, rest) = match rest.split_once('d') {
        Some((days, rest)) => (f64::from(days.parse::<u32>().ok()?), rest),
        None => (0.0, rest),
    };
    let padded = rest.starts_with(char::is_whitespace) || rest.ends_with(char::is_whitespace);
    let within_the_day = match rest {
        "" if days > 0.0 => 0.0,
        _ if padded || rest.contains('d') => return None,
        _ => duration::parse(rest)?.as_secs_f64(),
    };
    Some(sign * (days * 86400.0 + within_the_day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_k6_reads_them() {
        // Each measured with `k6 inspect --execution-requirements` of both versions.
        let cases = [
            ("1m30s", Some(90.0)),
            ("1000", Some(1.0)),
            ("1e3", Some(1.0)),
            ("1d2h", Some(93600.0)),
            ("+1s", Some(1.0)),
            ("-1s", Some(-1.0)),
            (".5s", Some(0.5)),
            ("1d.5h", Some(88200.0)),
            ("1μs", Some(1e-6)),
        ];
        for (text, seconds) in cases {
            assert_eq!(of_text(text), seconds, "{text}");
        }
        for wrong in
            ["", "abc", "1 s", " 1s", "1s ", "1S", "1.5d", "1h1d", "1d1d", "1dd", "d", "5d5", "1s1", "1d-1h"]
        {
            assert_eq!(of_text(wrong), None, "{wrong}");
        }
    }
}
