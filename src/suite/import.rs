//! `howitzer import`: the ancestor's JSON, read, written as a suite of Howitzer's own form that gives the same
//! scripts.

use serde_json::Value;

use super::legacy::is_named_warm_up;
use super::model::{Suite, Test};
use super::test_form::MAX_CASES;
use super::toml_text::{key, line, table};
use crate::base::document::{Item, Table, Tree};
use crate::base::mistake::{Mistake, Mistakes};

/// The fields that hold one value each, in the order in which they are written.
const FIELDS: [&str; 4] = ["template", "payload", "base_url", "model_name"];

/// The text of the suite that `old` becomes; `path` is its file, as comments name it.
pub fn imported(old: &Suite, path: &str) -> Result<String, Mistakes> {
    let mut mistakes = Mistakes::default();
    for test in &old.tests {
        for (key, entry) in &test.fields {
            nulls(key, &entry.item, &mut mistakes);
        }
    }
    mistakes.or(())?;
    let shared = Shared::of(&old.tests);
    let tests: String = old.tests.iter().map(|test| format!("\n{}", test_text(test, &shared))).collect();
    Ok(format!("{}{}{tests}", heading(old, path), shared.text()))
}

/// TOML has no word for nothing.
fn nulls(key: &str, item: &Item, mistakes: &mut Mistakes) {
    match &item.tree {
        Tree::Null => mistakes.push(
            Mistake::at(&item.place, format!("`{key}` is null, which a suite in TOML cannot say"))
                .hint("leave the key away, or give it a value"),
        ),
        Tree::List(items) => items.iter().for_each(|item| nulls(key, item, mistakes)),
        Tree::Table(table) => table.iter().for_each(|(key, entry)| nulls(key, &entry.item, mistakes)),
        _ => {}
    }
}

fn heading(old: &Suite, path: &str) -> String {
    // A path may hold anything, and a comment ends with its line.
    let path = path.replace(char::is_control, "?");
    let mut text = format!("# Imported from {path} by `howitzer import`.\n\n[suite]\n");
    text.push_str(&line("title", &old.title.as_str().into()));
    if !old.description.is_empty() {
        text.push_str(&line("description", &old.description.as_str().into()));
    }
    text.push_str(
        "# Templates see every key by its own name, `k6_opts` has the ancestor's text, and relative paths\n\
         # begin in render/. Without this line they are rendered as those of any other suite.\n\
         rendering = \"ancestor\"\n",
    );
    text
}

/// What all tests say alike, and `[defaults]` says for them.
#[derive(Default)]
struct Shared {
    fields: Table,
    vars: Table,
    options: Table,
}

impl Shared {
    fn of(tests: &[Test]) -> Self {
        let [first, others @ ..] = tests else { return Self::default() };
        if others.is_empty() {
            return Self::default();
        }
        let mut shared = Self { vars: inner(first, "vars"), options: inner(first, "k6"), ..Self::default() };
        for name in FIELDS {
            let Some(entry) = first.fields.get(name) else { continue };
            if others.iter().all(|test| same(test.fields.get(name).map(|entry| &entry.item), &entry.item)) {
                shared.fields.insert(name.to_owned(), entry.clone());
            }
        }
        for test in others {
            let vars = inner(test, "vars");
            shared.vars.retain(|key, entry| same(vars.get(key).map(|entry| &entry.item), &entry.item));
            // Options are printed in their order: only what they begin with alike can stand elsewhere.
            let options = inner(test, "k6");
            let alike = shared.options.iter().zip(&options).take_while(|((one, first), (other, second))| {
                one == other && same(Some(&second.item), &first.item)
            });
            let alike = alike.count();
            shared.options.truncate(alike);
        }
        shared
    }

    fn text(&self) -> String {
        let fields = table("\n[defaults]", &self.fields);
        let rest = [table("\n[defaults.vars]", &self.vars), table("\n[defaults.k6]", &self.options)];
        [fields, rest.concat()].concat()
    }
}

fn same(one: Option<&Item>, other: &Item) -> bool {
    one.is_some_and(|one| one.to_json() == other.to_json())
}

fn inner(test: &Test, field: &str) -> Table {
    test.fields.get(field).and_then(|entry| entry.item.as_table()).cloned().unwrap_or_default()
}

/// A table without what is shared.
fn own(mut table: Table, shared: &Table) -> Table {
    table.retain(|key, _| !shared.contains_key(key));
    table
}

fn test_text(test: &Test, shared: &Shared) -> String {
    let mut text = "[[test]]\n".to_owned();
    text.push_str(&line("name", &test.name.as_str().into()));
    if !test.description.is_empty() {
        text.push_str(&line("description", &test.description.as_str().into()));
    }
    if is_named_warm_up(&test.name) {
        text.push_str(&warm_up_comment(test));
    }
    for name in FIELDS {
        if let Some(entry) = test.fields.get(name).filter(|_| !shared.fields.contains_key(name)) {
            text.push_str(&line(name, &entry.item.to_json()));
        }
    }
    text.push_str(&table("[test.vars]", &own(inner(test, "vars"), &shared.vars)));
    text.push_str(&table("[test.k6]", &own(inner(test, "k6"), &shared.options)));
    text.push_str(&matrix(test));
    text
}

fn warm_up_comment(test: &Test) -> String {
    let axes = "\n# A warm-up has no axes: first move one value of each list below to [test.k6].";
    let axes = if test.axes.is_empty() { "" } else { axes };
    format!(
        "# It is measured like any other test. As a warm-up it runs only before measurements, and is never\n\
         # counted.{axes}\n# role = \"warmup\"\n"
    )
}

fn matrix(test: &Test) -> String {
    if test.axes.is_empty() {
        return String::new();
    }
    let cases = test.axes.iter().fold(1_usize, |product, axis| product.saturating_mul(axis.values.len()));
    let mut text = String::new();
    if cases > MAX_CASES as usize {
        text.push_str(&format!("[test.sweep]\n# {MAX_CASES} without this line\nmax_cases = {cases}\n"));
    }
    text.push_str("[test.matrix]\n");
    for axis in &test.axes {
        if FIELDS.contains(&axis.name.as_str()) {
            text.push_str(&format!("# a list of `{}` never exploded before\n", key(&axis.name)));
        }
        let values: Vec<Value> = axis.values.iter().map(|value| value.plain.clone()).collect();
        text.push_str(&line(&axis.name, &values.into()));
    }
    text
}
