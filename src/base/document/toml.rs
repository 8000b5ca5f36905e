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
    let end = source.text.len();
    let span = |error: &toml::de::Error| error.span().unwrap_or(end..end);
    let mut errors = errors;
    errors.sort_by_key(|error| span(error).start);
    let mut mistakes = Mistakes::default();
    // At one wrong character the parser stumbles on to the end of the line.
    let mut told_to = None;
    errors.retain(|error| {
        let start = span(error).start.min(end);
        if told_to.is_some_and(|told_to| start <= told_to) {
            return false;
        }
        told_to = Some(source.text[start..].find('\n').map_or(end, |newline| start + newline));
        true
    });
    for error in errors.iter().take(MOST) {
        mistakes.push(in_words(error.message(), &place(source, span(error))));
    }
    mistakes.or(())?;
    let reader = Reader { source };
    let range = document.span();
    let table = reader.table(document.get_ref())?;
    Ok(Item { tree: Tree::Table(table), place: place(source, range) })
}

/// One wrong character can make the parser stumble at each that follows.
const MOST: usize = 20;

/// The parser's messages as a person would say them who sees the file.
fn in_words(message: &str, place: &Place) -> Mistake {
    let text = &place.source.text;
    let written = text.get(place.range.clone()).unwrap_or_default();
    let at = |message: &str| Mistake::at(place, message);
    match message.split(['\n', ',']).next().unwrap_or_default() {
        "string values must be quoted" if written.trim().is_empty() => at("the value is missing"),
        "string values must be quoted" => at("this is no value").hint("a string stands in quotes, \"5s\""),
        "duplicate key" if text[..place.range.start].ends_with("[[") => {
            at(&format!("`{written}` stands twice"))
                .hint(format!("every one of a list begins with `[[{written}]]`"))
        }
        "duplicate key" => at(&format!("`{written}` stands twice")),
        "missing assignment between key-value pairs" | "key with no value"
            if text[place.range.start..].starts_with(['{', '(']) =>
        {
            at("this character cannot stand in a key").hint("put the key in quotes")
        }
        "cannot recurse further; max recursion depth met" => at("nested too deeply"),
        "missing escaped value" => {
            at("no character is escaped so").hint("write `\\\\`, or put the string in single quotes")
        }
        "invalid basic string" if message.ends_with("expected `\"`") => {
            at("the string is not closed, expected `\"`")
        }
        "invalid basic string" => at("this character cannot stand in a string").hint("write it as `\\uXXXX`"),
        "invalid unquoted key" if text[place.range.start..].starts_with(':') => {
            at("expected `=` after the key, found `:`")
        }
        _ => at(&message.replace('\n', ", ")),
    }
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
