//! `requests` of a scrape: which of its numbers counts the requests that the server took.

use std::collections::BTreeMap;

use glob::Pattern;
use indexmap::IndexMap;

use super::scrape::ScrapeSource;
use crate::base::document::{Item, Table, Tree};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::table::{Fields, expected, text};

/// The counter of requests of a scrape; all its series together are compared with what k6 sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestCounter {
    /// A counter of the page, or a query whose values are one.
    pub of: String,
    /// Patterns that the labels of its series fit, by label; all series where there are none.
    pub labels: BTreeMap<String, Pattern>,
}

impl RequestCounter {
    /// Reads a name, or `{ of = "NAME", where = { LABEL = "PATTERN" } }`.
    pub(super) fn read(item: &Item, source: &ScrapeSource) -> Result<Self, Mistakes> {
        if let Tree::Text(name) = &item.tree {
            check_name(name, item, source)?;
            return Ok(Self { of: name.clone(), labels: BTreeMap::new() });
        }
        if item.as_table().is_none() {
            let form = "the name of a counter, or { of = \"NAME\", where = { LABEL = \"PATTERN\" } }";
            return Err(expected(form, item).into());
        }
        let mut fields = Fields::of_item(item)?;
        let of = fields.read("of", |item| {
            let name = text(item)?;
            check_name(name, item, source)?;
            Ok(name.to_owned())
        });
        let labels = fields.read("where", patterns).unwrap_or_default();
        let is_there = item.as_table().is_some_and(|table| table.contains_key("of"));
        let mut mistakes = fields.finish();
        if !is_there {
            mistakes
                .push(Mistake::at(&item.place, "`of` is missing").label("expected the name of a counter"));
        }
        match of {
            Some(of) => mistakes.or(Self { of, labels }),
            None => Err(mistakes),
        }
    }

    /// Whether a series of the page with this name and these labels is a part of it.
    pub fn is(&self, name: &str, labels: &BTreeMap<String, String>) -> bool {
        name == self.of && self.has(labels)
    }

    /// Whether these labels fit; a label that is missing is an empty one, as in Prometheus.
    pub fn has(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = |label: &String| labels.get(label).map_or("", String::as_str);
        self.labels.iter().all(|(label, pattern)| pattern.matches(value(label)))
    }

    /// It in one text, for keys.
    pub(super) fn definition(&self) -> String {
        let labels: IndexMap<&str, &str> =
            self.labels.iter().map(|(label, pattern)| (label.as_str(), pattern.as_str())).collect();
        serde_json::json!({ "of": self.of, "where": labels }).to_string()
    }
}

fn check_name(name: &str, item: &Item, source: &ScrapeSource) -> Result<(), Mistakes> {
    match source {
        ScrapeSource::Prometheus { queries } if !queries.contains_key(name) => {
            let mistake = Mistake::at(&item.place, format!("there is no query `{name}`"));
            Err(mistake.nearest(name, queries.keys().map(String::as_str)).into())
        }
        _ if name.is_empty() => Err(expected("the name of a counter", item).into()),
        _ => Ok(()),
    }
}

fn patterns(item: &Item) -> Result<BTreeMap<String, Pattern>, Mistakes> {
    let table = item.as_table().filter(|table: &&Table| !table.is_empty());
    let table = table.ok_or_else(|| expected("a table of labels such as { method = \"Model*\" }", item))?;
    let mut mistakes = Mistakes::default();
    let mut patterns = BTreeMap::new();
    for (label, entry) in table {
        let pattern = text(&entry.item).and_then(|written| {
            let refused = |error| Mistake::at(&entry.item.place, format!("this is no pattern: {error}"));
            Pattern::new(written).map_err(|error| refused(error).into())
        });
        if let Some(pattern) = mistakes.collect(pattern) {
            patterns.insert(label.clone(), pattern);
        }
    }
    mistakes.or(patterns)
}
