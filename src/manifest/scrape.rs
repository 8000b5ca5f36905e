//! `[scrape.NAME]`: what the server's side says of a run, asked of Prometheus afterwards or read off a metrics
//! page while it goes on.

use std::collections::BTreeMap;

use glob::Pattern;
use indexmap::IndexMap;

use super::endpoint::{Endpoint, literal_secrets};
use super::request_counter::RequestCounter;
use crate::base::document::{Item, Table};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Place;
use crate::base::table::{Fields, expected, text};

/// A source of server metrics as the manifest describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Scrape {
    /// Its name, which its metrics begin with.
    pub name: String,
    /// Where it is defined.
    pub place: Place,
    /// Where it is asked.
    pub endpoint: Endpoint,
    /// How.
    pub source: ScrapeSource,
    /// The units of queries or of metrics of the page, by name.
    pub units: IndexMap<String, String>,
    /// What of it counts the requests that the server took, where that is said.
    pub requests: Option<RequestCounter>,
    /// The targets whose runs it belongs to; all where none is named.
    pub targets: Vec<String>,
}

/// The two kinds of sources.
#[derive(Debug, Clone, PartialEq)]
pub enum ScrapeSource {
    /// Range queries over a run's window, by name; they can be asked again.
    Prometheus {
        /// PromQL by name.
        queries: IndexMap<String, String>,
    },
    /// A page in Prometheus' text form, looked at each second of a run; it is part of the run.
    Page {
        /// The metrics to keep; all where none is named.
        names: Vec<Pattern>,
    },
}

impl Scrape {
    /// Reads `[scrape.NAME]`; `targets` are those of the manifest.
    pub(super) fn read(name: &str, item: &Item, targets: &[&str]) -> Result<Self, Mistakes> {
        let mut fields = Fields::of_item(item)?;
        let is_page = fields.item("metrics").is_some();
        if is_page == fields.item("prometheus").is_some() {
            return Err(expected("exactly one of `prometheus` and `metrics`", item).into());
        }
        let endpoint = Endpoint::read(&mut fields, if is_page { "metrics" } else { "prometheus" });
        let mut source = if is_page {
            ScrapeSource::Page { names: fields.read("names", patterns).unwrap_or_default() }
        } else {
            if !item.as_table().is_some_and(|table| table.contains_key("queries")) {
                let missing = Mistake::at(&item.place, "`queries` is missing");
                fields.mistakes.push(missing.label("expected queries = { NAME = \"PROMQL\" }"));
            }
            ScrapeSource::Prometheus { queries: fields.read("queries", queries).unwrap_or_default() }
        };
        let units = fields.read("units", |item| units(item, &source)).unwrap_or_default();
        let requests = fields.read("requests", |item| RequestCounter::read(item, &source));
        if let (Some(counter), ScrapeSource::Page { names }) = (&requests, &mut source) {
            also_keep(&counter.of, names);
        }
        let targets = read_targets(&mut fields, targets);
        let mistakes = fields.finish();
        match endpoint {
            Some(endpoint) => {
                let (name, place) = (name.to_owned(), item.place.clone());
                mistakes.or(Self { name, place, endpoint, source, units, requests, targets })
            }
            None => Err(mistakes),
        }
    }

    /// Whether it says something of runs on `target`; a run without one meets what names none.
    pub fn is_for(&self, target: Option<&str>) -> bool {
        self.targets.is_empty() || target.is_some_and(|target| self.targets.iter().any(|own| own == target))
    }

    /// All that decides over what it yields, for keys: no secret, and not how it is let in.
    pub fn definition(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::from([("url".to_owned(), self.endpoint.url.clone())]);
        match &self.source {
            ScrapeSource::Prometheus { queries } => {
                all.extend(queries.iter().map(|(name, query)| (format!("query {name}"), query.clone())));
            }
            ScrapeSource::Page { names } => {
                let names = names.iter().map(|name| (format!("name {name}"), String::new()));
                all.extend(names.chain([("page".to_owned(), String::new())]));
            }
        }
        all.extend(self.units.iter().map(|(name, unit)| (format!("unit {name}"), unit.clone())));
        all.extend(self.requests.iter().map(|counter| ("requests".to_owned(), counter.definition())));
        all
    }

