//! The graph as it is drawn, and its folding to coarser levels.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::graph::Node;
use crate::key::Reason;
use crate::plan::{Compiled, Plan, RunState};

/// How fine a drawing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// One node for all.
    Suite,
    /// A node a test.
    Test,
    /// A node a case.
    Case,
    /// Every node.
    Node,
}

/// A node with what it is folded by.
#[derive(Debug, Clone)]
pub(super) struct NodeView {
    kind: &'static str,
    pub(super) test: String,
    case: Option<String>,
    trial: Option<u32>,
    fresh: bool,
    pub(super) reason: Option<Reason>,
}

impl NodeView {
    pub(super) fn is_run(&self) -> bool {
        self.kind == "run"
    }

    pub(super) fn is_fresh(&self) -> bool {
        self.fresh
    }
}

/// The whole graph of a suite.
#[derive(Debug, Clone)]
pub struct GraphView {
    pub(super) suite: String,
    pub(super) path: String,
    pub(super) nodes: Vec<NodeView>,
    edges: Vec<(usize, usize)>,
    /// For each warm-up's test, the tests that it precedes.
    pub(super) warm_ups: BTreeMap<String, BTreeSet<String>>,
    /// Tests in execution order.
    pub(super) tests: Vec<String>,
}

/// A graph folded to a level.
#[derive(Debug, Clone, Serialize)]
pub struct Drawn {
    /// The suite's name.
    pub suite: String,
    /// The nodes, in execution order.
    pub nodes: Vec<DrawnNode>,
    /// Edges by index, from what is needed to what needs it; sorted, each once.
    pub edges: BTreeSet<(usize, usize)>,
}

/// A folded node.
#[derive(Debug, Clone, Serialize)]
pub struct DrawnNode {
    /// Unique in the drawing.
    pub id: String,
    /// `suite`, `test`, `case`, `warm-up`, `render`, `run`, `scrape` or `aggregate`.
    pub kind: &'static str,
    /// `fresh` or `stale`.
    pub state: &'static str,
    /// How many runs in it are fresh.
    pub fresh: usize,
    /// How many runs in it are stale.
    pub stale: usize,
}

/// The graph of a planned suite.
pub fn graph_view(compiled: &Compiled<'_>, plan: &Plan) -> GraphView {
    let states: BTreeMap<(usize, u32), &RunState> =
        plan.runs.iter().map(|run| ((run.case, run.trial), &run.state)).collect();
    let any_stale = states.values().any(|state| state.is_stale());
    let nodes: Vec<Node> = compiled.graph.nodes().collect();
    let position: BTreeMap<Node, usize> =
        nodes.iter().enumerate().map(|(index, node)| (*node, index)).collect();
    let test_of = |case: usize| compiled.suite.tests[compiled.cases[case].test].name.clone();
    let view = |node: &Node| {
        let (kind, test, case, trial, state) = match *node {
            Node::WarmUp(test) => ("warm-up", compiled.suite.tests[test].name.clone(), None, None, None),
            Node::Render(case) => ("render", test_of(case), Some(case), None, None),
            Node::Run(case, trial) => {
                ("run", test_of(case), Some(case), Some(trial), states.get(&(case, trial)))
            }
            Node::Scrape(case, trial) => {
                ("scrape", test_of(case), Some(case), Some(trial), states.get(&(case, trial)))
            }
            Node::Aggregate => ("aggregate", String::new(), None, None, None),
        };
        let fresh = match node {
            Node::Aggregate | Node::WarmUp(_) => !any_stale,
            _ => state.is_none_or(|state| !state.is_stale()),
        };
        let reason = state.and_then(|state| state.reasons().first().cloned());
        NodeView { kind, test, case: case.map(|case| compiled.cases[case].id.clone()), trial, fresh, reason }
    };
    let mut warm_ups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (from, to) in compiled.graph.edges() {
        if let (Node::WarmUp(test), Node::Run(case, _)) = (from, to) {
            warm_ups.entry(compiled.suite.tests[test].name.clone()).or_default().insert(test_of(case));
        }
    }
    let mut tests: Vec<String> = Vec::new();
    let views: Vec<NodeView> = nodes.iter().map(view).collect();
    for node in &views {
        if !node.test.is_empty() && !tests.contains(&node.test) {
            tests.push(node.test.clone());
        }
    }
    GraphView {
        suite: compiled.suite.name.clone(),
        path: compiled.suite.path.clone(),
        nodes: views,
        edges: compiled.graph.edges().map(|(from, to)| (position[&from], position[&to])).collect(),
        warm_ups,
        tests,
    }
}

impl GraphView {
    /// Folds the graph: nodes merged, runs counted by state, edges between merged nodes kept once.
    pub fn at(&self, level: Level) -> Drawn {
        let mut index: BTreeMap<String, usize> = BTreeMap::new();
        let mut nodes: Vec<DrawnNode> = Vec::new();
        let mut place = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let (id, kind) = self.folded(node, level);
            let at = *index.entry(id.clone()).or_insert_with(|| {
                nodes.push(DrawnNode { id, kind, state: "fresh", fresh: 0, stale: 0 });
                nodes.len() - 1
            });
            place.push(at);
            let drawn = &mut nodes[at];
            if node.kind == "run" {
                drawn.fresh += usize::from(node.fresh);
                drawn.stale += usize::from(!node.fresh);
            }
            if !node.fresh {
                drawn.state = "stale";
            }
        }
        let edges =
            self.edges.iter().map(|(from, to)| (place[*from], place[*to])).filter(|(from, to)| from != to);
        Drawn { suite: self.suite.clone(), edges: edges.collect(), nodes }
    }

    pub(super) fn folded(&self, node: &NodeView, level: Level) -> (String, &'static str) {
        let test_kind = if node.kind == "warm-up" { "warm-up" } else { "test" };
        match (level, &node.case) {
            (Level::Suite, _) => (self.suite.clone(), "suite"),
            _ if node.kind == "aggregate" => ("aggregate".to_owned(), "aggregate"),
            (Level::Test, _) => (node.test.clone(), test_kind),
            (Level::Case, Some(case)) => (case.clone(), "case"),
            (Level::Node, Some(case)) => {
                let trial = node
                    .trial
                    .filter(|trial| *trial > 1)
                    .map(|trial| format!("@{trial}"))
                    .unwrap_or_default();
                (format!("{} {case}{trial}", node.kind), node.kind)
            }
            (_, None) => (format!("{} {}", node.kind, node.test), node.kind),
        }
    }
}
