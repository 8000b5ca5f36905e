//! From a plan to the graph that drawings show.

use std::collections::BTreeMap;

use super::graph_view::{GraphView, NodeKind, NodeState, NodeView};
use crate::graph::{Node, built_payloads};
use crate::plan::{Compiled, Plan, RunState};

/// The graph of a planned suite with the state of every node.
pub fn planned_graph(compiled: &Compiled<'_>, plan: &Plan) -> GraphView {
    let states: BTreeMap<(usize, u32), &RunState> =
        plan.runs.iter().map(|run| ((run.case, run.trial), &run.state)).collect();
    let any_stale = states.values().any(|state| state.is_stale());
    let nodes: Vec<Node> = compiled.graph.nodes().collect();
    let position: BTreeMap<Node, usize> =
        nodes.iter().enumerate().map(|(index, node)| (*node, index)).collect();
    GraphView {
        suite: compiled.suite.name.clone(),
        path: compiled.suite.path.clone(),
        nodes: nodes.iter().map(|node| view(compiled, &states, any_stale, *node)).collect(),
        edges: compiled.graph.edges().map(|(from, to)| (position[&from], position[&to])).collect(),
    }
}

fn view(
    compiled: &Compiled<'_>,
    states: &BTreeMap<(usize, u32), &RunState>,
    any_stale: bool,
    node: Node,
) -> NodeView {
    let waiting = |needed: bool| if needed { NodeState::Pending } else { NodeState::Fresh(None) };
    let test_of = |case: usize| compiled.suite.tests[compiled.cases[case].test].name.clone();
    let id_of = |case: usize| compiled.cases[case].id.clone();
    let trial_of =
        |case: usize, trial: u32| if trial == 1 { id_of(case) } else { format!("{}@{trial}", id_of(case)) };
    let state_of = |case: usize, trial: u32| states.get(&(case, trial)).copied();
    let (kind, label, test, case, trial, state) = match node {
        Node::WarmUp(test) => {
            let name = compiled.suite.tests[test].name.clone();
            (NodeKind::WarmUp, name.clone(), name, None, None, waiting(is_needed(compiled, states, test)))
        }
        Node::SetUp(test, set_up, value) => {
            let of_test = &compiled.suite.tests[test];
            let axis = of_test.set_up_axes().nth(set_up).map(|axis| &of_test.axes[axis]);
            let label = axis.map(|axis| format!("{}={}", axis.name, axis.values[value].label));
            let needed = is_applied(compiled, states, (test, set_up, value));
            return NodeView {
                id: format!("{} {} {} {value}", NodeKind::SetUp.word(), of_test.name, set_up + 1),
                kind: NodeKind::SetUp,
                label: label.unwrap_or_default(),
                test: of_test.name.clone(),
                case: None,
                trial: None,
                state: waiting(needed),
            };
        }
        Node::Payload(test, payload) => {
            let name = built_payloads(compiled.suite).swap_remove(payload);
            let test = compiled.suite.tests[test].name.clone();
            return NodeView {
                id: format!("{} {test} {name}", NodeKind::Payload.word()),
                kind: NodeKind::Payload,
                label: name,
                test,
                case: None,
                trial: None,
                state: NodeState::Fresh(None),
            };
        }
        Node::Render(case) => {
            (NodeKind::Render, id_of(case), test_of(case), Some(case), None, NodeState::Fresh(None))
        }
        Node::Run(case, trial) => (
            NodeKind::Run,
            trial_of(case, trial),
            test_of(case),
            Some(case),
            Some(trial),
            run_state(state_of(case, trial)),
        ),
        Node::Scrape(case, trial) => {
            let stale = state_of(case, trial).is_some_and(RunState::is_stale);
            (NodeKind::Scrape, trial_of(case, trial), test_of(case), Some(case), Some(trial), waiting(stale))
        }
        Node::Aggregate => {
            (NodeKind::Aggregate, "outputs".to_owned(), String::new(), None, None, waiting(any_stale))
        }
    };
    NodeView {
        id: format!("{} {label}", kind.word()),
        kind,
        label,
        test,
        case: case.map(id_of),
        trial,
        state,
    }
}

fn run_state(state: Option<&RunState>) -> NodeState {
    match state {
        Some(RunState::Fresh(fresh)) => NodeState::Fresh(Some(fresh.ended.age())),
        Some(stale) => NodeState::Stale(stale.reasons().first().map(ToString::to_string).unwrap_or_default()),
        None => NodeState::Pending,
    }
}

/// A warm-up runs only if a run that it precedes does.
fn is_needed(compiled: &Compiled<'_>, states: &BTreeMap<(usize, u32), &RunState>, warm_up: usize) -> bool {
    states.iter().any(|((case, _), state)| {
        state.is_stale() && compiled.graph.order().warm_ups_of(compiled.cases[*case].test).contains(&warm_up)
    })
}

/// A set-up is applied only if a run below it executes.
fn is_applied(
    compiled: &Compiled<'_>,
    states: &BTreeMap<(usize, u32), &RunState>,
    (test, set_up, value): (usize, usize, usize),
) -> bool {
    let axis = compiled.suite.tests[test].set_up_axes().nth(set_up);
    states.iter().any(|((case, _), state)| {
        let case = &compiled.cases[*case];
        state.is_stale() && case.test == test && axis.is_some_and(|axis| case.choice(axis) == value)
    })
}
