//! How long a run takes, by arithmetic on its options (k6's executors and their defaults:
//! <https://grafana.com/docs/k6/latest/using-k6/scenarios/executors/>).

use std::time::Duration;

use serde_json::{Map, Value};

use crate::base::duration;

const GRACEFUL_STOP: Duration = Duration::from_secs(30);
const MAX_DURATION: Duration = Duration::from_mins(10);
const LIFECYCLE_TIMEOUT: Duration = Duration::from_mins(1);

/// On top of what k6 allows itself: starting, loading scripts, writing summaries on a busy machine.
const MARGIN: Duration = Duration::from_secs(30);

type Options = Map<String, Value>;

/// The load itself; none where it ends by a number of iterations, whose time nobody knows.
pub fn expected(options: &Options) -> Option<Duration> {
    match options.get("scenarios").and_then(Value::as_object) {
        Some(scenarios) => {
            scenarios.values().filter_map(Value::as_object).map(scenario_expected).max().flatten()
        }
        None if options.contains_key("iterations") => None,
        None => timed(options),
    }
}

/// The longest a run may take before it hangs: load, graceful stop, `setup()`, `teardown()` and a margin of 30 s.
pub fn longest(options: &Options) -> Duration {
    let load = match options.get("scenarios").and_then(Value::as_object) {
        Some(scenarios) => {
            scenarios.values().filter_map(Value::as_object).map(scenario_longest).max().unwrap_or_default()
        }
        None if options.contains_key("iterations") => {
            time(options, "duration").unwrap_or(MAX_DURATION) + GRACEFUL_STOP
        }
        None => timed(options).unwrap_or(MAX_DURATION) + GRACEFUL_STOP,
    };
    let lifecycle = |name| time(options, name).unwrap_or(LIFECYCLE_TIMEOUT);
    load + lifecycle("setupTimeout") + lifecycle("teardownTimeout") + MARGIN
}

fn timed(options: &Options) -> Option<Duration> {
    stages(options).or_else(|| time(options, "duration"))
}

fn is_counted(scenario: &Options) -> bool {
    let executor = scenario.get("executor").and_then(Value::as_str).unwrap_or_default();
    matches!(executor, "shared-iterations" | "per-vu-iterations")
}

fn scenario_expected(scenario: &Options) -> Option<Duration> {
    if is_counted(scenario) {
        return None;
    }
    timed(scenario).map(|load| load + time(scenario, "startTime").unwrap_or_default())
}

fn scenario_longest(scenario: &Options) -> Duration {
    let load = if is_counted(scenario) { time(scenario, "maxDuration") } else { timed(scenario) };
    let ramping = scenario.get("executor").and_then(Value::as_str) == Some("ramping-vus");
    let ramp_down =
        if ramping { time(scenario, "gracefulRampDown").unwrap_or(GRACEFUL_STOP) } else { Duration::ZERO };
    time(scenario, "startTime").unwrap_or_default()
        + load.unwrap_or(MAX_DURATION)
        + time(scenario, "gracefulStop").unwrap_or(GRACEFUL_STOP).max(ramp_down)
}

fn stages(options: &Options) -> Option<Duration> {
    let stages = options.get("stages")?.as_array()?;
    Some(stages.iter().filter_map(Value::as_object).filter_map(|stage| time(stage, "duration")).sum())
}

/// A duration; a bare number is in milliseconds.
pub(super) fn time(options: &Options, name: &str) -> Option<Duration> {
    match options.get(name)? {
        Value::String(text) => duration::parse(text).or_else(|| text.parse().ok().map(Duration::from_millis)),
        Value::Number(number) => {
            number.as_f64().and_then(|millis| Duration::try_from_secs_f64(millis / 1000.0).ok())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn seconds(options: &Value) -> (Option<u64>, u64) {
        let options = options.as_object().expect("object");
        (expected(options).map(|load| load.as_secs()), longest(options).as_secs())
    }

    #[test]
    fn times_follow_from_the_options() {
        // 150 s = setup, teardown and margin; k6's own `inspect` says `totalDuration` 40s for the first.
        let cases = [
            (json!({ "vus": 1, "duration": "10s" }), (Some(10), 40 + 150)),
            (json!({ "vus": 1, "iterations": 5 }), (None, 630 + 150)),
            (
                json!({ "stages": [{ "duration": "5s", "target": 1 }, { "duration": "5s", "target": 0 }] }),
                (Some(10), 40 + 150),
            ),
            (json!({ "duration": 2000, "setupTimeout": "10s" }), (Some(2), 32 + 100)),
            (
                json!({ "scenarios": {
                    "a": { "executor": "constant-arrival-rate", "duration": "20s", "startTime": "5s", "gracefulStop": "0s" },
                    "b": { "executor": "per-vu-iterations", "maxDuration": "1m" } } }),
                (Some(25), 90 + 150),
            ),
        ];
        for (options, times) in cases {
            assert_eq!(seconds(&options), times, "{options}");
        }
    }
}
