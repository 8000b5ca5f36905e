//! The command line of the server.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;

/// A classifier of handwritten digits behind the Open Inference Protocol: the
/// example target of howitzer's load tests.
#[derive(Parser)]
pub(crate) struct Options {
    /// Address of the gRPC listener; port 0 takes any free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8033")]
    pub(crate) grpc: SocketAddr,

    /// Address of the HTTP listener; port 0 takes any free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8008")]
    pub(crate) http: SocketAddr,

    /// Version to serve the model as, instead of the one in its file
    #[arg(long, value_name = "VERSION")]
    pub(crate) model_version: Option<String>,

    /// Time that each inference waits before it computes, such as `5ms`
    #[arg(long, value_name = "DURATION", default_value = "0ms", value_parser = parse_delay)]
    pub(crate) delay: Duration,

    /// Answer each Nth inference with "unavailable"; 0 answers all of them
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) fail_every: u64,
}

fn parse_delay(text: &str) -> Result<Duration, String> {
    let expected = || format!("expected a duration in ms or s such as `5ms`, not `{text}`");
    let (digits, milliseconds) = if let Some(digits) = text.strip_suffix("ms") {
        (digits, 1)
    } else {
        (text.strip_suffix('s').ok_or_else(expected)?, 1000)
    };
    let number: u64 = digits.parse().map_err(|_| expected())?;
    number.checked_mul(milliseconds).map(Duration::from_millis).ok_or_else(expected)
}
