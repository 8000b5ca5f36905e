//! Profiles and the command line put over one test: its fields first, then its axes.
//!
//! A field that an axis sweeps gives the axis this one value, so ids keep their shape. A change for which a
//! test has no place leaves the test as it is, and is told; one that no test has a place for is a mistake.

use std::collections::BTreeSet;

use super::axis::{Axis, AxisValue};
use super::destination::Destination;
use super::fields::{SETTING_KEYS, UNCOUNTED};
use super::layers::{is_missing_scenario, overlay, overlay_at, overlay_present, value_at};
use super::matrix::check_disjoint;
use super::overrides::{Change, Overrides};
use super::reach::places;
use super::script;
use crate::base::document::{Entry, Item, Table, Tree};
use crate::base::mistake::{Mistake, Mistakes};

/// What a test is, for what lies over it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    /// Its name; none where it could not be read.
    pub(super) name: &'a str,
    /// Whether it only warms up: it has no axes, and not every setting.
    pub(super) is_warm_up: bool,
    /// Whether its form knows settings.
    pub(super) has_settings: bool,
    /// Its `matrix` as written.
    pub(super) matrix: Option<&'a Table>,
}

/// The changes that reach a test.
pub(super) struct Over<'a> {
    reaching: Vec<(&'a Change, Vec<Destination>)>,
    /// By number.
    pub(super) reached: BTreeSet<usize>,
    /// What does not reach it, and why.
    pub(super) notes: Vec<String>,
}

impl Overrides {
    /// Puts every change that reaches the test over its `fields`.
    pub(super) fn over<'a>(&'a self, subject: Subject<'_>, fields: &mut Table) -> Over<'a> {
        let mut over = Over { reaching: Vec::new(), reached: BTreeSet::new(), notes: Vec::new() };
        let is_scripted = subject.has_settings && self.makes_scripted(fields);
        for (number, change) in self.changes.iter().enumerate() {
            if subject.is_warm_up && is_for_counted_tests(change) {
                continue;
            }
            match reached(change, subject, is_scripted, fields) {
                Ok(paths) => {
                    for path in paths.iter().filter(|_| !change.is_axis) {
                        if is_scripted && names_scenario(change) {
                            overlay_at(fields, path, &change.item);
                        } else {
                            overlay_present(fields, path, &change.item);
                        }
                        replace_other(fields, path);
                    }
                    over.reached.insert(number);
                    over.reaching.push((change, paths));
                }
                Err(why) if !self.is_meant_for_others(change) => {
                    over.notes.push(not_reached(change, subject.name, &why));
                }
                Err(_) => {}
            }
        }
        over
    }

    /// Whether a test of these fields runs scripts under the changes: the last that names one, or a template, decides.
    fn makes_scripted(&self, fields: &Table) -> bool {
        let names = |change: &Change| match change.path.as_deref() {
            Ok([field]) if field == "script" => Some(true),
            Ok([field]) if field == "template" => Some(false),
            _ => None,
        };
        self.changes.iter().rev().find_map(names).unwrap_or_else(|| script::names(fields, "script"))
    }

    /// Whether nobody expects the change to reach every test: it is for scenarios, whichever there are, or
    /// for tests without scenarios, and another change is for those.
    fn is_meant_for_others(&self, change: &Change) -> bool {
        match change.path.as_deref() {
            Ok([_, scenarios, name, ..]) => scenarios == "scenarios" && name == "*",
            Ok([k6, option]) if k6 == "k6" => self.changes.iter().any(|other| {
                matches!(other.path.as_deref(), Ok([_, _, name, field]) if name == "*" && field == option)
            }),
            _ => false,
        }
    }
}

/// A test has a script or a template: what lies over it takes the place of either.
fn replace_other(fields: &mut Table, path: &Destination) {
    match path[0].as_str() {
        "script" => drop(fields.shift_remove("template")),
        "template" => drop(fields.shift_remove("script")),
        _ => {}
    }
}

