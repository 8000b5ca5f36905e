//! Tests that run a k6 script as it is: `script` instead of `template`. What only a template sees cannot reach one.

use super::axis::Axis;
use super::destination::Destination;
use super::model::Test;
use super::rules::Rules;
use crate::base::document::{Entry, Item, Table, Tree};
use crate::base::mistake::{Mistake, Mistakes};
use crate::spec::{OptionType, options};

/// The fields that only templates see, and what to do instead.
const FOR_TEMPLATES: [(&str, &str); 4] = [
    ("vars", "a script reads `__ENV.NAME`: env = { NAME = \"…\" }"),
    ("payload", "a script opens its files itself: give the path by `env`, and name the file in `inputs`"),
    ("base_url", "a script reads `__ENV.NAME`: env = { BASE_URL = \"…\" }"),
    ("model_name", "a script reads `__ENV.NAME`: env = { MODEL_NAME = \"…\" }"),
];

impl Test {
    /// Whether it runs scripts as they are, and renders no template.
    pub fn is_scripted(&self) -> bool {
        is_scripted(&self.fields, &self.axes, &self.rules)
    }
}

/// Whether these fields, axes or rules name a script.
pub(super) fn is_scripted(fields: &Table, axes: &[Axis], rules: &Rules) -> bool {
    fields.contains_key("script")
        || assigned(axes, "script").next().is_some()
        || changed(rules, "script").next().is_some()
}

/// What patches and includes put into the field.
fn changed<'a>(rules: &'a Rules, field: &'a str) -> impl Iterator<Item = &'a Item> {
    let all = rules.changes.iter().flat_map(|change| &change.assignments);
    all.filter(move |(path, _)| path[0] == field).map(|(_, item)| item)
}

/// Values of axes that set the field.
fn assigned<'a>(axes: &'a [Axis], field: &'a str) -> impl Iterator<Item = (&'a Axis, &'a Item)> {
    let of_axis = move |axis: &'a Axis| {
        let all = axis.values.iter().flat_map(|value| &value.assignments);
        all.filter(move |(path, _)| path[0] == field).map(move |(_, item)| (axis, item))
    };
    axes.iter().flat_map(of_axis)
}

/// Of the layers, the highest first, the one that names `script` or `template` decides: what lower ones say of the
/// other does not reach the test.
pub(super) fn settle(merged: &mut Table, layers: &[&Table]) {
    for layer in layers {
        match (names(layer, "script"), names(layer, "template")) {
            (true, false) => drop(merged.shift_remove("template")),
            (false, true) => drop(merged.shift_remove("script")),
            (true, true) => {}
            (false, false) => continue,
        }
        return;
    }
}

/// What the defaults say for templates alone does not reach a script: that is told.
pub(super) fn drop_defaults(merged: &mut Table, own: &Table) -> Option<String> {
    if !names(merged, "script") {
        return None;
    }
    let lost = FOR_TEMPLATES.iter().map(|(field, _)| *field);
    let lost: Vec<&str> =
        lost.filter(|field| !own.contains_key(*field) && merged.shift_remove(*field).is_some()).collect();
    let name = own.get("name").and_then(|entry| entry.item.as_text()).unwrap_or_default();
    let fields = lost.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ");
    (!lost.is_empty())
        .then(|| format!("[defaults] {fields} are for templates: the script of `{name}` does not see them"))
}

/// Whether only templates see the field.
pub(super) fn is_for_templates(field: &str) -> bool {
    FOR_TEMPLATES.iter().any(|(other, _)| *other == field)
}

/// Whether a table of fields names this one, also by a value of an axis.
pub(super) fn names(own: &Table, field: &str) -> bool {
    let matrix = own.get("matrix").and_then(|entry| entry.item.as_table());
    let sets = |item: &Item| {
        let set = item.as_table().and_then(|value| value.get("set")).and_then(|set| set.item.as_table());
        set.is_some_and(|set| set.contains_key(field))
    };
    let in_axis = |(name, entry): (&String, &Entry)| {
        name == field || entry.item.as_list().is_some_and(|values| values.iter().any(sets))
    };
    own.contains_key(field) || matrix.is_some_and(|axes| axes.iter().any(in_axis))
}

