//! The order of a suite's tests (`after`), and which warm-ups precede which tests.

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;

use crate::base::mistake::{Mistake, Mistakes};
use crate::expand::Case;
use crate::suite::{Role, Suite};

/// The tests of a suite in execution order.
#[derive(Debug, Clone)]
pub struct TestOrder {
    /// For each test, its place in the order.
    rank: Vec<usize>,
    /// For each test, the warm-ups that precede it, in order.
    warm_ups: Vec<Vec<usize>>,
}

impl TestOrder {
    /// The warm-ups of a test.
    pub fn warm_ups_of(&self, test: usize) -> &[usize] {
        &self.warm_ups[test]
    }

    /// The cases with their indices, test by test in execution order, within a test as they are.
    pub fn sorted<'a>(&self, cases: &'a [Case]) -> Vec<(usize, &'a Case)> {
        let mut sorted: Vec<_> = cases.iter().enumerate().collect();
        sorted.sort_by_key(|(_, case)| self.rank[case.test]);
        sorted
    }
}

/// Orders the tests: each after what it names in `after`, otherwise as in the file.
pub fn test_order(suite: &Suite) -> Result<TestOrder, Mistakes> {
    let before = predecessors(suite);
    let count = suite.tests.len();
    let mut rank = vec![usize::MAX; count];
    for place in 0..count {
        let ready = |test: &usize| {
            rank[*test] == usize::MAX && before[*test].iter().all(|needed| rank[*needed] < usize::MAX)
        };
        match (0..count).find(ready) {
            Some(test) => rank[test] = place,
            None => return Err(cycle(suite, &before).into()),
        }
    }
    let warm_ups = (0..count).map(|test| warm_ups(suite, &before, &rank, test)).collect();
    Ok(TestOrder { rank, warm_ups })
}

fn predecessors(suite: &Suite) -> Vec<Vec<usize>> {
    let position = |name: &str| suite.tests.iter().position(|test| test.name == name);
    suite
        .tests
        .iter()
        .map(|test| test.after.iter().filter_map(|(name, _)| position(name)).collect())
        .collect()
}

/// A warm-up precedes the tests that name it in `after`; named by none, all tests below it in the file.
fn warm_ups(suite: &Suite, before: &[Vec<usize>], rank: &[usize], test: usize) -> Vec<usize> {
    if suite.tests[test].role == Role::WarmUp {
        return Vec::new();
    }
    let is_warm_up = |other: &usize| suite.tests[*other].role == Role::WarmUp;
    let named_by_any = |other: usize| before.iter().any(|needed| needed.contains(&other));
    let precedes = |other: &usize| before[test].contains(other) || !named_by_any(*other) && *other < test;
    let mut found: Vec<usize> = (0..suite.tests.len()).filter(is_warm_up).filter(precedes).collect();
    found.sort_by_key(|other| rank[*other]);
    found
}

fn cycle(suite: &Suite, before: &[Vec<usize>]) -> Mistake {
    let mut graph = DiGraph::<usize, ()>::new();
    let nodes: Vec<_> = (0..suite.tests.len()).map(|test| graph.add_node(test)).collect();
    for (test, needed) in before.iter().enumerate() {
        for other in needed {
            graph.add_edge(nodes[*other], nodes[test], ());
        }
    }
    let itself = |test: usize| before[test].contains(&test);
    let circle = tarjan_scc(&graph)
        .into_iter()
        .find(|part| part.len() > 1 || part.iter().any(|node| itself(graph[*node])));
    let mut tests: Vec<usize> = circle.into_iter().flatten().map(|node| graph[node]).collect();
    tests.sort_unstable();
    let names =
        tests.iter().map(|test| format!("`{}`", suite.tests[*test].name)).collect::<Vec<_>>().join(", ");
    match tests.first().and_then(|test| suite.tests[*test].after.first()) {
        Some((_, place)) => Mistake::at(place, format!("`after` leads in a circle through {names}")),
        None => Mistake::new(format!("`after` leads in a circle through {names}")),
    }
}
