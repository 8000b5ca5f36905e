//! Asks a Prometheus what its queries say of exactly a window
//! (<https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries>).

mod names;
mod reply;
mod write;

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use reply::Answer;
pub use write::remote_write_client;

use crate::base::clock::Instant;
use crate::base::http::{Access, AccessError, Client};
use crate::manifest::{RequestCounter, Scrape, ScrapeSource};
use crate::result::{
    LabelledPoints, MOST_ASKED, ServerCount, ServerMetrics, asked_series, counted_by_query, query_metrics,
};

/// A query may take this long.
const LIMIT: Duration = Duration::from_secs(30);

/// An answer may have this many bytes.
const MOST_BYTES: u64 = 64 << 20;

/// Prometheus refuses more points a series.
const MOST_POINTS: f64 = 11_000.0;

/// More series of a query become no metrics.
const MOST_SERIES: usize = 1_000;

/// Why a query gives nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoData {
    /// The window ends before it begins.
    #[error("the window is empty")]
    EmptyWindow,
    /// There is no answer.
    #[error("{0}")]
    Unanswered(String),
    /// Something else answers, or something between us and Prometheus.
    #[error("status {status}: {begin}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// How the answer begins.
        begin: String,
    },
    /// The answer is not what Prometheus says.
    #[error("this is no answer of a Prometheus: {0}")]
    Foreign(String),
    /// Prometheus refuses the query.
    #[error("{kind}: {message}")]
    Refused {
        /// Its word for the kind of error.
        kind: String,
        /// What it says.
        message: String,
    },
    /// There is no series of that name, whenever.
    #[error("Prometheus knows no series `{0}`")]
    UnknownSeries(String),
    /// There are series, but not in the window.
    #[error("no values from {from} until {until}")]
    NothingThen {
        /// The window's beginning.
        from: Instant,
        /// Its end.
        until: Instant,
    },
    /// There are values, and none is a number.
    #[error("every value is NaN or infinite")]
    NoNumbers,
    /// The result is of a type that has no plain values.
    #[error("the result is of type {0}, and has no plain numbers")]
    OtherType(String),
}

/// What a query gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// At least one series, each with at least one finite value.
    pub series: Vec<LabelledPoints>,
    /// What Prometheus warns of: then something may be missing.
    pub warnings: Vec<String>,
}

/// A Prometheus, or what answers like one.
#[derive(Debug)]
pub struct Prometheus {
    client: Client,
    /// The URL up to `/api/v1`.
    base: String,
    /// What the URL has behind a question mark.
    parameters: String,
}

/// All queries of a scrape, asked over a window. `from` and `until` are a run's; its Prometheus should have had
/// the time to look at the target once more after `until`.
pub fn scrape_prometheus(
    scrape: &Scrape,
    access: &Access,
    from: Instant,
    until: Instant,
) -> Result<ServerMetrics, AccessError> {
    let mut all = ServerMetrics::default();
    let ScrapeSource::Prometheus { queries } = &scrape.source else { return Ok(all) };
    let prometheus = Prometheus::new(&scrape.endpoint.url, access)?;
    for (name, query) in queries {
        let full_name = format!("{}.{name}", scrape.name);
        match prometheus.query_range(query, from, until) {
            Ok(Answered { mut series, warnings }) => {
                all.notes.extend(
                    warnings.iter().map(|warning| format!("{full_name}: Prometheus warns: {warning}")),
                );
                if series.len() > MOST_SERIES {
                    let note = "series were left out, there are too many";
                    all.notes.push(format!("{full_name}: {} {note}", series.len() - MOST_SERIES));
                    series.truncate(MOST_SERIES);
                }
                let unit = scrape.units.get(name).map_or("", String::as_str);
                let asked = asked_series(&scrape.name, name, unit, &series);
                all.asked.extend(asked.take(MOST_ASKED.saturating_sub(all.asked.len())));
                all.metrics.extend(query_metrics(&scrape.name, name, unit, &series));
            }
            Err(reason) => drop(all.missing.insert(full_name, format!("no data: {reason}"))),
        }
    }
    Ok(all)
}

