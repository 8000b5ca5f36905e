//! The ancestor's JSON: `test_configs`, a list of tests with `k6_opts`; read into the same model.
//!
//! Only arrays of `vus`, `duration`, `rps` and `iterations` explode, in the order of the file. Every key of a
//! test that is no field is a template variable. Nothing here needs a `howitzer.toml`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::axis::Axis;
use super::layers::Layers;
use super::model::{Form, Order, Rendering, Reuse, Role, Suite, Test, TimeLimit};
use super::over_test::Subject;
use super::overrides::Overrides;
use super::rules::Rules;
use super::{k6_options, legacy_checks};
use crate::base::document::{Entry, Item, Table, Tree};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::nearest::nearest;
use crate::base::source::Place;
use crate::base::table::{Fields, expected, text};
use crate::spec::{Sending, Watch, Window};

const EXPLODING: [&str; 4] = ["vus", "duration", "rps", "iterations"];
const FIELDS: [&str; 5] = ["template", "payload", "base_url", "model_name", "k6_opts"];

/// Its description promised that lists of these explode too, and they never did.
const PROMISED: [&str; 3] = ["payload", "base_url", "model_name"];

/// What a list of one of them is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Promised {
    /// A mistake, with the way out.
    Refused,
    /// An axis: what `import` makes of it.
    Axes,
}

/// The most cases of one of the ancestor's tests: it had no limit, its users have no place to write one.
const MAX_CASES: usize = 1_000_000;

/// Reads what stands in the file at `path`, as shown.
pub(super) fn read(
    name: &str,
    path: &str,
    document: &Item,
    overrides: &Arc<Overrides>,
    promised: Promised,
) -> Result<Suite, Mistakes> {
    let table = document.as_table().ok_or_else(|| expected("an object", document))?;
    let mut fields = Fields::of(table);
    // The document's title; a description of the file's own stands above it.
    let heading = fields.table("rendering_configs").cloned().unwrap_or_default();
    let mut headings = Fields::of(&heading);
    let title = fields.text("title").or(headings.text("title")).unwrap_or(name).to_owned();
    let description = fields.text("description").or(headings.text("description")).unwrap_or_default();
    let description = description.to_owned();
    let options = fields.table("k6_opts").cloned().unwrap_or_default();
    let tests = fields.tables("test_configs");
    let mut mistakes = std::mem::take(&mut fields.mistakes);
    mistakes.extend(std::mem::take(&mut headings.mistakes));
    let mut shared = heading.clone();
    shared.retain(|key, _| key != "title" && key != "description");
    let known = ["$schema", "title", "description", "k6_opts", "rendering_configs", "test_configs"];
    let unknown = table.keys().filter(|key| !known.contains(&key.as_str()));
    let mut notes: Vec<String> =
        unknown.map(|key| format!("{path}: the top-level key `{key}` has no meaning")).collect();
    let Some(items) = tests else {
        if !table.contains_key("test_configs") {
            let mistake = Mistake::at(&document.place, "`test_configs` is missing")
                .hint("a suite of Howitzer's own form has a list `test`");
            let near = table.iter().find(|(key, _)| nearest(key, ["test_configs"]).is_some());
            mistakes.push(match near {
                Some((_, entry)) => {
                    Mistake::at(&entry.key, "`test_configs` is missing").hint("did you mean `test_configs`?")
                }
                None => mistake,
            });
        }
        return Err(mistakes);
    };
    if items.is_empty() {
        mistakes.push(Mistake::at(&document.place, "`test_configs` is empty: there is nothing to run"));
    }
    let reader = TestReader { shared: &shared, options: &options, overrides, promised };
    let mut read: Vec<Test> = Vec::new();
    let mut unreached: BTreeSet<usize> = (0..overrides.changes.len()).collect();
    for item in items {
        if let Some(test) = mistakes.collect(reader.read(item, &mut unreached, &mut notes)) {
            if read.iter().any(|earlier| earlier.name == test.name) {
                mistakes.push(Mistake::at(&item.place, format!("a test named `{}` stands above", test.name)));
            }
            read.push(test);
        }
    }
    if promised == Promised::Refused {
        // An imported suite says it in a comment.
        notes.extend(read.iter().filter(|test| is_named_warm_up(&test.name)).map(warm_up_note));
    }
    mistakes.distinct().or(Suite {
        name: name.to_owned(),
        path: path.to_owned(),
        title,
        description,
        form: Form::Legacy,
        rendering: Rendering::Ancestor,
        definitions: Vec::new(),
        payloads: Vec::new(),
        globs: Vec::new(),
        tests: read,
        notes,
        overrides: Arc::clone(overrides),
        unreached,
    })
}

