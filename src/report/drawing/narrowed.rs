//! A view narrowed to what is to be done: whatever is as it should be is left out.

use std::collections::{BTreeMap, BTreeSet};

use super::tally::Standing;
use crate::report::graph_view::GraphView;

/// What would run, and what is done before and after it.
pub(super) fn to_do(view: &GraphView) -> GraphView {
    let is_kept = |position: usize| Standing::of(&view.nodes[position].state) != Standing::Fresh;
    let kept: Vec<usize> = (0..view.nodes.len()).filter(|position| is_kept(*position)).collect();
    let places: BTreeMap<usize, usize> = kept.iter().enumerate().map(|(new, old)| (*old, new)).collect();
    let place = |old: &usize| places.get(old).copied();
    let nodes: Vec<_> = kept.iter().map(|position| view.nodes[*position].clone()).collect();
    let named: BTreeSet<&str> = nodes.iter().filter_map(|node| node.case.as_deref()).collect();
    let cases = view.cases.iter().filter(|(id, _)| named.contains(id.as_str()));
    GraphView {
        suite: view.suite.clone(),
        path: view.path.clone(),
        edges: view.edges.iter().filter_map(|(from, to)| Some((place(from)?, place(to)?))).collect(),
        cases: cases.map(|(id, case)| (id.clone(), case.clone())).collect(),
        causes: view.causes.clone(),
        sequence: view.sequence.iter().filter_map(place).collect(),
        unselected: view.unselected,
        folder: view.folder.clone(),
        nodes,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{inference, view};
    use super::*;

    #[test]
    fn only_what_is_to_be_done_is_left() {
        let narrowed = to_do(&inference());
        assert_eq!(narrowed.cases.len(), 3);
        let kinds: Vec<_> = narrowed.nodes.iter().map(|node| node.kind.word()).collect();
        assert_eq!(kinds, ["run", "scrape", "run", "scrape", "run", "scrape", "aggregate"]);
        assert_eq!(narrowed.edges, [(0, 1), (2, 3), (4, 5), (1, 6), (3, 6), (5, 6)]);
        assert_eq!(narrowed.sequence, [0, 2, 4]);
        assert!(to_do(&view(&[])).nodes.is_empty());
    }
}
