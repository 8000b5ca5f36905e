//! What watching costs, as a person reads it: a line for each step, and a table in words.

use std::fmt::Write as _;
use std::time::Duration;

use super::value::{duration, plain};
use crate::base::counted::counted;
use crate::base::duration::human;
use crate::base::printable::one_line;
use crate::execute::{ObserverPrices, ObserverStep};
use crate::result::{Measure, Price, Ratio};

/// A step as lines of talk; `detailed` ones say why each load is in doubt.
pub fn step_lines(step: &ObserverStep, detailed: bool) -> Vec<String> {
    let line = |word: &str, text: &str| format!("{word:>10} {}", one_line(text));
    match step {
        ObserverStep::Preparing { text } => vec![line("prepare", text)],
        ObserverStep::Note { text } => vec![line("note", text)],
        ObserverStep::ObserverStarted {
            url,
            ways,
            sent_to,
            rounds,
            vus,
            duration_seconds,
            seed,
            estimate_seconds,
            k6,
            ..
        } => [
            vec![line("observer", &format!("{k6} against {url}: {}", ways.join("; ")))],
            sent_to.iter().map(|(way, to)| line("sent", &sending(way, to.as_deref()))).collect(),
            vec![line(
                "plan",
                &format!(
                    "{} of two loads of {} a way, one with {} and one at a constant rate; order by seed {seed}; \
                     about {} in all",
                    counted(*rounds as usize, "round"),
                    human(Duration::from_secs_f64(*duration_seconds)),
                    counted(*vus as usize, "virtual user"),
                    human(Duration::from_secs_f64(*estimate_seconds)),
                ),
            )],
        ]
        .concat(),
        ObserverStep::ObserverSaturated { requests_per_second, rate } => vec![line(
            "warm",
            &format!(
                "{} requests/s at saturation; latencies are measured at {rate} requests/s",
                plain(requests_per_second.round())
            ),
        )],
        ObserverStep::ObserverLoaded { round, way, saturated, requests, doubts } => {
            let load = if *saturated { "at saturation" } else { "below saturation" };
            let doubt = match (doubts.is_empty(), detailed) {
                (true, _) => String::new(),
                (false, true) => format!(" ({})", doubts.join("; ")),
                (false, false) => " (in doubt)".to_owned(),
            };
            vec![line(&format!("round {round}"), &format!("{way} {load}: {requests} requests{doubt}"))]
        }
        ObserverStep::ObserverMeasured(prices) => warnings(prices),
    }
}

/// Where a way sends what it sends.
fn sending(way: &str, to: Option<&str>) -> String {
    match to {
        Some(url) => format!("`{way}` sends to {url}, as `howitzer.toml` says"),
        None => format!("`{way}` sends to a sink of howitzer's own on this host, which takes everything"),
    }
}

/// What a person must know before believing the table.
fn warnings(prices: &ObserverPrices) -> Vec<String> {
    let of = |(doubt, count): &(String, usize)| {
        let which = match count {
            1 => format!("one load of {}", prices.loads),
            count => format!("the first of {count} such loads of {}", prices.loads),
        };
        format!("warning: {} ({which})", one_line(doubt))
    };
    prices.doubts.iter().map(of).collect()
}

/// The table: measure by measure, each way against none.
pub fn price_table(prices: &ObserverPrices) -> String {
    let mut text = String::new();
    for measure in Measure::ALL {
        let _ = writeln!(text, "{}", title(measure, prices));
        for price in prices.prices.iter().filter(|price| price.measure == measure) {
            let _ = writeln!(text, "{}", row(price));
        }
    }
    let _ = writeln!(
        text,
        "× is the ratio to the unwatched loads of the same rounds, with its 95 % interval; one such interval in \
         twenty misses the truth"
    );
    if prices.doubted > 0 {
        let _ = writeln!(
            text,
            "{} of {} loads are in doubt: measure again on a quiet machine before relying on this",
            prices.doubted, prices.loads
        );
    }
    text
}

fn title(measure: Measure, prices: &ObserverPrices) -> String {
    let ObserverPrices { vus, rate, .. } = prices;
    match measure {
        Measure::P95 => format!("p95 of http_req_duration at {rate} requests/s"),
        Measure::P99 => format!("p99 of http_req_duration at {rate} requests/s"),
        Measure::Throughput => format!("throughput with {}", counted(*vus as usize, "virtual user")),
        Measure::Cpu => {
            format!("processor time of k6 a request with {}", counted(*vus as usize, "virtual user"))
        }
    }
}

fn row(price: &Price) -> String {
    let value = price.median.map_or_else(|| "not known here".to_owned(), |value| shown(price.measure, value));
    let Some(ratio) = price.ratio else { return format!("  {:<15} {value:>14}", price.way) };
    let Ratio { mean, lower, upper } = ratio;
    let words = words(price.measure, &ratio);
    format!("  {:<15} {value:>14}   × {mean:.3}   {lower:.3} to {upper:.3}   {words}", price.way)
}

fn shown(measure: Measure, value: f64) -> String {
    match measure {
        Measure::P95 | Measure::P99 => duration(value),
        Measure::Throughput => format!("{}/s", plain(value.round())),
        Measure::Cpu => duration(value / 1000.0),
    }
}

/// What the interval says.
fn words(measure: Measure, ratio: &Ratio) -> String {
    if !ratio.shows_difference() {
        return "no difference seen".to_owned();
    }
    let percent = (ratio.mean - 1.0) * 100.0;
    let by = format!("{:.1} %", percent.abs());
    match (measure, percent > 0.0) {
        (Measure::P95 | Measure::P99, true) => format!("{by} slower"),
        (Measure::P95 | Measure::P99, false) => format!("{by} faster"),
        (_, true) => format!("{by} more"),
        (_, false) => format!("{by} less"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::{Observed, prices};

    fn measured(series: &[f64]) -> ObserverPrices {
        let observed = |p95: f64| Observed {
            p95_ms: Some(p95),
            p99_ms: Some(0.5),
            requests_per_second: Some(16_900.4),
            cpu_us_per_request: None,
        };
        let rounds: Vec<_> = series.iter().map(|p95| vec![observed(0.25), observed(*p95)]).collect();
        let prices = prices(&["unwatched", "series"], &rounds);
        ObserverPrices {
            vus: 10,
            rate: 3380,
            prices,
            loads: 12,
            doubted: 2,
            doubts: vec![("other programs used 60 % of this host's processors".into(), 2)],
        }
    }

    #[test]
    fn a_difference_is_told_in_words_and_so_is_none() {
        let clear = price_table(&measured(&[0.30, 0.31, 0.30]));
        assert!(
            clear.contains("series                   300µs   × 1.213   1.157 to 1.272   21.3 % slower"),
            "{clear}"
        );
        assert!(clear.contains("  unwatched                250µs\n"), "{clear}");
        let unclear = price_table(&measured(&[0.20, 0.31, 0.25]));
        assert!(unclear.contains("no difference seen"), "{unclear}");
        assert!(unclear.contains("unwatched       not known here"), "{unclear}");
        assert!(unclear.contains("2 of 12 loads are in doubt"), "{unclear}");
    }

    #[test]
    fn doubts_become_warnings() {
        let lines = step_lines(&ObserverStep::ObserverMeasured(measured(&[0.3, 0.3])), false);
        assert_eq!(
            lines,
            ["warning: other programs used 60 % of this host's processors (the first of 2 such loads of 12)"]
        );
    }
}
