//! `[export.prometheus]`: a Prometheus, or what takes its remote write.

use std::collections::BTreeMap;

use super::endpoint::Endpoint;
use super::export_labels::labels;
use crate::base::document::Item;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::table::{Fields, expected, text, texts};

/// Where Prometheus takes remote write, and what a base address is completed with.
const WRITE: &str = "/api/v1/write";

/// How addresses of remote write end that are taken as they are: those of Prometheus, Mimir, Cortex, Thanos.
const WRITES: [&str; 4] = [WRITE, "/api/v1/push", "/api/prom/push", "/api/v1/receive"];

/// What is sent of a trend unless `statistics` says it.
const STATISTICS: [&str; 9] = ["count", "sum", "avg", "min", "max", "p50", "p90", "p95", "p99"];

/// A destination for series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrometheusExport {
    /// Where remote write goes: the whole address.
    pub endpoint: Endpoint,
    /// The address before `/api/v1` at which arrival is asked for; none where nobody said it and it cannot be known.
    pub query: Option<String>,
    /// Whether runs are sent while they go on.
    pub live: bool,
    /// What becomes of a trend.
    pub trends: Trends,
    /// Labels of every series beside howitzer's own.
    pub labels: BTreeMap<String, String>,
}

/// What becomes of a trend's histogram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trends {
    /// One series a statistic, under the names that k6 gives them.
    Statistics(Vec<TrendStatistic>),
    /// A native histogram, which the server must be ready for.
    Native,
}

/// One statistic of a trend.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendStatistic {
    /// How names end: `p95`, `count`.
    pub name: String,
    /// What it is.
    pub kind: TrendKind,
}

impl Eq for TrendStatistic {}

/// What a statistic of a trend is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TrendKind {
    /// How many values.
    Count,
    /// Their sum.
    Sum,
    /// Their mean.
    Mean,
    /// The value below which this share (0 to 1) lies; 0 is the least, 1 the greatest.
    Quantile(f64),
}

impl PrometheusExport {
    /// Reads the table.
    pub(super) fn read(item: &Item) -> Result<Self, Mistakes> {
        let mut fields = Fields::of_item(item)?;
        let endpoint = Endpoint::read(&mut fields, "url");
        if fields.item("url").is_none() {
            fields.mistakes.push(expected("`url`, the address of a Prometheus", item));
        }
        let query = fields.read("query", query);
        let live = fields.truth("live").unwrap_or(true);
        let statistics = fields.read("statistics", statistics);
        let place = fields.item("statistics").map(|item| item.place.clone());
        let native = fields.read("trends", is_native).unwrap_or(false);
        if let Some(place) = place.filter(|_| native) {
            fields.mistakes.push(Mistake::at(&place, "`statistics` are for `trends = \"statistics\"`"));
        }
        let labels = fields.read("labels", labels).unwrap_or_default();
        let mistakes = fields.finish();
        let Some(endpoint) = endpoint else { return Err(mistakes) };
        let trends = match statistics {
            _ if native => Trends::Native,
            Some(statistics) => Trends::Statistics(statistics),
            None => Trends::default(),
        };
        mistakes.or(Self { live, trends, labels, ..Self::at(endpoint, query) })
    }

    /// The one at this address, with every default; none where that is no address.
    pub fn of_address(address: &str) -> Option<Self> {
        Endpoint::of_address(address).map(|endpoint| Self::at(endpoint, None))
    }

    /// A destination with every default. `endpoint` has a base address or that of remote write itself.
    fn at(mut endpoint: Endpoint, query: Option<String>) -> Self {
        let base = endpoint.url.trim_end_matches('/').to_owned();
        let is_whole = WRITES.iter().any(|write| base.ends_with(write));
        let of_prometheus =
            if is_whole { base.strip_suffix(WRITE).map(str::to_owned) } else { Some(base.clone()) };
        endpoint.url = if is_whole { base } else { format!("{base}{WRITE}") };
        let query = query.or(of_prometheus);
        Self { endpoint, query, live: true, trends: Trends::default(), labels: BTreeMap::new() }
    }
}

impl Default for Trends {
    fn default() -> Self {
        Self::Statistics(STATISTICS.iter().filter_map(|name| TrendStatistic::of(name)).collect())
    }
}

