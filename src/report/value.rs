//! A value with its unit, for people: `1.23ms`, `12.4 kB`, `34.1/s`, `99.82%`.

use crate::result::{Metric, MetricKind};

/// A statistic of a metric with the unit that it has there.
pub(super) fn shown(metric: &Metric, statistic: &str, value: f64) -> String {
    match (metric.kind, statistic) {
        (MetricKind::Rate, "rate") => share(value),
        (_, "passes" | "fails") | (MetricKind::Trend, "count") => plain(value),
        (MetricKind::Counter, "rate") => per_second(value, &metric.unit),
        _ => amount(value, &metric.unit),
    }
}

/// A value in one of k6's units: `ms`, `bytes`, or none.
pub(super) fn amount(value: f64, unit: &str) -> String {
    match unit {
        "ms" => duration(value),
        "bytes" => bytes(value),
        "" | "1" => plain(value),
        other => format!("{} {other}", plain(value)),
    }
}

/// Milliseconds in the largest unit below them: `380ns`, `14.5µs`, `1.23ms`, `4.06s`, `1m02.5s`.
pub(super) fn duration(milliseconds: f64) -> String {
    let sign = if milliseconds < 0.0 { "-" } else { "" };
    let size = milliseconds.abs();
    if size == 0.0 {
        return "0s".to_owned();
    }
    // Each limit is where rounding to two decimals would show the next unit's 1.
    let text = match size {
        _ if size < 0.000_999_995 => format!("{}ns", trimmed(size * 1e6, 2)),
        _ if size < 0.999_995 => format!("{}µs", trimmed(size * 1e3, 2)),
        _ if size < 999.995 => format!("{}ms", trimmed(size, 2)),
        _ if size < 59_995.0 => format!("{}s", trimmed(size / 1e3, 2)),
        _ => minutes(size),
    };
    format!("{sign}{text}")
}

fn minutes(milliseconds: f64) -> String {
    let tenths = (milliseconds / 100.0).round();
    let minutes = (tenths / 600.0).floor();
    format!("{minutes}m{:04.1}s", (tenths - minutes * 600.0) / 10.0)
}

/// Bytes in powers of 1000, as k6 shows them: `750 B`, `12.4 kB`.
pub(super) fn bytes(value: f64) -> String {
    const UNITS: [&str; 6] = ["B", "kB", "MB", "GB", "TB", "PB"];
    let mut scaled = value;
    let mut unit = 0;
    while scaled.abs() >= 999.95 && unit + 1 < UNITS.len() {
        scaled /= 1000.0;
        unit += 1;
    }
    format!("{} {}", trimmed(scaled, 1), UNITS[unit])
}

/// A rate: `34.1/s`, `1.2 kB/s`.
pub(super) fn per_second(value: f64, unit: &str) -> String {
    let text = match unit {
        "bytes" => bytes(value),
        _ => match value.abs() {
            0.0 => "0".to_owned(),
            size if size < 0.1 => trimmed(value, 4),
            size if size < 10.0 => trimmed(value, 2),
            size if size < 1000.0 => trimmed(value, 1),
            _ => trimmed(value, 0),
        },
    };
    format!("{text}/s")
}

/// A share of 0 to 1 in percent. What is not quite none or all never reads as none or all.
pub(super) fn share(value: f64) -> String {
    match value {
        _ if value > 0.0 && value < 0.000_05 => "<0.01%".to_owned(),
        _ if (0.999_95..1.0).contains(&value) => ">99.99%".to_owned(),
        _ => format!("{:.2}%", value * 100.0),
    }
}

/// A number without a unit, with at most four decimals.
pub(super) fn plain(value: f64) -> String {
    trimmed(value, 4)
}

/// The value as a JSON number, whole ones without a fraction; none where it is not finite.
pub(super) fn number(value: f64) -> Option<serde_json::Number> {
    const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53: above it f64 skips whole numbers
    #[expect(clippy::cast_possible_truncation, reason = "only used where nothing is lost")]
    let whole = value as i64;
    #[expect(clippy::float_cmp, reason = "whole or not")]
    if whole as f64 == value && value.abs() <= EXACT {
        return Some(whole.into());
    }
    serde_json::Number::from_f64(value)
}

fn trimmed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let short = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_take_the_largest_unit_below_them() {
        let shown =
            [0.0, 0.000_38, 0.0145, 1.234, 202.5, 999.999, 4060.0, 59_999.0, 62_500.0, -3.0].map(duration);
        assert_eq!(
            shown,
            ["0s", "380ns", "14.5µs", "1.23ms", "202.5ms", "1s", "4.06s", "1m00.0s", "1m02.5s", "-3ms"]
        );
    }

    #[test]
    fn bytes_and_rates_are_short() {
        assert_eq!([0.0, 750.0, 12_444.0, 999_990.0].map(bytes), ["0 B", "750 B", "12.4 kB", "1 MB"]);
        let rates = [0.0, 0.0123, 9.8727, 34.12, 17_034.4].map(|value| per_second(value, "1"));
        assert_eq!(rates, ["0/s", "0.0123/s", "9.87/s", "34.1/s", "17034/s"]);
        assert_eq!(per_second(1243.9, "bytes"), "1.2 kB/s");
    }

    #[test]
    fn a_share_that_is_not_all_does_not_read_as_all() {
        let shown = [0.0, 0.000_01, 0.5, 0.9982, 0.999_999, 1.0].map(share);
        assert_eq!(shown, ["0.00%", "<0.01%", "50.00%", "99.82%", ">99.99%", "100.00%"]);
    }

    #[test]
    fn numbers_for_machines_are_finite_and_whole_ones_have_no_fraction() {
        assert_eq!(number(10.0).map(|n| n.to_string()).as_deref(), Some("10"));
        assert_eq!(number(0.25).map(|n| n.to_string()).as_deref(), Some("0.25"));
        assert_eq!(number(f64::NAN), None);
        assert_eq!(number(f64::INFINITY), None);
    }
}
