//! The axes of a test's cases.

use std::borrow::Cow;

use indexmap::{IndexMap, IndexSet};
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use serde::Serialize;
use serde_json::Value;

use crate::report::view::CaseView;
use crate::report::words;

/// Names of axes that say how much load there is, also as the last part of a dotted one.
const LOADS: [&str; 7] = ["rate", "vus", "target", "rps", "preallocatedvus", "arrival", "load"];

/// A parameter with several values.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::report) struct Axis<'a> {
    /// The parameter's name.
    pub(in crate::report) name: &'a str,
    /// Whether all values are numbers.
    pub(in crate::report) numeric: bool,
    /// In the order of the suite; numbers ascend. None where cases do not have it.
    pub(in crate::report) values: Vec<Option<&'a Value>>,
    /// The place of each by its label.
    #[serde(skip)]
    places: FxHashMap<Cow<'a, str>, usize>,
}

impl Axis<'_> {
    /// The place of a case's value.
    pub(in crate::report) fn place(&self, case: &CaseView) -> usize {
        self.places.get(&label(case.parameters.get(self.name))).copied().unwrap_or_default()
    }
}

/// A value in words: text as it is.
pub(in crate::report) fn label(value: Option<&Value>) -> Cow<'_, str> {
    value.map_or(Cow::Borrowed("–"), words::plain)
}

/// The axes of these cases, in the order of the suite. Those that always move together count as one.
pub(in crate::report) fn axes<'a>(cases: &[&'a CaseView]) -> Vec<Axis<'a>> {
    let names: IndexSet<&str> =
        cases.iter().flat_map(|case| case.parameters.keys().map(String::as_str)).collect();
    let mut kept: Vec<(Axis<'a>, Vec<usize>)> = Vec::new();
    for name in names {
        let (axis, places) = axis(cases, name);
        let follows = |(other, theirs): &(Axis<'_>, Vec<usize>)| {
            let pairs: FxHashSet<(usize, usize)> =
                places.iter().copied().zip(theirs.iter().copied()).collect();
            pairs.len() == axis.values.len() && pairs.len() == other.values.len()
        };
        if axis.values.len() > 1 && !kept.iter().any(follows) {
            kept.push((axis, places));
        }
    }
    kept.into_iter().map(|(axis, _)| axis).collect()
}

/// An axis, and the place of each case's value in the order of the suite.
fn axis<'a>(cases: &[&'a CaseView], name: &'a str) -> (Axis<'a>, Vec<usize>) {
    let mut values: IndexMap<Cow<'a, str>, Option<&'a Value>, FxBuildHasher> = IndexMap::default();
    let mut places = Vec::with_capacity(cases.len());
    for case in cases {
        let value = case.parameters.get(name);
        let entry = values.entry(label(value));
        places.push(entry.index());
        entry.or_insert(value);
    }
    let mut values: Vec<Option<&Value>> = values.into_values().collect();
    let numeric = values.iter().all(|value| value.is_some_and(Value::is_number));
    if numeric {
        let number = |value: Option<&Value>| value.and_then(Value::as_f64).unwrap_or_default();
        values.sort_by(|one, other| number(*one).total_cmp(&number(*other)));
    }
    let by_label = values.iter().enumerate().map(|(place, value)| (label(*value), place)).collect();
    (Axis { name, numeric, values, places: by_label }, places)
}

/// The place of the axis that most likely is the load.
pub(in crate::report) fn load_axis(axes: &[Axis<'_>]) -> Option<usize> {
    let is_named = |axis: &&Axis<'_>| {
        let last = axis.name.rsplit('.').next().unwrap_or_default().to_lowercase();
        LOADS.contains(&last.as_str())
    };
    let named = axes.iter().position(|axis| axis.numeric && is_named(&axis));
    named.or_else(|| axes.iter().position(|axis| axis.numeric)).or_else(|| (!axes.is_empty()).then_some(0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::report::sample;

    fn cases(parameters: &[&[(&str, Value)]]) -> Vec<CaseView> {
        let empty = sample::suite().cases.remove(2);
        let of = |list: &&[(&str, Value)]| {
            let parameters = list.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            CaseView { parameters, ..empty.clone() }
        };
        parameters.iter().map(of).collect()
    }

    #[test]
    fn numbers_ascend_words_stand_as_written_and_followers_are_left_out() {
        let of = |vus: u32, model: &str, copy: u32| {
            [("model", json!(model)), ("vus", json!(vus)), ("copy", json!(copy)), ("one", json!(1))]
        };
        let rows = [of(10, "svm", 1), of(2, "svm", 0), of(10, "big", 1), of(2, "big", 0)];
        let rows: Vec<&[(&str, Value)]> = rows.iter().map(|row| &row[..]).collect();
        let cases = cases(&rows);
        let cases: Vec<&CaseView> = cases.iter().collect();
        let found = axes(&cases);
        let named: Vec<(&str, Vec<String>)> = found
            .iter()
            .map(|axis| (axis.name, axis.values.iter().map(|value| label(*value).into_owned()).collect()))
            .collect();
        let expected = [("model", vec!["svm".into(), "big".into()]), ("vus", vec!["2".into(), "10".into()])];
        assert_eq!(named, expected);
        assert_eq!(load_axis(&found), Some(1));
        assert_eq!((found[1].place(cases[0]), found[1].place(cases[1])), (1, 0));
    }

    #[test]
    fn a_load_is_known_by_the_last_part_of_its_name() {
        let row = |size: u32, rate: u32| [("size", json!(size)), ("k6.scenarios.load.rate", json!(rate))];
        let rows = [row(1, 5), row(2, 5), row(1, 6)];
        let rows: Vec<&[(&str, Value)]> = rows.iter().map(|row| &row[..]).collect();
        let cases = cases(&rows);
        let cases: Vec<&CaseView> = cases.iter().collect();
        assert_eq!(load_axis(&axes(&cases)), Some(1));
        assert_eq!(load_axis(&[]), None);
    }
}
