//! What `doctor` is to measure.

use clap::Args;

use super::duration;

#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct DoctorArguments {
    /// Measure what each way of watching a run costs here: k6 loads this address with GET, at saturation and below,
    /// unwatched and in every way that `watch` can have, in rounds. About a minute and a half of load.
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) observer: Option<String>,
    /// How often each way has its turn.
    #[arg(long, value_name = "N", default_value_t = 6, requires = "observer",
        value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub(in crate::cli) rounds: u32,
    /// How long each load lasts.
    #[arg(long, value_name = "DURATION", default_value = "2s", requires = "observer", value_parser = load_duration)]
    pub(in crate::cli) duration: std::time::Duration,
    /// How many virtual users saturate.
    #[arg(long, value_name = "N", default_value_t = 10, requires = "observer",
        value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(in crate::cli) vus: u32,
    /// Requests per second below saturation, for p95 and p99; a fifth of what saturation shows unless given.
    #[arg(long, value_name = "N", requires = "observer", value_parser = clap::value_parser!(u32).range(1..))]
    pub(in crate::cli) rate: Option<u32>,
    /// What the order within each round is drawn by; a new one each time unless given.
    #[arg(long, value_name = "N", requires = "observer")]
    pub(in crate::cli) seed: Option<u32>,
    /// Load this protected target all the same.
    #[arg(long, value_name = "TARGET", requires = "observer")]
    pub(in crate::cli) allow: Vec<String>,
    /// Do not wait for another load on this machine.
    #[arg(long, requires = "observer")]
    pub(in crate::cli) no_wait: bool,
}

/// k6 takes no shorter one.
const SHORTEST_LOAD: std::time::Duration = std::time::Duration::from_secs(1);

fn load_duration(text: &str) -> Result<std::time::Duration, String> {
    let read = duration(text)?;
    if read < SHORTEST_LOAD || read > std::time::Duration::from_hours(1) {
        return Err("expected a duration from 1s to 1h".to_owned());
    }
    Ok(read)
}
