//! TOML into the positioned tree.

use std::sync::Arc;

use indexmap::IndexMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Entry, Item, Table, Tree};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::{Place, Source};

/// Reads a whole TOML file; all syntax errors of the file are reported.
pub fn read(source: &Arc<Source>) -> Result<Item, Mistakes> {
    let (document, errors) = DeTable::parse_recoverable(&source.text);
    let mut mistakes = Mistakes::default();
    for error in errors {
        let end = source.text.len();
        let range = error.span().unwrap_or(end..end);
        mistakes.push(Mistake::at(&place(source, range), error.message().replace('\n', ", ")));
    }
    mistakes.or(())?;
    let reader = Reader { source };
    let range = document.span();
    let table = reader.table(document.get_ref())?;
    Ok(Item { tree: Tree::Table(table), place: place(source, range) })
}

fn place(source: &Arc<Source>, range: std::ops::Range<usize>) -> Place {
    Place { source: Arc::clone(source), range }
}

struct Reader<'a> {
    source: &'a Arc<Source>,
}

impl Reader<'_> {
    fn table(&self, table: &DeTable<'_>) -> Result<Table, Mistakes> {
        let mut entries: Vec<_> = table.iter().collect();
        // Dotted keys and later `[headers]` may have touched a table out of order.
        entries.sort_by_key(|(key, _)| key.span().start);
        let mut read = IndexMap::with_capacity(entries.len());
        for (key, value) in entries {
            let entry = Entry { key: place(self.source, key.span()), item: self.item(value)? };
            read.insert(key.get_ref().to_string(), entry);
        }
        Ok(read)
    }

    fn item(&self, value: &Spanned<DeValue<'_>>) -> Result<Item, Mistakes> {
        let place = place(self.source, value.span());
        let tree = match value.get_ref() {
            DeValue::String(text) => Tree::Text(text.to_string()),
            DeValue::Boolean(truth) => Tree::Bool(*truth),
            DeValue::Integer(number) => {
                let parsed = i64::from_str_radix(number.as_str(), number.radix());
                Tree::Integer(parsed.map_err(|_| Mistake::at(&place, "the number does not fit 64 bits"))?)
            }
            DeValue::Float(number) => match number.as_str().parse::<f64>() {
                Ok(value) if value.is_finite() => Tree::Float(value),
                _ => return Err(Mistake::at(&place, "expected a finite number").into()),
            },
            DeValue::Datetime(_) => {
                let mistake = Mistake::at(&place, "a date has no meaning here");
                return Err(mistake.hint("put it in quotes to use it as a string").into());
            }
            DeValue::Array(items) => {
                Tree::List(items.iter().map(|item| self.item(item)).collect::<Result<_, _>>()?)
            }
            DeValue::Table(table) => Tree::Table(self.table(table)?),
        };
        Ok(Item { tree, place })
    }
}
