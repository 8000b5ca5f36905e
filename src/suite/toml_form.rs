//! Howitzer's own suite form.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::file_axis::FileAxes;
use super::model::{Form, Rendering, Suite, Test};
use super::overrides::{Overrides, check_keys};
use super::payload::BuiltPayload;
use super::test_form::TestReader;
use crate::base::document::{Item, Table};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Place;
use crate::base::table::{Fields, text};
use crate::manifest::{Workspace, max_age};
use crate::spec::{Definition, metrics, options};

/// Reads a suite; every mistake of the file is reported in one pass.
pub(super) fn read(
    workspace: &Workspace,
    name: &str,
    path: &str,
    document: &Item,
    overrides: &Arc<Overrides>,
) -> Result<Suite, Mistakes> {
    let mut fields = Fields::of_item(document)?;
    // For editors, which write it themselves.
    fields.text("$schema");
    let heading = fields.item("suite");
    let defaults = fields.table("defaults");
    let tests = fields.tables("test");
    let definitions = fields.table("metric");
    let payloads = fields.table("payload");
    let mut mistakes = fields.finish();
    let definitions: Vec<(Definition, &Place)> = definitions
        .into_iter()
        .flatten()
        .filter_map(|(name, entry)| Some((mistakes.collect(Definition::read(name, entry))?, &entry.key)))
        .collect();
    let payloads = payloads.into_iter().flatten();
    let payloads: Vec<BuiltPayload> =
        payloads.filter_map(|(name, entry)| mistakes.collect(BuiltPayload::read(name, entry))).collect();
    let heading = heading.and_then(|item| mistakes.collect(Heading::read(item))).unwrap_or_default();
    if let Some(defaults) = defaults {
        mistakes.extend(check_defaults(defaults, heading.rendering));
    }
    let defaults = Arc::new(defaults.cloned().unwrap_or_default());
    let reader =
        TestReader { workspace, defaults, max_age: heading.max_age, rendering: heading.rendering, overrides };
    let mut file_axes = FileAxes { workspace, built: &payloads, globs: BTreeSet::new() };
    let written = document.as_table().and_then(|table| table.get("test"));
    let has_none = written.is_none_or(|entry| entry.item.as_list().is_some_and(<[_]>::is_empty));
    let items = tests.unwrap_or_default();
    if has_none {
        mistakes.push(Mistake::at(&document.place, "the suite has no tests").hint(
            if std::path::Path::new(path).extension().is_some_and(|ending| ending == "json") {
                "`test` is a list of objects"
            } else {
                "a test begins with `[[test]]`"
            },
        ));
    }
    let mut notes = Vec::new();
    let mut unreached: BTreeSet<usize> = (0..overrides.changes.len()).collect();
    let read = |item: &&Item| mistakes.collect(reader.read(item, &mut file_axes, &mut notes, &mut unreached));
    let tests: Vec<Test> = items.iter().filter_map(read).collect();
    let globs = file_axes.globs.into_iter().collect();
    mistakes.extend(check_names(&tests));
    notes.extend(definitions.iter().filter_map(|(definition, place)| probable_slip(definition, place)));
    let definitions = definitions.into_iter().map(|(definition, _)| definition).collect();
    // What defaults say wrongly is wrong in every test.
    notes.dedup();
    mistakes.distinct().or(Suite {
        name: name.to_owned(),
        path: path.to_owned(),
        title: heading.title.unwrap_or_else(|| name.to_owned()),
        description: heading.description,
        form: Form::Own,
        rendering: heading.rendering,
        tests,
        definitions,
        payloads,
        globs,
        notes,
        overrides: Arc::clone(overrides),
        unreached,
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
    let mut mistakes = check_keys(defaults, &[]);
    let mut fields = Fields::of(defaults);
    let options = fields.table("k6").filter(|_| rendering == Rendering::Own);
    if let Some(options) = options {
        mistakes.extend(options::check_table(options));
    }
    mistakes.extend(fields.mistakes);
    mistakes
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
