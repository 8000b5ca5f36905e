//! The order in which runs execute: test by test, within a test as its `order` says, and then grouped so
//! that a set-up is applied once for all runs that share its value.

use super::{Compiled, PlannedRun, Request};
use crate::base::digest::Digest;
use crate::graph::grouped;
use crate::suite::{Order, Test};

/// The places of `runs`, which come test by test, in execution order.
pub(super) fn sequence(compiled: &Compiled<'_>, runs: &[PlannedRun], request: &Request) -> Vec<usize> {
    let test_of = |place: &usize| compiled.cases[runs[*place].case].test;
    let places: Vec<usize> = (0..runs.len()).collect();
    let mut ordered = Vec::with_capacity(runs.len());
    for of_test in places.chunk_by(|one, other| test_of(one) == test_of(other)) {
        let mut of_test = of_test.to_vec();
        match order_of(&compiled.suite.tests[test_of(&of_test[0])], request) {
            Order::Declared => {}
            Order::Interleaved => of_test.sort_by_key(|place| runs[*place].trial),
            Order::Shuffled => {
                of_test.sort_by_cached_key(|place| lot(compiled, &runs[*place], request.seed));
            }
        }
        ordered.extend(of_test);
    }
    grouped(compiled.suite, ordered, |place| &compiled.cases[runs[*place].case])
}

/// The order of a test's runs.
pub(super) fn order_of(test: &Test, request: &Request) -> Order {
    request.order.unwrap_or(test.order)
}

/// What a run draws in a shuffle: by seed and name, so that a part of a sweep keeps its order.
fn lot(compiled: &Compiled<'_>, run: &PlannedRun, seed: u32) -> Digest {
    Digest::of(format!("{seed} {} {}", run.trial, compiled.cases[run.case].id).as_bytes())
}
