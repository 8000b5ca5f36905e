//! Folding the graph of nodes to a level: nodes become groups, edges between groups remain.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::tally::Tally;
use crate::report::graph_view::{GraphView, NodeKind, NodeView};

/// How much a drawing shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The suite as one group.
    Suite,
    /// One group a test.
    Test,
    /// One group a case.
    Case,
    /// Every node.
    Node,
}

impl Level {
    /// The level as files and the command line name it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Suite => "suite",
            Self::Test => "test",
            Self::Case => "case",
            Self::Node => "node",
        }
    }
}

/// What a group stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GroupKind {
    Suite,
    Test,
    Case,
    Node(NodeKind),
}

impl GroupKind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Suite => "suite",
            Self::Test => "test",
            Self::Case => "case",
            Self::Node(kind) => kind.word(),
        }
    }
}

/// Nodes that are drawn as one.
#[derive(Debug)]
pub(super) struct Group<'a> {
    /// Unique in the drawing.
    pub(super) id: String,
    pub(super) kind: GroupKind,
    pub(super) name: &'a str,
    /// Empty where the group belongs to no test.
    pub(super) test: &'a str,
    pub(super) nodes: Vec<&'a NodeView>,
    pub(super) tally: Tally<'a>,
    /// For a warm-up, the tests that it precedes.
    pub(super) precedes: Vec<&'a str>,
}

/// A graph at one level.
#[derive(Debug)]
pub(super) struct Folded<'a> {
    pub(super) level: Level,
    /// In the order of their first nodes.
    pub(super) groups: Vec<Group<'a>>,
    /// Positions in `groups`; sorted, none twice, none from a group to itself.
    pub(super) edges: Vec<(usize, usize)>,
}

impl<'a> Folded<'a> {
    /// The groups by the test that frames them, as positions; those that stand alone come first, under `None`.
    pub(super) fn frames(&self) -> Vec<(Option<&'a str>, Vec<usize>)> {
        let mut frames: IndexMap<Option<&str>, Vec<usize>> = IndexMap::from([(None, Vec::new())]);
        for (position, group) in self.groups.iter().enumerate() {
            let has_frame = match group.kind {
                GroupKind::Case => true,
                GroupKind::Node(kind) => !matches!(kind, NodeKind::WarmUp | NodeKind::Aggregate),
                GroupKind::Suite | GroupKind::Test => false,
            };
            frames.entry(has_frame.then_some(group.test)).or_default().push(position);
        }
        frames.into_iter().collect()
    }
}

/// Folds a view to a level.
pub(super) fn fold(view: &GraphView, level: Level) -> Folded<'_> {
    let mut groups: IndexMap<String, Group<'_>> = IndexMap::new();
    let mut group_of = Vec::with_capacity(view.nodes.len());
    for node in &view.nodes {
        let empty = empty_group(view, node, level);
        let entry = groups.entry(empty.id.clone());
        group_of.push(entry.index());
        entry.or_insert(empty).nodes.push(node);
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    for group in &mut groups {
        group.tally = Tally::of(&group.nodes);
        if level == Level::Suite {
            group.tally.leave_out_idle();
        }
    }
    let mut edges = BTreeSet::new();
    for &(from, to) in &view.edges {
        let (Some(&source), Some(&sink)) = (group_of.get(from), group_of.get(to)) else { continue };
        edges.insert((source, sink));
        note_preceded(&mut groups[source], &view.nodes[from], &view.nodes[to]);
    }
    let edges = edges.into_iter().filter(|(from, to)| from != to).collect();
    Folded { level, groups, edges }
}

/// The group that a node belongs to, still without nodes.
fn empty_group<'a>(view: &'a GraphView, node: &'a NodeView, level: Level) -> Group<'a> {
    let itself = (node.id.clone(), GroupKind::Node(node.kind), node.label.as_str());
    let (id, kind, name) = match (level, node.kind, &node.case) {
        (Level::Suite, _, _) => (format!("suite:{}", view.suite), GroupKind::Suite, view.suite.as_str()),
        (Level::Node, _, _) | (_, NodeKind::Aggregate, _) => itself,
        (_, NodeKind::WarmUp, _) => (format!("test:{}", node.test), itself.1, node.test.as_str()),
        (Level::Test, _, _) => (format!("test:{}", node.test), GroupKind::Test, node.test.as_str()),
        (Level::Case, _, Some(case)) => (format!("case:{case}"), GroupKind::Case, case.as_str()),
        (Level::Case, _, None) => itself,
    };
    let test = if level == Level::Suite { "" } else { node.test.as_str() };
    Group { id, kind, name, test, nodes: Vec::new(), tally: Tally::of(&[]), precedes: Vec::new() }
}

fn note_preceded<'a>(group: &mut Group<'a>, from: &NodeView, to: &'a NodeView) {
    let elsewhere = from.test != to.test && to.kind != NodeKind::Aggregate;
    if from.kind == NodeKind::WarmUp && elsewhere && !group.precedes.contains(&to.test.as_str()) {
        group.precedes.push(&to.test);
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::super::tally::{Standing, reasons};
    use super::*;

    fn ids(folded: &Folded<'_>) -> Vec<String> {
        folded.groups.iter().map(|group| group.id.clone()).collect()
    }

    #[test]
    fn tests_become_groups_and_edges_are_drawn_once() {
        let view = sample::inference();
        let folded = fold(&view, Level::Test);
        assert_eq!(ids(&folded), ["test:warmup", "test:grpc", "test:http", "aggregate:outputs"]);
        assert_eq!(folded.edges, [(0, 1), (0, 2), (1, 3), (2, 3)]);
        assert_eq!(folded.groups[0].precedes, ["grpc", "http"]);
    }

    #[test]
    fn a_case_counts_once_with_its_most_pressing_node() {
        let view = sample::inference();
        let folded = fold(&view, Level::Test);
        let http = &folded.groups[2].tally;
        let counts = Standing::TOLD.map(|standing| http.count(standing));
        assert_eq!((counts, http.worst()), ([1, 3, 0, 0], Standing::Stale));
        let runs = &http.by_kind(Standing::Stale)[&NodeKind::Run];
        assert_eq!(reasons(runs), [("payload digits-64.json changed", 3)]);
    }

    #[test]
    fn a_suite_is_one_group_without_edges() {
        let view = sample::inference();
        let folded = fold(&view, Level::Suite);
        assert_eq!((ids(&folded), folded.edges.len()), (vec!["suite:inference".to_owned()], 0));
    }

    #[test]
    fn at_the_lower_levels_nothing_is_lost() {
        let view = sample::small();
        let cases = ["test:warmup", "case:grpc[vus=1]", "case:http", "aggregate:outputs"];
        assert_eq!(ids(&fold(&view, Level::Case)), cases);
        let nodes = fold(&view, Level::Node);
        assert_eq!((nodes.groups.len(), nodes.edges.len()), (view.nodes.len(), view.edges.len()));
    }

    #[test]
    fn an_edge_to_nowhere_is_left_out() {
        let mut view = sample::small();
        let edges = view.edges.len();
        view.edges.push((0, 99));
        assert_eq!(fold(&view, Level::Node).edges.len(), edges);
    }
}
