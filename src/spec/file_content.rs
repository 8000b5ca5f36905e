//! `{ file = "certs/key.pem", secret = true }` where an option takes text: the content of a file, which the
//! script reads by `open()`. It stands neither in the suite nor in the script.

use super::option_type::OptionType;
use super::options::check_name;
use crate::base::document::{Item, Table, Tree};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Place;
use crate::base::table::Fields;

/// A file whose content is an option's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileContent {
    /// Relative to the workspace, as written.
    pub path: String,
    /// Whether the content is never kept, shown, or put into a key as it is.
    pub is_secret: bool,
    /// Whether another content is another key.
    pub in_key: bool,
}

impl FileContent {
    /// Whether `item` means a file's content: a table with `file`.
    pub fn is_written(item: &Item) -> bool {
        item.as_table().is_some_and(|table| table.contains_key("file"))
    }

    /// Reads the table.
    pub fn read(item: &Item) -> Result<Self, Mistakes> {
        let mut fields = Fields::of_item(item)?;
        let path = fields.text("file").unwrap_or_default().to_owned();
        let is_secret = fields.truth("secret").unwrap_or(false);
        let in_key = fields.entry("in_key");
        let is_in_key = fields.truth("in_key").unwrap_or(!is_secret);
        let mut mistakes = fields.finish();
        if let Some(entry) = in_key.filter(|_| !is_secret) {
            let mistake = Mistake::at(&entry.key, "only a secret has `in_key`: any other file is in the key");
            mistakes.push(mistake.hint("add `secret = true`, or leave it out"));
        }
        if path.is_empty() && mistakes.iter().next().is_none() {
            mistakes
                .push(Mistake::at(&item.place, "`file` is empty").label("expected a path in the workspace"));
        }
        mistakes.or(Self { path, is_secret, in_key: is_in_key })
    }

    /// Puts a text in the place of each of them in a table of options: what `text` says for the file and its place.
    pub fn replace_all(options: &mut Table, text: &mut dyn FnMut(Self, &Place) -> String) {
        for (name, entry) in options {
            if let Ok(option) = check_name(name) {
                replace(option.kind, &mut entry.item, text);
            }
        }
    }
}

/// Goes where text may stand: a tag may be called `file`.
fn replace(kind: OptionType, item: &mut Item, text: &mut dyn FnMut(FileContent, &Place) -> String) {
    if kind == OptionType::Text && FileContent::is_written(item) {
        if let Ok(file) = FileContent::read(item) {
            item.tree = Tree::Text(text(file, &item.place));
        }
        return;
    }
    match &mut item.tree {
        Tree::Table(table) => {
            for (name, entry) in table {
                if let Some(kind) = kind.member(name) {
                    replace(kind, &mut entry.item, text);
                }
            }
        }
        Tree::List(items) => {
            if let Some(kind) = kind.element() {
                for item in items {
                    replace(kind, item, text);
                }
            }
        }
        _ => {}
    }
}
