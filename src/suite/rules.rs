//! What a test says of its combinations: lockstep, exclusions, patches, additions, ids.
//!
//! The order is: axes → zip → product → exclude → patch → include.

use super::axis::Axis;
use super::condition::Condition;
use super::expression::Expression;
use super::include::{Include, include};
use super::set_fields::SetFields;
use super::zip::zips;
use crate::base::document::{Item, Table};
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
    pub changes: Vec<SetFields>,
    /// The template of ids, where there is one.
    pub id: Option<Expression>,
    /// Whether the values of axes were chosen elsewhere than in the file: then rules may be of no use.
    pub is_narrowed: bool,
    /// Whether some cannot be read: then the combinations are not those that are meant.
    pub lacks_some: bool,
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
/// can be told right from wrong. Where `narrowed`, other values than the file's were chosen: then a rule may
/// name one that is not there, and be of no use.
pub(super) fn rules(
    fields: &mut Fields<'_>,
    zip: Option<&Item>,
    axes: Option<&mut Vec<Axis>>,
    narrowed: bool,
) -> Rules {
    let [excludes, patches, includes] =
        ["exclude", "patch", "include"].map(|key| fields.tables(key).unwrap_or_default());
    let id = fields.item("id");
    let Some(axes) = axes else { return Rules { lacks_some: true, ..Rules::default() } };
    let mut wrong = Mistakes::default();
    let mistakes = &mut wrong;
    let mut rules = Rules { is_narrowed: narrowed, ..Rules::default() };
    if let Some(zip) = zip {
        rules.zips = mistakes.collect(zips(zip, axes)).unwrap_or_default();
    }
    rules.excludes =
        excludes.iter().filter_map(|item| mistakes.collect(exclude(item, axes, narrowed))).collect();
    for item in patches {
        // What it sets is checked also where it cannot be told what it is for.
        rules.patches.extend(mistakes.collect(patch(item, axes, narrowed, &mut rules.changes)));
    }
    for item in includes {
        rules.includes.extend(mistakes.collect(include(item, axes, &mut rules.changes)));
    }
    rules.id = id.and_then(|item| mistakes.collect(Expression::template(item, axes)));
    rules.lacks_some = !wrong.is_empty();
    fields.mistakes.extend(wrong);
    rules
}

fn exclude(item: &Item, axes: &[Axis], narrowed: bool) -> Result<Condition, Mistakes> {
    let table = item.as_table().ok_or_else(|| expected("a table", item))?;
    if table.is_empty() {
        let mistake = Mistake::at(&item.place, "the exclude names no axis: it would leave no case");
        return Err(mistake.label("expected values of axes, or `when`").into());
    }
    Condition::read(&item.place, table, table.get("when"), axes, narrowed)
}

fn patch(
    item: &Item,
    axes: &[Axis],
    narrowed: bool,
    changes: &mut Vec<SetFields>,
) -> Result<Condition, Mistakes> {
    let mut fields = Fields::of_item(item)?;
    let none = Table::new();
    let values = fields.entry("match").map(|entry| &entry.item);
    let when = fields.entry("when");
    let set = fields.item("set");
    let mut mistakes = fields.finish();
    match set {
        Some(set) => changes.push(SetFields::read(set, axes, &mut mistakes)),
        None => mistakes.push(Mistake::at(&item.place, "the patch has no `set`")),
    }
    let table = values.map_or(Some(&none), Item::as_table);
    if let (Some(values), None) = (values, table) {
        mistakes.push(expected("a table of axes", values));
    }
    let table = table.unwrap_or(&none);
    if when.is_none() && values.is_none_or(|values| values.as_table().is_some_and(Table::is_empty)) {
        let mistake = Mistake::at(&item.place, "the patch has no `match` and no `when`");
        mistakes.push(mistake.hint("what holds for every case stands in the test itself"));
    }
    if let Some(entry) = table.get("when") {
        mistakes.push(Mistake::at(&entry.key, "`when` stands beside `match`, not in it"));
    }
    let condition = mistakes.collect(Condition::read(&item.place, table, when, axes, narrowed));
    match condition {
        Some(condition) => mistakes.or(condition),
        None => Err(mistakes),
    }
}
