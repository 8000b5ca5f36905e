//! Which values of an axis a condition means: one, any of a list, or those that compare.

use std::cmp::Ordering;
use std::time::Duration;

use super::axis::{Axis, AxisValue};
use crate::base::document::{Entry, Item, Tree};
use crate::base::duration;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::table::{expected, unknown_key};

const COMPARISONS: [&str; 5] = ["ge", "gt", "le", "lt", "ne"];

/// For each listed value of `axis`, whether `item` means it. What means no value is a mistake, unless `narrowed`:
/// then the axis does not have all values that the file gives it.
pub(super) fn meant(item: &Item, axis: &Axis, narrowed: bool) -> Result<Vec<bool>, Mistakes> {
    match &item.tree {
        Tree::Table(table) if !table.is_empty() && table.keys().any(|key| !is_comparison(key)) => {
            let mut mistakes = Mistakes::default();
            for (key, entry) in table.iter().filter(|(key, _)| !is_comparison(key)) {
                mistakes.push(unknown_key(key, entry, &COMPARISONS));
            }
            Err(mistakes)
        }
        Tree::Table(table) if table.is_empty() => {
            let mistake = Mistake::at(&item.place, "an empty comparison means every value");
            Err(mistake.label(format!("expected one of {}", COMPARISONS.join(", "))).into())
        }
        Tree::Table(table) => {
            let mut all = vec![true; axis.listed];
            let mut mistakes = Mistakes::default();
            for (key, entry) in table {
                if let Some(some) = mistakes.collect(compared(key, entry, axis, narrowed)) {
                    all.iter_mut().zip(some).for_each(|(all, one)| *all &= one);
                }
            }
            mistakes.or(())?;
            if all.contains(&true) || narrowed {
                return Ok(all);
            }
            let message = format!("no value of the axis `{}` lies there", axis.name);
            Err(Mistake::at(&item.place, message).label(format!("it has {}", labels(axis))).into())
        }
        Tree::List(items) if items.is_empty() => {
            Err(Mistake::at(&item.place, "an empty list means no value").into())
        }
        Tree::List(items) => any_of(items, axis, narrowed),
        _ => equal(item, axis, narrowed),
    }
}

fn is_comparison(key: &str) -> bool {
    COMPARISONS.contains(&key)
}

fn any_of(items: &[Item], axis: &Axis, narrowed: bool) -> Result<Vec<bool>, Mistakes> {
    let mut any = vec![false; axis.listed];
    let mut mistakes = Mistakes::default();
    for item in items {
        if let Some(some) = mistakes.collect(equal(item, axis, narrowed)) {
            any.iter_mut().zip(some).for_each(|(any, one)| *any |= one);
        }
    }
    mistakes.or(any)
}

/// By label; where no label is spelled so, by value.
fn equal(item: &Item, axis: &Axis, narrowed: bool) -> Result<Vec<bool>, Mistakes> {
    let label = item.label();
    let by_label: Vec<bool> = axis.listed().iter().map(|value| value.label == label).collect();
    let by_value = || axis.listed().iter().map(|value| is_equal(value, item)).collect();
    let found = if by_label.contains(&true) { by_label } else { by_value() };
    if found.contains(&true) || narrowed {
        return Ok(found);
    }
    let mistake = Mistake::at(&item.place, format!("the axis `{}` has no value `{label}`", axis.name));
    let names = axis.listed().iter().map(|value| value.label.as_str());
    Err(mistake.label(format!("it has {}", labels(axis))).nearest(&label, names).into())
}

fn is_equal(value: &AxisValue, item: &Item) -> bool {
    value.plain == item.to_json()
        || order(&value.plain, &item.to_json()).is_some_and(|order| order == Ordering::Equal)
}

fn compared(comparison: &str, entry: &Entry, axis: &Axis, narrowed: bool) -> Result<Vec<bool>, Mistakes> {
    let item = &entry.item;
    if comparison == "ne" {
        let equal = if let Some(items) = item.as_list() {
            any_of(items, axis, narrowed)
        } else {
            equal(item, axis, narrowed)
        };
        return Ok(equal?.into_iter().map(|one| !one).collect());
    }
    let bound = item.to_json();
    if order(&bound, &bound).is_none() {
        return Err(expected("a number or a duration such as \"10s\"", item).into());
    }
    let holds = |value: &AxisValue| {
        let order = order(&value.plain, &bound).ok_or_else(|| {
            let what = if bound.is_string() { "duration" } else { "number" };
            let message = format!("the value `{}` of the axis `{}` is no {what}", value.label, axis.name);
            Mistake::at(&item.place, message).label(format!("`{comparison}` compares numbers or durations"))
        })?;
        Ok(match comparison {
            "ge" => order.is_ge(),
            "gt" => order.is_gt(),
            "le" => order.is_le(),
            _ => order.is_lt(),
        })
    };
    axis.listed().iter().map(holds).collect()
}

/// How two numbers or two durations compare; none for anything else.
fn order(one: &serde_json::Value, other: &serde_json::Value) -> Option<Ordering> {
    fn duration_of(value: &serde_json::Value) -> Option<Duration> {
        value.as_str().and_then(duration::parse)
    }
    if let (Some(one), Some(other)) = (one.as_i64(), other.as_i64()) {
        return Some(one.cmp(&other));
    }
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one.partial_cmp(&other),
        (None, None) => Some(duration_of(one)?.cmp(&duration_of(other)?)),
        _ => None,
    }
}

/// The labels of an axis, a few of many.
fn labels(axis: &Axis) -> String {
    const SHOWN: usize = 8;
    let listed = axis.listed();
    let names = |values: &[AxisValue]| values.iter().map(|value| value.label.clone()).collect::<Vec<_>>();
    if listed.len() <= SHOWN {
        return names(listed).join(", ");
    }
    let (first, last) = (names(&listed[..SHOWN - 1]), names(&listed[listed.len() - 1..]));
    format!("{}, …, {}", first.join(", "), last.join(", "))
}
