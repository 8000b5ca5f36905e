//! What the last post said, for a display while the run lasts.

use super::distribution::Buckets;
use super::histogram::Histogram;

/// The last interval (about a second) in brief; over all label sets.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Latest {
    /// When the post came, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// How long the interval was, in seconds.
    pub seconds: f64,
    /// HTTP requests in it; where there were none, gRPC calls.
    pub requests: f64,
    /// HTTP requests in it that failed.
    pub failed: f64,
    /// Iterations that ended in it.
    pub iterations: f64,
    /// Iterations that were dropped in it.
    pub dropped: f64,
    /// The 95th percentile of the requests' duration in it, in milliseconds, ± 5 %.
    pub p95_ms: Option<f64>,
    /// Active VUs, as last said.
    pub vus: Option<f64>,
}

/// Gathers it while a post is taken.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    latest: Latest,
    http: Histogram,
    grpc: Histogram,
}

impl Gathering {
    pub(super) fn counter(&mut self, wire: &str, growth: f64) {
        match wire {
            "k6_http_reqs_total" => self.latest.requests += growth,
            "k6_iterations_total" => self.latest.iterations += growth,
            "k6_dropped_iterations_total" => self.latest.dropped += growth,
            _ => {}
        }
    }

    pub(super) fn failed(&mut self, growth: f64) {
        self.latest.failed += growth;
    }

    pub(super) fn gauge(&mut self, wire: &str, value: f64) {
        if wire == "k6_vus" {
            self.latest.vus = Some(value);
        }
    }

    pub(super) fn trend(&mut self, wire: &str, growth: &Histogram) {
        match wire {
            "k6_http_req_duration_seconds" => self.http.add(growth),
            "k6_grpc_req_duration_seconds" => self.grpc.add(growth),
            _ => {}
        }
    }

    /// The gathered interval; what it does not say of the VUs is as `before`.
    pub(super) fn finish(mut self, at_ms: i64, seconds: f64, before: Option<&Latest>) -> Latest {
        let durations = if self.http.count() > 0 { &self.http } else { &self.grpc };
        self.latest.p95_ms = Buckets::of(durations, 1000.0).quantile(0.95);
        if self.latest.requests == 0.0 {
            self.latest.requests = self.grpc.count() as f64;
        }
        self.latest.vus = self.latest.vus.or(before.and_then(|before| before.vus));
        Latest { at_ms, seconds, ..self.latest }
    }
}
