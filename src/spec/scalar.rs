//! Single values of k6's options: whole numbers and words, and what is said of a wrong one.

use crate::base::document::{Item, Table, Tree};
use crate::base::mistake::{Mistake, Mistakes};

/// The least value of a number or a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Any.
    Any,
    /// 0 or more.
    NotNegative,
    /// More than 0.
    Positive,
}

impl Sign {
    pub(super) fn allows(self, value: f64) -> bool {
        match self {
            Self::Any => true,
            Self::NotNegative => value >= 0.0,
            Self::Positive => value > 0.0,
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::NotNegative => " of at least 0",
            Self::Positive => " above 0",
        }
    }
}

/// A whole number or its digits; empty text leaves an option unset.
pub(super) fn is_whole(item: &Item, sign: Sign) -> bool {
    let number = match &item.tree {
        Tree::Integer(number) => Some(*number as f64),
        Tree::Float(number) => Some(*number).filter(|number| number.fract() == 0.0),
        Tree::Text(text) if text.is_empty() => return true,
        Tree::Text(text) => text.parse::<i64>().ok().map(|number| number as f64),
        _ => None,
    };
    number.is_some_and(|number| number.abs() < 9.3e18 && sign.allows(number))
}

/// The whole number that an item says; none for empty text.
pub(super) fn whole_number(item: &Item) -> Option<i64> {
    match &item.tree {
        Tree::Integer(number) => Some(*number),
        #[allow(clippy::cast_possible_truncation, reason = "it is whole, and others are refused")]
        Tree::Float(number) => Some(*number as i64),
        Tree::Text(text) => text.parse().ok(),
        _ => None,
    }
}

/// Whether a table says something under `name`: `null` and empty text leave an option unset.
pub(super) fn is_set(table: &Table, name: &str) -> bool {
    table.get(name).is_some_and(|entry| entry.item.tree != Tree::Null && entry.item.as_text() != Some(""))
}

/// A finite decimal number as k6 reads it in text: `_` may stand between two digits.
pub(super) fn number(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let between = |(at, _)| is_digit(usize::checked_sub(at, 1)) && is_digit(Some(at + 1));
    let sound = text.match_indices('_').all(between);
    text.replace('_', "").parse().ok().filter(|number: &f64| sound && number.is_finite())
}

pub(super) fn check_word(item: &Item, words: &[&str]) -> Mistakes {
    match item.as_text() {
        Some(text) if words.contains(&text) => Mistakes::default(),
        Some(text) => {
            let listed = words.iter().filter(|word| !word.is_empty()).copied().collect::<Vec<_>>();
            wrong(&format!("one of {}", listed.join(", ")), item).nearest(text, listed).into()
        }
        None => wrong("a string", item).into(),
    }
}

/// The mistake of a value that k6 would refuse, with the value itself where it is short.
pub(super) fn wrong(what: &str, item: &Item) -> Mistake {
    let found = match item.tree {
        Tree::Text(_) | Tree::Integer(_) | Tree::Float(_) | Tree::Bool(_) => item.to_json().to_string(),
        _ => item.kind().to_owned(),
    };
    Mistake::at(&item.place, format!("expected {what}, found {found}")).label(format!("expected {what}"))
}
