//! Small hand-made views for the tests of the drawings.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::report::forecast::{Basis, Lasting};
use crate::report::graph_view::{GraphCase, GraphView, NodeKind, NodeState, NodeView};

/// A run that was done two hours and five minutes ago.
pub(super) fn cached() -> NodeState {
    NodeState::Fresh(Some(Duration::from_mins(125)))
}

/// A run with something to do.
pub(super) fn stale(reason: &str) -> NodeState {
    NodeState::Stale(reason.into())
}

/// A view of a warm-up, tests with cases of one trial each, and the aggregate.
pub(super) fn view(tests: &[(&str, Vec<(String, NodeState)>)]) -> GraphView {
    let (suite, path) = ("inference".into(), "suites/inference.toml".into());
    let mut view = GraphView {
        suite,
        path,
        nodes: Vec::new(),
        edges: Vec::new(),
        cases: BTreeMap::new(),
        causes: Vec::new(),
        sequence: Vec::new(),
        unselected: 0,
        folder: "out/inference".into(),
    };
    view.nodes.push(node(NodeKind::WarmUp, "warmup", None, NodeState::Fresh(None)));
    for (test, cases) in tests {
        for (case, state) in cases {
            add_case(&mut view, test, case, state);
        }
    }
    let pending = view.nodes.iter().any(|node| !matches!(node.state, NodeState::Fresh(_)));
    let outputs = if pending { NodeState::Pending } else { NodeState::Fresh(None) };
    let scrapes = view.nodes.iter().enumerate().filter(|(_, node)| node.kind == NodeKind::Scrape);
    let to_outputs: Vec<_> = scrapes.map(|(scrape, _)| (scrape, view.nodes.len())).collect();
    view.edges.extend(to_outputs);
    view.nodes.push(node(NodeKind::Aggregate, "", None, outputs));
    plan(&mut view);
    view
}

/// What runs, why and for how long, from the states.
pub(super) fn plan(view: &mut GraphView) {
    let runs = |node: &NodeView| node.kind == NodeKind::Run && node.state.reason().is_some();
    let positions = view.nodes.iter().enumerate().filter(|(_, node)| runs(node));
    view.sequence = positions.map(|(position, _)| position).collect();
    let mut causes: BTreeMap<String, usize> = BTreeMap::new();
    for position in &view.sequence {
        *causes.entry(view.nodes[*position].state.reason().unwrap_or_default().to_owned()).or_default() += 1;
    }
    view.causes = causes.into_iter().collect();
    view.causes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
}

/// The view of the issue: a fresh test of eight cases, and one whose payload was edited.
pub(super) fn inference() -> GraphView {
    let grpc = (1..=8).map(|n| (format!("grpc[vus={n}]"), cached())).collect();
    let edited = || stale("payload digits-64.json changed");
    let http = (1..=4).map(|n| (format!("http[rate={n}]"), if n == 1 { cached() } else { edited() }));
    view(&[("grpc", grpc), ("http", http.collect())])
}

/// Two tests of one case each: one fresh, one never built.
pub(super) fn small() -> GraphView {
    let case = |id: &str, state| vec![(id.to_owned(), state)];
    view(&[("grpc", case("grpc[vus=1]", cached())), ("http", case("http", stale("never built")))])
}

/// Names that every format has to escape.
pub(super) fn hostile() -> GraphView {
    let id = "t[a=\"x\\\",b=<script>]\n`#1;` & %%{init}%%";
    view(&[("t", vec![(id.to_owned(), NodeState::Failed("said \"no\"\n\u{1b}[31m".into()))])])
}

fn add_case(view: &mut GraphView, test: &str, case: &str, state: &NodeState) {
    let inner = case.split_once('[').and_then(|(_, rest)| rest.strip_suffix(']')).unwrap_or_default();
    let pairs = inner.split(',').filter_map(|pair| pair.split_once('='));
    let parameters = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let outputs = vec![format!("results/{case}.txt")];
    view.cases.insert(case.to_owned(), GraphCase { parameters, stem: case.to_owned(), outputs });
    let first = view.nodes.len();
    let scraped = if matches!(state, NodeState::Fresh(_)) { state.clone() } else { NodeState::Pending };
    let kinds = [
        (NodeKind::Render, NodeState::Fresh(None)),
        (NodeKind::Run, state.clone()),
        (NodeKind::Scrape, scraped),
    ];
    for (kind, state) in kinds {
        view.nodes.push(node(kind, test, Some(case), state));
    }
    view.edges.extend([(first, first + 1), (first + 1, first + 2), (0, first + 1)]);
}

fn node(kind: NodeKind, test: &str, case: Option<&str>, state: NodeState) -> NodeView {
    let label = case.unwrap_or(if kind == NodeKind::Aggregate { "outputs" } else { test });
    let trial = matches!(kind, NodeKind::Run | NodeKind::Scrape).then_some(1);
    let id = format!("{}:{label}", kind.word());
    let is_run = kind == NodeKind::Run;
    NodeView {
        id,
        kind,
        label: label.into(),
        test: test.into(),
        case: case.map(Into::into),
        trial,
        reasons: state.reason().map(str::to_owned).into_iter().collect(),
        key: is_run.then(|| "0123456789abcdef".repeat(4)),
        verdict: (is_run && matches!(state, NodeState::Fresh(_))).then_some("passed"),
        lasting: is_run.then_some(Lasting { seconds: 5.0, basis: Basis::Configured, pause_seconds: 0.0 }),
        state,
    }
}
