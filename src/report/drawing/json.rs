//! The graph for programs: versioned JSON with nodes and edges by id.

use std::collections::BTreeMap;

use serde::Serialize;

use super::level::{Folded, Group, GroupKind, Level, fold};
use super::tally::{Standing, reasons};
use crate::report::forecast::Forecast;
use crate::report::graph_view::{GraphView, NodeKind, NodeState, NodeView};

/// Changes when a reader would have to.
const SCHEMA: &str = "howitzer-graph/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    suite: &'a str,
    path: &'a str,
    level: &'static str,
    /// Why runs are to execute, the most frequent reason first.
    causes: Vec<Cause<'a>>,
    /// How long all that is to execute takes; `null` where nothing is.
    forecast: Option<Time>,
    nodes: Vec<Item<'a>>,
    edges: Vec<Edge<'a>>,
}

#[derive(Serialize)]
struct Cause<'a> {
    text: &'a str,
    runs: usize,
}

/// A time that is to come, and how many runs of it are known from where.
#[derive(Serialize)]
struct Time {
    seconds: f64,
    measured: usize,
    configured: usize,
    unknown: usize,
}

/// A group; `null` where it has no such thing.
#[derive(Serialize)]
struct Item<'a> {
    id: &'a str,
    kind: &'static str,
    label: &'a str,
    test: Option<&'a str>,
    case: Option<&'a str>,
    trial: Option<u32>,
    /// The most pressing state in the group.
    state: &'static str,
    /// How many trials stand so, by state; where the group has no trials, how many nodes.
    counts: BTreeMap<&'static str, usize>,
    reasons: Vec<Reason<'a>>,
    /// The age of the result, where the group has one.
    age_seconds: Option<u64>,
    /// How long a run took or is to take, and from where that is known: `measured`, `configured`, `unknown`.
    seconds: Option<f64>,
    seconds_from: Option<&'static str>,
    /// The key of a run.
    key: Option<&'a str>,
    /// The files of a case, relative to the workspace.
    outputs: Vec<String>,
}

#[derive(Serialize)]
struct Reason<'a> {
    state: &'static str,
    kind: &'static str,
    text: &'a str,
    count: usize,
}

#[derive(Serialize)]
struct Edge<'a> {
    from: &'a str,
    to: &'a str,
}

/// Draws the view as a JSON document.
pub(super) fn draw(view: &GraphView, level: Level) -> String {
    let folded = fold(view, level);
    let document = Document {
        schema: SCHEMA,
        suite: &view.suite,
        path: &view.path,
        level: level.word(),
        causes: view.causes.iter().map(|(text, runs)| Cause { text, runs: *runs }).collect(),
        forecast: forecast(view),
        nodes: folded.groups.iter().map(|group| drawn(view, group)).collect(),
        edges: edges(&folded),
    };
    // Nothing here can fail: the keys are strings and no value is a float.
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text + "\n"
}

fn forecast(view: &GraphView) -> Option<Time> {
    let Forecast { seconds, measured, configured, unknown } = Forecast::whole(view);
    (measured + configured + unknown > 0).then_some(Time { seconds, measured, configured, unknown })
}

/// The one node of a group that is a run or a warm-up.
fn lasting<'a>(group: &Group<'a>) -> Option<&'a NodeView> {
    let mut lasting = group.nodes.iter().filter(|node| node.lasting.is_some());
    lasting.next().copied().filter(|_| lasting.next().is_none())
}

fn drawn<'a>(view: &GraphView, group: &'a Group<'_>) -> Item<'a> {
    let only = match group.nodes.as_slice() {
        [node] => Some(*node),
        _ => None,
    };
    let case = matches!(group.kind, GroupKind::Case | GroupKind::Node(_));
    let named = group.nodes.first().filter(|_| case).and_then(|node| node.case.as_deref());
    let run = lasting(group).filter(|_| case);
    let files = named.and_then(|case| view.cases.get(case)).map(|case| case.outputs.as_slice());
    Item {
        id: &group.id,
        kind: group.kind.word(),
        label: group.name,
        test: (!group.test.is_empty()).then_some(group.test),
        case: named,
        trial: only.filter(|_| case).and_then(|node| node.trial),
        state: group.tally.worst().word(),
        counts: Standing::TOLD.map(|standing| (standing.word(), group.tally.count(standing))).into(),
        reasons: told(group),
        age_seconds: age(&group.tally.units),
        seconds: run.and_then(|run| run.lasting).map(|lasting| lasting.seconds),
        seconds_from: run.and_then(|run| run.lasting).map(|lasting| lasting.basis.word()),
        key: run.and_then(|run| run.key.as_deref()),
        outputs: files.unwrap_or_default().iter().map(|file| format!("{}/{file}", view.folder)).collect(),
    }
}

