//! Axes: a field with several values, written as a list, a range, or labelled tables of assignments.

use crate::base::document::{Entry, Item, Tree, plain_number};
use crate::base::duration;
use crate::base::mistake::{Mistake, Mistakes};
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
    /// Its values, in order; never empty.
    pub values: Vec<AxisValue>,
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

/// A path into a test's fields, e.g. `["k6", "vus"]`.
pub type Destination = Vec<String>;

/// The fields that hold one value each.
pub(super) const SINGLE_FIELDS: [&str; 5] = ["template", "target", "payload", "base_url", "model_name"];

impl Axis {
    /// Reads one entry of `[test.matrix]`. An axis `for_set_ups` may have a name that is no field; its
    /// plain values then set nothing.
    pub fn read(name: &str, entry: &Entry, for_set_ups: bool) -> Result<Self, Mistakes> {
        let destination = match destination(name, &entry.key) {
            Err(_) if for_set_ups => Ok(None),
            other => other.map(Some),
        };
        let values = match &entry.item.tree {
            Tree::List(items) if items.is_empty() => {
                let mistake = Mistake::at(&entry.item.place, format!("the axis `{name}` has no values"));
                return Err(mistake.label("expected at least one value").into());
            }
            Tree::List(items) => labelled_or_plain(items, destination.as_ref(), for_set_ups)?,
            Tree::Table(_) => plain(&range(&entry.item)?, destination?.as_ref()),
            _ => return Err(expected("a list of values or a range { from, to, … }", &entry.item).into()),
        };
        let mut mistakes = Mistakes::default();
        for (index, value) in values.iter().enumerate() {
            if values[..index].iter().any(|earlier| earlier.label == value.label) {
                let message = format!("the axis `{name}` has the value `{}` twice", value.label);
                mistakes.push(Mistake::at(&entry.item.place, message));
            }
        }
        let short = name.rsplit('.').next().unwrap_or(name).to_owned();
        mistakes.or(Self { name: name.to_owned(), short, place: entry.key.clone(), values })
    }
}

/// Where a field's name leads: a single field, `vars.x`, `env.X`, `k6.…` or a plain k6 option.
pub(super) fn destination(name: &str, place: &Place) -> Result<Destination, Mistakes> {
    let parts: Vec<&str> = name.split('.').collect();
    let path = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
    match parts.as_slice() {
        [single] if SINGLE_FIELDS.contains(single) => Ok(path(&parts)),
        ["vars" | "env", name] if !name.is_empty() => Ok(path(&parts)),
        ["k6", option, ..] => check_option(option, place).map(|()| path(&parts)),
        [option, ..] if options::check_name(option).is_ok() => {
            Ok([vec!["k6".to_owned()], path(&parts)].concat())
        }
        _ => {
            let names = options::names().chain(SINGLE_FIELDS);
            Err(Mistake::at(place, format!("unknown field `{name}`"))
                .label(
                    "expected a k6 option, template, target, payload, base_url, model_name, vars.x or env.X",
                )
                .nearest(name, names)
                .into())
        }
    }
}

/// Checks a k6 option's name.
pub(super) fn check_option(name: &str, place: &Place) -> Result<(), Mistakes> {
    options::check_name(name)
        .map(drop)
        .map_err(|problem| Mistake::at(place, problem.to_string()).nearest(name, options::names()).into())
}

/// Either every item is a table with `label` or `set`, or none is.
fn labelled_or_plain(
    items: &[Item],
    destination: Result<&Option<Destination>, &Mistakes>,
    for_set_ups: bool,
) -> Result<Vec<AxisValue>, Mistakes> {
    let labelled = |item: &Item| {
        item.as_table().is_some_and(|table| table.contains_key("set") || table.contains_key("label"))
    };
    if items.iter().all(labelled) {
        let destination = destination.ok().and_then(Option::as_ref);
        return items.iter().map(|item| labelled_value(item, destination, for_set_ups)).collect();
    }
    if let Some(item) = items.iter().find(|item| labelled(item)) {
        return Err(
            Mistake::at(&item.place, "an axis has either labelled values or plain ones, not both").into()
        );
    }
    let destination = destination.map_err(Mistakes::clone)?;
    Ok(plain(items, destination.as_ref()))
}

