//! Axes → cases: the product of every test's axes, with ids made from values.
//!
//! A case holds indices, not values: a million of them stay small, and its fields are put together
//! when they are asked for.

mod id;
mod select;

pub use id::{file_stems, output_names};
pub use select::Selection;

use indexmap::IndexMap;

use crate::base::document::{Table, assign};
use crate::base::mistake::{Mistake, Mistakes};
use crate::suite::{Axis, AxisValue, Suite, Test};

/// One combination of a test's axis values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Unique in the suite, made from the values: `grpc[vus=10,payload=one.json]`.
    pub id: String,
    /// The test, by its place in the suite.
    pub test: usize,
    /// The chosen value of every axis, by its place in the axis.
    choices: Box<[u32]>,
}

/// The cases of a suite in the order of its file: the last axis varies fastest.
pub fn expand(suite: &Suite) -> Result<Vec<Case>, Mistakes> {
    let mut mistakes = Mistakes::default();
    let mut cases = Vec::new();
    for (index, test) in suite.tests.iter().enumerate() {
        if let Some(of_test) = mistakes.collect(expand_test(index, test)) {
            cases.extend(of_test);
        }
    }
    let mut seen = std::collections::HashSet::with_capacity(cases.len());
    for case in &cases {
        if !seen.insert(case.id.as_str()) {
            let place = &suite.tests[case.test].place;
            mistakes.push(Mistake::at(place, format!("two cases have the id `{}`", case.id)));
        }
    }
    drop(seen);
    mistakes.or(cases)
}

fn expand_test(index: usize, test: &Test) -> Result<Vec<Case>, Mistakes> {
    let count = test.axes.iter().try_fold(1_usize, |product, axis| product.checked_mul(axis.values.len()));
    let count = count.filter(|count| *count <= test.max_cases).ok_or_else(|| {
        let sizes: Vec<_> = test.axes.iter().map(|axis| axis.values.len().to_string()).collect();
        let message = format!("the test `{}` explodes into {} cases", test.name, sizes.join(" × "));
        Mistake::at(&test.place, message)
            .label(format!("at most {} are allowed", test.max_cases))
            .hint("raise `max_cases` under `[test.sweep]` if this is meant")
    })?;
    let names = id::axis_names(&test.axes);
    let case = |number: usize| {
        let choices = choices(&test.axes, number);
        Case { id: id::of(test, &names, &choices), test: index, choices }
    };
    Ok((0..count).map(case).collect())
}

/// The mixed-radix digits of `number`, the last axis being the lowest digit.
fn choices(axes: &[Axis], number: usize) -> Box<[u32]> {
    let mut rest = number;
    let mut choices: Box<[u32]> = axes
        .iter()
        .rev()
        .map(|axis| {
            let choice = rest % axis.values.len();
            rest /= axis.values.len();
            u32::try_from(choice).unwrap_or(u32::MAX)
        })
        .collect();
    choices.reverse();
    choices
}

impl Case {
    /// The chosen value of every axis.
    pub fn values<'a>(&'a self, test: &'a Test) -> impl Iterator<Item = (&'a Axis, &'a AxisValue)> {
        let chosen = |(axis, choice): (&'a Axis, &u32)| (axis, &axis.values[*choice as usize]);
        test.axes.iter().zip(self.choices.iter()).map(chosen)
    }

    /// The chosen value of every axis, by its place in the axis.
    pub fn choices(&self) -> &[u32] {
        &self.choices
    }

    /// The place of the chosen value in the test's axis number `axis`.
    pub fn choice(&self, axis: usize) -> usize {
        self.choices.get(axis).map_or(0, |choice| *choice as usize)
    }

    /// Parameter values by axis name, in axis order.
    pub fn parameters(&self, test: &Test) -> IndexMap<String, serde_json::Value> {
        self.values(test).map(|(axis, value)| (axis.name.clone(), value.parameter.clone())).collect()
    }

    /// The test's fields with this case's assignments over them.
    pub fn fields(&self, test: &Test) -> Table {
        let mut fields = test.fields.clone();
        for (_, value) in self.values(test) {
            for (path, item) in &value.assignments {
                assign(&mut fields, path, item);
            }
        }
        fields
    }
}
