//! The tests of a suite on the page: their axes, and the sequences of loads along each with their knees.

use indexmap::IndexMap;
use serde::Serialize;

use crate::report::glance::{Axis, Placed, Sequence, axes, load_axis, sequences};
use crate::report::view::SuiteView;
use crate::result::{Knee, Load};

#[derive(Debug, Serialize)]
pub(super) struct Test<'a> {
    name: &'a str,
    axes: Vec<Axis<'a>>,
    /// The place of the axis that most likely is the load.
    load: Option<usize>,
    /// By the place of the axis along which they go; empty where a page is too large for it.
    sequences: Vec<Vec<Line>>,
}

/// A sequence of loads; cases by their place on the page.
#[derive(Debug, Serialize)]
struct Line {
    name: String,
    cases: Vec<usize>,
    /// `at`, `below`, `beyond`, `unknown`.
    knee: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<usize>,
}

/// All tests, in the order of the suite; `loads` are what its cases came to.
pub(super) fn of<'a>(suite: &'a SuiteView, loads: &[Option<Load>], is_brief: bool) -> Vec<Test<'a>> {
    let mut tests: IndexMap<&str, Vec<Placed<'a>>> = IndexMap::new();
    for (place, (case, load)) in suite.cases.iter().zip(loads).enumerate() {
        tests.entry(&case.test).or_default().push(Placed { place, case, load: *load });
    }
    let test = |(name, placed): (&'a str, Vec<Placed<'a>>)| {
        let cases: Vec<_> = placed.iter().map(|placed| placed.case).collect();
        let axes = axes(&cases);
        let load = load_axis(&axes);
        let along = |at: usize| {
            if is_brief && load != Some(at) {
                return Vec::new();
            }
            sequences(&placed, &axes, at).into_iter().map(line).collect()
        };
        let sequences = (0..axes.len()).map(along).collect();
        Test { name, axes, load, sequences }
    };
    tests.into_iter().map(test).collect()
}

fn line(sequence: Sequence<'_>) -> Line {
    let place = |at: usize| Some(sequence.cases[at].place);
    let (knee, at) = match sequence.knee {
        Knee::Unknown => ("unknown", None),
        Knee::Below(at) => ("below", place(at)),
        Knee::At(at) => ("at", place(at)),
        Knee::Beyond(at) => ("beyond", place(at)),
    };
    Line { knee, at, cases: sequence.cases.iter().map(|placed| placed.place).collect(), name: sequence.name }
}
