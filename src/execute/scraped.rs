//! What a run's stored outputs say: k6's summary, the measured window, metrics of the user's own, what servers said.

use std::path::Path;
use std::time::Duration;

use super::wanted::Wanted;
use super::{ExecuteError, pages, requests};
use crate::base::clock::Instant;
use crate::base::environment::Environment;
use crate::k6::read_summary;
use crate::manifest::Scrape;
use crate::result::{
    Attempt, Distributions, Filter, Measured, Metric, MetricKind, PageSamples, Series, ServerMetrics,
    Sources, View, add_percentile, decode_distributions, define, drift, page_metrics, too_few_for, view,
    windowed,
};
use crate::store::Store;
use crate::target::access;
use crate::target::prometheus::scrape_prometheus;

/// What it takes to ask a Prometheus.
#[derive(Clone, Copy)]
pub(super) struct Asking<'a> {
    /// The workspace's folder.
    pub(super) root: &'a Path,
    /// Where tokens come from.
    pub(super) environment: &'a Environment,
}

/// So long after a run Prometheus is taken to know how it ended. One that looks at its targets less often lacks
/// the end of the window.
const SETTLED: Duration = Duration::from_secs(2);

/// What the outputs of `attempt` say: nothing where it wrote no summary, none where an output is lost.
pub(super) fn read(
    store: &Store,
    attempt: &Attempt,
    wanted: &Wanted<'_>,
    asking: Option<Asking<'_>>,
) -> Result<Option<Measured>, ExecuteError> {
    let Some(digest) = attempt.outputs.get("summary") else { return Ok(Some(Measured::default())) };
    let Some(summary) = store.blob(digest)? else { return Ok(None) };
    let mut measured = read_summary(&summary).unwrap_or_default();
    if wanted.is_nothing() {
        return Ok(Some(measured));
    }
    let mut lost = false;
    let mut blob = |name: &str| -> Result<Option<Vec<u8>>, ExecuteError> {
        let Some(digest) = attempt.outputs.get(name) else { return Ok(None) };
        let bytes = store.blob(digest)?;
        lost |= bytes.is_none();
        Ok(bytes)
    };
    let distributions = blob("distributions")?.map(|bytes| decode_distributions(&bytes)).transpose();
    let series = blob("series")?.map(|bytes| Series::decode(&bytes)).transpose();
    let mut pages = Vec::new();
    for page in &wanted.pages {
        pages.push((*page, blob(&format!("{}{}", pages::OUTPUT, page.name))?));
    }
    if lost {
        return Ok(None);
    }
    let distributions = distributions.unwrap_or_else(|error| {
        measured.notes.push(error.to_string());
        None
    });
    let series = series.unwrap_or_else(|error| {
        measured.notes.push(error.to_string());
        None
    });
    let bounds = compute(&mut measured, &distributions.unwrap_or_default(), series.as_ref(), wanted);
    for (page, bytes) in pages {
        add_page(&mut measured, page, bytes.as_deref(), bounds);
    }
    let of_scenarios = series.as_ref().and_then(Series::scenarios_ms);
    let whole = of_scenarios.map_or((attempt.started, attempt.ended), |(from, until)| {
        (Instant::from_milliseconds(from), Instant::from_milliseconds(until))
    });
    for scrape in &wanted.queries {
        let said = answers(scrape, attempt.ended, bounds.unwrap_or(whole), asking);
        add(&mut measured, said.unwrap_or_else(|why| no_data(&scrape.name, &why)));
        if let Some(asking) = asking {
            requests::compare_query(&mut measured, scrape, (attempt.started, attempt.ended), asking);
        }
    }
    Ok(Some(measured))
}

