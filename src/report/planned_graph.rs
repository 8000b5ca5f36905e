//! From a plan to the graph that drawings show.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use super::forecast::{Basis, Lasting};
use super::graph_view::{GraphCase, GraphView, NodeKind, NodeState, NodeView};
use super::output::{ExpectedCase, case_names};
use crate::expand::{file_stems, output_names};
use crate::graph::{Node, built_payloads};
use crate::key::{Reason, grouped};
use crate::plan::{Compiled, Plan, PlannedRun, RunState, is_measured};
use crate::store::Journal;

/// The graph of a planned suite with the state of every node: the selected cases and what they need. `folder` is
/// where the suite's outputs stand, as messages show it.
pub fn planned_graph(compiled: &Compiled<'_>, plan: &Plan, journal: &Journal, folder: &str) -> GraphView {
    let planned = Planned::of(compiled, plan, journal);
    let nodes: Vec<Node> = planned.shown_nodes();
    let position: BTreeMap<Node, usize> =
        nodes.iter().enumerate().map(|(index, node)| (*node, index)).collect();
    let at = |node: &Node| position.get(node).copied();
    let edges = compiled.graph.edges().filter_map(|(from, to)| Some((at(&from)?, at(&to)?)));
    let (cases, unselected) = planned.cases();
    GraphView {
        suite: compiled.suite.name.clone(),
        path: compiled.suite.path.clone(),
        nodes: nodes.iter().map(|node| planned.view(*node)).collect(),
        edges: edges.collect(),
        cases,
        causes: grouped(plan.to_run().map(|run| run.state.reasons())),
        sequence: planned.sequence(plan).iter().filter_map(at).collect(),
        unselected,
        folder: folder.to_owned(),
    }
}

/// A plan, with what every node is asked for at hand.
struct Planned<'a> {
    compiled: &'a Compiled<'a>,
    journal: &'a Journal,
    /// The selected runs.
    runs: HashMap<(usize, u32), &'a PlannedRun>,
    payloads: Vec<String>,
    /// The warm-ups, set-ups and whatever else a run that executes needs.
    needed: BTreeSet<Node>,
}

impl<'a> Planned<'a> {
    fn of(compiled: &'a Compiled<'a>, plan: &'a Plan, journal: &'a Journal) -> Self {
        let selected = plan.runs.iter().filter(|run| run.selected);
        let runs: HashMap<_, _> = selected.map(|run| ((run.case, run.trial), run)).collect();
        let executes = |node: &Node| match node {
            Node::Run(case, trial) => runs.get(&(*case, *trial)).is_some_and(|run| run.state.is_stale()),
            _ => false,
        };
        let needed = compiled.graph.edges().filter(|(_, to)| executes(to)).map(|(from, _)| from).collect();
        Self { compiled, journal, payloads: built_payloads(compiled.suite), needed, runs }
    }

    /// The nodes of selected cases, those that lead to them, and the aggregate.
    fn shown_nodes(&self) -> Vec<Node> {
        let cases: BTreeSet<usize> = self.runs.keys().map(|(case, _)| *case).collect();
        let of_case = |node: &Node| match node {
            Node::Render(case) | Node::Run(case, _) | Node::Scrape(case, _) => cases.contains(case),
            _ => false,
        };
        let leading: BTreeSet<Node> =
            self.compiled.graph.edges().filter(|(_, to)| of_case(to)).map(|(from, _)| from).collect();
        let is_shown = |node: &Node| of_case(node) || leading.contains(node) || *node == Node::Aggregate;
        // A warm-up that precedes nothing stands for itself.
        let is_idle = |node: &Node| matches!(node, Node::WarmUp(_)) && cases.len() == self.measured();
        self.compiled.graph.nodes().filter(|node| is_shown(node) || is_idle(node)).collect()
    }

    fn measured(&self) -> usize {
        let cases = self.compiled.cases.iter();
        cases.filter(|case| is_measured(&self.compiled.suite.tests[case.test])).count()
    }

    fn cases(&self) -> (BTreeMap<String, GraphCase>, usize) {
        let Compiled { suite, cases, rendered, .. } = *self.compiled;
        let stems = file_stems(output_names(suite, cases).iter().map(String::as_str));
        let shown: BTreeSet<usize> = self.runs.keys().map(|(case, _)| *case).collect();
        let of_case = |index: &usize| {
            let (case, stem) = (&cases[*index], &stems[*index]);
            let test = &suite.tests[case.test];
            let values = case.values(test);
            let expected = ExpectedCase {
                stem,
                ending: rendered[*index].shape.place.ending(),
                has_samples: test.keep_samples,
            };
            let graph_case = GraphCase {
                parameters: values.map(|(axis, value)| (axis.short.clone(), value.label.clone())).collect(),
                stem: stem.clone(),
                outputs: case_names(&expected).iter().map(|path| shown_path(path)).collect(),
            };
            (case.id.clone(), graph_case)
        };
        (shown.iter().map(of_case).collect(), self.measured() - shown.len())
    }

    /// What executes, in order, each warm-up before the first run that needs it.
    fn sequence(&self, plan: &Plan) -> Vec<Node> {
        let mut warm = BTreeSet::new();
        let mut sequence = Vec::new();
        for run in plan.to_run() {
            let test = self.compiled.cases[run.case].test;
            let warm_ups = self.compiled.graph.order().warm_ups_of(test).iter();
            sequence.extend(
                warm_ups.filter(|warm_up| warm.insert(**warm_up)).map(|warm_up| Node::WarmUp(*warm_up)),
            );
            sequence.push(Node::Run(run.case, run.trial));
        }
        sequence
    }

