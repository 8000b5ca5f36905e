//! Whether a server took more requests than k6 sent: then somebody else loaded it too.

use std::collections::BTreeMap;

use super::server_metrics::{LabelledPoints, increase};
use super::{Measured, PageSamples, SeriesKind};

/// What k6 counts requests by: each answer over HTTP, each call over gRPC (a trend with a sample for each), each
/// stream and each WebSocket session.
const SENT: [&str; 4] = ["http_reqs", "grpc_req_duration", "grpc_streams", "ws_sessions"];

/// The server may count so much more, as a share of what k6 sent: retries, and what a proxy asks twice.
const MORE: f64 = 0.05;

/// And so many more: probes of whoever watches the server.
const PROBES: f64 = 10.0;

/// What a server counted during a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServerCount {
    /// The requests: at least so many were counted while the run went on.
    pub requests: f64,
    /// How often it was looked at, which it may have counted as requests.
    pub looks: f64,
}

/// What the counter of a page grew by, all its series together, from the last look before the run to the first one after
/// it; none where there is no such counter. `is_it` says of a name and labels whether they are of it.
pub fn counted_by_page(
    samples: &PageSamples,
    is_it: impl Fn(&str, &BTreeMap<String, String>) -> bool,
) -> Option<ServerCount> {
    let counts = |kind| matches!(kind, SeriesKind::Counter | SeriesKind::Count);
    let parts = samples.series.values().filter(|series| counts(series.kind));
    let grown: Vec<f64> = parts
        .filter(|series| is_it(&series.name, &series.labels))
        .map(|series| increase(&samples.points(series), f64::NEG_INFINITY, f64::INFINITY))
        .map(|grown| grown.map_or(0.0, |grown| grown.total))
        .collect();
    let looks = samples.seconds.len() + samples.missed.values().sum::<usize>();
    (!grown.is_empty()).then(|| ServerCount { requests: grown.iter().sum(), looks: looks as f64 })
}

/// The same of the values of a query within the run. Before a value first changed nobody knows when Prometheus had
/// looked: it may have been before the run, and what came then, a warm-up for instance, is not of the run. So it is
/// counted from the first change on, which may miss some requests and never adds any.
pub fn counted_by_query<'a>(series: impl IntoIterator<Item = &'a LabelledPoints>) -> Option<ServerCount> {
    let mut all: Option<f64> = None;
    for (_, points) in series {
        let finite: Vec<(f64, f64)> = points.iter().copied().filter(|(_, value)| value.is_finite()).collect();
        let changed = finite.windows(2).position(|pair| pair[0].1.total_cmp(&pair[1].1).is_ne());
        let within = changed.map_or(&[][..], |before| &finite[before + 1..]);
        let grown = increase(within, f64::NEG_INFINITY, f64::INFINITY).map_or(0.0, |grown| grown.total);
        *all.get_or_insert(0.0) += grown;
    }
    all.map(|requests| ServerCount { requests, looks: 0.0 })
}

/// What k6 counted of the same, over the whole run; none where it counts no requests of any kind.
fn sent(measured: &Measured) -> Option<f64> {
    let counts = SENT.iter().filter_map(|metric| measured.statistic(metric, "count"));
    let sent: f64 = counts.sum();
    (sent > 0.0).then_some(sent)
}

