//! The ancestor's JSON: `test_configs`, a list of tests with `k6_opts`; read into the same model.
//!
//! Only arrays of `vus`, `duration`, `rps` and `iterations` explode. Every key of a test that is no
//! field is a template variable. Nothing here needs a `howitzer.toml`.

use std::sync::Arc;
use std::time::Duration;

use super::axis::Axis;
use super::model::{Form, Role, Suite, Test, TimeLimit};
use crate::base::document::{Entry, Item, Table, Tree, read_json};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Source;
use crate::base::table::{Fields, expected};

const EXPLODING: [&str; 4] = ["vus", "duration", "rps", "iterations"];
const FIELDS: [&str; 5] = ["template", "payload", "base_url", "model_name", "k6_opts"];

/// The most cases of one of the ancestor's tests: it had no limit, its users have no place to write one.
const MAX_CASES: usize = 1_000_000;

pub(super) fn read(name: &str, source: &Arc<Source>) -> Result<Suite, Mistakes> {
    let document = read_json(source)?;
    let table = document.as_table().ok_or_else(|| expected("an object", &document))?;
    let mut fields = Fields::of(table);
    let title = fields.text("title").unwrap_or(name).to_owned();
    let description = fields.text("description").unwrap_or_default().to_owned();
    let options = fields.table("k6_opts").cloned().unwrap_or_default();
    let shared = fields.table("rendering_configs").cloned().unwrap_or_default();
    let tests = fields.tables("test_configs");
    let mut mistakes = std::mem::take(&mut fields.mistakes);
    let known = ["title", "description", "k6_opts", "rendering_configs", "test_configs"];
    let unknown = table.keys().filter(|key| !known.contains(&key.as_str()));
    let notes =
        unknown.map(|key| format!("{}: the top-level key `{key}` has no meaning", source.path)).collect();
    let Some(items) = tests else {
        if !table.contains_key("test_configs") {
            mistakes.push(Mistake::at(&document.place, "`test_configs` is missing"));
        }
        return Err(mistakes);
    };
    if items.is_empty() {
        mistakes.push(Mistake::at(&document.place, "`test_configs` is empty: there is nothing to run"));
    }
    let mut read: Vec<Test> = Vec::new();
    for item in items {
        if let Some(test) = mistakes.collect(read_test(item, &shared, &options)) {
            if read.iter().any(|earlier| earlier.name == test.name) {
                mistakes.push(Mistake::at(&item.place, format!("a test named `{}` stands above", test.name)));
            }
            read.push(test);
        }
    }
    mistakes.or(Suite {
        name: name.to_owned(),
        path: source.path.clone(),
        title,
        description,
        form: Form::Legacy,
        tests: read,
        notes,
    })
}

fn read_test(item: &Item, shared: &Table, shared_options: &Table) -> Result<Test, Mistakes> {
    let own = item.as_table().ok_or_else(|| expected("an object", item))?;
    let mut all = shared.clone();
    all.extend(own.iter().map(|(key, entry)| (key.clone(), entry.clone())));
    let mut fields = Fields::of(&all);
    let name = fields.text("name").map(str::to_owned);
    let description = fields.text("description").unwrap_or_default().to_owned();
    for key in ["template", "payload", "base_url", "model_name"] {
        fields.text(key);
    }
    let mut options = shared_options.clone();
    for (key, entry) in fields.table("k6_opts").into_iter().flatten() {
        options.insert(key.clone(), entry.clone());
    }
    let mut mistakes = std::mem::take(&mut fields.mistakes);
    let mut axes = Vec::new();
    for key in EXPLODING {
        let explodes = options.get(key).is_some_and(|entry| entry.item.as_list().is_some());
        if let Some(entry) = explodes.then(|| options.shift_remove(key)).flatten() {
            axes.extend(mistakes.collect(Axis::read(key, &entry, false)));
        }
    }
    let Some(name) = name else {
        mistakes.push(Mistake::at(&item.place, "the test has no `name`"));
        return Err(mistakes);
    };
    mistakes.or(Test {
        name,
        place: item.place.clone(),
        description,
        role: Role::Load,
        after: Vec::new(),
        repeat: 1,
        fields: model_fields(&all, options, item),
        axes,
        set_ups: Vec::new(),
        max_cases: MAX_CASES,
        cooldown: Duration::ZERO,
        timeout: TimeLimit::Auto,
        max_age: None,
        expectations: Vec::new(),
        allow_invalid: false,
    })
}

/// The ancestor's keys under the model's names.
fn model_fields(all: &Table, options: Table, item: &Item) -> Table {
    let entry =
        |tree: Tree| Entry { key: item.place.clone(), item: Item { tree, place: item.place.clone() } };
    let mut fields: Table = all
        .iter()
        .filter(|(key, _)| FIELDS.contains(&key.as_str()) && *key != "k6_opts")
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let vars = all
        .iter()
        .filter(|(key, _)| !FIELDS.contains(&key.as_str()) && *key != "name" && *key != "description");
    let vars: Table = vars.map(|(key, value)| (key.clone(), value.clone())).collect();
    fields.insert("vars".into(), entry(Tree::Table(vars)));
    fields.insert("k6".into(), entry(Tree::Table(options)));
    fields
}
