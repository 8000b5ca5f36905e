//! What is typed after `--set` and `--axis`: a name, `=`, and a value as TOML has it, or bare text.

use std::sync::Arc;

use crate::base::document::{Entry, Item, Tree, read_toml};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::{COMMAND_LINE, Place, Source};

/// Reads `NAME=VALUE` as typed after `flag`.
pub(super) fn setting(flag: &str, typed: &str) -> Result<(String, Entry), Mistakes> {
    let (source, name, start) = taken_apart(flag, typed)?;
    let item = value(&source, start, source.text.len())?;
    Ok((name.0, Entry { key: name.1, item }))
}

/// Reads `NAME=v1,v2,…`, `NAME=[…]` or `NAME={ from = …, to = … }` as typed after `flag`.
pub(super) fn axis(flag: &str, typed: &str) -> Result<(String, Entry), Mistakes> {
    let (source, name, start) = taken_apart(flag, typed)?;
    let text = &source.text[start..];
    let item = if text.trim_start().starts_with(['[', '{']) {
        value(&source, start, source.text.len())?
    } else {
        let mut items = Vec::new();
        let mut from = start;
        for part in text.split(',') {
            if part.trim().is_empty() {
                let mistake = Mistake::at(&place(&source, from, from + part.len()), "a value is missing");
                return Err(mistake.label("expected NAME=v1,v2,… or a range").into());
            }
            items.push(value(&source, from, from + part.len())?);
            from += part.len() + 1;
        }
        Item { tree: Tree::List(items), place: place(&source, start, source.text.len()) }
    };
    Ok((name.0, Entry { key: name.1, item }))
}

/// The place of the whole text as typed after `flag`.
pub(super) fn whole(flag: &str, typed: &str) -> Place {
    let text = format!("{flag} {typed}");
    let source = Arc::new(Source { path: COMMAND_LINE.to_owned(), text });
    place(&source, flag.len() + 1, source.text.len())
}

type Named = (String, Place);

/// The command line as a source, the name with its place, and where the value begins.
fn taken_apart(flag: &str, typed: &str) -> Result<(Arc<Source>, Named, usize), Mistakes> {
    let source = Arc::new(Source { path: COMMAND_LINE.to_owned(), text: format!("{flag} {typed}") });
    let start = flag.len() + 1;
    let whole = place(&source, start, source.text.len());
    let Some((name, _)) = typed.split_once('=').filter(|(name, _)| !name.trim().is_empty()) else {
        let mistake = Mistake::at(&whole, format!("`{flag}` needs a name and a value"));
        return Err(mistake.label("expected NAME=VALUE").into());
    };
    let key = place(&source, start, start + name.len());
    let after = start + name.len() + 1;
    Ok((source, (name.trim().to_owned(), key), after))
}

/// The value between two places: TOML, or, where it is none and does not begin like one, bare text.
fn value(source: &Arc<Source>, start: usize, end: usize) -> Result<Item, Mistakes> {
    let written = &source.text[start..end];
    // As the value of a key that is as long as what stands before it: the places are then the right ones.
    let document = format!("{}={written}", "x".repeat(start - 1));
    let read = read_toml(&Arc::new(Source { path: COMMAND_LINE.to_owned(), text: document }));
    // All of it: behind a `#` stands no comment here.
    let end_of_value = start + written.trim_end().len();
    let is_whole = |entry: &&Entry| entry.item.place.range.end == end_of_value;
    let first = read.as_ref().ok().and_then(Item::as_table).and_then(|table| table.values().next());
    match (first.filter(is_whole), read.as_ref()) {
        (Some(entry), _) => Ok(moved(&entry.item, source)),
        (None, Err(mistakes)) if written.trim_start().starts_with(['[', '{', '"', '\'']) => {
            Err(mistakes.clone().shown_in(source))
        }
        _ => Ok(Item { tree: Tree::Text(written.to_owned()), place: place(source, start, end) }),
    }
}

fn place(source: &Arc<Source>, start: usize, end: usize) -> Place {
    Place { source: Arc::clone(source), range: start..end }
}

/// The same value with its places in `source`.
fn moved(item: &Item, source: &Arc<Source>) -> Item {
    let at = |old: &Place| Place { source: Arc::clone(source), range: old.range.clone() };
    let tree = match &item.tree {
        Tree::List(items) => Tree::List(items.iter().map(|item| moved(item, source)).collect()),
        Tree::Table(table) => {
            let entry = |entry: &Entry| Entry { key: at(&entry.key), item: moved(&entry.item, source) };
            Tree::Table(table.iter().map(|(name, below)| (name.clone(), entry(below))).collect())
        }
        plain => plain.clone(),
    };
    Item { tree, place: at(&item.place) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(read: Result<(String, Entry), Mistakes>) -> String {
        match read {
            Ok((name, entry)) => {
                let (_, column) = entry.item.place.line_and_column();
                format!("{name} {} at {column}", entry.item.to_json())
            }
            Err(mistakes) => mistakes.to_string(),
        }
    }

    #[test]
    fn a_value_is_toml_or_bare_text() {
        for (typed, expected) in [
            ("k6.vus=3", "k6.vus 3 at 14"),
            ("k6.duration=2s", "k6.duration \"2s\" at 19"),
            ("payload=digits-1.json", "payload \"digits-1.json\" at 15"),
            ("base_url=http://a/?b=c", "base_url \"http://a/?b=c\" at 16"),
            ("vars.x=\"3\"", "vars.x \"3\" at 14"),
            ("vars.x=2026-01-01", "vars.x \"2026-01-01\" at 14"),
            ("vars.x=1#2", "vars.x \"1#2\" at 14"),
            ("vars.x=", "vars.x \"\" at 14"),
            ("vars.x={a = [1, 2]}", "vars.x {\"a\":[1,2]} at 14"),
        ] {
            assert_eq!(shown(setting("--set", typed)), expected, "{typed}");
        }
        assert_eq!(shown(axis("--axis", "vus=1,2,x")), "vus [1,2,\"x\"] at 12");
        assert_eq!(
            shown(axis("--axis", "vus={from=1,to=8,factor=2}")),
            "vus {\"from\":1,\"to\":8,\"factor\":2} at 12"
        );
    }

    #[test]
    fn what_is_no_setting_is_shown_as_it_was_typed() {
        for (typed, parts) in [
            ("k6.vus", ["command line:1:7", "expected NAME=VALUE"]),
            ("=3", ["command line:1:7", "expected NAME=VALUE"]),
            ("vars.x={a=", ["command line:1:", "--set vars.x={a="]),
        ] {
            let text = shown(setting("--set", typed));
            for part in parts {
                assert!(text.contains(part), "{typed}: {part} is missing in\n{text}");
            }
        }
    }
}
