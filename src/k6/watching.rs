//! What k6 is told so that it can be watched while it runs.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::otlp;
use crate::base::process::HANDED;

/// The name of the output that sends a live series. Neither 0.57.0 nor 1.1.0 has it without the prefix.
const REMOTE_WRITE: &str = "experimental-prometheus-rw";

/// How k6 is watched beside its summary. Two outputs at once would cost its tails more than both alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Watching {
    /// Not at all.
    #[default]
    Summary,
    /// It posts a live series to this URL.
    Series(String),
    /// It sends its metrics to a collector, as these variables say.
    Otlp(BTreeMap<String, String>),
    /// It writes every sample to the descriptor that it is handed ([`HANDED`]).
    Samples,
}

impl Watching {
    /// What is added to the command line.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        match self {
            Self::Summary => Vec::new(),
            Self::Series(_) => vec!["--out".into(), REMOTE_WRITE.into()],
            Self::Otlp(_) => vec!["--out".into(), otlp::OUTPUT.into()],
            Self::Samples => vec!["--out".into(), format!("json=/dev/fd/{HANDED}").into()],
        }
    }

    /// What is added to the environment: one post a second, trends as histograms, and nothing after the last.
    pub(super) fn variables(&self) -> Vec<(OsString, OsString)> {
        let url = match self {
            Self::Summary | Self::Samples => return Vec::new(),
            Self::Otlp(variables) => {
                return variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
            }
            Self::Series(url) => url,
        };
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
