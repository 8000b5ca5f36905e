//! Series of the server's side become metrics of a case: levels are averaged, counters become increases and
//! rates over exactly the window.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::page_samples::{Labels, PageSamples, Series, SeriesKind, series_name};
use super::{AskedSeries, Metric, MetricKind};
use crate::base::clock::Instant;
use crate::base::counted::counted;

/// The metrics of a case that come from its server, and what could not be had.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServerMetrics {
    /// By name, `SCRAPE.SERIES{label="value"}`: the dot is in no metric of k6.
    pub metrics: IndexMap<String, Metric>,
    /// What queries said by time, as far as charts show it.
    pub asked: Vec<AskedSeries>,
    /// `SCRAPE` or `SCRAPE.SERIES` with `no data: REASON`.
    pub missing: IndexMap<String, String>,
    /// What else there is to say, in sentences.
    pub notes: Vec<String>,
}

/// The labels of a series, and its values by time in seconds since the epoch.
pub type LabelledPoints = (Labels, Vec<(f64, f64)>);

/// How much a counter grew.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Increase {
    /// By how much, in its unit.
    pub total: f64,
    /// In which time, in seconds: less than the window where it was not seen throughout.
    pub seconds: f64,
}

/// How many observations a histogram had within the window.
#[derive(Debug, Clone, PartialEq)]
pub struct HistogramIncrease {
    /// Its name.
    pub family: String,
    /// Its labels without `le`.
    pub labels: Labels,
    /// Upper bounds with the number of observations not above them, sorted; the last bound is infinite.
    pub buckets: Vec<(f64, f64)>,
}

/// How much a counter grew between two times, all in seconds. Between two looks it grew evenly; where it
/// fell, its server was started again and counted from 0 (as `increase` of Prometheus has it,
/// <https://prometheus.io/docs/prometheus/latest/querying/functions/#increase>, but not extrapolated).
pub fn increase(points: &[(f64, f64)], from: f64, until: f64) -> Option<Increase> {
    let ((first, _), (last, _)) = (*points.first()?, *points.last()?);
    let (from, until) = (from.max(first), until.min(last));
    if until <= from {
        return None;
    }
    let mut total = 0.0;
    for pair in points.windows(2) {
        let ((begin, before), (end, after)) = (pair[0], pair[1]);
        let grown = if after >= before { after - before } else { after };
        let overlap = until.min(end) - from.max(begin);
        if overlap > 0.0 && end > begin {
            total += grown * overlap / (end - begin);
        }
    }
    Some(Increase { total, seconds: until - from })
}

/// Mean, least, greatest and last of the values between two times, both included.
pub fn levels(points: &[(f64, f64)], from: f64, until: f64) -> Option<IndexMap<String, f64>> {
    let within = points.iter().filter(|(at, value)| (from..=until).contains(at) && value.is_finite());
    let values: Vec<f64> = within.map(|(_, value)| *value).collect();
    let last = *values.last()?;
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let named = [("avg", mean), ("min", least), ("max", greatest), ("value", last)];
    Some(named.map(|(name, value)| (name.to_owned(), value)).into())
}

/// The metrics of the page `scrape` between two instants, without one from the first or until the last look;
/// `units` are those of the manifest, by name.
pub fn page_metrics(
    scrape: &str,
    samples: &PageSamples,
    units: &IndexMap<String, String>,
    from: Option<Instant>,
    until: Option<Instant>,
) -> ServerMetrics {
    let mut all = ServerMetrics::default();
    let window = window(samples, from, until);
    for series in samples.series.values() {
        let name = match series.kind {
            SeriesKind::Bucket | SeriesKind::Sum => continue,
            SeriesKind::Count => &series.family,
            SeriesKind::Counter | SeriesKind::Gauge => &series.name,
        };
        let name = format!("{scrape}.{}", series_name(name, &series.labels));
        match measure(samples, series, window) {
            Some((kind, statistics)) => {
                let unit = units.get(&series.name).or_else(|| units.get(&series.family));
                let unit = unit.unwrap_or(&series.unit).clone();
                all.metrics.insert(name, Metric { statistics, ..Metric::empty(kind, &unit) });
            }
            None => drop(all.missing.insert(name, "no data: not seen often enough in the window".to_owned())),
        }
    }
    if all.metrics.is_empty() {
        all.missing = IndexMap::from([(scrape.to_owned(), format!("no data: {}", nothing(samples, window)))]);
    }
    all.notes = notes(scrape, samples);
    all
}

