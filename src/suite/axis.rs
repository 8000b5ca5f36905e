//! Axes: a field with several values, written as a list, a range, or labelled tables of assignments.

use std::collections::HashSet;

use super::destination::{Destination, destination};
use super::range::range;
use super::set_fields::assignments;
use crate::base::document::{Entry, Item, Tree};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::nearest::nearest;
use crate::base::source::Place;
use crate::base::table::{Fields, expected};
use crate::spec::options;

/// One axis of a test.
#[derive(Debug, Clone)]
pub struct Axis {
    /// As written, e.g. `k6.scenarios.load.rate`.
    pub name: String,
    /// The last part of the name, which ids show where it is unique among the test's axes.
    pub short: String,
    /// Where its name stands.
    pub place: Place,
    /// Its values, in order; never empty. Behind the [`Axis::listed`] ones stand those that only an
    /// `[[test.include]]` gives.
    pub values: Vec<AxisValue>,
    /// How many of its values the matrix lists: those that are combined.
    pub listed: usize,
    /// The field that its name leads to; none where the name is free.
    pub(super) destination: Option<Destination>,
    /// Whether its values carry labels, which ids then show instead of the values.
    pub(super) is_labelled: bool,
    /// Whether a set-up acts on it, so that its name may be free.
    pub(super) for_set_ups: bool,
}

/// One value of an axis.
#[derive(Debug, Clone)]
pub struct AxisValue {
    /// What ids and tables show.
    pub label: String,
    /// The value as a parameter in results.
    pub parameter: serde_json::Value,
    /// The plain value, which set-ups see; the label where a labelled value has none.
    pub plain: serde_json::Value,
    /// What it sets.
    pub assignments: Vec<(Destination, Item)>,
}

impl Axis {
    /// Reads one entry of `[test.matrix]`. An axis `for_set_ups` may have a name that is no field; its
    /// plain values then set nothing.
    pub fn read(name: &str, entry: &Entry, for_set_ups: bool) -> Result<Self, Mistakes> {
        let destination = match destination(name, &entry.key) {
            Err(_) if for_set_ups => Ok(None),
            other => other.map(Some),
        };
        let values: Vec<AxisValue> = match &entry.item.tree {
            Tree::List(items) if items.is_empty() => {
                let mistake = Mistake::at(&entry.item.place, format!("the axis `{name}` has no values"));
                return Err(mistake.label("expected at least one value").into());
            }
            Tree::List(items) => labelled_or_plain(items, destination.as_ref(), for_set_ups)?,
            Tree::Table(_) => {
                let values = range(&entry.item)?;
                plain(&values, destination.as_ref().map_err(Mistakes::clone)?.as_ref())
            }
            _ => {
                let mistake = expected("a list of values or a range { from, to, … }", &entry.item);
                return Err(mistake.hint("one value is a list too, […]").into());
            }
        };
        let mut mistakes = Mistakes::default();
        let mut seen = HashSet::with_capacity(values.len());
        for value in &values {
            if !seen.insert(value.label.as_str()) {
                let message = format!("the axis `{name}` has the value `{}` twice", value.label);
                mistakes.push(Mistake::at(&entry.item.place, message));
            }
        }
        drop(seen);
        let short = name.rsplit('.').next().unwrap_or(name).to_owned();
        mistakes.or(Self {
            name: name.to_owned(),
            short,
            place: entry.key.clone(),
            listed: values.len(),
            values,
            destination: destination.ok().flatten(),
            is_labelled: entry.item.as_list().is_some_and(|items| items.iter().all(is_labelled)),
            for_set_ups,
        })
    }

    /// The values that are combined.
    pub fn listed(&self) -> &[AxisValue] {
        &self.values[..self.listed]
    }

    /// Gives it the values of `other`, as they are written there.
    pub(super) fn take_values(&mut self, other: Self) {
        let Self { values, listed, is_labelled, .. } = other;
        (self.values, self.listed, self.is_labelled) = (values, listed, is_labelled);
    }

    /// Leaves it with these values.
    pub(super) fn keep_values(&mut self, values: Vec<AxisValue>) {
        self.listed = values.len();
        self.values = values;
    }

    /// One more value, written like those of the matrix.
    pub(super) fn further_value(&self, item: &Item) -> Result<AxisValue, Mistakes> {
        match (self.is_labelled, is_labelled(item)) {
            (true, true) => labelled_value(item, self.destination.as_ref(), self.for_set_ups),
            (false, false) => Ok(plain_value(item, self.destination.as_ref())),
            (false, true) => {
                let message = format!("the axis `{}` has plain values", self.name);
                Err(Mistake::at(&item.place, message).label("expected a plain value").into())
            }
            (true, false) => {
                let labels = self.listed().iter().map(|value| value.label.as_str());
                let message = format!("the axis `{}` has no value `{}`", self.name, item.label());
                let mistake = Mistake::at(&item.place, message);
                let mistake = mistake.label("expected one of its labels, or { label, value, set }");
                Err(mistake.nearest(&item.label(), labels).into())
            }
        }
    }
}

fn is_labelled(item: &Item) -> bool {
    item.as_table().is_some_and(|table| table.contains_key("set") || table.contains_key("label"))
}

/// Whether a table is a labelled value with a slip of the pen: no value that the axis could have, and a key that is
/// nearly one of a labelled value's.
fn is_misspelt(item: &Item, destination: Result<&Option<Destination>, &Mistakes>) -> bool {
    let takes_tables = match destination {
        Ok(Some(path)) => match path.split_first() {
            Some((first, option)) if first == "k6" => options::check_at(option, item, &item.place).is_empty(),
            first => first.is_some_and(|(first, _)| first == "vars"),
        },
        Ok(None) | Err(_) => false,
    };
    let is_near = |key: &String| nearest(key, ["label", "value", "set"]).is_some();
    !takes_tables && item.as_table().is_some_and(|table| table.keys().any(is_near))
}