fn plain(items: &[Item], destination: Option<&Destination>) -> Vec<AxisValue> {
    let value = |item: &Item| AxisValue {
        label: item.label(),
        parameter: item.to_json(),
        plain: item.to_json(),
        assignments: destination.map(|path| (path.clone(), item.clone())).into_iter().collect(),
    };
    items.iter().map(value).collect()
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
    let mut assignments = Vec::new();
    for (name, entry) in set.into_iter().flatten() {
        if let Some(path) = mistakes.collect(self::destination(name, &entry.key)) {
            assignments.push((path, entry.item.clone()));
        }
    }
    match (value, destination) {
        (Some(value), Some(path)) => assignments.push((path.clone(), value.clone())),
        (None, Some(_)) if set.is_none() => {
            mistakes.push(Mistake::at(&item.place, "`value` or `set` is missing"));
        }
        (Some(value), None) if free => {
            mistakes.push(Mistake::at(&value.place, "a free axis sets fields by `set`, not by `value`"));
        }
        _ => {}
    }
    if free && set.is_none() {
        mistakes.push(Mistake::at(&item.place, "`set` is missing: this axis's name is no field"));
    }
    let Some(label) = label.or_else(|| value.map(Item::label)) else {
        mistakes.push(Mistake::at(&item.place, "`label` is missing"));
        return Err(mistakes);
    };
    let plain = value.map_or_else(|| label.clone().into(), Item::to_json);
    mistakes.or(AxisValue { parameter: label.clone().into(), label, plain, assignments })
}

/// A range in one unit: plain numbers, or durations in seconds.
struct Range {
    from: f64,
    to: f64,
    durations: bool,
}

fn range(item: &Item) -> Result<Vec<Item>, Mistakes> {
    let mut fields = Fields::of_item(item)?;
    let ends = [fields.item("from"), fields.item("to")];
    let steps = [fields.item("step"), fields.item("factor"), fields.item("points")];
    let scale = fields.text("scale").unwrap_or("lin").to_owned();
    let round = fields.count("round", 1);
    fields.finish().or(())?;
    let [Some(from), Some(to)] = ends else {
        return Err(Mistake::at(&item.place, "a range needs `from` and `to`").into());
    };
    let durations = from.as_text().is_some();
    let range = Range { from: end(from, durations)?, to: end(to, durations)?, durations };
    if range.from > range.to {
        return Err(Mistake::at(&item.place, "`from` is greater than `to`").into());
    }
    let points = match steps {
        [Some(step), None, None] => arithmetic(&range, end(step, durations)?, step)?,
        [None, Some(factor), None] => geometric(&range, end(factor, false)?, factor)?,
        [None, None, Some(points)] => spaced(&range, points, &scale)?,
        _ => {
            return Err(Mistake::at(
                &item.place,
                "a range needs exactly one of `step`, `factor` and `points`",
            )
            .into());
        }
    };
    let rounded = points.into_iter().map(|point| round_to(point, round.unwrap_or(12)));
    let mut items: Vec<Item> = rounded.map(|point| number_item(point, &range, item)).collect();
    items.dedup_by(|a, b| a.tree == b.tree);
    Ok(items)
}

/// The most points a range may have: beyond it the range is surely a mistake.
const MOST_POINTS: f64 = 1e6;

fn end(item: &Item, as_duration: bool) -> Result<f64, Mistakes> {
    match &item.tree {
        Tree::Text(text) if as_duration => match duration::parse(text) {
            Some(duration) => Ok(duration.as_secs_f64()),
            None => Err(expected("a duration such as \"10s\"", item).into()),
        },
        Tree::Integer(number) if !as_duration => Ok(*number as f64),
        Tree::Float(number) if !as_duration => Ok(*number),
        _ => Err(expected(if as_duration { "a duration such as \"10s\"" } else { "a number" }, item).into()),
    }
}