fn is_for_counted_tests(change: &Change) -> bool {
    let first = change.path.as_ref().ok().and_then(|path| path.first());
    change.is_axis || first.is_some_and(|first| UNCOUNTED.contains(&first.as_str()))
}

/// The paths that the change has in this test; none of them where its name is that of a free axis.
fn reached(
    change: &Change,
    subject: Subject<'_>,
    is_scripted: bool,
    fields: &Table,
) -> Result<Vec<Destination>, String> {
    match &change.path {
        Err(_) if subject.matrix.is_some_and(|matrix| matrix.contains_key(&change.name)) => Ok(Vec::new()),
        Err(_) => Err("it has no such axis".to_owned()),
        Ok(path) if !subject.has_settings && SETTING_KEYS.contains(&path[0].as_str()) => {
            Err("its form has no settings".to_owned())
        }
        Ok(path) if !subject.has_settings && path[0] == "script" => {
            Err("its form has templates only".to_owned())
        }
        Ok(path) if is_scripted && script::is_for_templates(&path[0]) => {
            Err("it runs a script, which does not see it".to_owned())
        }
        Ok(path) if is_scripted && names_scenario(change) => Ok(vec![path.clone()]),
        Ok(path) => places(path, &change.item, fields, subject.matrix),
    }
}

/// Whether the change is meant for one scenario by its name: a script has some that the suite does not name. Those that
/// it has not are told where it is read.
fn names_scenario(change: &Change) -> bool {
    matches!(change.path.as_deref(), Ok([_, scenarios, name, _, ..]) if scenarios == "scenarios" && name != "*")
}

fn not_reached(change: &Change, test: &str, why: &str) -> String {
    let Change { name, layer, .. } = change;
    let message = format!("`{name}` of {layer} does not reach the test `{test}`: {why}");
    let mistake = Mistake::at(&change.key, message);
    // Where it was typed needs no place.
    if change.is_typed() { mistake.message().to_owned() } else { mistake.note() }
}

impl Over<'_> {
    /// Puts the changes over the axes, and gives what lies over every case, and whether any axis is another now.
    pub(super) fn axes(&self, axes: &mut Vec<Axis>) -> Result<(Vec<(Destination, Item)>, bool), Mistakes> {
        let before = labels(axes);
        let mut mistakes = Mistakes::default();
        let mut fields: Vec<(Destination, Item)> = Vec::new();
        for (change, paths) in &self.reaching {
            if change.is_axis {
                mistakes.collect(sweep(change, paths, axes));
                fields.retain(|(path, _)| !paths.contains(path));
            } else if paths.is_empty() {
                mistakes.collect(choose(change, axes));
            } else {
                for path in paths {
                    for axis in &mut *axes {
                        fix(axis, path, &change.item);
                    }
                    fields.push((path.clone(), change.item.clone()));
                }
            }
        }
        mistakes.extend(check_disjoint(axes));
        let is_changed = labels(axes) != before;
        mistakes.or((fields, is_changed))
    }
}

fn labels(axes: &[Axis]) -> Vec<(String, Vec<String>)> {
    let of = |axis: &Axis| axis.values.iter().map(|value| value.label.clone()).collect();
    axes.iter().map(|axis| (axis.name.clone(), of(axis))).collect()
}

/// Gives the axis of that name or field these values, or adds it.
fn sweep(change: &Change, paths: &[Destination], axes: &mut Vec<Axis>) -> Result<(), Mistakes> {
    let sweeps_it = |axis: &Axis| {
        let mut assigned = axis.values.iter().flat_map(|value| &value.assignments).map(|(path, _)| path);
        axis.name == change.name || (!paths.is_empty() && assigned.all(|path| paths.contains(path)))
    };
    let at = axes.iter().position(sweeps_it);
    if let Some(axis) = at.map(|at| &mut axes[at]) {
        let labels: Vec<String> = change.item.as_list().into_iter().flatten().map(Item::label).collect();
        let known = |label: &String| axis.values.iter().any(|value| value.label == *label);
        if paths.is_empty() || (!labels.is_empty() && labels.iter().all(known)) {
            return choose(change, axes);
        }
        let entry = Entry { key: change.key.clone(), item: change.item.clone() };
        axis.take_values(Axis::read(&axis.name, &entry, false)?);
        return Ok(());
    }
    for path in paths {
        let name = if paths.len() > 1 { path.join(".") } else { change.name.clone() };
        let entry = Entry { key: change.key.clone(), item: change.item.clone() };
        axes.push(Axis::read(&name, &entry, false)?);
    }
    Ok(())
}