    /// Whether it is a page, which is looked at while a run goes on.
    pub fn is_page(&self) -> bool {
        matches!(self.source, ScrapeSource::Page { .. })
    }

    /// What of its definition decides over what is seen: all but the units and the counter of requests.
    pub fn seen(&self) -> BTreeMap<String, String> {
        let is_read_later = |part: &str| part.starts_with("unit ") || part == "requests";
        self.definition().into_iter().filter(|(part, _)| !is_read_later(part)).collect()
    }
}

/// What counts requests is kept, whatever else is.
fn also_keep(name: &str, names: &mut Vec<Pattern>) {
    if names.is_empty() || names.iter().any(|pattern| pattern.matches(name)) {
        return;
    }
    names.extend(Pattern::new(&Pattern::escape(name)));
}

/// All `[scrape.NAME]` tables.
pub(super) fn read_all(item: &Item, targets: Option<&Table>) -> Result<IndexMap<String, Scrape>, Mistakes> {
    let table = item.as_table().ok_or_else(|| expected("a table of scrapes", item))?;
    let targets: Vec<&str> = targets.into_iter().flat_map(Table::keys).map(String::as_str).collect();
    let mut mistakes = Mistakes::default();
    let mut scrapes = IndexMap::new();
    for (name, entry) in table {
        if !is_name(name) {
            mistakes.push(no_name(&entry.key, name));
        } else if let Some(scrape) = mistakes.collect(Scrape::read(name, &entry.item, &targets)) {
            scrapes.insert(name.clone(), scrape);
        }
    }
    let secrets: Vec<_> = table.values().flat_map(|entry| literal_secrets(&entry.item)).collect();
    mistakes.hiding(&secrets).or(scrapes)
}

/// A part of a metric's name: a dot ends it, a brace begins its labels.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn no_name(place: &Place, name: &str) -> Mistake {
    Mistake::at(place, format!("`{name}` cannot be a part of a metric's name"))
        .label("expected letters, digits, `_` and `-`")
}

fn patterns(item: &Item) -> Result<Vec<Pattern>, Mistakes> {
    let items = item.as_list().ok_or_else(|| expected("a list of names, `*` and `?` allowed", item))?;
    let mut mistakes = Mistakes::default();
    let mut patterns = Vec::new();
    for item in items {
        let pattern = text(item).and_then(|written| {
            Pattern::new(written)
                .map_err(|error| Mistake::at(&item.place, format!("this is no pattern: {error}")).into())
        });
        patterns.extend(mistakes.collect(pattern));
    }
    mistakes.or(patterns)
}

fn queries(item: &Item) -> Result<IndexMap<String, String>, Mistakes> {
    let table = item.as_table().ok_or_else(|| expected("a table of queries by name", item))?;
    let mut mistakes = Mistakes::default();
    let mut queries = IndexMap::new();
    if table.is_empty() {
        mistakes.push(expected("at least one query", item));
    }
    for (name, entry) in table {
        if !is_name(name) {
            mistakes.push(no_name(&entry.key, name));
        }
        match mistakes.collect(text(&entry.item)) {
            Some(query) if query.trim().is_empty() => {
                mistakes.push(Mistake::at(&entry.item.place, "the query is empty"));
            }
            Some(query) => drop(queries.insert(name.clone(), query.to_owned())),
            None => {}
        }
    }
    mistakes.or(queries)
}

fn units(item: &Item, source: &ScrapeSource) -> Result<IndexMap<String, String>, Mistakes> {
    let table = item.as_table().ok_or_else(|| expected("a table of units by name", item))?;
    let mut mistakes = Mistakes::default();
    let mut units = IndexMap::new();
    for (name, entry) in table {
        if let ScrapeSource::Prometheus { queries } = source
            && !queries.contains_key(name)
        {
            let mistake = Mistake::at(&entry.key, format!("there is no query `{name}`"));
            mistakes.push(mistake.nearest(name, queries.keys().map(String::as_str)));
        }
        if let Some(unit) = mistakes.collect(text(&entry.item)) {
            units.insert(name.clone(), unit.to_owned());
        }
    }
    mistakes.or(units)
}

