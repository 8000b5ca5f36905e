//! How many iterations the arrival rates of a test start
//! (<https://grafana.com/docs/k6/latest/using-k6/scenarios/executors/constant-arrival-rate/> and
//! `ramping-arrival-rate`).

use std::time::Duration;

use serde_json::{Map, Value};

use super::wall::time;

type Options = Map<String, Value>;

/// The iterations that all scenarios start, where each of them is an arrival rate over the whole load.
pub fn started(options: &Options) -> Option<f64> {
    if options.contains_key("executionSegment") {
        return None;
    }
    let scenarios = options.get("scenarios")?.as_object().filter(|all| !all.is_empty())?;
    scenarios.values().map(|scenario| started_by(scenario.as_object()?)).sum()
}

/// Why latency thresholds of these options say less than they seem to: in a closed model a slow answer delays the
/// next request instead of meeting it, and is counted once (Gil Tene's coordinated omission;
/// <https://grafana.com/docs/k6/latest/using-k6/scenarios/concepts/open-vs-closed/>). None in an open model, or
/// without such a threshold.
pub fn closed_model(options: &Options) -> Option<&'static str> {
    let thresholds = options.get("thresholds").and_then(Value::as_object)?;
    omission(options, thresholds.keys().map(String::as_str))
}

/// The same of expectations on `metrics`. None where these options do not say how the load is made: those of an
/// untouched script may.
pub fn closed_model_expected<'m>(
    options: &Options,
    metrics: impl IntoIterator<Item = &'m str>,
) -> Option<&'static str> {
    let of_load = ["scenarios", "stages", "vus", "duration", "iterations"];
    of_load.iter().any(|name| options.contains_key(*name)).then(|| omission(options, metrics))?
}

/// The note, where one of `metrics` is a latency and a scenario is no arrival rate.
fn omission<'m>(options: &Options, metrics: impl IntoIterator<Item = &'m str>) -> Option<&'static str> {
    let is_open = |scenario: &Value| {
        let executor = scenario.get("executor").and_then(Value::as_str).unwrap_or_default();
        executor.ends_with("-arrival-rate")
    };
    let scenarios = options.get("scenarios").and_then(Value::as_object);
    if scenarios.is_some_and(|all| !all.is_empty() && all.values().all(is_open)) {
        return None;
    }
    metrics
        .into_iter()
        .any(|metric| metric.split('{').next().is_some_and(|name| name.ends_with("_duration")))
        .then_some(
            "latency thresholds in a closed model: while an answer is awaited nothing is sent, so waiting is \
         counted too seldom (coordinated omission); an arrival rate has no such gap",
        )
}

fn started_by(scenario: &Options) -> Option<f64> {
    let unit = time(scenario, "timeUnit").unwrap_or(Duration::from_secs(1)).as_secs_f64();
    let per_second = |rate: &Value| rate.as_f64().map(|rate| rate / unit);
    match scenario.get("executor")?.as_str()? {
        "constant-arrival-rate" => {
            Some(per_second(scenario.get("rate")?)? * time(scenario, "duration")?.as_secs_f64())
        }
        "ramping-arrival-rate" => {
            let mut rate = scenario.get("startRate").map_or(Some(0.0), per_second)?;
            let mut total = 0.0;
            for stage in scenario.get("stages")?.as_array()? {
                let stage = stage.as_object()?;
                let target = per_second(stage.get("target")?)?;
                total += f64::midpoint(rate, target) * time(stage, "duration")?.as_secs_f64();
                rate = target;
            }
            Some(total)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_starts_are_the_area_below_the_rate() {
        let of = |scenario: Value| {
            let options = json!({ "scenarios": { "load": scenario } });
            started(options.as_object().expect("an object"))
        };
        let constant =
            json!({ "executor": "constant-arrival-rate", "rate": 30, "timeUnit": "1m", "duration": "10s" });
        assert_eq!(of(constant), Some(5.0));
        let ramp = json!({ "executor": "ramping-arrival-rate", "startRate": 10, "stages": [
            { "target": 10, "duration": "5s" }, { "target": 30, "duration": "10s" }, { "target": 0, "duration": 0 }] });
        assert_eq!(of(ramp), Some(50.0 + 200.0));
        assert_eq!(of(json!({ "executor": "constant-vus", "vus": 1, "duration": "1s" })), None);
        assert_eq!(started(&Options::new()), None);
    }

    #[test]
    fn latency_thresholds_are_noted_in_a_closed_model_only() {
        let noted = |options: Value| closed_model(options.as_object().expect("an object")).is_some();
        let thresholds = json!({ "grpc_req_duration{a:b}": ["p(95)<200"] });
        assert!(noted(json!({ "vus": 1, "duration": "1s", "thresholds": thresholds })));
        assert!(!noted(json!({ "vus": 1, "duration": "1s", "thresholds": { "checks": ["rate>0.9"] } })));
        let open = json!({ "a": { "executor": "constant-arrival-rate" } });
        assert!(!noted(json!({ "scenarios": &open, "thresholds": thresholds })));
        let mixed =
            json!({ "a": { "executor": "constant-arrival-rate" }, "b": { "executor": "constant-vus" } });
        assert!(noted(json!({ "scenarios": mixed, "thresholds": thresholds })));

        let expected = |options: Value| {
            let options = options.as_object().expect("an object");
            closed_model_expected(options, ["checks", "http_req_duration"]).is_some()
        };
        assert!(expected(json!({ "vus": 1, "iterations": 1 })));
        assert!(!expected(json!({ "scenarios": open, "vus": 1 })) && !expected(json!({})));
    }
}