/// Why a page yields nothing.
fn nothing(samples: &PageSamples, (from, until): (f64, f64)) -> String {
    let seen = samples.seconds.iter().any(|at| (from..=until).contains(at));
    match samples.main_reason() {
        Some(reason) if !seen => reason.to_owned(),
        _ if samples.seconds.is_empty() => "the page was not looked at".to_owned(),
        _ if samples.series.is_empty() => "the page has none of these metrics".to_owned(),
        _ => "the window is shorter than the pause between two looks".to_owned(),
    }
}

fn notes(scrape: &str, samples: &PageSamples) -> Vec<String> {
    let failed: usize = samples.missed.values().sum();
    let reason = samples.main_reason().filter(|_| !samples.seconds.is_empty());
    let missed = reason.map(|reason| format!("{scrape}: {} failed: {reason}", counted(failed, "look")));
    let left_out = (samples.left_out > 0)
        .then(|| format!("{scrape}: {} series were left out, there are too many", samples.left_out));
    missed.into_iter().chain(left_out).collect()
}

fn measure(
    samples: &PageSamples,
    series: &Series,
    (from, until): (f64, f64),
) -> Option<(MetricKind, IndexMap<String, f64>)> {
    let points = samples.points(series);
    if series.kind == SeriesKind::Gauge {
        return Some((MetricKind::Gauge, levels(&points, from, until)?));
    }
    let grown = increase(&points, from, until)?;
    let mut statistics = IndexMap::from([("count".to_owned(), grown.total)]);
    if series.kind == SeriesKind::Counter {
        statistics.insert("rate".to_owned(), grown.total / grown.seconds);
        return Some((MetricKind::Counter, statistics));
    }
    let sum = samples.series.get(&series_name(&format!("{}_sum", series.family), &series.labels));
    let sum = sum.and_then(|sum| increase(&samples.points(sum), from, until));
    if let Some(sum) = sum.filter(|_| grown.total > 0.0) {
        statistics.insert("avg".to_owned(), sum.total / grown.total);
    }
    Some((MetricKind::Trend, statistics))
}

/// The window in seconds since the start of a watch.
fn window(samples: &PageSamples, from: Option<Instant>, until: Option<Instant>) -> (f64, f64) {
    let seconds = |instant: Instant| instant.signed_since(samples.started);
    (from.map_or(f64::NEG_INFINITY, seconds), until.map_or(f64::INFINITY, seconds))
}

/// The increases of all histograms of a page between two instants, as [`page_metrics`] has them.
pub fn histogram_increases(
    samples: &PageSamples,
    from: Option<Instant>,
    until: Option<Instant>,
) -> Vec<HistogramIncrease> {
    let (from, until) = window(samples, from, until);
    let mut all: BTreeMap<(&str, Labels), Vec<(f64, f64)>> = BTreeMap::new();
    for series in samples.series.values().filter(|series| series.kind == SeriesKind::Bucket) {
        let mut labels = series.labels.clone();
        let bound = labels.remove("le").and_then(|bound| bound.parse().ok());
        if let (Some(bound), Some(grown)) = (bound, increase(&samples.points(series), from, until)) {
            all.entry((&series.family, labels)).or_default().push((bound, grown.total));
        }
    }
    let sorted = |((family, labels), mut buckets): ((&str, Labels), Vec<(f64, f64)>)| {
        buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
        HistogramIncrease { family: family.to_owned(), labels, buckets }
    };
    all.into_iter().map(sorted).collect()
}

