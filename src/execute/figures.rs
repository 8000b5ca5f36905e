//! The few figures of a run that people see while builds go on; the outputs have all of them.

use serde::Serialize;

use crate::result::{Latest, Measured};

/// What the live series says of the last second or so of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct LastSecond {
    /// Requests per second.
    pub requests_per_second: f64,
    /// The share of them that failed, from 0 to 1; HTTP only.
    pub failed_share: f64,
    /// The 95th percentile of their duration in milliseconds, ± 5 %; none without requests.
    pub p95_milliseconds: Option<f64>,
}

/// In seconds.
const SHORTEST_INTERVAL: f64 = 0.5;

impl LastSecond {
    /// Of the last interval. None where it is shorter than [`SHORTEST_INTERVAL`]: what k6 sends as it ends covers a few
    /// milliseconds, and a rate over them would be none of the load's.
    pub fn of(latest: &Latest) -> Option<Self> {
        let share = if latest.requests > 0.0 { latest.failed / latest.requests } else { 0.0 };
        (latest.seconds >= SHORTEST_INTERVAL).then(|| Self {
            requests_per_second: latest.requests / latest.seconds,
            failed_share: share,
            p95_milliseconds: latest.p95_ms,
        })
    }
}

/// The figures that a finished run shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Iterations that ended.
    pub iterations: Option<f64>,
    /// Requests per second, or iterations where there are no requests.
    pub rate_per_second: Option<f64>,
    /// The metric of `p95`.
    pub metric: Option<String>,
    /// Its 95th percentile in milliseconds.
    pub p95_milliseconds: Option<f64>,
}

impl Figures {
    /// The figures in a run's metrics.
    pub fn of(measured: &Measured) -> Self {
        let metrics = ["http_req_duration", "grpc_req_duration", "iteration_duration"];
        let metric = metrics.into_iter().find(|name| measured.metrics.contains_key(*name));
        let rate =
            measured.statistic("http_reqs", "rate").or_else(|| measured.statistic("iterations", "rate"));
        Self {
            iterations: measured.statistic("iterations", "count"),
            rate_per_second: rate,
            metric: metric.map(str::to_owned),
            p95_milliseconds: metric.and_then(|name| measured.statistic(name, "p95")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_over_a_few_milliseconds_is_none() {
        let of = |seconds| LastSecond::of(&Latest { seconds, requests: 50.0, ..Latest::default() });
        assert_eq!(of(1.0).map(|last| last.requests_per_second), Some(50.0));
        assert_eq!(of(0.007), None);
        assert_eq!(of(0.0), None);
    }
}