fn arithmetic(range: &Range, step: f64, place: &Item) -> Result<Vec<f64>, Mistakes> {
    let steps = ((range.to - range.from) / step + 1e-9).floor();
    if step <= 0.0 || steps >= MOST_POINTS {
        return Err(Mistake::at(
            &place.place,
            "expected a positive step that gives at most a million points",
        )
        .into());
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded above")]
    let last = steps as u32;
    Ok((0..=last).map(|index| range.from + f64::from(index) * step).collect())
}

fn geometric(range: &Range, factor: f64, place: &Item) -> Result<Vec<f64>, Mistakes> {
    if factor <= 1.0 || range.from <= 0.0 {
        return Err(Mistake::at(&place.place, "expected a factor above 1 and a range above 0").into());
    }
    let points = std::iter::successors(Some(range.from), |value| Some(value * factor));
    Ok(points.take_while(|value| *value <= range.to * (1.0 + 1e-9)).take(1_000_000).collect())
}

fn spaced(range: &Range, points: &Item, scale: &str) -> Result<Vec<f64>, Mistakes> {
    let Tree::Integer(count @ 2..=1_000_000) = points.tree else {
        return Err(expected("a whole number of at least 2", points).into());
    };
    let share = |index: i64| index as f64 / (count - 1) as f64;
    match scale {
        "lin" => Ok((0..count).map(|index| range.from + (range.to - range.from) * share(index)).collect()),
        "log" if range.from > 0.0 => {
            Ok((0..count).map(|index| range.from * (range.to / range.from).powf(share(index))).collect())
        }
        "log" => Err(Mistake::at(&points.place, "a logarithmic range begins above 0").into()),
        _ => Err(Mistake::at(&points.place, format!("unknown scale `{scale}`"))
            .hint("use \"lin\" or \"log\"")
            .into()),
    }
}

/// Rounds to `digits` significant digits.
fn round_to(value: f64, digits: u32) -> f64 {
    let digits = usize::try_from(digits.saturating_sub(1)).unwrap_or(11).min(16);
    format!("{value:.digits$e}").parse().unwrap_or(value)
}

fn number_item(value: f64, range: &Range, item: &Item) -> Item {
    let tree = if range.durations {
        let millis = (value * 1000.0).round();
        let whole = millis % 1000.0 == 0.0;
        Tree::Text(if whole {
            format!("{}s", plain_number(millis / 1000.0))
        } else {
            format!("{}ms", plain_number(millis))
        })
    } else if value.fract() == 0.0 && value.abs() < 9e15 {
        #[allow(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
        Tree::Integer(value as i64)
    } else {
        Tree::Float(value)
    };
    Item { tree, place: item.place.clone() }
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
    fn ranges_hold_both_ends() {
        let cases = [
            ("vus = { from = 1, to = 9, step = 4 }", "1 5 9"),
            ("vus = { from = 1, to = 10, factor = 2 }", "1 2 4 8"),
            (
                "rps = { from = 100, to = 10000, points = 5, scale = \"log\", round = 2 }",
                "100 320 1000 3200 10000",
            ),
            ("duration = { from = \"1s\", to = \"2s\", step = \"500ms\" }", "1s 1500ms 2s"),
            ("\"vars.x\" = { from = 0, to = 1, points = 3 }", "0 0.5 1"),
        ];
        for (axis, expected) in cases {
            assert_eq!(labels(axis).expect(axis).join(" "), expected, "{axis}");
        }
    }

    #[test]
    fn wrong_axes_are_refused() {
        let cases = [
            ("vus = []", "has no values"),
            ("vus = [1, 1]", "twice"),
            ("vuss = [1]", "did you mean `vus`?"),
            ("vus = { from = 1, to = 2 }", "exactly one of"),
            ("vus = { from = 2, to = 1, step = 1 }", "greater than"),
            ("model = [{ label = \"a\" }]", "`set` is missing"),
        ];
        for (axis, expected) in cases {
            let message = labels(axis).expect_err(axis);
            assert!(message.contains(expected), "{axis}: {message}");
        }
    }
}
