//! What the page knows, as JSON: the shape that the scripts in `assets` read, and nobody else. Texts are numbers in a
//! list of all texts, nodes are rows of numbers: ten thousand cases take a few megabytes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use indexmap::IndexSet;
use serde::Serialize;

use crate::report::drawing::level::Level;
use crate::report::drawing::tally::Standing;
use crate::report::forecast::Forecast;
use crate::report::graph_view::{GraphCase, GraphView, NodeKind, NodeState, NodeView};
use crate::report::shell::interned::Interned;

#[derive(Debug, Serialize)]
pub(super) struct Document<'a> {
    howitzer: &'static str,
    /// The level at which the page opens; the page chooses where there is none.
    level: Option<&'static str>,
    only_to_do: bool,
    suites: Vec<Suite<'a>>,
    texts: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Suite<'a> {
    name: &'a str,
    path: &'a str,
    folder: &'a str,
    unselected: usize,
    /// Each with the number of its runs.
    causes: &'a [(String, usize)],
    /// How long all takes, and from where that is known; none where nothing is to run.
    forecast: Option<(String, String)>,
    tests: Vec<&'a str>,
    /// The axes of each test, as texts.
    axes: Vec<Vec<usize>>,
    cases: Vec<Case>,
    /// What the files of a case are called, `*` for its stem.
    outputs: IndexSet<Vec<String>>,
    nodes: Vec<Node>,
    /// What only runs and warm-ups have.
    runs: Vec<Run>,
    /// From, to, from, to, …
    edges: Vec<usize>,
    sequence: &'a [usize],
}

/// Id, test, values of the axes, stem and outputs.
type Case = (usize, usize, Vec<usize>, usize, usize);

/// Kind, case or -1, test or -1, trial or 0, state, label or -1 where it follows from the case.
type Node = (u8, i64, i64, u32, u8, i64);

/// Node, key, age in seconds or -1, verdict or -1, seconds it takes, basis of that, pause before it, first reason or
/// -1, all reasons.
type Run = (usize, String, i64, i64, f64, u8, f64, i64, Vec<usize>);

/// All views.
pub(super) fn of<'a>(
    views: &'a [Cow<'a, GraphView>],
    level: Option<Level>,
    only_to_do: bool,
) -> Document<'a> {
    let mut texts = Interned::default();
    let suites = views.iter().map(|view| suite(view, &mut texts)).collect();
    Document {
        howitzer: env!("CARGO_PKG_VERSION"),
        level: level.map(Level::word),
        only_to_do,
        suites,
        texts: texts.into_texts(),
    }
}

fn suite<'a>(view: &'a GraphView, texts: &mut Interned) -> Suite<'a> {
    let tests: IndexSet<&str> =
        view.nodes.iter().map(|node| node.test.as_str()).filter(|test| !test.is_empty()).collect();
    let mut axes: Vec<Vec<usize>> = vec![Vec::new(); tests.len()];
    let mut outputs = IndexSet::new();
    let mut cases = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let nodes = view.nodes.iter().map(|node| {
        let test = tests.get_index_of(node.test.as_str());
        let case = node.case.as_deref().map(|id| {
            *places.entry(id).or_insert_with(|| {
                let known = view.cases.get(id).cloned().unwrap_or_default();
                let test = test.unwrap_or_default();
                axes[test] = known.parameters.iter().map(|(axis, _)| texts.place(axis)).collect();
                cases.push(case_of(id, test, &known, &mut outputs, texts));
                cases.len() - 1
            })
        });
        let label = case.is_none().then(|| texts.place(&node.label));
        let state = Standing::of(&node.state) as u8;
        (kind(node.kind), or_none(case), or_none(test), node.trial.unwrap_or(0), state, or_none(label))
    });
    let nodes = nodes.collect();
    let runs = view.nodes.iter().enumerate().filter(|(_, node)| node.lasting.is_some());
    let runs = runs.map(|(position, node)| run(position, node, texts)).collect();
    let forecast = Forecast::whole(view);
    Suite {
        name: &view.suite,
        path: &view.path,
        folder: &view.folder,
        unselected: view.unselected,
        causes: &view.causes,
        forecast: forecast.short().map(|short| (short, forecast.basis())),
        tests: tests.into_iter().collect(),
        axes,
        cases,
        outputs,
        nodes,
        runs,
        edges: view.edges.iter().flat_map(|(from, to)| [*from, *to]).collect(),
        sequence: &view.sequence,
    }
}

fn case_of(
    id: &str,
    test: usize,
    known: &GraphCase,
    outputs: &mut IndexSet<Vec<String>>,
    texts: &mut Interned,
) -> Case {
    let pattern = |path: &String| path.replacen(&known.stem, "*", 1);
    let (place, _) = outputs.insert_full(known.outputs.iter().map(pattern).collect());
    let values = known.parameters.iter().map(|(_, value)| texts.place(value)).collect();
    (texts.place(id), test, values, texts.place(&known.stem), place)
}

fn run(position: usize, node: &NodeView, texts: &mut Interned) -> Run {
    let age = match node.state {
        NodeState::Fresh(Some(age)) => i64::try_from(age.as_secs()).unwrap_or(i64::MAX),
        _ => -1,
    };
    let verdict = or_none(node.verdict.map(|verdict| texts.place(verdict)));
    let why = or_none(node.state.reason().map(|reason| texts.place(reason)));
    let reasons = node.reasons.iter().map(|reason| texts.place(reason)).collect();
    let (seconds, basis, pause) = node
        .lasting
        .map(|lasting| (lasting.seconds, lasting.basis as u8, lasting.pause_seconds))
        .unwrap_or_default();
    (position, node.key.clone().unwrap_or_default(), age, verdict, seconds, basis, pause, why, reasons)
}

fn or_none(place: Option<usize>) -> i64 {
    place.and_then(|place| i64::try_from(place).ok()).unwrap_or(-1)
}

fn kind(kind: NodeKind) -> u8 {
    kind as u8
}
