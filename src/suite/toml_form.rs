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

/// A suite as far as it can be read, and what is wrong in it; every mistake of the file is reported in one pass. Where
/// more than tests is wrong there is nothing but mistakes.
pub(super) fn read(
    workspace: &Workspace,
    name: &str,
    path: &str,
    document: &Item,
    overrides: &Arc<Overrides>,
) -> Result<(Suite, Mistakes), Mistakes> {
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
    let above_tests = mistakes.clone();
    let mut notes = Vec::new();
    let mut unreached: BTreeSet<usize> = (0..overrides.changes.len()).collect();
    let read = |item: &&Item| {
        let (test, wrong) = reader.read(item, &mut file_axes, &mut notes, &mut unreached);
        mistakes.extend(wrong);
        test
    };
    let tests: Vec<Test> = items.iter().filter_map(read).collect();
    let globs = file_axes.globs.into_iter().collect();
    mistakes.extend(check_names(&items, &tests));
    notes.extend(definitions.iter().filter_map(|(definition, place)| probable_slip(definition, place)));
    let definitions = definitions.into_iter().map(|(definition, _)| definition).collect();
    // What defaults say wrongly is wrong in every test.
    notes.dedup();
    let mistakes = mistakes.distinct();
    if !above_tests.is_empty() {
        return Err(mistakes);
    }
    let suite = Suite {
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
    };
    Ok((suite, mistakes))
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

/// Names are unique, `after` names other tests, also those of `items` that could not be read.
fn check_names(items: &[&Item], tests: &[Test]) -> Mistakes {
    let mut mistakes = Mistakes::default();
    let names: Vec<&str> = items.iter().filter_map(|item| name_of(item)).collect();
    for (index, item) in items.iter().enumerate() {
        let Some(name) = name_of(item) else { continue };
        if items[..index].iter().any(|earlier| name_of(earlier) == Some(name)) {
            mistakes.push(Mistake::at(&item.place, format!("a test named `{name}` stands above")));
        }
    }
    for (name, place) in tests.iter().flat_map(|test| &test.after) {
        if !names.contains(&name.as_str()) {
            let names = names.iter().copied();
            mistakes.push(Mistake::at(place, format!("unknown test `{name}`")).nearest(name, names));
        }
    }
    mistakes
}

fn name_of(item: &Item) -> Option<&str> {
    item.as_table()?.get("name")?.item.as_text()
}
