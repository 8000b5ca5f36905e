//! Howitzer's own suite form.

use std::sync::Arc;

use indexmap::IndexMap;

use super::axis::Axis;
use super::destination::SINGLE_FIELDS;
use super::matrix::matrix;
use super::model::{Form, Rendering, Reuse, Role, Suite, Test, TimeLimit};
use super::setup::{check_axes, set_ups};
use super::{expectations, k6_options, legacy, repeat, sweep};
use crate::base::document::{Entry, Item, Table, Tree, read_toml};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::{Place, Source};
use crate::base::table::{Fields, expected, read_duration, text, texts};
use crate::manifest::{Workspace, environment, max_age};
use crate::spec::{Definition, Watch, Window, metrics, options};

/// The most cases of a test unless it says otherwise: over it is an error, never a cut.
pub(super) const MAX_CASES: u32 = 500;

const TABLE_FIELDS: [&str; 3] = ["vars", "env", "k6"];
const FIELD_KEYS: [&str; 9] =
    ["template", "target", "payload", "base_url", "model_name", "inputs", "vars", "env", "k6"];
const SETTING_KEYS: [&str; 11] = [
    "repeat",
    "cooldown",
    "timeout",
    "max_age",
    "expect",
    "max_cases",
    "allow_invalid",
    "retries",
    "reuse",
    "watch",
    "measure",
];

/// Reads a suite; every mistake of the file is reported in one pass.
pub(super) fn read(workspace: &Workspace, name: &str, source: &Arc<Source>) -> Result<Suite, Mistakes> {
    let document = read_toml(source)?;
    let mut fields = Fields::of_item(&document)?;
    let heading = fields.item("suite");
    let defaults = fields.table("defaults");
    let tests = fields.tables("test");
    let definitions = fields.table("metric");
    let mut mistakes = fields.finish();
    let definitions: Vec<(Definition, &Place)> = definitions
        .into_iter()
        .flatten()
        .filter_map(|(name, entry)| Some((mistakes.collect(Definition::read(name, entry))?, &entry.key)))
        .collect();
    let heading = heading.and_then(|item| mistakes.collect(Heading::read(item))).unwrap_or_default();
    if let Some(defaults) = defaults {
        mistakes.extend(check_defaults(defaults, heading.rendering));
    }
    let empty = Table::new();
    let reader = TestReader { workspace, defaults: defaults.unwrap_or(&empty), heading: &heading };
    let items = tests.unwrap_or_default();
    if items.is_empty() {
        mistakes.push(
            Mistake::at(&document.place, "the suite has no tests").hint("a test begins with `[[test]]`"),
        );
    }
    let mut notes = Vec::new();
    let read = |item: &&Item| mistakes.collect(reader.read(item, &mut notes));
    let tests: Vec<Test> = items.iter().filter_map(read).collect();
    mistakes.extend(check_names(&tests));
    notes.extend(definitions.iter().filter_map(|(definition, place)| probable_slip(definition, place)));
    let definitions = definitions.into_iter().map(|(definition, _)| definition).collect();
    // What defaults say wrongly is wrong in every test.
    notes.dedup();
    mistakes.distinct().or(Suite {
        name: name.to_owned(),
        path: source.path.clone(),
        title: heading.title.unwrap_or_else(|| name.to_owned()),
        description: heading.description,
        form: Form::Toml,
        rendering: heading.rendering,
        tests,
        definitions,
        notes,
    })
}

/// A definition of a metric that is a slip of the pen away from one of k6's; it may be the script's own.
fn probable_slip(definition: &Definition, place: &Place) -> Option<String> {
    let meant = metrics::probably_meant(&definition.of)?;
    let message = format!("k6 has no metric `{}` of its own", definition.of);
    Some(Mistake::at(place, message).hint(format!("did you mean `{meant}`?")).note())
}

#[derive(Default)]
struct Heading {
    title: Option<String>,
    description: String,
    max_age: Option<crate::manifest::MaxAge>,
    rendering: Rendering,
}

impl Heading {
    fn read(item: &Item) -> Result<Self, Mistakes> {
        let mut fields = Fields::of_item(item)?;
        let title = fields.text("title").map(str::to_owned);
        let description = fields.text("description").unwrap_or_default().to_owned();
        let max_age = fields.read("max_age", max_age);
        let rendering = fields.read("rendering", rendering).unwrap_or_default();
        fields.finish().or(Self { title, description, max_age, rendering })
    }
}

fn check_defaults(defaults: &Table, rendering: Rendering) -> Mistakes {
    let mut fields = Fields::of(defaults);
    fields.also_known(&FIELD_KEYS);
    fields.also_known(&SETTING_KEYS);
    let options = fields.table("k6").filter(|_| rendering == Rendering::Own);
    if let Some(options) = options {
        fields.mistakes.extend(options::check_table(options));
    }
    fields.finish()
}

struct TestReader<'a> {
    workspace: &'a Workspace,
    defaults: &'a Table,
    heading: &'a Heading,
}

