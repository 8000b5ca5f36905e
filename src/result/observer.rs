//! What watching costs: each way of watching against none, over rounds in which every way had its turn.

use serde::Serialize;

use super::trials::{around_mean, mean, median};

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// 95th percentile of `http_req_duration` below saturation, in milliseconds.
    P95,
    /// 99th percentile of the same.
    P99,
    /// Requests per second at saturation.
    Throughput,
    /// Processor time of k6, user and system, in microseconds a request at saturation, without what a load of one
    /// request takes.
    Cpu,
}

impl Measure {
    /// All of them, tails first: they suffer first.
    pub const ALL: [Self; 4] = [Self::P95, Self::P99, Self::Throughput, Self::Cpu];
}

/// What one way showed in one round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Observed {
    /// See [`Measure::P95`].
    pub p95_ms: Option<f64>,
    /// See [`Measure::P99`].
    pub p99_ms: Option<f64>,
    /// See [`Measure::Throughput`].
    pub requests_per_second: Option<f64>,
    /// See [`Measure::Cpu`]; none where the system does not say.
    pub cpu_us_per_request: Option<f64>,
}

impl Observed {
    fn of(&self, measure: Measure) -> Option<f64> {
        match measure {
            Measure::P95 => self.p95_ms,
            Measure::P99 => self.p99_ms,
            Measure::Throughput => self.requests_per_second,
            Measure::Cpu => self.cpu_us_per_request,
        }
    }
}

/// One measure of one way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Price {
    /// What was measured.
    pub measure: Measure,
    /// How k6 was watched.
    pub way: String,
    /// One value a round, in the measure's unit.
    pub values: Vec<f64>,
    /// Their median; none where a round has no value.
    pub median: Option<f64>,
    /// To the unwatched runs of the same rounds; none for these themselves.
    pub ratio: Option<Ratio>,
}

/// How many times as much as unwatched.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ratio {
    /// The geometric mean of the rounds' ratios.
    pub mean: f64,
    /// The lower end of its 95 % confidence interval.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
}

impl Ratio {
    /// Of values that belong together in pairs: t on the logarithms of their ratios (see [`super::trials`]),
    /// whatever the number of rounds, for a ratio and its inverse must say the same. None of fewer than two pairs, or
    /// where a value is not positive.
    fn of(values: &[f64], base: &[f64]) -> Option<Self> {
        let is_positive = |value: &f64| value.is_finite() && *value > 0.0;
        if values.len() != base.len() || !values.iter().chain(base).all(is_positive) {
            return None;
        }
        let logs: Vec<f64> = values.iter().zip(base).map(|(value, base)| (value / base).ln()).collect();
        let (lower, upper) = around_mean(&logs)?;
        Some(Self { mean: mean(&logs).exp(), lower: lower.exp(), upper: upper.exp() })
    }

    /// Whether chance alone does not explain it.
    pub fn shows_difference(&self) -> bool {
        self.lower > 1.0 || self.upper < 1.0
    }
}

/// The price of every way, measure by measure. `rounds` holds what each of `ways` showed; the first is the base.
pub fn prices(ways: &[&str], rounds: &[Vec<Observed>]) -> Vec<Price> {
    let values = |measure: Measure, way: usize| -> Vec<f64> {
        rounds.iter().filter_map(|round| round.get(way)?.of(measure)).collect()
    };
    let price = |measure: Measure, way: usize| {
        let own = values(measure, way);
        let is_whole = !own.is_empty() && own.len() == rounds.len();
        let ratio = if way == 0 { None } else { Ratio::of(&own, &values(measure, 0)) };
        Price {
            measure,
            way: ways[way].to_owned(),
            median: is_whole.then(|| median(&own)),
            ratio: ratio.filter(|_| is_whole),
            values: own,
        }
    };
    Measure::ALL.into_iter().flat_map(|measure| (0..ways.len()).map(move |way| price(measure, way))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(p95: f64) -> Observed {
        Observed {
            p95_ms: Some(p95),
            p99_ms: Some(2.0),
            requests_per_second: Some(100.0),
            ..Observed::default()
        }
    }

    #[test]
    fn what_both_ways_suffer_in_a_round_is_no_difference_between_them() {
        let noise = [1.0, 3.0, 9.0, 2.0, 5.0];
        let rounds: Vec<Vec<Observed>> =
            noise.iter().map(|noise| vec![observed(*noise), observed(noise * 1.2)]).collect();
        let all = prices(&["unwatched", "series"], &rounds);
        let ratio = all[1].ratio.expect("a ratio");
        assert!((ratio.mean - 1.2).abs() < 1e-12 && ratio.shows_difference());
        assert!(ratio.lower <= ratio.mean + 1e-12 && ratio.upper >= ratio.mean - 1e-12);
        assert_eq!((all[0].median, all[0].ratio), (Some(3.0), None));
        let throughput =
            all.iter().find(|price| price.measure == Measure::Throughput && price.way == "series");
        assert!(!throughput.and_then(|price| price.ratio).expect("a ratio").shows_difference());
    }

    #[test]
    fn the_interval_is_students_on_logarithms() {
        // m ± t(2) · s / √3 of the logarithms −1, 0 and 1, with t(2) = 4.302652730.
        let (low, high) = ((-1.0_f64).exp(), 1.0_f64.exp());
        let ratio = Ratio::of(&[low, 1.0, high], &[1.0, 1.0, 1.0]).expect("a ratio");
        let half = 4.302_652_730 / 3.0_f64.sqrt();
        assert!((ratio.mean - 1.0).abs() < 1e-12);
        assert!((ratio.upper.ln() - half).abs() < 1e-8 && (ratio.lower.ln() + half).abs() < 1e-8);
        assert!(!ratio.shows_difference());
    }

    #[test]
    fn a_round_without_a_value_leaves_no_ratio() {
        let rounds = [vec![observed(1.0), observed(1.0)], vec![observed(1.0), Observed::default()]];
        let all = prices(&["unwatched", "series"], &rounds);
        assert_eq!((all[1].median, all[1].ratio, all[1].values.len()), (None, None, 1));
        assert!(all.iter().filter(|price| price.measure == Measure::Cpu).all(|price| price.median.is_none()));
        assert_eq!(Ratio::of(&[1.0], &[1.0]), None);
        assert_eq!(Ratio::of(&[1.0, 0.0], &[1.0, 1.0]), None);
    }
}