/// The window and the user's own metrics.
fn compute(
    measured: &mut Measured,
    distributions: &Distributions,
    series: Option<&Series>,
    wanted: &Wanted<'_>,
) -> Option<(Instant, Instant)> {
    let is_part = !wanted.window.is_whole();
    let seen = match series.map(|series| view(series, &wanted.window)) {
        Some(Ok(view)) => Some(view),
        Some(Err(problem)) => {
            measured.notes.push(problem);
            None
        }
        None => None,
    };
    if is_part {
        let within = series.zip(seen.as_ref()).map(|(series, view)| {
            let mut within = windowed(series, view, measured);
            for (metric, statistic) in &wanted.expected {
                add_percentile(&mut within, view, metric, statistic);
            }
            within
        });
        measured.notes.extend(seen.as_ref().map(|view| drifts(measured, view)).unwrap_or_default());
        if series.is_some_and(|series| series.problems().doubtful()) {
            measured
                .notes
                .push("the live series is not whole: numbers of the window may be wrong".to_owned());
        }
        if series.is_none() {
            measured.notes.push("there is no measured window: the run has no live series".to_owned());
        }
        // An empty window: nothing of the whole run may pass for the part that was asked for.
        measured.window = Some(within.unwrap_or_default());
    }
    for definition in wanted.definitions {
        let sources = Sources { measured, distributions, view: seen.as_ref(), is_part };
        match define(definition, &sources) {
            Ok(metric) => {
                let few = too_few_for(definition, &sources);
                measured.notes.extend(few.map(|why| format!("{}: {why}", definition.name)));
                measured.defined.insert(definition.name.clone(), metric);
            }
            Err(problem) => measured.notes.push(format!("{}: {problem}", definition.name)),
        }
    }
    let (from, until) = seen.as_ref().filter(|_| is_part)?.bounds_ms();
    Some((Instant::from_milliseconds(from), Instant::from_milliseconds(until)))
}

/// Where the load or its latency moved within the window: then it has no one value.
fn drifts(measured: &Measured, view: &View<'_>) -> Vec<String> {
    let told = |(name, metric): (&String, &Metric)| {
        let filter = Filter::any();
        let (statistic, slots): (&str, Vec<Option<f64>>) = match (name.as_str(), metric.kind) {
            ("iterations", _) => {
                let seconds = view.slot_seconds();
                let counts = view.counter_slots(name, &filter)?;
                (
                    "rate",
                    counts
                        .iter()
                        .zip(seconds)
                        .map(|(count, slot)| (slot > 0.0).then(|| count / slot))
                        .collect(),
                )
            }
            (name, MetricKind::Trend) if name.ends_with("_duration") => {
                ("p95", view.trend_slots(name, &filter)?.iter().map(|slot| slot.quantile(0.95)).collect())
            }
            _ => return None,
        };
        drift(&slots).map(|drift| format!("{name} {statistic} within the window: {drift}"))
    };
    measured.metrics.iter().filter_map(told).collect()
}

/// What a page said within the window, or all the time.
fn add_page(
    measured: &mut Measured,
    page: &Scrape,
    samples: Option<&[u8]>,
    bounds: Option<(Instant, Instant)>,
) {
    let read = samples.map(serde_json::from_slice::<PageSamples>);
    let Some(Ok(samples)) = read else {
        let why = if read.is_some() { "what was kept cannot be read" } else { "it was not looked at" };
        return add(measured, no_data(&page.name, why));
    };
    let (from, until) = bounds.unzip();
    add(measured, page_metrics(&page.name, &samples, &page.units, from, until));
    requests::compare_page(measured, page, &samples);
}

fn add(measured: &mut Measured, said: ServerMetrics) {
    measured.server.extend(said.metrics);
    measured.asked.extend(said.asked);
    measured.notes.extend(said.missing.iter().map(|(name, why)| format!("{name}: {why}")));
    measured.notes.extend(said.notes);
}

fn no_data(name: &str, why: &str) -> ServerMetrics {
    let notes = vec![format!("{name}: no data: {why}")];
    ServerMetrics { notes, ..ServerMetrics::default() }
}

/// What a Prometheus says of exactly the window, or why it says nothing: a result is kept and shown without it.
fn answers(
    scrape: &Scrape,
    ended: Instant,
    (from, until): (Instant, Instant),
    asking: Option<Asking<'_>>,
) -> Result<ServerMetrics, String> {
    let Asking { root, environment } = asking.ok_or("it was not asked yet")?;
    let access = access(&scrape.endpoint, root, environment).map_err(|error| error.to_string())?;
    std::thread::sleep(SETTLED.saturating_sub(ended.age()));
    scrape_prometheus(scrape, &access, from, until).map_err(|error| error.to_string())
}