/// The metrics of one query: a series each, `SCRAPE.QUERY{label="value"}`.
pub fn query_metrics(
    scrape: &str,
    query: &str,
    unit: &str,
    series: &[LabelledPoints],
) -> IndexMap<String, Metric> {
    let metric = |(labels, points): &LabelledPoints| {
        let statistics = levels(points, f64::NEG_INFINITY, f64::INFINITY)?;
        let name = series_name(&format!("{scrape}.{query}"), labels);
        let unit = unit.to_owned();
        Some((name, Metric { statistics, ..Metric::empty(MetricKind::Gauge, &unit) }))
    };
    series.iter().filter_map(metric).collect()
}

#[cfg(test)]
mod tests {
    use super::super::page_samples::Reading;
    use super::*;

    fn reading(name: &str, kind: SeriesKind, value: f64) -> Reading {
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
        let family = family.unwrap_or(name).to_owned();
        let labels = BTreeMap::new();
        Reading { name: name.to_owned(), labels, family, kind, unit: "s".to_owned(), value }
    }

    fn at(seconds: f64) -> Instant {
        #[allow(clippy::cast_possible_truncation, reason = "small numbers of a test")]
        Instant::from_milliseconds((seconds * 1000.0) as i64)
    }

    fn samples(looks: &[(f64, Vec<Reading>)]) -> PageSamples {
        let mut samples = PageSamples::new(at(0.0), 1.0);
        for (seconds, readings) in looks {
            samples.push(*seconds, readings.clone());
        }
        samples
    }

    #[test]
    fn an_increase_is_that_of_the_window_and_survives_a_restart() {
        let points = [(0.0, 100.0), (1.0, 110.0), (2.0, 130.0), (3.0, 5.0), (4.0, 9.0)];
        let of = |from, until| increase(&points, from, until).map(|grown| (grown.total, grown.seconds));
        assert_eq!(of(0.0, 2.0), Some((30.0, 2.0)));
        assert_eq!(of(0.5, 1.5), Some((5.0 + 10.0, 1.0)));
        assert_eq!(of(2.0, 4.0), Some((5.0 + 4.0, 2.0)));
        assert_eq!(of(-10.0, 10.0), Some((39.0, 4.0)));
        assert_eq!((of(5.0, 6.0), of(1.0, 1.0), increase(&points[..1], 0.0, 9.0)), (None, None, None));
    }

    #[test]
    fn levels_are_those_within_the_window() {
        let points = [(0.0, 50.0), (1.0, 1.0), (2.0, f64::NAN), (3.0, 4.0), (4.0, 2.5), (5.0, 90.0)];
        let levels = levels(&points, 1.0, 4.0).expect("values");
        assert_eq!(levels, [("avg", 2.5), ("min", 1.0), ("max", 4.0), ("value", 2.5)].map(owned).into());
        assert_eq!(super::levels(&points, 1.5, 2.5), None);
    }

    fn owned((name, value): (&str, f64)) -> (String, f64) {
        (name.to_owned(), value)
    }

