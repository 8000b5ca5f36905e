//! What lies over every test: profiles of `howitzer.toml`, then `--axis` and `--set` of the command line.

use super::axis::Axis;
use super::destination::{Destination, destination};
use super::fields::{FIELD_KEYS, SETTING_KEYS, is_of_tests};
use super::matrix::no_axis;
use super::model::Test;
use super::{stated, typed};
use crate::base::document::{Entry, Item, Table};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::nearest::nearest;
use crate::base::source::Place;
use crate::base::table::{Fields, unknown_key};
use crate::manifest::Workspace;

/// What was chosen on the command line, as it was typed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Chosen<'a> {
    /// `--profile`, the last on top.
    pub profiles: &'a [String],
    /// `--axis`.
    pub axes: &'a [String],
    /// `--set`, over everything.
    pub sets: &'a [String],
}

/// The changes that lie over every test, the last on top.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// In the order in which they are made.
    pub changes: Vec<Change>,
}

/// One change.
#[derive(Debug, Clone)]
pub struct Change {
    /// Where it comes from: `profile ci`, `--set` or `--axis`.
    pub layer: String,
    /// The name of the field or axis, as written.
    pub name: String,
    /// Where that stands.
    pub key: Place,
    /// The value, or the values of an axis.
    pub item: Item,
    /// Whether it gives an axis its values.
    pub is_axis: bool,
    /// The path of the field, or why the name is none; it may be an axis of some test all the same.
    pub(super) path: Result<Destination, Mistakes>,
}

impl Change {
    /// Whether it was typed, and stands in no file.
    pub fn is_typed(&self) -> bool {
        self.layer.starts_with("--")
    }

    /// The mistake of a typed change that none of `tests` has a place for.
    pub fn reaches_nothing<'a>(&self, tests: impl Iterator<Item = &'a Test> + Clone) -> Mistakes {
        let path = match &self.path {
            Ok(path) => path,
            Err(mistakes) => {
                let axes = tests.flat_map(|test| &test.axes).map(|axis| axis.name.as_str());
                return match nearest(&self.name, axes) {
                    Some(near) => {
                        Mistake::at(&self.key, format!("there is no field and no axis `{}`", self.name))
                            .hint(format!("did you mean `{near}`?"))
                            .into()
                    }
                    None => mistakes.clone(),
                };
            }
        };
        let mistake = Mistake::at(&self.key, format!("`{}` reaches no test", self.name))
            .label("no test of these suites has a place for it");
        match path.as_slice() {
            [_, scenarios, name, ..] if scenarios == "scenarios" => {
                let options = tests.filter_map(|test| test.fields.get("k6")?.item.as_table());
                let scenarios = options.filter_map(|options| options.get("scenarios")?.item.as_table());
                let names = scenarios.flat_map(|table| table.keys());
                mistake.nearest(name, names.map(String::as_str)).into()
            }
            _ => mistake.into(),
        }
    }
}

impl Overrides {
    /// What `chosen` means in `workspace`. Every profile is checked, also those that are not chosen.
    pub fn read(workspace: &Workspace, chosen: Chosen<'_>) -> Result<Self, Mistakes> {
        let mut mistakes = check_keys(&workspace.defaults, &[]);
        mistakes.extend(stated::check_all(workspace, &workspace.defaults));
        let mut profiles = Vec::with_capacity(workspace.profiles.len());
        for (name, table) in &workspace.profiles {
            profiles.push((name.as_str(), mistakes.collect(profile(workspace, name, table))));
        }
        let mut changes = Vec::new();
        for name in chosen.profiles {
            match profiles.iter().find(|(other, _)| other == name) {
                Some((_, read)) => changes.extend(read.iter().flatten().cloned()),
                None => mistakes.push(unknown_profile(name, workspace)),
            }
        }
        let mut typed = |flag: &str, read: Result<(String, Entry), Mistakes>, is_axis: bool| {
            if let Some((name, entry)) = mistakes.collect(read) {
                changes.extend(changes_of(flag, &name, &entry, is_axis));
            }
        };
        for text in chosen.axes {
            typed("--axis", typed::axis("--axis", text), true);
        }
        for text in chosen.sets {
            typed("--set", typed::setting("--set", text), false);
        }
        mistakes.distinct().or(Self { changes })
    }
}

/// One change, or one for every option where all of `k6` is given: a test may have a place for some of them.
fn changes_of(layer: &str, name: &str, entry: &Entry, is_axis: bool) -> Vec<Change> {
    let parts = name.split('.').count();
    let is_scenarios = matches!(name, "k6.scenarios" | "scenarios");
    let table = entry.item.as_table().filter(|table| !is_axis && !table.is_empty());
    match table {
        Some(table) if name == "k6" || is_scenarios || is_part_of_scenario(name, parts, table) => {
            let below =
                |(key, entry): (&String, &Entry)| changes_of(layer, &format!("{name}.{key}"), entry, false);
            table.iter().flat_map(below).collect()
        }
        _ => vec![change(layer.to_owned(), name, entry, is_axis)],
    }
}

