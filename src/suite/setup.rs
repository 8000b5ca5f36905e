//! Set-ups: commands that bring the system under test into the state that a value of an axis means.

use std::collections::BTreeMap;
use std::time::Duration;

use super::axis::Axis;
use crate::base::document::{Item, Table};
use crate::base::excerpt::Excerpt;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Place;
use crate::base::table::{Fields, expected, text};
use crate::manifest::{EnvironmentValue, environment};

/// How long a command may take unless the set-up says otherwise.
const TIMEOUT: Duration = Duration::from_mins(5);

/// One `[[test.setup]]`, its words not yet rendered.
#[derive(Debug, Clone)]
pub struct SetUp {
    /// The name of its axis, as the matrix writes it.
    pub axis: String,
    /// Where that name stands.
    pub place: Place,
    /// The command that applies a value; its first word is the program.
    pub apply: Vec<Excerpt>,
    /// The command that takes it back; empty where there is none.
    pub undo: Vec<Excerpt>,
    /// Declared variables of both commands.
    pub environment: BTreeMap<String, EnvironmentValue>,
    /// The longest that either command may take.
    pub timeout: Duration,
}

/// Reads `[[test.setup]]`.
pub(super) fn set_ups(item: &Item) -> Result<Vec<SetUp>, Mistakes> {
    let items = item.as_list().ok_or_else(|| expected("a list of tables", item))?;
    let mut mistakes = Mistakes::default();
    let read = items.iter().filter_map(|item| mistakes.collect(set_up(item))).collect();
    mistakes.or(read)
}

fn set_up(item: &Item) -> Result<SetUp, Mistakes> {
    let mut fields = Fields::of_item(item)?;
    let axis = fields.read("axis", |item| Ok((text(item)?.to_owned(), item.place.clone())));
    let apply = fields.read("apply", command);
    let undo = fields.read("undo", command).unwrap_or_default();
    let environment = fields.read("env", environment).unwrap_or_default();
    let timeout = fields.duration("timeout").unwrap_or(TIMEOUT);
    let mut mistakes = fields.finish();
    for key in ["axis", "apply"] {
        if item.as_table().is_some_and(|table| !table.contains_key(key)) {
            mistakes.push(Mistake::at(&item.place, format!("the set-up has no `{key}`")));
        }
    }
    let (Some((axis, place)), Some(apply)) = (axis, apply) else { return Err(mistakes) };
    mistakes.or(SetUp { axis, place, apply, undo, environment, timeout })
}

fn command(item: &Item) -> Result<Vec<Excerpt>, Mistakes> {
    let items = item.as_list().filter(|items| !items.is_empty());
    let items = items.ok_or_else(|| expected("a command: a list of words", item))?;
    items.iter().map(Excerpt::of_item).collect()
}

/// Whether an axis of the matrix may have a name that is no field: a set-up acts on it. Where a set-up
/// cannot be read or names no axis at all, every such name may be meant, and only the set-up is wrong.
pub(super) fn may_be_free(axis: &str, set_ups: Option<&[SetUp]>, matrix: &Table) -> bool {
    let meant = |set_up: &SetUp| set_up.axis == axis || !matrix.contains_key(&set_up.axis);
    !axis.contains('.') && set_ups.is_none_or(|set_ups| set_ups.iter().any(meant))
}

/// Every set-up names an axis of its test.
pub(super) fn check_axes(set_ups: &[SetUp], axes: &[Axis]) -> Mistakes {
    let mut mistakes = Mistakes::default();
    for set_up in set_ups.iter().filter(|set_up| axes.iter().all(|axis| axis.name != set_up.axis)) {
        let mistake = Mistake::at(&set_up.place, format!("the test has no axis `{}`", set_up.axis));
        let names = axes.iter().map(|axis| axis.name.as_str());
        mistakes.push(mistake.label("expected an axis of `[test.matrix]`").nearest(&set_up.axis, names));
    }
    mistakes
}
