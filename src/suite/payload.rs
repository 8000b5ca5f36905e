//! `[payload.NAME]`: payloads that are built, by repeating the rows of a file or from a template.

use super::range::range;
use crate::base::document::{Entry, Item, Table, Tree};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Place;
use crate::base::table::{Fields, expected, text};

/// The most rows of a built payload: beyond it the number is surely a mistake.
const MOST_ROWS: i64 = 10_000_000;

/// A payload that is built, once for every number of rows.
#[derive(Debug, Clone)]
pub struct BuiltPayload {
    /// As in `[payload.NAME]`.
    pub name: String,
    /// Where the name stands.
    pub place: Place,
    /// The file of the payloads folder that it is made of.
    pub source: String,
    /// Where that is named.
    pub source_place: Place,
    /// Whether the source is a template; else its rows are repeated.
    pub is_template: bool,
    /// The numbers of rows; none for a template without rows.
    pub rows: Vec<u32>,
    /// What a template sees as `vars`.
    pub vars: Table,
}

impl BuiltPayload {
    /// The file names that it is built under, with the rows of each: `NAME-8.json`, or `NAME.json` where it
    /// has no numbers of rows.
    pub fn files(&self) -> Vec<(String, Option<u32>)> {
        let plain = self.source.trim_end_matches(".tera").trim_end_matches(".j2");
        let file = plain.rsplit('/').next().unwrap_or(plain);
        let ending = file.rsplit_once('.').map(|(_, ending)| format!(".{ending}")).unwrap_or_default();
        if self.rows.is_empty() {
            return vec![(format!("{}{ending}", self.name), None)];
        }
        self.rows.iter().map(|rows| (format!("{}-{rows}{ending}", self.name), Some(*rows))).collect()
    }

    pub(super) fn read(name: &str, entry: &Entry) -> Result<Self, Mistakes> {
        let mut fields = Fields::of_item(&entry.item)?;
        let repeated = fields.item("repeat");
        let template = fields.item("template");
        let rows = fields.read("rows", rows);
        let vars = fields.table("vars").cloned().unwrap_or_default();
        let mut mistakes = fields.finish();
        if name.is_empty() || name.contains(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c)) {
            let mistake = Mistake::at(&entry.key, format!("`{name}` cannot be a payload's name"));
            mistakes.push(mistake.label("expected letters, digits, `.`, `_` and `-`"));
        }
        let source = match (repeated, template) {
            (Some(file), None) | (None, Some(file)) => mistakes.collect(text(file).map(|text| (text, file))),
            _ => {
                let mistake =
                    Mistake::at(&entry.key, "a payload is built by exactly one of `repeat` and `template`");
                mistakes.push(mistake.hint("repeat = \"one.json\" repeats the rows of payloads/one.json"));
                None
            }
        };
        if repeated.is_some() && entry.item.as_table().is_some_and(|table| !table.contains_key("rows")) {
            mistakes.push(Mistake::at(&entry.key, "`rows` is missing: how often is to be repeated"));
        }
        if let Some(vars) = repeated.and(entry.item.as_table()).and_then(|table| table.get("vars")) {
            mistakes.push(Mistake::at(&vars.key, "`vars` belongs to `template`"));
        }
        let Some((source, item)) = source else { return Err(mistakes) };
        mistakes.or(Self {
            name: name.to_owned(),
            place: entry.key.clone(),
            source: source.to_owned(),
            source_place: item.place.clone(),
            is_template: template.is_some(),
            rows: rows.unwrap_or_default(),
            vars,
        })
    }
}

/// One number of rows, a list of them, or a range.
fn rows(item: &Item) -> Result<Vec<u32>, Mistakes> {
    let items = match &item.tree {
        Tree::List(items) => items.clone(),
        Tree::Table(_) => range(item)?,
        _ => vec![item.clone()],
    };
    if items.is_empty() {
        return Err(Mistake::at(&item.place, "`rows` is empty").label("expected at least one number").into());
    }
    let mut mistakes = Mistakes::default();
    let mut rows: Vec<u32> = Vec::with_capacity(items.len());
    for item in &items {
        let count = match item.tree {
            Tree::Integer(count @ 1..=MOST_ROWS) => u32::try_from(count).ok(),
            _ => None,
        };
        match count {
            Some(count) if rows.contains(&count) => {
                mistakes.push(Mistake::at(&item.place, format!("{count} rows stand above already")));
            }
            Some(count) => rows.push(count),
            None => mistakes.push(expected(&format!("a whole number from 1 to {MOST_ROWS}"), item)),
        }
    }
    mistakes.or(rows)
}
