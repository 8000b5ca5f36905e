//! What k6 is told so that it can be watched while it runs.

use std::ffi::OsString;

/// The name of the output that sends a live series. Neither 0.57.0 nor 1.1.0 has it without the prefix.
const REMOTE_WRITE: &str = "experimental-prometheus-rw";

/// How k6 is watched beside its summary.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watching {
    /// Where the live series goes.
    pub series: Option<String>,
}

impl Watching {
    /// What is added to the command line.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        self.series.iter().flat_map(|_| ["--out".into(), REMOTE_WRITE.into()]).collect()
    }

    /// What is added to the environment: one post a second, trends as histograms, and nothing after the last.
    pub(super) fn variables(&self) -> Vec<(OsString, OsString)> {
        let Some(url) = &self.series else { return Vec::new() };
        let variables = [
            ("K6_PROMETHEUS_RW_SERVER_URL", url.as_str()),
            ("K6_PROMETHEUS_RW_PUSH_INTERVAL", "1s"),
            ("K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM", "true"),
            ("K6_PROMETHEUS_RW_STALE_MARKERS", "false"),
        ];
        variables.map(|(name, value)| (name.into(), value.into())).into()
    }
}

/// Whether k6 ended because it has no such output (exit 255).
pub fn lacks_output(message: &str) -> bool {
    message.contains("invalid output type")
}
