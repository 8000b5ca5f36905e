//! What a run left by time, read for charts: its live series, and what the server's side said.

use std::time::Duration;

use super::overview;
use super::view::{ServerLine, TimelineView};
use crate::result::{
    AskedSeries, Attempt, Distribution, Filter, Measured, PageSamples, Series, SeriesKind, TimelineMetrics,
    Until, distribution_within, series_name,
};
use crate::store::{Store, StoreError};

/// What the samples of a page are kept as begins so.
const PAGE: &str = "page ";

/// More lines of a server than this are not drawn.
const MOST_LINES: usize = 8;

/// The run by time in at most `most` points; none where it was not watched, or `most` is 0.
pub(super) fn read(
    store: &Store,
    attempt: &Attempt,
    measured: &Measured,
    most: usize,
) -> Result<Option<TimelineView>, StoreError> {
    let Some(digest) = attempt.outputs.get("series").filter(|_| most > 0) else { return Ok(None) };
    // Whatever does not decode was written by another version.
    let Some(series) = store.blob(digest)?.and_then(|bytes| Series::decode(&bytes).ok()) else {
        return Ok(None);
    };
    let of = TimelineMetrics {
        throughput: overview::throughput(&measured.metrics),
        latency: overview::latency(&measured.metrics),
    };
    let window = of_window(&series, measured, of.latency);
    let run = series.timeline(of, most);
    let mut server = Vec::new();
    for (name, digest) in &attempt.outputs {
        let Some(page) = name.strip_prefix(PAGE) else { continue };
        let Some(bytes) = store.blob(digest)? else { continue };
        let Ok(samples) = serde_json::from_slice::<PageSamples>(&bytes) else { continue };
        server.extend(lines(page, &samples, run.begin_ms));
    }
    server.extend(measured.asked.iter().map(|asked| line(asked, run.begin_ms)));
    server.truncate(MOST_LINES);
    Ok(Some(TimelineView { run, window, server }))
}

/// What a Prometheus said.
fn line(asked: &AskedSeries, begin_ms: i64) -> ServerLine {
    let offset = (asked.started.milliseconds() - begin_ms) as f64 / 1000.0;
    ServerLine {
        name: asked.name.clone(),
        unit: asked.unit.clone(),
        points: asked.points.iter().map(|(seconds, value)| (seconds + offset, *value)).collect(),
    }
}

/// The latencies of the measured window.
fn of_window(series: &Series, measured: &Measured, latency: Option<&str>) -> Option<Distribution> {
    let (from, until) = measured.window.as_ref()?.bounds_seconds;
    let [from, until] = [from, until].map(|at| Duration::try_from_secs_f64(at).unwrap_or_default());
    let view = series.window(from, Until::After(until)).ok()?;
    distribution_within(&view, latency?, &Filter::any())
}

/// The series of a page that change: levels as they are, counters by their growth per second.
fn lines(page: &str, samples: &PageSamples, begin_ms: i64) -> Vec<ServerLine> {
    let offset = (samples.started.milliseconds() - begin_ms) as f64 / 1000.0;
    let mut lines = Vec::new();
    for series in samples.series.values() {
        if matches!(series.kind, SeriesKind::Bucket | SeriesKind::Sum) {
            continue;
        }
        let points = samples.points(series);
        let accumulates = series.kind.accumulates();
        let points = if accumulates { growth(&points) } else { points };
        let Some((_, first)) = points.first().copied() else { continue };
        if points.iter().all(|(_, value)| value.total_cmp(&first).is_eq()) {
            continue;
        }
        let unit = match (accumulates, series.unit.as_str()) {
            _ if series.kind == SeriesKind::Count => "1/s".to_owned(),
            (true, "" | "1") => "1/s".to_owned(),
            (true, unit) => format!("{unit}/s"),
            (false, unit) => unit.to_owned(),
        };
        lines.push(ServerLine {
            name: format!("{page}.{}", series_name(&series.name, &series.labels)),
            unit,
            points: points.into_iter().map(|(seconds, value)| (seconds + offset, value)).collect(),
        });
    }
    lines
}

/// By how much a counter grew per second between two looks; one that fell was started again.
fn growth(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let pairs = points.windows(2).filter(|pair| pair[1].0 > pair[0].0);
    let rate = |pair: &[(f64, f64)]| {
        let ((begin, before), (end, after)) = (pair[0], pair[1]);
        let grown = if after >= before { after - before } else { after };
        (end, grown / (end - begin))
    };
    pairs.map(rate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::Instant;
    use crate::result::Reading;

    #[test]
    fn counters_become_rates_and_what_never_changes_is_left_out() {
        let mut samples = PageSamples::new(Instant::from_milliseconds(3_000), 1.0);
        let reading = |name: &str, kind, value| Reading {
            name: name.to_owned(),
            labels: crate::result::PageLabels::new(),
            family: name.to_owned(),
            kind,
            unit: String::new(),
            value,
        };
        for (second, count) in [(0.0, 10.0), (1.0, 30.0), (2.0, 5.0)] {
            let constant = reading("constant", SeriesKind::Gauge, 4.0);
            samples.push(second, [reading("served", SeriesKind::Counter, count), constant]);
        }
        let lines = lines("page", &samples, 1_000);
        assert_eq!(lines.len(), 1);
        assert_eq!((lines[0].name.as_str(), lines[0].unit.as_str()), ("page.served", "1/s"));
        assert_eq!(lines[0].points, [(3.0, 20.0), (4.0, 5.0)]);
    }
}
