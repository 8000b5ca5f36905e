//! Nodes and edges of a suite, acyclic by type: only [`Graph::build`] makes one, and it orders it.
//!
//! Runs have no edges between each other: that they execute one at a time is the scheduler's pool of
//! depth 1, and an edge would spread staleness from one case to the next.

mod grouping;
mod order;

pub use grouping::grouped;
pub use order::{TestOrder, test_order};

use std::collections::BTreeMap;

use petgraph::graph::{DiGraph, NodeIndex};

use crate::base::mistake::Mistakes;
use crate::expand::Case;
use crate::suite::{BuiltPayload, Role, Suite};

/// A unit of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// A warm-up, by its test.
    WarmUp(usize),
    /// A value that a set-up applies: the test, the place of the set-up in it, and that of the value in its axis.
    SetUp(usize, usize, usize),
    /// A payload that is built: the test that sends it, and its place among the suite's built payloads.
    Payload(usize, usize),
    /// The script of a case, by the case.
    Render(usize),
    /// One trial of a case.
    Run(usize, u32),
    /// The metrics of one trial.
    Scrape(usize, u32),
    /// The suite's outputs.
    Aggregate,
}

/// A suite's graph and the order in which its tests execute.
pub struct Graph {
    nodes: DiGraph<Node, ()>,
    order: TestOrder,
}

impl Graph {
    /// The graph of a suite's cases. `after` in a circle is a mistake.
    pub fn build(suite: &Suite, cases: &[Case]) -> Result<Self, Mistakes> {
        let order = test_order(suite)?;
        let mut nodes = DiGraph::with_capacity(cases.len() * 3, cases.len() * 3);
        let aggregate = nodes.add_node(Node::Aggregate);
        let warm_ups: Vec<Option<NodeIndex>> = (0..suite.tests.len())
            .map(|test| (suite.tests[test].role == Role::WarmUp).then(|| nodes.add_node(Node::WarmUp(test))))
            .collect();
        let mut shared: BTreeMap<Node, NodeIndex> = BTreeMap::new();
        let built = built_payloads(suite);
        for (index, case) in grouped(suite, order.sorted(cases), |(_, case)| *case) {
            let test = &suite.tests[case.test];
            if test.role == Role::WarmUp {
                continue;
            }
            let values = test.set_up_axes().map(|axis| case.choice(axis)).enumerate();
            let values = values.map(|(set_up, value)| Node::SetUp(case.test, set_up, value));
            let applied: Vec<NodeIndex> =
                values.map(|node| *shared.entry(node).or_insert_with(|| nodes.add_node(node))).collect();
            let sent = sent(suite, &built, case).map(|payload| Node::Payload(case.test, payload));
            let sent = sent.map(|node| *shared.entry(node).or_insert_with(|| nodes.add_node(node)));
            let render = nodes.add_node(Node::Render(index));
            if let Some(payload) = sent {
                nodes.add_edge(payload, render, ());
            }
            for trial in 1..=test.repeat {
                let run = nodes.add_node(Node::Run(index, trial));
                let scrape = nodes.add_node(Node::Scrape(index, trial));
                nodes.add_edge(render, run, ());
                nodes.add_edge(run, scrape, ());
                nodes.add_edge(scrape, aggregate, ());
                for set_up in &applied {
                    nodes.add_edge(*set_up, run, ());
                }
                for warm_up in order.warm_ups_of(case.test).iter().filter_map(|test| warm_ups[*test]) {
                    nodes.add_edge(warm_up, run, ());
                }
            }
        }
        Ok(Self { nodes, order })
    }

    /// The order of the tests and what warms up what.
    pub fn order(&self) -> &TestOrder {
        &self.order
    }

    /// The nodes: warm-ups, then set-ups and case by case in execution order, the aggregate last.
    pub fn nodes(&self) -> impl Iterator<Item = Node> {
        let rest = self.nodes.node_weights().copied().filter(|node| *node != Node::Aggregate);
        rest.chain([Node::Aggregate])
    }

    /// The edges from what is needed to what needs it.
    pub fn edges(&self) -> impl Iterator<Item = (Node, Node)> {
        let ends = self.nodes.edge_indices().filter_map(|edge| self.nodes.edge_endpoints(edge));
        ends.map(|(from, to)| (self.nodes[from], self.nodes[to]))
    }

    /// The runs in execution order.
    pub fn runs(&self) -> impl Iterator<Item = (usize, u32)> {
        self.nodes.node_weights().filter_map(|node| match node {
            Node::Run(case, trial) => Some((*case, *trial)),
            _ => None,
        })
    }
}

/// The file names of the payloads that a suite builds: what [`Node::Payload`] counts.
pub fn built_payloads(suite: &Suite) -> Vec<String> {
    suite.payloads.iter().flat_map(BuiltPayload::files).map(|(name, _)| name).collect()
}

/// The built payload that a case sends.
fn sent(suite: &Suite, built: &[String], case: &Case) -> Option<usize> {
    if built.is_empty() {
        return None;
    }
    let fields = case.fields(&suite.tests[case.test]);
    let name = fields.get("payload")?.item.as_text()?;
    built.iter().position(|built| built == name)
}