impl TestReader<'_> {
    fn read(&self, item: &Item, notes: &mut Vec<String>) -> Result<Test, Mistakes> {
        let own = item.as_table().ok_or_else(|| expected("a table", item))?;
        let merged = merge(self.defaults, own);
        let mut fields = Fields::of(&merged);
        let is_ancestors = self.heading.rendering == Rendering::Ancestor;
        let name = if is_ancestors { legacy::test_name } else { test_name };
        let name = fields.read("name", name).map(str::to_owned);
        let description = fields.text("description").unwrap_or_default().to_owned();
        let role = fields.read("role", role).unwrap_or(Role::Load);
        let after = fields.read("after", after).unwrap_or_default();
        let read_set_ups = fields
            .entry("setup")
            .map_or(Some(Vec::new()), |entry| fields.mistakes.collect(set_ups(&entry.item)));
        let read_axes = fields.read("matrix", |item| matrix(item, read_set_ups.as_deref()));
        let set_ups = read_set_ups.unwrap_or_default();
        let axes_are_whole = read_axes.is_some() || !own.contains_key("matrix");
        let axes = read_axes.unwrap_or_default();
        let cooldown = fields.duration("cooldown").unwrap_or_default();
        let timeout = fields.read("timeout", time_limit).unwrap_or(TimeLimit::Auto);
        let age = fields.read("max_age", max_age).or(self.heading.max_age).or(self.workspace.max_age);
        let trends = expectations::trend_statistics(options_of(&merged), &axes);
        let expected = |item| expectations::read(item, &trends, notes);
        let expectations = fields.read("expect", expected).unwrap_or_default();
        let sweep = fields.read("sweep", sweep::read).unwrap_or_default();
        let max_cases = sweep.max_cases.or(fields.count("max_cases", 1)).unwrap_or(MAX_CASES);
        let max_cases = usize::try_from(max_cases).unwrap_or(usize::MAX);
        let repeat = fields.read("repeat", |item| {
            let trials = repeat::read(item)?;
            repeat::check_runs(item, trials, &axes, max_cases).or(trials)
        });
        let retries = fields.count("retries", 0).unwrap_or(0);
        let reuse = fields.read("reuse", reuse).unwrap_or_default();
        let allow_invalid = fields.truth("allow_invalid").unwrap_or(false);
        let watch = fields.read("watch", Watch::read).or(self.workspace.watch).unwrap_or_default();
        let window = fields.read("measure", Window::read).unwrap_or_default();
        let test_fields = self.fields(&mut fields, &merged, &axes, notes);
        let mut mistakes = fields.finish();
        mistakes.extend(check_role(role, &axes, own));
        mistakes.extend(check_watch(watch, &merged));
        if axes_are_whole {
            mistakes.extend(check_axes(&set_ups, &axes));
        }
        let Some(name) = name else {
            if !own.contains_key("name") {
                mistakes.push(Mistake::at(&item.place, "the test has no `name`"));
            }
            return Err(mistakes);
        };
        mistakes.or(Test {
            name,
            place: item.place.clone(),
            description,
            role,
            after,
            repeat: repeat.unwrap_or(1),
            order: sweep.order.unwrap_or_default(),
            retries,
            reuse,
            fields: test_fields,
            axes,
            set_ups,
            max_cases,
            cooldown,
            timeout,
            max_age: age,
            expectations,
            allow_invalid,
            watch,
            window,
        })
    }

    /// The fields that reach a case, checked for type here so that the mistake shows the right place.
    fn fields(
        &self,
        fields: &mut Fields<'_>,
        merged: &Table,
        axes: &[Axis],
        notes: &mut Vec<String>,
    ) -> Table {
        for key in SINGLE_FIELDS {
            fields.text(key);
        }
        fields.texts("inputs");
        fields.table("vars");
        fields.read("env", environment);
        let none = Table::new();
        let options = fields.table("k6").unwrap_or(&none);
        let wrong = k6_options::check(options, axes);
        match self.heading.rendering {
            Rendering::Own => fields.mistakes.extend(wrong),
            // As in the ancestor's own file: k6 has the last word.
            Rendering::Ancestor => notes.extend(wrong.iter().map(Mistake::note)),
        }
        fields.read("target", |item| self.known_target(item));
        let assigned = axes.iter().flat_map(|axis| &axis.values).flat_map(|value| &value.assignments);
        for (_, item) in assigned.filter(|(path, _)| *path == ["target"]) {
            fields.mistakes.collect(self.known_target(item));
        }
        let kept = merged.iter().filter(|(key, _)| FIELD_KEYS.contains(&key.as_str()));
        kept.map(|(key, entry)| (key.clone(), entry.clone())).collect()
    }

    fn known_target(&self, item: &Item) -> Result<(), Mistakes> {
        let Some(name) = item.as_text() else { return Ok(()) };
        if self.workspace.targets.contains_key(name) {
            return Ok(());
        }
        let names = self.workspace.targets.keys().map(String::as_str);
        Err(Mistake::at(&item.place, format!("unknown target `{name}`"))
            .label("expected a `[target.NAME]` of howitzer.toml")
            .nearest(name, names)
            .into())
    }
}

fn options_of(fields: &Table) -> Option<&Table> {
    fields.get("k6")?.item.as_table()
}