fn told<'a>(group: &Group<'a>) -> Vec<Reason<'a>> {
    let standings = [Standing::Stale, Standing::Failed].into_iter();
    let kinds = standings.flat_map(|standing| {
        group.tally.by_kind(standing).into_iter().map(move |(kind, units)| (standing, kind, units))
    });
    let listed = |(standing, kind, units): (Standing, NodeKind, Vec<&'a NodeView>)| {
        let reasons = reasons(&units).into_iter();
        let (state, kind) = (standing.word(), kind.word());
        reasons.map(move |(text, count)| Reason { state, kind, text, count }).collect::<Vec<_>>()
    };
    kinds.flat_map(listed).collect()
}

fn age(units: &[&NodeView]) -> Option<u64> {
    match units {
        [NodeView { state: NodeState::Fresh(Some(age)), .. }] => Some(age.as_secs()),
        _ => None,
    }
}

fn edges<'a>(folded: &'a Folded<'_>) -> Vec<Edge<'a>> {
    let id = |position: usize| folded.groups[position].id.as_str();
    folded.edges.iter().map(|(from, to)| Edge { from: id(*from), to: id(*to) }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::sample::{hostile, inference, small};
    use super::*;

    fn read(view: &GraphView, level: Level) -> Value {
        serde_json::from_str(&draw(view, level)).expect("JSON")
    }

    #[test]
    fn the_text_is_exact() {
        let expected = r#"{
  "schema": "howitzer-graph/1",
  "suite": "inference",
  "path": "suites/inference.toml",
  "level": "suite",
  "causes": [
    {
      "text": "payload digits-64.json changed",
      "runs": 3
    }
  ],
  "forecast": {
    "seconds": 15.0,
    "measured": 0,
    "configured": 3,
    "unknown": 0
  },
  "nodes": [
    {
      "id": "suite:inference",
      "kind": "suite",
      "label": "inference",
      "test": null,
      "case": null,
      "trial": null,
      "state": "stale",
      "counts": {
        "failed": 0,
        "fresh": 9,
        "pending": 0,
        "stale": 3
      },
      "reasons": [
        {
          "state": "stale",
          "kind": "run",
          "text": "payload digits-64.json changed",
          "count": 3
        }
      ],
      "age_seconds": null,
      "seconds": null,
      "seconds_from": null,
      "key": null,
      "outputs": []
    }
  ],
  "edges": []
}
"#;
        assert_eq!(draw(&inference(), Level::Suite), expected);
    }

    #[test]
    fn edges_name_the_ids_of_nodes() {
        let document = read(&small(), Level::Test);
        let expected = json!([
            {"from": "test:warmup", "to": "test:grpc"},
            {"from": "test:warmup", "to": "test:http"},
            {"from": "test:grpc", "to": "aggregate:outputs"},
            {"from": "test:http", "to": "aggregate:outputs"},
        ]);
        assert_eq!((&document["edges"], &document["level"]), (&expected, &json!("test")));
    }

    #[test]
    fn a_node_has_its_case_trial_and_age() {
        let run = read(&small(), Level::Node)["nodes"][2].clone();
        let expected = json!({
            "id": "run:grpc[vus=1]", "kind": "run", "label": "grpc[vus=1]", "test": "grpc",
            "case": "grpc[vus=1]", "trial": 1, "state": "fresh",
            "counts": {"fresh": 1, "stale": 0, "pending": 0, "failed": 0},
            "reasons": [], "age_seconds": 7500, "seconds": 5.0, "seconds_from": "configured",
            "key": "0123456789abcdef".repeat(4), "outputs": ["out/inference/results/grpc[vus=1].txt"],
        });
        assert_eq!(run, expected);
    }

    #[test]
    fn names_come_back_as_they_were() {
        let view = hostile();
        let case = read(&view, Level::Case)["nodes"][1].clone();
        assert_eq!(case["label"].as_str(), view.nodes[2].case.as_deref());
        assert_eq!(case["reasons"][0]["text"].as_str(), view.nodes[2].state.reason());
    }
}