/// `target` or `targets`, each of which exists.
fn read_targets(fields: &mut Fields<'_>, known: &[&str]) -> Vec<String> {
    let one = fields.read("target", |item| existing(item, known));
    let many = fields.read("targets", |item| {
        let items = item.as_list().ok_or_else(|| expected("a list of targets", item))?;
        items.iter().map(|item| existing(item, known)).collect::<Result<Vec<_>, _>>()
    });
    one.into_iter().chain(many.into_iter().flatten()).collect()
}

fn existing(item: &Item, known: &[&str]) -> Result<String, Mistakes> {
    let name = text(item)?;
    if known.contains(&name) {
        return Ok(name.to_owned());
    }
    let mistake = Mistake::at(&item.place, format!("there is no target `{name}`"));
    Err(mistake.nearest(name, known.iter().copied()).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::sample::{self, refused};
    use crate::manifest::{EnvironmentValue, Secret};

    fn read(text: &str) -> Result<IndexMap<String, Scrape>, Mistakes> {
        sample::read(text).map(|workspace| workspace.scrapes)
    }

    const PROMETHEUS: &str = "[scrape.server]\nprometheus = \"http://127.0.0.1:9090\"\n";

    #[test]
    fn a_prometheus_has_queries_with_units_and_a_page_has_names() {
        let read = read(
            "[target.digits]\n[scrape.server]\nprometheus = \"https://prometheus:9090/p\"\n\
             queries = { cpu = \"rate(process_cpu_seconds_total[10s])\" }\nunits = { cpu = \"1\" }\n\
             target = \"digits\"\nbearer = { env = \"TOKEN\" }\nca = \"ca.pem\"\n\
             [scrape.page]\nmetrics = \"http://127.0.0.1:8008/metrics\"\nnames = [\"process_*\"]\n",
        )
        .expect("valid");
        let (server, page) = (&read["server"], &read["page"]);
        let token = EnvironmentValue::From { name: "TOKEN".into(), secret: true, in_key: false };
        assert_eq!((server.endpoint.bearer.clone(), server.units["cpu"].as_str()), (Some(token), "1"));
        assert_eq!((server.is_for(Some("digits")), server.is_for(Some("other"))), (true, false));
        assert!(!server.is_for(None) && page.is_for(None));
        let ScrapeSource::Page { names } = &page.source else { panic!("a page") };
        assert!(names[0].matches("process_cpu_seconds_total"));
        assert_ne!(server.definition(), page.definition());
    }

    #[test]
    fn a_scrape_is_of_exactly_one_kind_and_has_what_that_needs() {
        refused("[scrape.a]\n", &["exactly one of `prometheus` and `metrics`", "howitzer.toml:1:1"]);
        refused(&format!("{PROMETHEUS}metrics = \"http://a/\"\n"), &["exactly one of"]);
        refused(PROMETHEUS, &["`queries` is missing"]);
        refused(&format!("{PROMETHEUS}queries = {{}}\n"), &["at least one query"]);
        refused(&format!("{PROMETHEUS}queries = {{ \"a.b\" = \"up\" }}\n"), &["howitzer.toml:3:13", "`a.b`"]);
        refused("[scrape.\"a b\"]\nmetrics = \"http://a/\"\n", &["`a b` cannot be a part"]);
    }

    #[test]
    fn names_that_are_not_known_are_told_with_the_nearest() {
        let queries = "queries = { cpu = \"up\" }\n";
        refused(&format!("{PROMETHEUS}{queries}querys = 1\n"), &["unknown key `querys`", "`queries`?"]);
        refused(&format!("{PROMETHEUS}{queries}names = []\n"), &["unknown key `names`"]);
        refused(&format!("{PROMETHEUS}{queries}units = {{ cpi = \"1\" }}\n"), &["no query `cpi`", "`cpu`?"]);
        let target = format!("[target.digits]\n{PROMETHEUS}{queries}targets = [\"digit\"]\n");
        refused(&target, &["howitzer.toml:5:12", "no target `digit`", "did you mean `digits`?"]);
    }

    #[test]
    fn a_counter_of_requests_is_a_name_or_one_with_labels() {
        let page = "[scrape.a]\nmetrics = \"http://a/\"\nnames = [\"cpu\"]\n";
        let plain = read(&format!("{page}requests = \"calls_total\"\n")).expect("valid")["a"].clone();
        let ScrapeSource::Page { names } = &plain.source else { panic!("a page") };
        assert!(names[1].matches("calls_total"), "what is compared is kept");
        let labels = |method: &str| BTreeMap::from([("method".to_owned(), method.to_owned())]);
        let counter = plain.requests.clone().expect("a counter");
        assert!(counter.is("calls_total", &labels("x")) && !counter.is("calls", &labels("x")));
        let some = "requests = { of = \"calls_total\", where = { method = \"Model*\" } }\n";
        let some = read(&format!("{page}{some}")).expect("valid")["a"].clone();
        let counter = some.requests.clone().expect("a counter");
        assert!(counter.has(&labels("ModelInfer")) && !counter.has(&labels("Live")));
        assert!(!counter.has(&BTreeMap::new()));
        assert_ne!(plain.definition(), some.definition());
        assert_eq!(plain.seen(), some.seen(), "which series are compared runs nothing");
        refused(&format!("{page}requests = 1\n"), &["howitzer.toml:4:12", "the name of a counter"]);
        refused(&format!("{page}requests = {{}}\n"), &["`of` is missing"]);
        refused(&format!("{page}requests = {{ of = \"x\", were = {{}} }}\n"), &["did you mean `where`?"]);
        let queries = "queries = { cpu = \"up\" }\nrequests = \"cpi\"\n";
        refused(&format!("{PROMETHEUS}{queries}"), &["no query `cpi`", "`cpu`?"]);
    }

    #[test]
    fn an_address_is_one_of_http() {
        for wrong in ["127.0.0.1:9090", "ftp://a/", "http://", "http:///x", "http://a b/", "http://a/#x"] {
            refused(&format!("[scrape.a]\nmetrics = \"{wrong}\"\n"), &["howitzer.toml:2:11", "address"]);
        }
        let cert = "[scrape.a]\nmetrics = \"https://a/\"\ncert = \"c.pem\"\n";
        refused(cert, &["`cert` and `key` belong together"]);
        refused("[scrape.a]\nmetrics = \"http://a/\"\ninsecure = true\n", &["are for `https://`"]);
    }

    #[test]
    fn a_literal_secret_is_refused_and_not_shown() {
        let page = "[scrape.a]\nmetrics = \"http://a/\"\n";
        for secret in ["bearer = \"hunter2-token\"", "headers = { Authorization = \"hunter2-token\" }"] {
            let said =
                refused(&format!("{page}{secret}\n"), &["is a secret", "write { env = \"NAME\" }", ":3:"]);
            assert!(!said.contains("hunter2"), "{said}");
        }
        let inline = "[scrape]\na = { metrics = \"http://a/\", bearer = \"hunter2\", x = 1 }\n";
        assert!(!refused(inline, &["unknown key `x`", "is a secret"]).contains("hunter2"));
        refused(&format!("{page}bearer = {{ from = \"A\" }}\n"), &["unknown key `from`", "`env` is missing"]);
        refused(&format!("{page}headers = {{ \"a b\" = \"c\" }}\n"), &["cannot be the name of a header"]);
        refused(&format!("{page}headers = {{ a = 1 }}\n"), &["a string or { env = \"NAME\" }"]);
    }

    #[test]
    fn a_user_in_an_address_is_a_secret() {
        let page = "[scrape.a]\nmetrics = \"http://me:hunter2@a:1/m\"\n";
        let endpoint = read(page).expect("valid")["a"].endpoint.clone();
        assert_eq!(endpoint.url, "http://a:1/m");
        assert_eq!(endpoint.user_info.as_ref().map(Secret::reveal), Some("me:hunter2"));
        assert!(!format!("{endpoint:?}").contains("hunter2"));
        let said =
            refused(&format!("{page}bearer = {{ env = \"A\" }}\n"), &["exclude each other", "toml:2:11"]);
        assert!(!said.contains("hunter2"), "{said}");
    }
}
