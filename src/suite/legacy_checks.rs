//! The ancestor's published threshold `check: ["value>0.5"]`, which no k6 accepts, read as what it means:
//! the metric is `checks`, and its aggregation `rate`.

use crate::base::document::{Entry, Item, Table, Tree};
use crate::base::mistake::Mistake;

/// The options with their thresholds on `check` put under `checks`, and a note where there was one.
pub(super) fn translated(mut options: Table, notes: &mut Vec<String>) -> Table {
    let Some(Tree::Table(thresholds)) = options.get_mut("thresholds").map(|entry| &mut entry.item.tree)
    else {
        return options;
    };
    let mut read = Table::with_capacity(thresholds.len());
    for (metric, entry) in std::mem::take(thresholds) {
        let Some(name) = translated_name(&metric) else {
            add(&mut read, metric, entry);
            continue;
        };
        let entry = Entry { item: translated_item(&entry.item), ..entry };
        let message = format!("k6 has no metric `{metric}`: read as `{name}`, its `value` as `rate`");
        let note = Mistake::at(&entry.key, message).note();
        if !notes.contains(&note) {
            notes.push(note);
        }
        add(&mut read, name, entry);
    }
    *thresholds = read;
    options
}

/// `checks` for `check`, tags kept.
fn translated_name(metric: &str) -> Option<String> {
    let rest = metric.strip_prefix("check")?;
    (rest.is_empty() || rest.starts_with('{')).then(|| format!("checks{rest}"))
}

/// Thresholds under one metric come together.
fn add(thresholds: &mut Table, metric: String, entry: Entry) {
    match thresholds.get_mut(&metric).map(|known| &mut known.item.tree) {
        Some(Tree::List(known)) => match entry.item.tree {
            Tree::List(more) => known.extend(more),
            _ => known.push(entry.item),
        },
        _ => {
            thresholds.insert(metric, entry);
        }
    }
}

fn translated_item(item: &Item) -> Item {
    let tree = match &item.tree {
        Tree::Text(text) => Tree::Text(translated_expression(text)),
        Tree::List(items) => Tree::List(items.iter().map(translated_item).collect()),
        Tree::Table(table) => {
            let mut table = table.clone();
            if let Some(entry) = table.get_mut("threshold") {
                entry.item = translated_item(&entry.item);
            }
            Tree::Table(table)
        }
        other => other.clone(),
    };
    Item { tree, place: item.place.clone() }
}

fn translated_expression(text: &str) -> String {
    let rest = text.trim_start();
    rest.strip_prefix("value").map_or_else(|| text.to_owned(), |rest| format!("rate{rest}"))
}