/// Fields of a scenario, and no whole one.
fn is_part_of_scenario(name: &str, parts: usize, table: &Table) -> bool {
    let name = name.strip_prefix("k6.").map_or((name, parts), |name| (name, parts - 1));
    name.0.starts_with("scenarios.") && name.1 == 2 && !table.contains_key("executor")
}

fn change(layer: String, name: &str, entry: &Entry, is_axis: bool) -> Change {
    let path = if is_axis { destination(name, &entry.key) } else { field(name, &entry.key) };
    Change { layer, name: name.to_owned(), key: entry.key.clone(), item: entry.item.clone(), is_axis, path }
}

/// Where the name of a field or a setting of a test leads.
fn field(name: &str, place: &Place) -> Result<Destination, Mistakes> {
    let owned = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect();
    match name.split_once('.') {
        Some(("expect", expected)) => Ok(owned(&["expect", expected])),
        Some(("measure", part)) => Ok(owned(&["measure", part])),
        None if FIELD_KEYS.contains(&name) || SETTING_KEYS.contains(&name) => Ok(owned(&[name])),
        _ => destination(name, place).map_err(|mistakes| match nearest(name, SETTING_KEYS) {
            Some(near) => Mistake::at(place, format!("unknown field `{name}`"))
                .hint(format!("did you mean `{near}`?"))
                .into(),
            None => mistakes,
        }),
    }
}

/// A profile: `set`, `axis`, and any field or setting of a test by its own name.
fn profile(workspace: &Workspace, name: &str, table: &Table) -> Result<Vec<Change>, Mistakes> {
    let mut mistakes = check_keys(table, &["set", "axis"]);
    let mut fields = Fields::of(table);
    let (set, axes) = (fields.table("set"), fields.table("axis"));
    mistakes.extend(std::mem::take(&mut fields.mistakes));
    let own = table.iter().filter(|(key, _)| !["set", "axis"].contains(&key.as_str()));
    let sets = own.chain(set.into_iter().flatten()).map(|(field, entry)| (field, entry, false));
    let axes = axes.into_iter().flatten().map(|(axis, entry)| (axis, entry, true));
    let mut changes = Vec::new();
    for (field, entry, is_axis) in axes.chain(sets) {
        for change in changes_of(&format!("profile {name}"), field, entry, is_axis) {
            let entry = Entry { key: change.key.clone(), item: change.item.clone() };
            match &change.path {
                Ok(path) if !is_axis => mistakes.extend(stated::check(workspace, path, &entry)),
                _ if is_axis => {
                    let read = match no_axis(&change.name, &entry) {
                        Some(mistake) => Err(mistake.into()),
                        None => Axis::read(&change.name, &entry, true),
                    };
                    if let Some(axis) = mistakes.collect(read) {
                        mistakes.extend(stated::check_axis(workspace, &axis));
                    }
                }
                _ => {}
            }
            match &change.path {
                // The names of free axes belong to suites: a profile may give those their values.
                Err(wrong) if !is_axis => mistakes.extend(wrong.clone()),
                _ => changes.push(change),
            }
        }
    }
    mistakes.distinct().or(changes)
}

/// The keys of `[defaults]` or of a profile.
pub(super) fn check_keys(table: &Table, also: &[&'static str]) -> Mistakes {
    let known: Vec<&'static str> = [&FIELD_KEYS[..], &SETTING_KEYS, also].concat();
    let mut mistakes = Mistakes::default();
    for (key, entry) in table.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
        let mistake = unknown_key(key, entry, &known);
        let hint = is_of_tests(key).then(|| format!("`{key}` belongs to a test"));
        mistakes.push(match hint {
            Some(hint) => mistake.hint(hint),
            None => mistake,
        });
    }
    mistakes
}

fn unknown_profile(name: &str, workspace: &Workspace) -> Mistake {
    let place = typed::whole("--profile", name);
    let mistake = Mistake::at(&place, format!("unknown profile `{name}`"));
    let names = || workspace.profiles.keys().map(String::as_str);
    let listed: Vec<&str> = names().collect();
    let label = if listed.is_empty() {
        "`howitzer.toml` has no `[profile.NAME]`".to_owned()
    } else {
        format!("expected one of {}", listed.join(", "))
    };
    mistake.label(label).nearest(name, names())
}
