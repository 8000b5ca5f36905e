//! What a test says of its combinations: lockstep, exclusions, patches, additions, ids.
//!
//! The order is: axes → zip → product → exclude → patch → include.

use super::axis::Axis;
use super::change::Change;
use super::condition::Condition;
use super::expression::Expression;
use super::include::{Include, include};
use super::zip::zips;
use crate::base::document::{Entry, Item, Table};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::table::{Fields, expected};

/// How the combinations of a test's axes become its cases.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// The axes that vary together, by their places; each group in the order of the matrix.
    pub zips: Vec<Vec<usize>>,
    /// Combinations that are left out.
    pub excludes: Vec<Condition>,
    /// The cases that the first of [`Rules::changes`] are for, one each, in file order.
    pub patches: Vec<Condition>,
    /// Cases that are added.
    pub includes: Vec<Include>,
    /// What the patches change, then what the includes set.
    pub changes: Vec<Change>,
    /// The template of ids, where there is one.
    pub id: Option<Expression>,
}

impl Rules {
    /// Whether the cases are the product of the axes under their usual ids.
    pub fn is_empty(&self) -> bool {
        self.zips.is_empty()
            && self.excludes.is_empty()
            && self.patches.is_empty()
            && self.includes.is_empty()
            && self.id.is_none()
    }
}

/// Reads `exclude`, `patch`, `include` and `id` of a test, and `zip` of its sweep. Values that only an
/// include gives are added to `axes`, which are none where the matrix could not be read: then nothing of this
/// can be told right from wrong.
pub(super) fn rules(fields: &mut Fields<'_>, zip: Option<&Item>, axes: Option<&mut Vec<Axis>>) -> Rules {
    let [excludes, patches, includes] =
        ["exclude", "patch", "include"].map(|key| fields.tables(key).unwrap_or_default());
    let id = fields.item("id");
    let Some(axes) = axes else { return Rules::default() };
    let mistakes = &mut fields.mistakes;
    let mut rules = Rules::default();
    if let Some(zip) = zip {
        rules.zips = mistakes.collect(zips(zip, axes)).unwrap_or_default();
    }
    rules.excludes = excludes.iter().filter_map(|item| mistakes.collect(exclude(item, axes))).collect();
    for item in patches {
        if let Some((condition, change)) = mistakes.collect(patch(item, axes)) {
            rules.patches.push(condition);
            rules.changes.push(change);
        }
    }
    for item in includes {
        rules.includes.extend(mistakes.collect(include(item, axes, &mut rules.changes)));
    }
    rules.id = id.and_then(|item| mistakes.collect(Expression::template(item, axes)));
    rules
}

fn exclude(item: &Item, axes: &[Axis]) -> Result<Condition, Mistakes> {
    let table = item.as_table().ok_or_else(|| expected("a table", item))?;
    if table.is_empty() {
        let mistake = Mistake::at(&item.place, "the exclude names no axis: it would leave no case");
        return Err(mistake.label("expected values of axes, or `when`").into());
    }
    Condition::read(&item.place, table, table.get("when"), axes)
}

fn patch(item: &Item, axes: &[Axis]) -> Result<(Condition, Change), Mistakes> {
    let mut fields = Fields::of_item(item)?;
    let none = Table::new();
    let values = fields.table("match");
    let when: Option<&Entry> = fields.entry("when");
    let set = fields.read("set", |item| Change::read(item, axes));
    let mut mistakes = fields.finish();
    let has = |key: &str| item.as_table().is_some_and(|table| table.contains_key(key));
    if !has("set") {
        mistakes.push(Mistake::at(&item.place, "the patch has no `set`"));
    }
    if !has("when") && values.is_none_or(Table::is_empty) && (values.is_some() || !has("match")) {
        let mistake = Mistake::at(&item.place, "the patch has no `match` and no `when`");
        mistakes.push(mistake.hint("what holds for every case stands in the test itself"));
    }
    if let Some(entry) = values.and_then(|values| values.get("when")) {
        mistakes.push(Mistake::at(&entry.key, "`when` stands beside `match`, not in it"));
    }
    let condition = Condition::read(&item.place, values.unwrap_or(&none), when, axes);
    let condition = mistakes.collect(condition);
    match (condition, set) {
        (Some(condition), Some(change)) => mistakes.or((condition, change)),
        _ => Err(mistakes),
    }
}
