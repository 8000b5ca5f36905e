//! The units of k6's built-in metrics (<https://grafana.com/docs/k6/latest/using-k6/metrics/reference/>).

use serde::{Deserialize, Serialize};

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

/// The unit of a metric's values: `ms`, `bytes`, `1` for shares and counts, empty where k6 does not say.
pub fn unit(name: &str, kind: MetricKind) -> &'static str {
    let base = base_name(name);
    match kind {
        MetricKind::Counter if base == "data_sent" || base == "data_received" => "bytes",
        MetricKind::Counter | MetricKind::Gauge | MetricKind::Rate => "1",
        MetricKind::Trend if is_builtin_time(base) => "ms",
        MetricKind::Trend => "",
    }
}

fn is_builtin_time(base: &str) -> bool {
    let stem = base.strip_prefix("http_req_").or_else(|| base.strip_prefix("browser_"));
    stem.is_some()
        || [
            "iteration_duration",
            "group_duration",
            "grpc_req_duration",
            "ws_connecting",
            "ws_session_duration",
            "ws_ping",
        ]
        .contains(&base)
}
