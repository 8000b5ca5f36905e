//! Whether the scenarios of the combinations that there are, are whole.

use std::collections::HashSet;

use super::k6_options::{filled_fields, gives_shape, options_of, with};
use super::model::Test;
use crate::base::document::{Entry, Table};
use crate::base::mistake::Mistakes;
use crate::spec::scenario;

/// Looks at each form of a test's scenarios once, however many cases have it.
pub struct WholeScenarios<'a> {
    test: &'a Test,
    /// The axes that choose a scenario or an executor.
    axes: Vec<usize>,
    /// The changes that do.
    changes: Vec<u32>,
    seen: HashSet<Vec<u32>>,
}

impl<'a> WholeScenarios<'a> {
    /// None where the product of the axes was looked at as a whole.
    pub fn of(test: &'a Test) -> Option<Self> {
        let rules = &test.rules;
        let shapes = |assignments: &[_]| options_of(assignments).any(|(path, _)| gives_shape(path));
        let axes = test.axes.iter().enumerate();
        let axes = axes.filter(|(_, axis)| axis.values.iter().any(|value| shapes(&value.assignments)));
        let axes = axes.map(|(axis, _)| axis).collect();
        let changes = (0..).zip(&rules.changes).filter(|(_, change)| shapes(&change.assignments));
        let changes = changes.map(|(change, _)| change).collect();
        (!rules.is_empty()).then_some(Self { test, axes, changes, seen: HashSet::new() })
    }

    /// What a combination's scenarios lack; nothing if another of the same form was looked at.
    pub fn check(&mut self, choices: &[u32], changes: &[u32]) -> Mistakes {
        let mut form: Vec<u32> = self.axes.iter().map(|axis| choices[*axis]).collect();
        form.extend(changes.iter().filter(|change| self.changes.contains(change)));
        let mut mistakes = Mistakes::default();
        if !self.seen.insert(form) {
            return mistakes;
        }
        let empty = Table::new();
        let options = self.test.fields.get("k6").and_then(|entry| entry.item.as_table()).unwrap_or(&empty);
        let own = options.get("scenarios").and_then(|entry| entry.item.as_table()).unwrap_or(&empty);
        let mut shape = own.clone();
        for axis in &self.axes {
            shape = with(&shape, &self.test.axes[*axis].values[choices[*axis] as usize].assignments);
        }
        for change in changes.iter().filter(|change| self.changes.contains(change)) {
            shape = with(&shape, &self.test.rules.changes[*change as usize].assignments);
        }
        let filled = filled_fields(&self.test.axes, &self.test.rules.changes);
        // What a scenario without an executor lacks is the matter of the script that has the rest of it.
        let is_scripted = self.test.is_scripted();
        let is_whole = |entry: &Entry| !is_scripted || scenario::executor_of(&entry.item).is_some();
        for (name, entry) in shape.iter().filter(|(_, entry)| is_whole(entry)) {
            let also = |field: &str| filled.contains(&(name.as_str(), field));
            mistakes.extend(scenario::check_whole(name, entry, also));
        }
        mistakes
    }
}