/// What a test that runs scripts must not say.
pub(super) fn check(fields: &Table, axes: &[Axis], rules: &Rules) -> Mistakes {
    let mut mistakes = Mistakes::default();
    let both = "a test has a `template` or a `script`, not both";
    if let Some(entry) = fields.get("template") {
        mistakes.push(Mistake::at(&entry.key, both).label("rendered; a `script` is run as it is"));
    }
    for (axis, _) in assigned(axes, "template") {
        mistakes.push(Mistake::at(&axis.place, both));
    }
    for item in changed(rules, "template") {
        mistakes.push(Mistake::at(&item.place, both));
    }
    let is_named = fields.contains_key("script") || assigned(axes, "script").next().is_some();
    if let Some(item) = changed(rules, "script").next().filter(|_| !is_named) {
        let message = "this case names a `script`, and the test names none";
        mistakes.push(Mistake::at(&item.place, message).hint("give the test a `script` for its other cases"));
    }
    if !fields.contains_key("script") {
        let lacks = |axis: &&Axis| {
            let sets = |value: &super::axis::AxisValue| {
                value.assignments.iter().any(|(path, _)| path[0] == "script")
            };
            axis.values.iter().any(sets) && !axis.values.iter().all(sets)
        };
        let message = "some values of this axis name no `script`, and the test names none";
        for axis in axes.iter().filter(lacks) {
            mistakes.push(Mistake::at(&axis.place, message));
        }
    }
    for (field, hint) in FOR_TEMPLATES {
        let message = format!("`{field}` does not reach a script: it is for templates");
        let own = fields.get(field).map(|entry| &entry.key);
        let places = own.into_iter().chain(assigned(axes, field).map(|(axis, _)| &axis.place));
        let places = places.chain(changed(rules, field).map(|item| &item.place));
        for place in places {
            mistakes.push(Mistake::at(place, message.clone()).hint(hint));
        }
    }
    mistakes.one_a_place()
}

/// The options, axes and rules without what takes an option out of the script's own.
pub(super) fn without_removals(options: &Table, axes: &[Axis], rules: &Rules) -> (Table, Vec<Axis>, Rules) {
    let (mut axes, mut rules) = (axes.to_vec(), rules.clone());
    let stays = |(path, item): &(Destination, Item)| path[0] != "k6" || !is_removal(&path[1..], &item.tree);
    for value in axes.iter_mut().flat_map(|axis| &mut axis.values) {
        value.assignments.retain(stays);
    }
    for change in &mut rules.changes {
        change.assignments.retain(stays);
    }
    (split_removals(options).0, axes, rules)
}

/// The options that are set, and the paths of those that are taken out of a script's own.
pub fn split_removals(options: &Table) -> (Table, Vec<Vec<String>>) {
    let mut removed = Vec::new();
    let kept = kept(options, &mut Vec::new(), &mut removed);
    (kept, removed)
}

/// Whether a value at `path` takes the option out instead of setting it: `false` where that is no value of it, or
/// JSON's `null`.
pub(super) fn is_removal(path: &[String], tree: &Tree) -> bool {
    let is_value = || matches!(options::type_at(path), Some(OptionType::Truth | OptionType::Anything) | None);
    *tree == Tree::Null || *tree == Tree::Bool(false) && !is_value()
}

fn kept(table: &Table, above: &mut Vec<String>, removed: &mut Vec<Vec<String>>) -> Table {
    let mut kept_here = Table::new();
    for (name, entry) in table {
        above.push(name.clone());
        if is_removal(above, &entry.item.tree) {
            removed.push(above.clone());
        } else {
            let mut entry = entry.clone();
            let is_emptied = match &entry.item.tree {
                Tree::Table(inner) => {
                    let left = kept(inner, above, removed);
                    let is_emptied = left.is_empty() && !inner.is_empty();
                    entry.item.tree = Tree::Table(left);
                    is_emptied
                }
                _ => false,
            };
            if !is_emptied {
                kept_here.insert(name.clone(), entry);
            }
        }
        above.pop();
    }
    kept_here
}
