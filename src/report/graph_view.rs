//! A suite's graph with the state of every node, as every drawing sees it. No drawing asks anything else.

use std::collections::BTreeMap;
use std::time::Duration;

use super::forecast::Lasting;

/// A suite's graph: all of it, or what was selected and what that needs.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphView {
    /// The suite's name.
    pub suite: String,
    /// The suite file, relative to the workspace.
    pub path: String,
    /// The nodes in execution order.
    pub nodes: Vec<NodeView>,
    /// From what is needed to what needs it, as positions in `nodes`.
    pub edges: Vec<(usize, usize)>,
    /// The cases of the nodes, by id.
    pub cases: BTreeMap<String, GraphCase>,
    /// Why runs are to execute, each reason with how many runs it concerns, as `build -n` tells them.
    pub causes: Vec<(String, usize)>,
    /// What is to execute, in its order, as positions in `nodes`: runs, and each warm-up before the first run that
    /// needs it.
    pub sequence: Vec<usize>,
    /// How many cases are not in the view because they were not selected.
    pub unselected: usize,
    /// Where the suite's outputs stand, as messages show it.
    pub folder: String,
}

/// What is known of a case beyond its nodes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GraphCase {
    /// Its axes and the labels of their values, in the order of the suite.
    pub parameters: Vec<(String, String)>,
    /// What its files are called, without an ending.
    pub stem: String,
    /// Its files, relative to the suite's folder of outputs.
    pub outputs: Vec<String>,
}

/// One node.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeView {
    /// Unique in the graph.
    pub id: String,
    /// What the node does.
    pub kind: NodeKind,
    /// What people read.
    pub label: String,
    /// The test that it belongs to; empty for the aggregate.
    pub test: String,
    /// The case's id, if the node belongs to one.
    pub case: Option<String>,
    /// From 1, if the node belongs to one trial.
    pub trial: Option<u32>,
    /// How its result stands to the suite as it is now.
    pub state: NodeState,
    /// Every reason of a run that is to execute, with old and new value where both are known.
    pub reasons: Vec<String>,
    /// The key of a run, in hexadecimal digits.
    pub key: Option<String>,
    /// The verdict of the result that there is.
    pub verdict: Option<&'static str>,
    /// How long a run or a warm-up takes, or took where it has a result.
    pub lasting: Option<Lasting>,
}

/// What a node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeKind {
    /// Warms the target up before the runs that need it.
    WarmUp,
    /// Brings the system under test into the state that a value of an axis means.
    SetUp,
    /// Builds a payload.
    Payload,
    /// Makes a case's script.
    Render,
    /// Puts load on the target.
    Run,
    /// Reads the metrics of a run.
    Scrape,
    /// Writes the suite's outputs.
    Aggregate,
}

impl NodeKind {
    /// The kind as files and messages name it.
    pub fn word(self) -> &'static str {
        match self {
            Self::WarmUp => "warm-up",
            Self::SetUp => "set-up",
            Self::Payload => "payload",
            Self::Render => "render",
            Self::Run => "run",
            Self::Scrape => "scrape",
            Self::Aggregate => "aggregate",
        }
    }
}

/// How a node's result stands to the suite as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeState {
    /// There is nothing to do; the result's age, where the node keeps one. A warm-up or set-up that is not needed has none.
    Fresh(Option<Duration>),
    /// There is work, for this reason.
    Stale(String),
    /// It waits for another node, whose result decides.
    Pending,
    /// It was tried and did not become a usable result, for this reason.
    Failed(String),
}

impl NodeState {
    /// The state as files name it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Fresh(_) => "fresh",
            Self::Stale(_) => "stale",
            Self::Pending => "pending",
            Self::Failed(_) => "failed",
        }
    }

    /// Why the node is not fresh, where it is known.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Stale(reason) | Self::Failed(reason) => Some(reason),
            Self::Fresh(_) | Self::Pending => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_stale_and_failed_nodes_have_a_reason() {
        let states = [
            NodeState::Fresh(None),
            NodeState::Stale("never built".into()),
            NodeState::Pending,
            NodeState::Failed("exit 107".into()),
        ];
        let told = states.each_ref().map(|state| (state.word(), state.reason()));
        let expected = [
            ("fresh", None),
            ("stale", Some("never built")),
            ("pending", None),
            ("failed", Some("exit 107")),
        ];
        assert_eq!(told, expected);
    }
}