/// Whether a test is called a warm-up: `0-warmup`, `warm-up`, `warm_up`, `Warm up`.
pub(super) fn is_named_warm_up(name: &str) -> bool {
    let letters: String = name.chars().filter(char::is_ascii_alphabetic).collect();
    letters.to_ascii_lowercase().contains("warmup")
}

fn warm_up_note(test: &Test) -> String {
    let message = format!("`{}` is measured like any other test", test.name);
    let hint = "a suite made by `howitzer import` can say role = \"warmup\": it then runs only before \
                measurements, and is never counted";
    Mistake::at(&test.place, message).hint(hint).note()
}

/// What the tests of a file share.
struct TestReader<'a> {
    shared: &'a Table,
    options: &'a Table,
    overrides: &'a Overrides,
    promised: Promised,
}

impl TestReader<'_> {
    fn read(
        &self,
        item: &Item,
        unreached: &mut BTreeSet<usize>,
        notes: &mut Vec<String>,
    ) -> Result<Test, Mistakes> {
        let own = item.as_table().ok_or_else(|| expected("an object", item))?;
        let mut all = self.shared.clone();
        all.extend(own.iter().map(|(key, entry)| (key.clone(), entry.clone())));
        let mut fields = Fields::of(&all);
        let name = fields.read("name", test_name).map(str::to_owned);
        let description = fields.text("description").unwrap_or_default().to_owned();
        fields.text("template");
        let mut options = self.options.clone();
        for (key, entry) in fields.table("k6_opts").into_iter().flatten() {
            options.insert(key.clone(), entry.clone());
        }
        let mut options = legacy_checks::translated(options, notes);
        let mut mistakes = std::mem::take(&mut fields.mistakes);
        let mut axes = mistakes.collect(self.promised_axes(&mut all, &item.place)).unwrap_or_default();
        axes.extend(mistakes.collect(exploded(&mut options)).unwrap_or_default());
        let Some(name) = name else {
            if !all.contains_key("name") {
                mistakes.push(Mistake::at(&item.place, "the test has no `name`"));
            }
            return Err(mistakes);
        };
        let mut fields = model_fields(&all, options, item);
        let subject = Subject { name: &name, is_warm_up: false, has_settings: false, matrix: None };
        let over = self.overrides.over(subject, &mut fields);
        unreached.retain(|number| !over.reached.contains(number));
        notes.extend(over.notes.iter().cloned());
        let (overrides, is_swept_anew) = mistakes.collect(over.axes(&mut axes)).unwrap_or_default();
        let none = Table::new();
        let options = fields.get("k6").and_then(|entry| entry.item.as_table()).unwrap_or(&none);
        // The ancestor handed everything on to k6; what k6 will say is worth a note, and no more.
        for mistake in k6_options::check(options, &axes, &Rules::default()).iter() {
            let note = mistake.note();
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        mistakes.or(Test {
            name,
            place: item.place.clone(),
            description,
            role: Role::Load,
            after: Vec::new(),
            repeat: 1,
            repeat_place: None,
            order: Order::default(),
            retries: 0,
            reuse: Reuse::default(),
            fields,
            layers: Layers::default(),
            overrides,
            set_settings: Vec::new(),
            axes,
            rules: Rules::default(),
            is_swept_anew,
            set_ups: Vec::new(),
            max_cases: MAX_CASES,
            cooldown: Duration::ZERO,
            timeout: TimeLimit::Auto,
            max_age: None,
            expectations: Vec::new(),
            allow_invalid: false,
            watch: Watch::default(),
            sending: Sending::default(),
            keep_samples: false,
            window: Window::default(),
        })
    }

    /// The lists of what was promised to explode, taken out of `fields`.
    fn promised_axes(&self, fields: &mut Table, test: &Place) -> Result<Vec<Axis>, Mistakes> {
        let mut mistakes = Mistakes::default();
        let mut axes = Vec::new();
        for key in PROMISED {
            let Some(entry) = fields.get(key) else { continue };
            let is_list = entry.item.as_list().is_some();
            if is_list && self.promised == Promised::Axes {
                let axis = fields.shift_remove(key).map(|entry| Axis::read(key, &entry, false));
                axes.extend(axis.and_then(|axis| mistakes.collect(axis)));
            } else if is_list {
                let path = &test.source.path;
                let message = format!("a list of `{key}` does not explode here, and never did");
                let hint = format!("`howitzer import {path} -o suites/NAME.toml` makes an axis of it");
                mistakes.push(Mistake::at(&entry.item.place, message).label("expected a string").hint(hint));
            } else {
                mistakes.collect(text(&entry.item));
            }
        }
        mistakes.or(axes)
    }
}

