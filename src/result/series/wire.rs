//! One sample of k6's remote-write output, as the receiver hands it on.

use super::histogram::Histogram;

/// A value of one metric and label set at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The name on the wire: `k6_http_reqs_total`, `k6_http_req_duration_seconds`.
    pub metric: String,
    /// The labels as sent, without `__name__`, sorted by name.
    pub labels: Vec<(String, String)>,
    /// When k6 took the last of the samples in it, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// The value.
    pub value: SampleValue,
}

/// What a sample holds; all but gauges count from the beginning of the run.
#[derive(Debug, Clone, PartialEq)]
pub enum SampleValue {
    /// A counter's total, a gauge's last value, or a rate's share of all values so far.
    Number(f64),
    /// A trend's distribution so far.
    Histogram(Histogram),
}
