//! A run by time in few bytes: four significant digits are more than a chart shows.

use serde::Serialize;
use serde_json::Number;

use crate::report::value;
use crate::report::view::{ResultView, TimelineView};

/// The lines of one run; every list has one value a slot.
#[derive(Debug, Serialize)]
pub(super) struct Lines {
    /// When each slot ends, in seconds.
    seconds: Vec<Number>,
    rate: Vec<Option<Number>>,
    p50: Vec<Option<Number>>,
    p95: Vec<Option<Number>>,
    p99: Vec<Option<Number>>,
    failed: Vec<Option<Number>>,
    vus: Vec<Option<Number>>,
    /// First and last second of what is measured, where that is not the whole run.
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<(Number, Number)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    server: Vec<ServerLine>,
}

#[derive(Debug, Serialize)]
struct ServerLine {
    name: String,
    unit: String,
    seconds: Vec<Number>,
    values: Vec<Number>,
}

/// The lines of a result, if it was watched.
pub(super) fn of(result: &ResultView) -> Option<Lines> {
    let TimelineView { run, server, .. } = result.timeline.as_ref()?;
    let window = result.measured.window.as_ref().zip(run.scenarios_seconds);
    let server = server.iter().map(|line| ServerLine {
        name: line.name.clone(),
        unit: line.unit.clone(),
        seconds: line.points.iter().filter_map(|(at, _)| short(*at)).collect(),
        values: line.points.iter().filter_map(|(_, found)| short(*found)).collect(),
    });
    Some(Lines {
        seconds: run.seconds.iter().filter_map(|at| short(*at)).collect(),
        rate: numbers(&run.rate),
        p50: numbers(&run.p50),
        p95: numbers(&run.p95),
        p99: numbers(&run.p99),
        failed: numbers(&run.failed),
        vus: numbers(&run.vus),
        window: window.and_then(|(window, begin)| {
            let (from, until) = window.bounds_seconds;
            Some((short(begin + from)?, short(begin + until)?))
        }),
        server: server.collect(),
    })
}

fn numbers(values: &[Option<f64>]) -> Vec<Option<Number>> {
    values.iter().map(|value| value.and_then(short)).collect()
}

/// Four significant digits.
fn short(number: f64) -> Option<Number> {
    value::number(format!("{number:.3e}").parse().ok()?)
}