/// What the query that is the counter of requests grew by between two instants, over all its series that fit.
///
/// # Errors
/// With the reason where it has no values.
pub fn count_requests(
    scrape: &Scrape,
    counter: &RequestCounter,
    access: &Access,
    from: Instant,
    until: Instant,
) -> Result<Option<ServerCount>, String> {
    let ScrapeSource::Prometheus { queries } = &scrape.source else { return Ok(None) };
    let Some(query) = queries.get(&counter.of) else { return Ok(None) };
    let prometheus = Prometheus::new(&scrape.endpoint.url, access).map_err(|error| error.to_string())?;
    let Answered { series, .. } =
        prometheus.query_range(query, from, until).map_err(|error| error.to_string())?;
    Ok(counted_by_query(series.iter().filter(|(labels, _)| counter.has(labels))))
}

impl Prometheus {
    /// The Prometheus at `url`.
    pub fn new(url: &str, access: &Access) -> Result<Self, AccessError> {
        let (base, parameters) = url.split_once('?').unwrap_or((url, ""));
        let client = Client::new(access, LIMIT, MOST_BYTES)?;
        Ok(Self { client, base: base.trim_end_matches('/').to_owned(), parameters: parameters.to_owned() })
    }

    /// The values of `query` from one instant on until another, each second or as often as Prometheus allows.
    pub fn query_range(&self, query: &str, from: Instant, until: Instant) -> Result<Answered, NoData> {
        let (begin, end) = (seconds(from), seconds(until));
        let Some(step) = step(end - begin) else { return Err(NoData::EmptyWindow) };
        let (begin, end) = (format!("{begin:.3}"), format!("{end:.3}"));
        let parameters =
            [("query", query), ("start", begin.as_str()), ("end", end.as_str()), ("step", step.as_str())];
        let Answer { data, warnings } = self.ask("query_range", &parameters)?;
        let series = reply::series(&data)?;
        if series.is_empty() {
            return Err(self.reason(query, from, until));
        }
        let finite = |series: &LabelledPoints| series.1.iter().any(|(_, value)| value.is_finite());
        let series: Vec<_> = series.into_iter().filter(finite).collect();
        if series.is_empty() { Err(NoData::NoNumbers) } else { Ok(Answered { series, warnings }) }
    }

    /// Why a query has no result: the first of its series that is not known at all, or else the window.
    fn reason(&self, query: &str, from: Instant, until: Instant) -> NoData {
        for name in names::metric_names(query) {
            // The names of its labels, whenever: short, however many series there are.
            let parameters = [("match[]", name), ("start", "0"), ("end", "9999999999")];
            match self.ask("labels", &parameters) {
                Ok(labels) if labels.data.as_array().is_some_and(Vec::is_empty) => {
                    return NoData::UnknownSeries(name.to_owned());
                }
                // It is not needed to say that there is nothing.
                Ok(_) | Err(_) => {}
            }
        }
        NoData::NothingThen { from, until }
    }

    fn ask(&self, what: &str, parameters: &[(&str, &str)]) -> Result<Answer, NoData> {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let own = parameters.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        let given = (!self.parameters.is_empty()).then(|| self.parameters.clone());
        let parameters: Vec<String> = given.into_iter().chain(own).collect();
        let url = format!("{}/api/v1/{what}?{}", self.base, parameters.join("&"));
        let answer = self.client.get(&url).map_err(NoData::Unanswered)?;
        reply::answer(answer.status, &self.client.masked(&answer.body))
    }
}

fn seconds(instant: Instant) -> f64 {
    instant.signed_since(Instant::from_milliseconds(0))
}

/// Whole seconds, as few as allowed; none for a window that ends before it begins.
fn step(seconds: f64) -> Option<String> {
    let step = (seconds / (MOST_POINTS - 1.0)).ceil().max(1.0);
    (seconds >= 0.0).then(|| format!("{step:.0}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_window_has_no_more_points_than_prometheus_allows() {
        assert_eq!(step(0.0).as_deref(), Some("1"));
        assert_eq!(step(10_999.0).as_deref(), Some("1"));
        assert_eq!(step(10_999.5).as_deref(), Some("2"));
        for seconds in [3_600.0, 11_000.0, 86_400.0, 604_800.0] {
            let step: f64 = step(seconds).and_then(|step| step.parse().ok()).expect("a step");
            assert!((seconds / step).floor() < MOST_POINTS, "{seconds}");
        }
        assert_eq!(step(-1.0), None);
    }
}