impl TrendStatistic {
    /// `avg`, `min`, `max`, `med`, `count`, `sum`, `p95`, `p99.9`; `p(95)` as k6 writes it.
    pub fn of(written: &str) -> Option<Self> {
        let inner = written.strip_prefix("p(").and_then(|rest| rest.strip_suffix(')'));
        let percent = inner.or_else(|| written.strip_prefix('p'));
        let kind = match written {
            "count" => TrendKind::Count,
            "sum" => TrendKind::Sum,
            "avg" => TrendKind::Mean,
            "min" => TrendKind::Quantile(0.0),
            "med" => TrendKind::Quantile(0.5),
            "max" => TrendKind::Quantile(1.0),
            _ => {
                let percent: f64 = percent?.parse().ok()?;
                TrendKind::Quantile(Some(percent / 100.0).filter(|share| (0.0..=1.0).contains(share))?)
            }
        };
        let name =
            percent.map_or_else(|| written.to_owned(), |percent| format!("p{}", percent.replace('.', "")));
        Some(Self { name, kind })
    }
}

/// An address before `/api/v1`, without a user: whoever may write may ask.
fn query(item: &Item) -> Result<String, Mistakes> {
    let written = text(item)?;
    let is_http = written.starts_with("http://") || written.starts_with("https://");
    let is_address = is_http && written.parse::<ureq::http::Uri>().is_ok_and(|uri| uri.host().is_some());
    if !is_address || written.contains(['@', '?', '#']) {
        let mistake = Mistake::at(&item.place, "this is no address at which queries can be asked");
        return Err(mistake.label("expected one such as \"http://127.0.0.1:9090\", without a user").into());
    }
    Ok(written.trim_end_matches('/').trim_end_matches("/api/v1").to_owned())
}

fn is_native(item: &Item) -> Result<bool, Mistakes> {
    match text(item)? {
        "native" => Ok(true),
        "statistics" => Ok(false),
        other => Err(Mistake::at(&item.place, format!("unknown `trends` `{other}`"))
            .label("expected \"statistics\" or \"native\"")
            .nearest(other, ["statistics", "native"])
            .into()),
    }
}

fn statistics(item: &Item) -> Result<Vec<TrendStatistic>, Mistakes> {
    let written = texts(item)?;
    let mut mistakes = Mistakes::default();
    let mut statistics = Vec::new();
    for (name, item) in written.iter().zip(item.as_list().into_iter().flatten()) {
        if let Some(statistic) = TrendStatistic::of(name) {
            statistics.push(statistic);
        } else {
            let known = "expected `count`, `sum`, `avg`, `min`, `med`, `max` or a percentile such as `p95`";
            mistakes.push(Mistake::at(&item.place, format!("unknown statistic `{name}`")).label(known));
        }
    }
    mistakes.or(statistics)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::sample;

    fn read(text: &str) -> Result<PrometheusExport, String> {
        let workspace = sample::read(&format!("[export.prometheus]\n{text}\n"));
        let workspace = workspace.map_err(|said| said.to_string())?;
        Ok(workspace.prometheus().cloned().expect("the table is there"))
    }

    #[test]
    fn an_address_is_a_base_or_that_of_remote_write_itself() {
        for (written, write, query) in [
            ("http://p:9090", "http://p:9090/api/v1/write", Some("http://p:9090")),
            ("http://p:9090/", "http://p:9090/api/v1/write", Some("http://p:9090")),
            ("http://p/x/api/v1/write", "http://p/x/api/v1/write", Some("http://p/x")),
            ("https://mimir/api/v1/push", "https://mimir/api/v1/push", None),
        ] {
            let export = read(&format!("url = \"{written}\"")).expect("valid");
            assert_eq!((export.endpoint.url.as_str(), export.query.as_deref()), (write, query));
        }
        let asked = read("url = \"https://mimir/api/v1/push\"\nquery = \"https://mimir/prometheus/\"")
            .expect("valid");
        assert_eq!(asked.query.as_deref(), Some("https://mimir/prometheus"));
    }

    #[test]
    fn statistics_have_the_names_of_k6() {
        let export = read("url = \"http://p\"\nstatistics = [\"p(99.9)\", \"p95\", \"med\"]").expect("valid");
        let Trends::Statistics(statistics) = export.trends else { panic!("statistics") };
        let names: Vec<&str> = statistics.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["p999", "p95", "med"]);
    }

    #[test]
    fn what_is_wrong_is_told_where_it_stands_and_without_the_secret() {
        let said = read("url = \"http://me:hunter2@p\"\nstatistics = [\"p101\"]\nlabels = { case = \"x\", \"a-b\" = \"y\" }\ntrends = \"nativ\"\nurll = 1")
            .expect_err("wrong");
        for part in [
            "unknown statistic `p101`",
            "`case` is set by howitzer",
            "`a-b` cannot be",
            "did you mean `native`?",
            "unknown key `urll`",
        ] {
            assert!(said.contains(part), "{part} is missing in:\n{said}");
        }
        assert!(!said.contains("hunter2"), "{said}");
        assert!(read("live = true").expect_err("no address").contains("`url`"));
    }
}
