//! The few numbers by which people compare cases: latency, throughput, failures.

use indexmap::IndexMap;

use super::statistics;
use crate::result::{Measured, Metric};

/// Where latency is read: the first of these that a run has.
const LATENCY: [&str; 3] = ["http_req_duration", "grpc_req_duration", "iteration_duration"];

/// Where throughput is read: the first of these that a run has.
const THROUGHPUT: [&str; 2] = ["http_reqs", "iterations"];

/// The key numbers of one run; each is absent where the run does not have it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Overview {
    /// The metric whose percentiles follow.
    pub latency: Option<&'static str>,
    /// Median latency in milliseconds.
    pub p50: Option<f64>,
    /// 95th percentile of the latency in milliseconds.
    pub p95: Option<f64>,
    /// 99th percentile of the latency in milliseconds.
    pub p99: Option<f64>,
    /// Requests per second, or iterations where nothing else is counted.
    pub rate: Option<f64>,
    /// Failed requests, or failed checks where requests are not judged: a share of 0 to 1.
    pub failed: Option<f64>,
}

/// The metric by which latency is read.
pub(super) fn latency(metrics: &IndexMap<String, Metric>) -> Option<&'static str> {
    LATENCY.into_iter().find(|name| metrics.contains_key(*name))
}

/// The metric by which throughput is read.
pub(super) fn throughput(metrics: &IndexMap<String, Metric>) -> Option<&'static str> {
    THROUGHPUT.into_iter().find(|name| metrics.contains_key(*name))
}

/// The key numbers of what was measured.
pub fn of(measured: &Measured) -> Overview {
    of_metrics(&measured.metrics)
}

/// The key numbers of these metrics: those of the whole run, or of a window.
pub(super) fn of_metrics(metrics: &IndexMap<String, Metric>) -> Overview {
    let find = |metric: &str, statistic: &str| statistics::find(metrics.get(metric)?, statistic);
    let latency = latency(metrics);
    let percentile = |name: &str| find(latency?, name);
    let judged = || Some(1.0 - find("checks", "rate")?);
    Overview {
        latency,
        p50: percentile("p50"),
        p95: percentile("p95"),
        p99: percentile("p99"),
        rate: THROUGHPUT.into_iter().find_map(|name| find(name, "rate")),
        failed: find("http_req_failed", "rate").or_else(judged),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::result::Verdict;

    #[test]
    fn requests_come_first() {
        let expected = Overview {
            latency: Some("http_req_duration"),
            p50: Some(1.25),
            p95: Some(2.5),
            p99: Some(8.0),
            rate: Some(10.5),
            failed: Some(0.01),
        };
        assert_eq!(of(&sample::result(Verdict::Passed).measured), expected);
        assert_eq!(of(&Measured::default()), Overview::default());
    }

    #[test]
    fn grpc_is_timed_by_its_own_metric_and_judged_by_checks() {
        let mut measured = sample::result(Verdict::Passed).measured;
        let take = |measured: &mut Measured, name: &str| measured.metrics.shift_remove(name).expect("there");
        let duration = take(&mut measured, "http_req_duration");
        let reqs = take(&mut measured, "http_reqs");
        take(&mut measured, "http_req_failed");
        measured.metrics.insert("grpc_req_duration".into(), duration.clone());
        measured.metrics.insert("iteration_duration".into(), duration);
        measured.metrics.insert("iterations".into(), reqs);
        let overview = of(&measured);
        assert_eq!((overview.latency, overview.rate), (Some("grpc_req_duration"), Some(10.5)));
        assert!(overview.failed.is_some_and(|share| (share - 0.02).abs() < 1e-12));
    }
}
