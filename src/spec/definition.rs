//! `[metric.NAME]`: metrics of the user's own, computed from what a run left. Editing them runs nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::metrics;
use super::statistics::is_percent;
use crate::base::document::{Entry, Item, Table, Tree};
use crate::base::duration;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::table::{Fields, expected, text};

/// A metric of the user's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// The metric that it is computed from.
    pub of: String,
    /// How.
    pub how: How,
    /// The tags, as patterns, of the samples that a percentile or a share is of; all samples where there are none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// How a metric is computed from another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// A percentile of a trend, 0 to 100.
    Percentile(f64),
    /// The share of a trend's samples that are below a bound, in the trend's unit.
    Below(f64),
    /// The part of a counter whose tags match: its count, its rate and its share of the whole.
    Where(BTreeMap<String, String>),
    /// A counter over another one.
    Per(String),
}

impl How {
    /// Whether it gives a share of a whole, from 0 to 1.
    pub fn is_share(&self) -> bool {
        matches!(self, Self::Below(_) | Self::Where(_))
    }
}

impl Definition {
    /// Reads `[metric.NAME]`: `of`, and one of `percentile`, `below`, `where` and `per`; `where` may stand beside
    /// `percentile` and `below`.
    pub fn read(name: &str, entry: &Entry) -> Result<Self, Mistakes> {
        let mut fields = Fields::of_item(&entry.item)?;
        let of = fields.text("of").map(str::to_owned);
        let ways = [
            fields.read("percentile", percent).map(How::Percentile),
            fields.read("below", bound).map(How::Below),
            fields.read("per", text).map(|other| How::Per(other.to_owned())),
        ];
        let tags = fields.read("where", tags);
        let had_mistakes = fields.mistakes.iter().next().is_some();
        let mut mistakes = fields.finish();
        if metrics::builtin(name).is_some() {
            let message = format!("`{name}` is a metric of k6's own");
            mistakes.push(Mistake::at(&entry.key, message).label("expected another name"));
        }
        let mut ways = ways.into_iter().flatten();
        let how = match (ways.next(), ways.next(), tags) {
            (None, None, Some(tags)) => Some((How::Where(tags), BTreeMap::new())),
            (Some(How::Per(_)), _, Some(_)) | (_, Some(_), _) | (None, None, None) => None,
            (Some(how), None, tags) => Some((how, tags.unwrap_or_default())),
        };
        let (Some(of), Some((how, tags))) = (of, how) else {
            if !had_mistakes {
                let message = format!(
                    "`metric.{name}` needs `of`, and one of `percentile`, `below` (both also with `where`), `where` and `per`"
                );
                mistakes.push(Mistake::at(&entry.key, message));
            }
            return Err(mistakes);
        };
        mistakes.or(Self { name: name.to_owned(), of, how, tags })
    }
}

fn percent(item: &Item) -> Result<f64, Mistakes> {
    number(item)
        .filter(|percent| is_percent(*percent))
        .ok_or_else(|| expected("a number from 0 to 100", item).into())
}

fn number(item: &Item) -> Option<f64> {
    match &item.tree {
        Tree::Integer(number) => Some(*number as f64),
        Tree::Float(number) if number.is_finite() => Some(*number),
        _ => None,
    }
}

/// Durations are milliseconds.
fn bound(item: &Item) -> Result<f64, Mistakes> {
    let time = || item.as_text().and_then(duration::parse).map(|limit| limit.as_secs_f64() * 1000.0);
    number(item)
        .or_else(time)
        .ok_or_else(|| expected("a number, or a duration such as \"200ms\"", item).into())
}

fn tags(item: &Item) -> Result<BTreeMap<String, String>, Mistakes> {
    let table = item.as_table().filter(|table: &&Table| !table.is_empty());
    let table = table.ok_or_else(|| expected("a table of tags such as { status = \"5*\" }", item))?;
    let mut mistakes = Mistakes::default();
    let mut tags = BTreeMap::new();
    for (name, entry) in table {
        if let Some(pattern) = mistakes.collect(text(&entry.item)) {
            tags.insert(name.clone(), pattern.to_owned());
        }
    }
    mistakes.or(tags)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::document::read_toml;
    use crate::base::source::Source;

    fn read(line: &str) -> Result<Definition, String> {
        let source = Arc::new(Source { path: "x.toml".into(), text: line.to_owned() });
        let document = read_toml(&source).expect("TOML");
        let (name, entry) = document.as_table().and_then(|table| table.first()).expect("one entry");
        Definition::read(name, entry).map_err(|mistakes| mistakes.to_string())
    }

    #[test]
    fn each_way_is_read() {
        let ways = [
            ("a = { of = \"x\", percentile = 99.95 }", How::Percentile(99.95)),
            ("a = { of = \"x\", below = \"200ms\" }", How::Below(200.0)),
            (
                "a = { of = \"x\", where = { status = \"5*\" } }",
                How::Where([("status".into(), "5*".into())].into()),
            ),
            ("a = { of = \"x\", per = \"y\" }", How::Per("y".into())),
        ];
        for (line, how) in ways {
            let tags = BTreeMap::new();
            assert_eq!(read(line), Ok(Definition { name: "a".into(), of: "x".into(), how, tags }), "{line}");
        }
        let tagged =
            read("a = { of = \"x\", percentile = 99, where = { name = \"/a\" } }").expect("a definition");
        assert_eq!((tagged.how, tagged.tags), (How::Percentile(99.0), [("name".into(), "/a".into())].into()));
    }

    #[test]
    fn what_is_wrong_is_told_where_it_is() {
        let cases = [
            ("a = { of = \"x\" }", "needs `of`, and one of"),
            ("a = { percentile = 5 }", "needs `of`, and one of"),
            ("a = { of = \"x\", percentile = 5, below = 1 }", "needs `of`, and one of"),
            ("a = { of = \"x\", per = \"y\", where = { a = \"b\" } }", "needs `of`, and one of"),
            ("a = { of = \"x\", percentile = 101 }", "expected a number from 0 to 100"),
            ("a = { of = \"x\", where = {} }", "expected a table of tags"),
            ("a = { of = \"x\", belo = 1 }", "did you mean `below`?"),
            ("http_reqs = { of = \"x\", per = \"y\" }", "is a metric of k6's own"),
        ];
        for (line, fragment) in cases {
            let message = read(line).expect_err(line);
            assert!(message.contains(fragment) && message.contains("x.toml:1:"), "{line}: {message}");
        }
    }
}