    fn view(&self, node: Node) -> NodeView {
        let kind = kind(node);
        let (label, id) = self.names(node);
        let (case, trial) = match node {
            Node::Render(case) => (Some(case), None),
            Node::Run(case, trial) | Node::Scrape(case, trial) => (Some(case), Some(trial)),
            _ => (None, None),
        };
        let test = match node {
            Node::WarmUp(test) | Node::SetUp(test, ..) | Node::Payload(test, _) => Some(test),
            _ => case.map(|case| self.compiled.cases[case].test),
        };
        let run = match node {
            Node::Run(case, trial) => self.runs.get(&(case, trial)).copied(),
            _ => None,
        };
        let fresh = run.and_then(|run| run.state.fresh());
        NodeView {
            id,
            kind,
            label,
            test: test.map(|test| self.compiled.suite.tests[test].name.clone()).unwrap_or_default(),
            case: case.map(|case| self.compiled.cases[case].id.clone()),
            trial,
            state: self.state(node),
            reasons: run
                .map(|run| run.state.reasons().iter().map(Reason::explained).collect())
                .unwrap_or_default(),
            key: run.map(|run| run.key.hex().to_string()),
            verdict: fresh.map(|fresh| fresh.verdict.word()),
            lasting: self.lasting(node),
        }
    }

    /// What people read of a node, and what is unique of it.
    fn names(&self, node: Node) -> (String, String) {
        let suite = self.compiled.suite;
        let id_of = |case: usize| self.compiled.cases[case].id.clone();
        let word = kind(node).word();
        let label = match node {
            Node::WarmUp(test) => suite.tests[test].name.clone(),
            Node::SetUp(test, set_up, value) => {
                let test = &suite.tests[test];
                let axis = test.set_up_axes().nth(set_up).map(|axis| &test.axes[axis]);
                let label = axis.map(|axis| format!("{}={}", axis.name, axis.values[value].label));
                return (label.unwrap_or_default(), format!("{word} {} {} {value}", test.name, set_up + 1));
            }
            Node::Payload(test, payload) => {
                let name = self.payloads[payload].clone();
                let id = format!("{word} {} {name}", suite.tests[test].name);
                return (name, id);
            }
            Node::Render(case) | Node::Run(case, 1) | Node::Scrape(case, 1) => id_of(case),
            Node::Run(case, trial) | Node::Scrape(case, trial) => format!("{}@{trial}", id_of(case)),
            Node::Aggregate => "outputs".to_owned(),
        };
        let id = format!("{word} {label}");
        (label, id)
    }

    fn state(&self, node: Node) -> NodeState {
        let waiting = |waits: bool| if waits { NodeState::Pending } else { NodeState::Fresh(None) };
        match node {
            Node::WarmUp(_) | Node::SetUp(..) => waiting(self.needed.contains(&node)),
            Node::Payload(..) | Node::Render(_) => NodeState::Fresh(None),
            Node::Run(case, trial) => {
                self.runs.get(&(case, trial)).map_or(NodeState::Pending, |run| run_state(&run.state))
            }
            Node::Scrape(case, trial) => {
                waiting(self.runs.get(&(case, trial)).is_some_and(|run| run.state.is_stale()))
            }
            Node::Aggregate => waiting(!self.needed.is_empty()),
        }
    }

    fn lasting(&self, node: Node) -> Option<Lasting> {
        let configured = |case: usize| self.compiled.rendered[case].expected;
        let pause = |case: usize| self.compiled.test(case).cooldown;
        match node {
            Node::Run(case, trial) => {
                let run = self.runs.get(&(case, trial))?;
                if let Some(fresh) = run.state.fresh() {
                    let seconds = fresh.wall_seconds;
                    return Some(Lasting { seconds, basis: Basis::Measured, pause_seconds: 0.0 });
                }
                let hint = self.journal.get(&self.compiled.cases[case].id, trial);
                let last =
                    hint.and_then(|hint| std::time::Duration::try_from_secs_f64(hint.wall_seconds).ok());
                Some(Lasting::of(run.state.reasons(), last, configured(case), pause(case)))
            }
            Node::WarmUp(test) => {
                let case = self.compiled.cases.iter().position(|case| case.test == test)?;
                Some(Lasting::of(&[], None, configured(case), pause(case)))
            }
            _ => None,
        }
    }
}

fn kind(node: Node) -> NodeKind {
    match node {
        Node::WarmUp(_) => NodeKind::WarmUp,
        Node::SetUp(..) => NodeKind::SetUp,
        Node::Payload(..) => NodeKind::Payload,
        Node::Render(_) => NodeKind::Render,
        Node::Run(..) => NodeKind::Run,
        Node::Scrape(..) => NodeKind::Scrape,
        Node::Aggregate => NodeKind::Aggregate,
    }
}

fn run_state(state: &RunState) -> NodeState {
    let first = || state.reasons().first().map(ToString::to_string).unwrap_or_default();
    match state {
        RunState::Fresh(fresh) => NodeState::Fresh(Some(fresh.ended.age())),
        RunState::Stale { reasons } if matches!(reasons.first(), Some(Reason::Unusable(_))) => {
            NodeState::Failed(first())
        }
        RunState::Stale { .. } => NodeState::Stale(first()),
    }
}

/// With the separators of addresses, wherever it was made.
fn shown_path(path: &Path) -> String {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}
