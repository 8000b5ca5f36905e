//! In what a range counts, and how that is written.

use crate::base::document::{Item, Tree, plain_number};
use crate::base::duration;
use crate::base::mistake::Mistakes;
use crate::base::table::expected;

/// In what a range counts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unit {
    /// Units of the last of so many decimal places.
    Places(u32),
    /// Durations.
    Nanoseconds,
}

impl Unit {
    /// The one in which all of `items` are whole, as far as 18 decimal places go.
    pub(super) fn of(items: &[Option<&Item>]) -> Self {
        let items = || items.iter().flatten();
        if items().any(|item| item.as_text().is_some()) {
            return Self::Nanoseconds;
        }
        let places = items().map(|item| match item.tree {
            Tree::Float(number) => {
                plain_number(number).split_once('.').map_or(0, |(_, fraction)| fraction.len().min(18))
            }
            _ => 0,
        });
        Self::Places(places.max().and_then(|places| u32::try_from(places).ok()).unwrap_or(0))
    }

    pub(super) fn count(self, item: &Item) -> Result<i128, Mistakes> {
        let counted = match (self, &item.tree) {
            (Self::Nanoseconds, Tree::Text(text)) => {
                duration::parse(text).and_then(|duration| i128::try_from(duration.as_nanos()).ok())
            }
            (Self::Places(places), Tree::Integer(number)) => Some(i128::from(*number) * 10_i128.pow(places)),
            (Self::Places(places), Tree::Float(number)) => decimal(*number, places),
            _ => None,
        };
        let what = match self {
            Self::Nanoseconds => "a duration such as \"10s\"",
            Self::Places(_) => "a number",
        };
        let is_number = item.as_text().is_some_and(|text| text.trim().parse::<f64>().is_ok());
        counted.ok_or_else(|| {
            let mistake = expected(what, item);
            let mistake = if is_number { mistake.hint("a number stands without quotes") } else { mistake };
            mistake.into()
        })
    }

    /// A whole number of units.
    pub(super) fn exact(self, value: i128) -> Tree {
        match self {
            Self::Nanoseconds => Tree::Text(duration_text(value)),
            Self::Places(places) => number(value, places),
        }
    }

    /// Any number of units; a nanosecond is as fine as durations are.
    pub(super) fn rounded(self, value: f64) -> Tree {
        match self {
            #[allow(clippy::cast_possible_truncation, reason = "inside a range of exact ends")]
            Self::Nanoseconds => Tree::Text(duration_text(value.round() as i128)),
            // The nearest float of the very digits: a division would round twice.
            Self::Places(places) => Tree::Float(format!("{value}e-{places}").parse().unwrap_or(value)),
        }
    }
}

/// The digits of a number as a whole number of its last place.
fn decimal(number: f64, places: u32) -> Option<i128> {
    let text = plain_number(number);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let places = places as usize;
    (fraction.len() <= places).then(|| format!("{whole}{fraction:0<places$}").parse().ok()).flatten()
}

/// A number of units of the last of so many decimal places.
fn number(value: i128, places: u32) -> Tree {
    let unit = 10_i128.pow(places);
    match (value % unit, i64::try_from(value / unit)) {
        (0, Ok(whole)) => Tree::Integer(whole),
        _ => Tree::Float(format!("{value}e-{places}").parse().unwrap_or(value as f64 / unit as f64)),
    }
}

/// In the largest unit from seconds down in which the duration is whole.
fn duration_text(nanoseconds: i128) -> String {
    const UNITS: [(i128, &str); 4] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1000, "us"), (1, "ns")];
    let (size, unit) = UNITS.into_iter().find(|(size, _)| nanoseconds % size == 0).unwrap_or((1, "ns"));
    format!("{}{unit}", nanoseconds / size)
}