/// Either every item is a table with `label` or `set`, or none is.
fn labelled_or_plain(
    items: &[Item],
    destination: Result<&Option<Destination>, &Mistakes>,
    for_set_ups: bool,
) -> Result<Vec<AxisValue>, Mistakes> {
    let are_tables = items.iter().all(|item| item.as_table().is_some());
    let is_meant = |item: &Item| is_labelled(item) || is_misspelt(item, destination);
    if are_tables && items.iter().any(is_meant) {
        let destination = destination.ok().and_then(Option::as_ref);
        let mut mistakes = Mistakes::default();
        let read = |item| mistakes.collect(labelled_value(item, destination, for_set_ups));
        let values = items.iter().filter_map(read).collect();
        return mistakes.or(values);
    }
    if let Some(item) = items.iter().find(|item| is_labelled(item)) {
        return Err(
            Mistake::at(&item.place, "an axis has either labelled values or plain ones, not both").into()
        );
    }
    let destination = destination.map_err(Mistakes::clone)?;
    Ok(plain(items, destination.as_ref()))
}

fn plain(items: &[Item], destination: Option<&Destination>) -> Vec<AxisValue> {
    items.iter().map(|item| plain_value(item, destination)).collect()
}

fn plain_value(item: &Item, destination: Option<&Destination>) -> AxisValue {
    AxisValue {
        label: item.label(),
        parameter: item.to_json(),
        plain: item.to_json(),
        assignments: destination.map(|path| (path.clone(), item.clone())).into_iter().collect(),
    }
}

fn labelled_value(
    item: &Item,
    destination: Option<&Destination>,
    for_set_ups: bool,
) -> Result<AxisValue, Mistakes> {
    let free = destination.is_none() && !for_set_ups;
    let mut fields = Fields::of_item(item)?;
    let label = fields.text("label").map(str::to_owned);
    let value = fields.item("value");
    let set = fields.table("set");
    let mut mistakes = fields.finish();
    // What is missing is what is misspelt.
    let is_misspelt = !mistakes.is_empty();
    let (mut assignments, wrong) = set.map(assignments).unwrap_or_default();
    mistakes.extend(wrong);
    match (value, destination) {
        (Some(value), Some(path)) if assignments.iter().any(|(earlier, _)| earlier == path) => {
            mistakes.push(Mistake::at(&value.place, "`set` sets the same field already"));
        }
        (Some(value), Some(path)) => assignments.push((path.clone(), value.clone())),
        (None, Some(_)) if set.is_none() && !is_misspelt => {
            mistakes.push(Mistake::at(&item.place, "`value` or `set` is missing"));
        }
        (Some(value), None) if free => {
            mistakes.push(Mistake::at(&value.place, "a free axis sets fields by `set`, not by `value`"));
        }
        _ => {}
    }
    if free && set.is_none() && !is_misspelt {
        mistakes.push(Mistake::at(&item.place, "`set` is missing: this axis's name is no field"));
    }
    let Some(label) = label.or_else(|| value.map(Item::label)) else {
        if !is_misspelt {
            mistakes.push(Mistake::at(&item.place, "`label` is missing"));
        }
        return Err(mistakes);
    };
    let plain = value.map_or_else(|| label.clone().into(), Item::to_json);
    mistakes.or(AxisValue { parameter: label.clone().into(), label, plain, assignments })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::document::read_toml;
    use crate::base::source::Source;

    fn labels(axis: &str) -> Result<Vec<String>, String> {
        let source = Arc::new(Source { path: "x.toml".into(), text: axis.to_owned() });
        let document = read_toml(&source).expect("TOML");
        let (name, entry) = document.as_table().and_then(|table| table.first()).expect("one entry");
        let axis = Axis::read(name, entry, false).map_err(|mistakes| mistakes.to_string())?;
        Ok(axis.values.into_iter().map(|value| value.label).collect())
    }

    #[test]
    fn wrong_axes_are_refused() {
        let cases = [
            ("vus = []", "has no values"),
            ("vus = [1, 1]", "twice"),
            ("vuss = [1]", "did you mean `vus`?"),
            ("vus = { from = 1, to = 2 }", "exactly one of"),
            ("m = [{ label = \"a\", set = { vus = 1, \"k6.vus\" = 2 } }]", "is set twice by one value"),
            ("vus = [{ value = 1, set = { \"k6.vus\" = 2 } }]", "sets the same field already"),
            ("model = [{ label = \"a\" }]", "`set` is missing"),
            ("m = [{ lable = \"a\", set = { vus = 1 } }]", "did you mean `label`?"),
            (
                "m = [{ label = \"a\", set = { vus = 1 } }, { lable = \"b\", sett = 1 }]",
                "did you mean `set`?",
            ),
            ("vus = [{ lable = \"a\", valeu = 1 }]", "did you mean `value`?"),
            ("vus = [1, { label = \"a\", value = 1 }]", "not both"),
        ];
        for (axis, expected) in cases {
            let message = labels(axis).expect_err(axis);
            assert!(message.contains(expected), "{axis}: {message}");
            assert!(!message.contains("missing") || expected.contains("missing"), "{axis}: {message}");
        }
    }

    #[test]
    fn a_table_that_is_a_value_of_the_field_is_no_misspelt_label() {
        for axis in [
            "\"vars.row\" = [{ lable = 1 }, { lable = 2 }]",
            "\"k6.tags\" = [{ valu = \"x\" }, { sets = \"y\" }]",
        ] {
            assert_eq!(labels(axis).map(|labels| labels.len()), Ok(2), "{axis}");
        }
    }
}