    #[test]
    fn a_page_gives_counts_and_rates_levels_and_means_of_distributions() {
        let look = |at: f64, requests: f64, memory: f64, sum: f64, count: f64| {
            let readings = vec![
                reading("requests_total", SeriesKind::Counter, requests),
                reading("memory", SeriesKind::Gauge, memory),
                reading("time_seconds_sum", SeriesKind::Sum, sum),
                reading("time_seconds_count", SeriesKind::Count, count),
            ];
            (at, readings)
        };
        let looks = [
            look(0.0, 10.0, 1.0, 0.5, 10.0),
            look(1.0, 20.0, 5.0, 1.5, 20.0),
            look(2.0, 40.0, 3.0, 5.5, 40.0),
        ];
        let units = IndexMap::from([("memory".to_owned(), "bytes".to_owned())]);
        let all = page_metrics("page", &samples(&looks), &units, Some(at(0.0)), Some(at(2.0)));
        let of = |name: &str| {
            let metric = &all.metrics[name];
            let statistics: Vec<_> =
                metric.statistics.iter().map(|(name, value)| (name.as_str(), *value)).collect();
            (metric.kind, metric.unit.as_str(), statistics)
        };
        assert_eq!(
            of("page.requests_total"),
            (MetricKind::Counter, "s", vec![("count", 30.0), ("rate", 15.0)])
        );
        let memory = vec![("avg", 3.0), ("min", 1.0), ("max", 5.0), ("value", 3.0)];
        assert_eq!(of("page.memory"), (MetricKind::Gauge, "bytes", memory));
        let mean = 5.0 / 30.0;
        assert_eq!(of("page.time_seconds"), (MetricKind::Trend, "s", vec![("count", 30.0), ("avg", mean)]));
        assert_eq!((all.metrics.len(), all.missing.len(), all.notes.len()), (3, 0, 0));
    }

    #[test]
    fn buckets_give_the_distribution_of_the_window() {
        let bucket = |bound: &str, value: f64| {
            let labels = BTreeMap::from([("le".to_owned(), bound.to_owned())]);
            Reading { labels, ..reading("t_bucket", SeriesKind::Bucket, value) }
        };
        let looks = [
            (0.0, vec![bucket("+Inf", 9.0), bucket("0.1", 4.0)]),
            (1.0, vec![bucket("+Inf", 19.0), bucket("0.1", 7.0)]),
        ];
        let grown = histogram_increases(&samples(&looks), None, None);
        assert_eq!(grown[0].buckets, [(0.1, 3.0), (f64::INFINITY, 10.0)]);
        assert_eq!((grown.len(), grown[0].family.as_str(), grown[0].labels.len()), (1, "t", 0));
    }

    #[test]
    fn a_page_without_data_says_why() {
        let told = |samples: &PageSamples, until: f64| {
            let all = page_metrics("page", samples, &IndexMap::new(), Some(at(0.0)), Some(at(until)));
            assert!(all.metrics.is_empty());
            all.missing["page"].clone()
        };
        let mut dead = samples(&[]);
        assert_eq!(told(&dead, 9.0), "no data: the page was not looked at");
        dead.miss("connection refused".to_owned());
        assert_eq!(told(&dead, 9.0), "no data: connection refused");
        assert_eq!(told(&samples(&[(0.0, Vec::new())]), 9.0), "no data: the page has none of these metrics");
        let once = samples(&[(0.0, vec![reading("a_total", SeriesKind::Counter, 1.0)])]);
        assert_eq!(told(&once, 0.5), "no data: the window is shorter than the pause between two looks");
    }

    #[test]
    fn looks_that_failed_are_counted() {
        let gauge = || vec![reading("g", SeriesKind::Gauge, 1.0)];
        let mut samples = samples(&[(0.0, gauge()), (1.0, gauge())]);
        samples.miss("status 503".to_owned());
        let all = page_metrics("page", &samples, &IndexMap::new(), None, None);
        assert_eq!(all.notes, ["page: 1 look failed: status 503"]);
    }

    #[test]
    fn a_query_gives_a_metric_a_series_and_none_for_what_is_no_number() {
        let labels = BTreeMap::from([("instance".to_owned(), "a\"b".to_owned())]);
        let series = [(labels, vec![(0.0, 1.0), (1.0, 3.0)]), (BTreeMap::new(), vec![(0.0, f64::NAN)])];
        let metrics = query_metrics("server", "cpu", "1", &series);
        let (name, metric) = metrics.first().expect("a metric");
        assert_eq!((name.as_str(), metrics.len()), ("server.cpu{instance=\"a\\\"b\"}", 1));
        assert_eq!((metric.unit.as_str(), metric.statistics["avg"]), ("1", 2.0));
    }
}
