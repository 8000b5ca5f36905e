//! The units of k6's built-in metrics (<https://grafana.com/docs/k6/latest/using-k6/metrics/reference/>).

use serde::{Deserialize, Serialize};

use super::release::Known;
use crate::base::nearest::slip;

/// k6's four metric types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricKind {
    /// A sum and its rate per second.
    Counter,
    /// A last, least and greatest value.
    Gauge,
    /// A share of non-zero values, 0 to 1.
    Rate,
    /// A distribution.
    Trend,
}

/// The name without a sub-metric's tags: `http_req_duration{name:x}` → `http_req_duration`.
pub fn base_name(name: &str) -> &str {
    name.split('{').next().unwrap_or(name)
}

/// A metric that k6 has built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Builtin {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: MetricKind,
    /// The unit of its values: `ms`, `bytes` or `1`.
    pub unit: &'static str,
    /// The releases of k6 that have it.
    pub known: Known,
}

const fn current(name: &'static str, kind: MetricKind, unit: &'static str) -> Builtin {
    Builtin { name, kind, unit, known: Known::ALWAYS }
}

const fn count(name: &'static str) -> Builtin {
    current(name, MetricKind::Counter, "1")
}

const fn bytes(name: &'static str) -> Builtin {
    current(name, MetricKind::Counter, "bytes")
}

const fn gauge(name: &'static str) -> Builtin {
    current(name, MetricKind::Gauge, "1")
}

const fn share(name: &'static str) -> Builtin {
    current(name, MetricKind::Rate, "1")
}

const fn time(name: &'static str) -> Builtin {
    current(name, MetricKind::Trend, "ms")
}

/// All of them, sorted. Those of gRPC streams and of the browser exist only where a script imports the module.
pub const BUILTINS: [Builtin; 38] = [
    bytes("browser_data_received"),
    bytes("browser_data_sent"),
    time("browser_http_req_duration"),
    share("browser_http_req_failed"),
    current("browser_web_vital_cls", MetricKind::Trend, "1"),
    time("browser_web_vital_fcp"),
    Builtin { known: Known::before(2, 0), ..time("browser_web_vital_fid") },
    time("browser_web_vital_inp"),
    time("browser_web_vital_lcp"),
    time("browser_web_vital_ttfb"),
    share("checks"),
    bytes("data_received"),
    bytes("data_sent"),
    count("dropped_iterations"),
    time("group_duration"),
    time("grpc_req_duration"),
    count("grpc_streams"),
    count("grpc_streams_msgs_received"),
    count("grpc_streams_msgs_sent"),
    time("http_req_blocked"),
    time("http_req_connecting"),
    time("http_req_duration"),
    share("http_req_failed"),
    time("http_req_receiving"),
    time("http_req_sending"),
    time("http_req_tls_handshaking"),
    time("http_req_waiting"),
    count("http_reqs"),
    time("iteration_duration"),
    count("iterations"),
    gauge("vus"),
    gauge("vus_max"),
    time("ws_connecting"),
    count("ws_msgs_received"),
    count("ws_msgs_sent"),
    time("ws_ping"),
    time("ws_session_duration"),
    count("ws_sessions"),
];

/// The built-in metric of that name, or of whose samples that name is a part.
pub fn builtin(name: &str) -> Option<&'static Builtin> {
    BUILTINS.iter().find(|metric| metric.name == base_name(name))
}

/// The unit of a metric's values: `ms`, `bytes`, `1` for shares and counts, empty where k6 does not say.
pub fn unit(name: &str, kind: MetricKind) -> &'static str {
    match builtin(name).filter(|metric| metric.kind == kind) {
        Some(metric) => metric.unit,
        None if kind == MetricKind::Trend => "",
        None => "1",
    }
}

impl MetricKind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Rate => "rate",
            Self::Trend => "trend",
        }
    }
}

/// The built-in metric that was probably meant, where a name is a slip of the pen away from one.
pub fn probably_meant(name: &str) -> Option<&'static str> {
    match builtin(name) {
        Some(_) => None,
        None => slip(base_name(name), BUILTINS.map(|metric| metric.name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_belong_to_the_metric_and_a_part_of_it_has_the_same() {
        let said = |name| builtin(name).map(|metric| metric.unit);
        assert_eq!(said("http_req_duration{name:a}"), Some("ms"));
        assert_eq!(said("browser_web_vital_cls"), Some("1"));
        assert_eq!(said("queue_time"), None);
        assert_eq!(unit("queue_time", MetricKind::Trend), "");
        assert!(BUILTINS.map(|metric| metric.name).is_sorted());
    }
}