/// Keeps those values of an axis that the change names by their labels. An axis for a set-up whose values
/// are plain takes new ones.
fn choose(change: &Change, axes: &mut [Axis]) -> Result<(), Mistakes> {
    let Some(axis) = axes.iter_mut().find(|axis| axis.name == change.name) else { return Ok(()) };
    let single = std::slice::from_ref(&change.item);
    let asked = change.item.as_list().unwrap_or(single);
    if axis.values.iter().all(|value| value.assignments.is_empty()) {
        let list = Item { tree: Tree::List(asked.to_vec()), place: change.item.place.clone() };
        let item = if change.item.as_table().is_some() { change.item.clone() } else { list };
        axis.take_values(Axis::read(&axis.name, &Entry { key: change.key.clone(), item }, true)?);
        return Ok(());
    }
    let mut mistakes = Mistakes::default();
    let mut kept: Vec<AxisValue> = Vec::with_capacity(asked.len());
    for item in asked {
        let label = item.label();
        match axis.values.iter().find(|value| value.label == label) {
            Some(_) if kept.iter().any(|earlier| earlier.label == label) => {
                let message = format!("the axis `{}` has the value `{label}` twice", axis.name);
                mistakes.push(Mistake::at(&item.place, message));
            }
            Some(value) => kept.push(value.clone()),
            None => {
                let labels = || axis.values.iter().map(|value| value.label.as_str());
                let listed = labels().collect::<Vec<_>>().join(", ");
                let message = format!("the axis `{}` has no value `{label}`", axis.name);
                let mistake = Mistake::at(&item.place, message).label(format!("expected one of {listed}"));
                mistakes.push(mistake.nearest(&label, labels()));
            }
        }
    }
    if kept.is_empty() && asked.is_empty() {
        let message = format!("the axis `{}` is left without values", axis.name);
        mistakes.push(Mistake::at(&change.item.place, message));
    }
    mistakes.or(())?;
    axis.keep_values(kept);
    Ok(())
}

/// As [`overlay_present`], in the value that an axis puts under `assigned`.
fn overlay_below(value: &mut Table, assigned: &[String], rest: &[String], item: &Item) {
    if !is_missing_scenario(assigned.len(), value, &[assigned, rest].concat()) {
        overlay_at(value, rest, item);
    }
}

/// Puts `item` under `path` whatever the axis puts there. Where that is all that the axis does, it is left
/// with this one value.
fn fix(axis: &mut Axis, path: &[String], item: &Item) {
    let sets_more = axis.values.iter().any(|value| value.assignments.len() > 1);
    let mut is_fixed = !axis.values.is_empty();
    for value in &mut axis.values {
        let mut replaced = false;
        for (assigned, below) in &mut value.assignments {
            if let Some(rest) = assigned.strip_prefix(path) {
                if let Some(over) = value_at(item, rest) {
                    overlay(below, over);
                    replaced = over.as_table().is_none();
                }
            } else if let (Some(rest), Tree::Table(table)) =
                (path.strip_prefix(assigned.as_slice()), &mut below.tree)
            {
                overlay_below(table, assigned, rest, item);
            }
        }
        is_fixed &= replaced;
    }
    if is_fixed && !sets_more {
        axis.values.truncate(1);
        axis.listed = axis.values.len();
        for value in &mut axis.values {
            let Some((_, item)) = value.assignments.first() else { continue };
            value.label = item.label();
            value.parameter = item.to_json();
            value.plain = item.to_json();
        }
    }
}