/// The lists that explode, taken out of `options` in the order in which they stand there.
fn exploded(options: &mut Table) -> Result<Vec<Axis>, Mistakes> {
    let mut mistakes = Mistakes::default();
    let mut axes = Vec::new();
    for (key, entry) in std::mem::take(options) {
        let explodes = EXPLODING.contains(&key.as_str());
        if explodes && entry.item.as_table().is_some() {
            mistakes.push(expected("a value, or a list of values", &entry.item));
        } else if explodes && entry.item.as_list().is_some() {
            axes.extend(mistakes.collect(Axis::read(&key, &entry, false)));
        } else {
            options.insert(key, entry);
        }
    }
    mistakes.or(axes)
}

/// The ancestor's names were free; they must be something that can be shown and selected.
pub(super) fn test_name(item: &Item) -> Result<&str, Mistakes> {
    let name = text(item)?;
    if name.trim().is_empty() || name.contains(char::is_control) {
        let message = format!("`{}` cannot be a test's name", name.escape_debug());
        return Err(Mistake::at(&item.place, message).label("expected visible characters").into());
    }
    Ok(name)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::document::read_json;
    use crate::base::source::Source;

    fn read_text(tests: &str) -> Result<Suite, String> {
        let text = format!("{{\"test_configs\": [{tests}]}}");
        let source = Arc::new(Source { path: "x.json".into(), text });
        let document = read_json(&source).map_err(|mistakes| mistakes.to_string())?;
        let suite = read("x", &source.path, &document, &Arc::default(), Promised::Refused);
        suite.map_err(|mistakes| mistakes.to_string())
    }

    #[test]
    fn odd_options_are_notes() {
        let suite = read_text(
            r#"{"name": "a b", "template": "t.js", "k6_opts": {"vuss": 1, "vus": ["1", "x"], "duration": 5, "throw": "yes"}}"#,
        )
        .expect("accepted");
        let notes = suite.notes.join("\n");
        for part in ["x.json:1:", "did you mean `vus`?", "found \"x\"", "at least 1s", "`true` or `false`"] {
            assert!(notes.contains(part), "{part} is missing in:\n{notes}");
        }
        assert_eq!(suite.notes.len(), 4, "{notes}");
        let fine = r#"{"name": "a", "template": "t.js", "k6_opts": {"vus": "10", "duration": "1s", "rps": [5, "6"]}}"#;
        assert_eq!(read_text(fine).expect("accepted").notes, Vec::<String>::new());
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (test, fragment) in [
            (r#"{"name": ""}"#, "cannot be a test's name"),
            (r#"{"name": "a\u0007b"}"#, "cannot be a test's name"),
            (r#"{"name": 5}"#, "expected a string"),
            ("{}", "has no `name`"),
            (r#"{"name": "a", "k6_opts": {"vus": {"from": 1}}}"#, "a value, or a list of values"),
            (r#"{"name": "a", "k6_opts": {"vus": []}}"#, "has no values"),
        ] {
            let message = read_text(test).expect_err(test);
            assert!(message.contains(fragment) && message.contains("x.json:1:"), "{test}: {message}");
        }
    }
}
