//! Taking a table apart key by key: types are checked, what nobody asked for is an unknown key.

use std::time::Duration;

use super::document::{Entry, Item, Table, Tree};
use super::duration;
use super::mistake::{Mistake, Mistakes};

/// A table being read. Every getter notes its key as known; [`Fields::finish`] reports the rest.
pub struct Fields<'a> {
    table: &'a Table,
    known: Vec<&'static str>,
    /// What was wrong so far.
    pub mistakes: Mistakes,
}

impl<'a> Fields<'a> {
    /// Begins to read `table`.
    pub fn of(table: &'a Table) -> Self {
        Self { table, known: Vec::new(), mistakes: Mistakes::default() }
    }

    /// Begins to read `item`, which must be a table.
    pub fn of_item(item: &'a Item) -> Result<Self, Mistakes> {
        match item.as_table() {
            Some(table) => Ok(Self::of(table)),
            None => Err(expected("a table", item).into()),
        }
    }

    /// The value under `key`, whatever its type.
    pub fn item(&mut self, key: &'static str) -> Option<&'a Item> {
        self.entry(key).map(|entry| &entry.item)
    }

    /// The entry under `key`, whatever its type.
    pub fn entry(&mut self, key: &'static str) -> Option<&'a Entry> {
        self.known.push(key);
        self.table.get(key)
    }

    /// Reads the value under `key` with `read`, collecting its mistakes.
    pub fn read<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&'a Item) -> Result<T, Mistakes>,
    ) -> Option<T> {
        let item = self.item(key)?;
        self.mistakes.collect(read(item))
    }

    /// A string.
    pub fn text(&mut self, key: &'static str) -> Option<&'a str> {
        self.read(key, text)
    }

    /// A truth value.
    pub fn truth(&mut self, key: &'static str) -> Option<bool> {
        self.read(key, |item| match item.tree {
            Tree::Bool(truth) => Ok(truth),
            _ => Err(expected("`true` or `false`", item).into()),
        })
    }

    /// A whole number that is at least `least`.
    pub fn count(&mut self, key: &'static str, least: u32) -> Option<u32> {
        self.read(key, |item| match item.tree {
            Tree::Integer(number) if number >= i64::from(least) => {
                u32::try_from(number).map_err(|_| Mistake::at(&item.place, "the number is too large").into())
            }
            _ => Err(expected(&format!("a whole number of at least {least}"), item).into()),
        })
    }

    /// A duration such as `"5s"`.
    pub fn duration(&mut self, key: &'static str) -> Option<Duration> {
        self.read(key, read_duration)
    }

    /// A list of strings.
    pub fn texts(&mut self, key: &'static str) -> Option<Vec<&'a str>> {
        self.read(key, texts)
    }

    /// A table.
    pub fn table(&mut self, key: &'static str) -> Option<&'a Table> {
        self.read(key, |item| item.as_table().ok_or_else(|| expected("a table", item).into()))
    }

    /// A list of tables, `[[key]]`: those that are there, each of the others a mistake. None where there is no
    /// such key or no list.
    pub fn tables(&mut self, key: &'static str) -> Option<Vec<&'a Item>> {
        let items = self.read(key, |item| {
            item.as_list().ok_or_else(|| {
                let written = &item.place.source.text[item.place.range.clone()];
                let header = written.strip_prefix('[').and_then(|rest| rest.split(']').next());
                let hint = match header {
                    Some(header) => format!("each begins with `[[{header}]]`"),
                    None => "a list stands in brackets, [{ … }]".to_owned(),
                };
                expected("a list of tables", item).hint(hint).into()
            })
        })?;
        let (tables, wrong): (Vec<_>, Vec<_>) = items.iter().partition(|item| item.as_table().is_some());
        for item in wrong {
            self.mistakes.push(expected("a table", item));
        }
        Some(tables)
    }

    /// Notes further keys as known without reading them.
    pub fn also_known(&mut self, keys: &[&'static str]) {
        self.known.extend(keys);
    }

    /// Adds the unknown keys to the mistakes and returns all of them.
    pub fn finish(mut self) -> Mistakes {
        for (name, entry) in self.table {
            if !self.known.contains(&name.as_str()) {
                self.mistakes.push(unknown_key(name, entry, &self.known));
            }
        }
        self.mistakes
    }
}

/// The mistake of a key that nobody knows.
pub fn unknown_key(name: &str, entry: &Entry, known: &[&'static str]) -> Mistake {
    let mut listed = known.to_vec();
    listed.sort_unstable();
    listed.dedup();
    Mistake::at(&entry.key, format!("unknown key `{name}`"))
        .label(format!("expected one of {}", listed.join(", ")))
        .nearest(name, listed.iter().copied())
}

/// The mistake of a value of another type than expected.
pub fn expected(what: &str, item: &Item) -> Mistake {
    // Only numbers are shown: anything else may be a secret.
    let found = match &item.tree {
        Tree::Integer(_) | Tree::Float(_) if what.contains("number") => item.label(),
        Tree::List(items) if items.is_empty() => "an empty list".to_owned(),
        _ => item.kind().to_owned(),
    };
    Mistake::at(&item.place, format!("expected {what}, found {found}")).label(format!("expected {what}"))
}

/// The item as a string.
pub fn text(item: &Item) -> Result<&str, Mistakes> {
    item.as_text().ok_or_else(|| expected("a string", item).into())
}

/// The item as a list of strings.
pub fn texts(item: &Item) -> Result<Vec<&str>, Mistakes> {
    let items = item.as_list().ok_or_else(|| expected("a list of strings", item))?;
    items.iter().map(text).collect()
}

/// The item as a duration.
pub fn read_duration(item: &Item) -> Result<Duration, Mistakes> {
    item.as_text()
        .and_then(duration::parse)
        .ok_or_else(|| expected("a duration such as \"5s\" or \"1m30s\"", item).into())
}
