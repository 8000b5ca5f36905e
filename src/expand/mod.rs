//! Axes → cases: zip, product, exclude, patch, include, in this order; ids are made from values.
//!
//! A case holds indices, not values: a million of them stay small, and its fields are put together
//! when they are asked for.

mod cases;
mod comparison;
mod filter;
mod id;
mod matcher;
mod product;
mod select;
mod trace;
mod unique;

pub use filter::Filter;
pub use id::{file_stems, output_names};
pub use select::Selection;
pub use trace::{Traced, trace};

use indexmap::IndexMap;

use crate::base::document::{Table, assign};
use crate::base::mistake::Mistakes;
use crate::suite::{Axis, AxisValue, Suite, Test, overlay_present};

/// One combination of a test's axis values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Unique in the suite, made from the values: `grpc[vus=10,payload=one.json]`, or by the test's template.
    pub id: String,
    /// The test, by its place in the suite.
    pub test: usize,
    /// The chosen value of every axis, by its place in the axis; behind them what changes the case further,
    /// by its place in the test's rules.
    places: Box<[u32]>,
}

/// The cases of a suite in the order of its file: the last axis varies fastest, what a test includes comes last.
pub fn expand(suite: &Suite) -> Result<Vec<Case>, Mistakes> {
    let (cases, mistakes) = expand_as_far(suite);
    mistakes.or(cases)
}

/// The cases as far as there can be some, and what is wrong: one of a test that has none for that. So what a suite names
/// can be looked at in the same pass.
pub fn expand_as_far(suite: &Suite) -> (Vec<Case>, Mistakes) {
    let mut mistakes = Mistakes::default();
    let mut cases = Vec::new();
    for (index, test) in suite.tests.iter().enumerate() {
        let before = cases.len();
        let appended = cases::append(suite, index, &mut cases);
        let appended = if test.rules.lacks_some { appended.ok() } else { mistakes.collect(appended) };
        if appended.is_none() && cases.len() == before && test.rules.excludes.is_empty() {
            let places = vec![0; test.axes.len()].into_boxed_slice();
            cases.push(Case { id: test.name.clone(), test: index, places });
        }
    }
    mistakes.extend(unique::check(suite, &cases));
    (cases, mistakes)
}

impl Case {
    /// The chosen value of every axis.
    pub fn values<'a>(&'a self, test: &'a Test) -> impl Iterator<Item = (&'a Axis, &'a AxisValue)> {
        let chosen = |(axis, choice): (&'a Axis, &u32)| (axis, &axis.values[*choice as usize]);
        test.axes.iter().zip(self.places.iter()).map(chosen)
    }

    /// The chosen value of every axis, by its place in the axis.
    pub fn choices(&self, test: &Test) -> &[u32] {
        self.places.get(..test.axes.len()).unwrap_or_default()
    }

    /// What changes it beyond its axes, by its place in the test's rules, in the order in which it applies.
    pub fn changes(&self, test: &Test) -> &[u32] {
        self.places.get(test.axes.len()..).unwrap_or_default()
    }

    /// The place of the chosen value in the test's axis number `axis`.
    pub fn choice(&self, axis: usize) -> usize {
        self.places.get(axis).map_or(0, |choice| *choice as usize)
    }

    /// Parameter values by axis name, in axis order.
    pub fn parameters(&self, test: &Test) -> IndexMap<String, serde_json::Value> {
        self.values(test).map(|(axis, value)| (axis.name.clone(), value.parameter.clone())).collect()
    }

    /// The test's fields with this case's assignments over them: those of its axes, then what changes it, then
    /// profiles and the command line.
    pub fn fields(&self, test: &Test) -> Table {
        let mut fields = test.fields.clone();
        let of_axes = self.values(test).flat_map(|(_, value)| &value.assignments);
        let changes = self.changes(test).iter().map(|change| &test.rules.changes[*change as usize]);
        for (path, item) in of_axes.chain(changes.flat_map(|change| &change.assignments)) {
            assign(&mut fields, path, item);
        }
        for (path, item) in &test.overrides {
            overlay_present(&mut fields, path, item);
        }
        fields
    }
}
