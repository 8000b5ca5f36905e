//! What lies under a test: the workspace's `[defaults]`, the suite's over them, the test's own keys on top.

use std::sync::Arc;

use crate::base::document::{Entry, Item, Table, Tree};

/// Tables that are merged key by key; everything else replaces what lies below.
const MERGED: [&str; 4] = ["vars", "env", "k6", "expect"];

/// The layers of a test as they are written, the lowest first.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    /// `[defaults]` of `howitzer.toml`.
    pub workspace: Arc<Table>,
    /// `[defaults]` of the suite.
    pub suite: Arc<Table>,
    /// The test itself.
    pub test: Table,
}

impl Layers {
    /// One over the other.
    pub fn merged(&self) -> Table {
        merge(&merge(&self.workspace, &self.suite), &self.test)
    }
}

/// `above` over `below`.
pub(super) fn merge(below: &Table, above: &Table) -> Table {
    let mut merged = below.clone();
    for (key, entry) in above {
        match merged.get_mut(key) {
            Some(lower) if MERGED.contains(&key.as_str()) => overlay(&mut lower.item, &entry.item),
            _ => {
                merged.insert(key.clone(), entry.clone());
            }
        }
    }
    merged
}

/// `above` over `below`: two tables key by key, anything else as a whole.
pub(super) fn overlay(below: &mut Item, above: &Item) {
    match (&mut below.tree, &above.tree) {
        (Tree::Table(below), Tree::Table(above)) => {
            for (key, entry) in above {
                overlay_entry(below, key, entry);
            }
        }
        _ => *below = above.clone(),
    }
}

fn overlay_entry(below: &mut Table, key: &str, entry: &Entry) {
    match below.get_mut(key) {
        Some(lower) => overlay(&mut lower.item, &entry.item),
        None => {
            below.insert(key.to_owned(), entry.clone());
        }
    }
}

/// `item` over what stands under `path`, making tables on the way.
pub fn overlay_at(table: &mut Table, path: &[String], item: &Item) {
    let Some((first, rest)) = path.split_first() else { return };
    let entry =
        |tree: Tree| Entry { key: item.place.clone(), item: Item { tree, place: item.place.clone() } };
    if rest.is_empty() {
        overlay_entry(table, first, &entry(item.tree.clone()));
        return;
    }
    let below = table.entry(first.clone()).or_insert_with(|| entry(Tree::Table(Table::new())));
    if !matches!(below.item.tree, Tree::Table(_)) {
        below.item.tree = Tree::Table(Table::new());
    }
    if let Tree::Table(inner) = &mut below.item.tree {
        overlay_at(inner, rest, item);
    }
}

/// As [`overlay_at`], but a field of a scenario makes no scenario: an axis may give a case another one.
pub fn overlay_present(fields: &mut Table, path: &[String], item: &Item) {
    if !is_missing_scenario(0, fields, path) {
        overlay_at(fields, path, item);
    }
}

/// Whether `path` leads into a scenario that is not in `table`, which stands itself under its first `above` parts.
pub(super) fn is_missing_scenario(above: usize, table: &Table, path: &[String]) -> bool {
    let into_scenario = path.len() > 3 && path[0] == "k6" && path[1] == "scenarios";
    let (Some(first), true) = (path.get(above), into_scenario && above < 3) else { return false };
    let rest = &path[above + 1..3];
    table.get(first).is_none_or(|entry| value_at(&entry.item, rest).is_none())
}

/// The value under `path`.
pub fn value_at<'a>(item: &'a Item, path: &[String]) -> Option<&'a Item> {
    path.iter().try_fold(item, |item, part| Some(&item.as_table()?.get(part)?.item))
}
