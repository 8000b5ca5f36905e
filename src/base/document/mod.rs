//! A document as a tree of values that know where they stand; TOML and JSON read into the same tree.

mod json;
mod text;
mod toml;

pub use json::read as read_json;
pub use text::{TextError, read_source};
pub use toml::read as read_toml;

use indexmap::IndexMap;

use super::source::Place;

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The value.
    pub tree: Tree,
    /// Where it stands.
    pub place: Place,
}

/// The values that both TOML and JSON can say.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    /// JSON's `null`.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction or an exponent; always finite.
    Float(f64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Item>),
    /// A table or object in the order of its keys in the file.
    Table(Table),
}

/// A table: keys with their own places, in file order.
pub type Table = IndexMap<String, Entry>;

/// One key of a table with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Where the key stands.
    pub key: Place,
    /// The value.
    pub item: Item,
}

impl Item {
    /// The word for this kind of value in messages.
    pub fn kind(&self) -> &'static str {
        match self.tree {
            Tree::Null => "null",
            Tree::Bool(_) => "a truth value",
            Tree::Integer(_) => "a whole number",
            Tree::Float(_) => "a number",
            Tree::Text(_) => "a string",
            Tree::List(_) => "a list",
            Tree::Table(_) => "a table",
        }
    }

    /// The string, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        if let Tree::Text(text) = &self.tree { Some(text) } else { None }
    }

    /// The table, if it is one.
    pub fn as_table(&self) -> Option<&Table> {
        if let Tree::Table(table) = &self.tree { Some(table) } else { None }
    }

    /// The list, if it is one.
    pub fn as_list(&self) -> Option<&[Item]> {
        if let Tree::List(items) = &self.tree { Some(items) } else { None }
    }

    /// The value without its places.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.tree {
            Tree::Null => Value::Null,
            Tree::Bool(value) => Value::from(*value),
            Tree::Integer(value) => Value::from(*value),
            Tree::Float(value) => Value::from(*value),
            Tree::Text(value) => Value::from(value.as_str()),
            Tree::List(items) => items.iter().map(Item::to_json).collect(),
            Tree::Table(table) => table_to_json(table).into(),
        }
    }

    /// The value as people write it in an id or a message: strings bare, the rest as JSON.
    pub fn label(&self) -> String {
        match &self.tree {
            Tree::Text(text) => text.clone(),
            Tree::Float(value) => plain_number(*value),
            _ => self.to_json().to_string(),
        }
    }
}

/// A table without its places, keys in file order.
pub fn table_to_json(table: &Table) -> serde_json::Map<String, serde_json::Value> {
    table.iter().map(|(key, entry)| (key.clone(), entry.item.to_json())).collect()
}

/// Puts `item` under `path`, making tables on the way.
pub fn assign(table: &mut Table, path: &[String], item: &Item) {
    let Some((first, rest)) = path.split_first() else { return };
    let place = || item.place.clone();
    if rest.is_empty() {
        table.insert(first.clone(), Entry { key: place(), item: item.clone() });
        return;
    }
    let empty = || Entry { key: place(), item: Item { tree: Tree::Table(Table::new()), place: place() } };
    let below = table.entry(first.clone()).or_insert_with(empty);
    if !matches!(below.item.tree, Tree::Table(_)) {
        below.item.tree = Tree::Table(Table::new());
    }
    if let Tree::Table(inner) = &mut below.item.tree {
        assign(inner, rest, item);
    }
}

/// A number as a person would write it: `2` for 2.0, never an exponent.
pub fn plain_number(value: f64) -> String {
    format!("{value}")
}