/// Why a run is doubted whose server counted more requests than k6 sent; `name` is that of the counter. Requests that
/// were on their way when k6 ended are counted by the server and not by k6: one a virtual user.
///
/// # Errors
/// With the reason where k6 counted no requests.
pub fn more_than_sent(
    name: &str,
    counted: ServerCount,
    measured: &Measured,
) -> Result<Option<String>, String> {
    let sent = sent(measured).ok_or_else(|| format!("{name}: not compared, k6 counted no requests"))?;
    let on_their_way = measured.statistic("vus_max", "max").unwrap_or_default();
    let allowed = sent * (1.0 + MORE) + on_their_way + PROBES + counted.looks;
    let ServerCount { requests, .. } = counted;
    Ok((requests > allowed).then(|| {
        format!("somebody else loaded the server: {name} counted {requests:.0} requests, k6 sent {sent:.0}")
    }))
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::super::page_samples::Reading;
    use super::*;
    use crate::base::clock::Instant;
    use crate::result::{Metric, MetricKind};

    fn measured(counts: &[(&str, f64)], vus: f64) -> Measured {
        let metric = |name: &str, statistic: &str, value: f64| {
            let statistics = IndexMap::from([(statistic.to_owned(), value)]);
            (name.to_owned(), Metric { statistics, ..Metric::empty(MetricKind::Counter, "1") })
        };
        let counts = counts.iter().map(|(name, count)| metric(name, "count", *count));
        Measured { metrics: counts.chain([metric("vus_max", "max", vus)]).collect(), ..Measured::default() }
    }

    #[test]
    fn what_may_be_a_probe_or_on_its_way_is_no_reason_to_doubt() {
        let told = |requests: f64, looks: f64, vus: f64| {
            let counted = ServerCount { requests, looks };
            more_than_sent("server.calls", counted, &measured(&[("http_reqs", 1000.0)], vus)).expect("sent")
        };
        assert_eq!((told(1000.0, 0.0, 0.0), told(900.0, 0.0, 0.0)), (None, None));
        assert_eq!((told(1060.0, 0.0, 0.0), told(1085.0, 5.0, 20.0)), (None, None));
        let doubt = "somebody else loaded the server: server.calls counted 1061 requests, k6 sent 1000";
        assert_eq!(told(1061.0, 0.0, 0.0).as_deref(), Some(doubt));
        assert!(told(1086.0, 5.0, 20.0).is_some());
    }

    #[test]
    fn calls_over_grpc_are_requests_too_and_without_any_nothing_is_compared() {
        let both = measured(&[("http_reqs", 100.0), ("grpc_req_duration", 900.0)], 0.0);
        let counted = |requests: f64| ServerCount { requests, looks: 0.0 };
        assert_eq!(more_than_sent("a", counted(1000.0), &both), Ok(None));
        assert!(more_than_sent("a", counted(1100.0), &both).is_ok_and(|doubt| doubt.is_some()));
        let none = measured(&[("iterations", 5.0)], 0.0);
        let why = "a: not compared, k6 counted no requests";
        assert_eq!(more_than_sent("a", counted(1.0), &none), Err(why.to_owned()));
    }

    #[test]
    fn a_page_counts_from_its_first_look_to_its_last_over_all_series_of_the_counter() {
        let mut samples = PageSamples::new(Instant::from_milliseconds(0), 1.0);
        let look = |kind, name: &str, method: &str, value| Reading {
            name: name.to_owned(),
            labels: BTreeMap::from([("method".to_owned(), method.to_owned())]),
            family: name.to_owned(),
            kind,
            unit: String::new(),
            value,
        };
        let counter = |method: &str, value| look(SeriesKind::Counter, "calls_total", method, value);
        samples.push(0.0, [counter("a", 100.0), look(SeriesKind::Gauge, "calls_total_now", "a", 9.0)]);
        samples.push(1.0, [counter("a", 110.0), counter("b", 4.0)]);
        // The server was started again.
        samples.push(2.0, [counter("a", 3.0), counter("b", 5.0)]);
        samples.miss("status 503".to_owned());
        let is = |method: &'static str| {
            move |name: &str, labels: &BTreeMap<String, String>| {
                name == "calls_total" && (method.is_empty() || labels["method"] == method)
            }
        };
        assert_eq!(
            counted_by_page(&samples, is("")),
            Some(ServerCount { requests: 10.0 + 3.0 + 5.0, looks: 4.0 })
        );
        assert_eq!(counted_by_page(&samples, is("b")).map(|counted| counted.requests), Some(5.0));
        assert_eq!(counted_by_page(&samples, |name, _| name == "calls_total_now"), None);
        assert_eq!(counted_by_page(&samples, |_, _| false), None);
    }

    #[test]
    fn a_query_counts_from_its_first_change_on() {
        let of = |values: &[f64]| {
            let points = values.iter().enumerate().map(|(second, value)| (second as f64, *value)).collect();
            counted_by_query(&[(BTreeMap::new(), points)]).map(|counted| counted.requests)
        };
        // A warm-up of 500 before the run is in the first value that was seen after it began.
        assert_eq!(of(&[0.0, 0.0, 510.0, 530.0, 530.0, 560.0]), Some(50.0));
        assert_eq!((of(&[7.0, 7.0]), of(&[0.0, 9.0]), of(&[f64::NAN])), (Some(0.0), Some(0.0), Some(0.0)));
        assert_eq!(of(&[5.0, 6.0, 2.0, 4.0]), Some(4.0), "it was started again");
        assert_eq!(counted_by_query(&[]), None);
    }
}