/// The defaults with a test's own keys over them; `vars`, `env`, `k6` and `expect` are merged key by key.
fn merge(defaults: &Table, own: &Table) -> Table {
    let mut merged = defaults.clone();
    for (key, entry) in own {
        let deep = TABLE_FIELDS.contains(&key.as_str()) || key == "expect";
        match merged.get_mut(key) {
            Some(below) if deep => overlay(&mut below.item, &entry.item),
            _ => {
                merged.insert(key.clone(), entry.clone());
            }
        }
    }
    merged
}

fn overlay(below: &mut Item, above: &Item) {
    match (&mut below.tree, &above.tree) {
        (Tree::Table(below), Tree::Table(above)) => {
            for (key, entry) in above {
                match below.get_mut(key) {
                    Some(lower) => overlay(&mut lower.item, &entry.item),
                    None => {
                        below.insert(key.clone(), entry.clone());
                    }
                }
            }
        }
        _ => *below = above.clone(),
    }
}

/// Names stand in ids and selectors: no brackets, no white space, none of `*`, `?`, `,`, `=`, `@`, `/`.
fn test_name(item: &Item) -> Result<&str, Mistakes> {
    let name = text(item)?;
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || "[]*?,=@/\\".contains(c);
    if name.is_empty() || name.contains(forbidden) {
        let mistake = Mistake::at(&item.place, format!("`{}` cannot be a test's name", name.escape_debug()));
        return Err(mistake.label("no white space and none of [ ] * ? , = @ / \\").into());
    }
    Ok(name)
}

fn rendering(item: &Item) -> Result<Rendering, Mistakes> {
    match text(item)? {
        "own" => Ok(Rendering::Own),
        "ancestor" => Ok(Rendering::Ancestor),
        other => Err(Mistake::at(&item.place, format!("unknown `rendering` `{other}`"))
            .label("expected \"own\" or \"ancestor\"")
            .nearest(other, ["own", "ancestor"])
            .into()),
    }
}

fn role(item: &Item) -> Result<Role, Mistakes> {
    match text(item)? {
        "warmup" => Ok(Role::WarmUp),
        "load" => Ok(Role::Load),
        other => Err(Mistake::at(&item.place, format!("unknown role `{other}`"))
            .label("expected \"load\" or \"warmup\"")
            .nearest(other, ["load", "warmup"])
            .into()),
    }
}

fn after(item: &Item) -> Result<Vec<(String, crate::base::source::Place)>, Mistakes> {
    let names = texts(item)?;
    let places = item.as_list().into_iter().flatten().map(|item| item.place.clone());
    Ok(names.into_iter().map(str::to_owned).zip(places).collect())
}

fn time_limit(item: &Item) -> Result<TimeLimit, Mistakes> {
    if item.as_text() == Some("auto") {
        return Ok(TimeLimit::Auto);
    }
    read_duration(item).map(TimeLimit::Fixed)
}

fn reuse(item: &Item) -> Result<Reuse, Mistakes> {
    match text(item)? {
        "trial" => Ok(Reuse::Trial),
        "case" => Ok(Reuse::Case),
        other => Err(Mistake::at(&item.place, format!("unknown `reuse` `{other}`"))
            .label("expected \"trial\" or \"case\"")
            .nearest(other, ["trial", "case"])
            .into()),
    }
}

/// What a way to watch does not give cannot be asked of it.
fn check_watch(watch: Watch, fields: &Table) -> Mistakes {
    let mut mistakes = Mistakes::default();
    if let Some(entry) = fields.get("measure").filter(|_| watch < Watch::Series) {
        let mistake = Mistake::at(&entry.key, "`measure` needs `watch = \"series\"`");
        mistakes.push(mistake.label(format!("the test is watched by `{}`", watch.word())));
    }
    mistakes
}

/// A warm-up is one script: it is never counted, so axes and trials of it would mean nothing.
fn check_role(role: Role, axes: &[Axis], own: &IndexMap<String, Entry>) -> Mistakes {
    let mut mistakes = Mistakes::default();
    if role == Role::WarmUp {
        if let Some(axis) = axes.first() {
            mistakes.push(Mistake::at(&axis.place, "a warm-up has no axes"));
        }
        for key in ["repeat", "expect", "retries", "reuse", "watch", "measure"] {
            if let Some(entry) = own.get(key) {
                mistakes
                    .push(Mistake::at(&entry.key, format!("a warm-up has no `{key}`: it is never counted")));
            }
        }
    }
    mistakes
}

/// Names are unique, `after` names other tests.
fn check_names(tests: &[Test]) -> Mistakes {
    let mut mistakes = Mistakes::default();
    for (index, test) in tests.iter().enumerate() {
        if tests[..index].iter().any(|earlier| earlier.name == test.name) {
            mistakes.push(Mistake::at(&test.place, format!("a test named `{}` stands above", test.name)));
        }
        for (name, place) in &test.after {
            if !tests.iter().any(|other| other.name == *name) {
                let names = tests.iter().map(|test| test.name.as_str());
                mistakes.push(Mistake::at(place, format!("unknown test `{name}`")).nearest(name, names));
            }
        }
    }
    mistakes
}
