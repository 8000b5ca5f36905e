//! The graph on a terminal: a line a test with counts by state; below it cases or nodes if asked.

use std::fmt::Write;

use super::level::{GraphView, Level};
use crate::key::grouped;

pub(super) fn draw(graph: &GraphView, level: Level) -> String {
    let mut text = format!("{} ({})\n", graph.suite, graph.path);
    if level == Level::Suite {
        let drawn = graph.at(Level::Suite);
        for node in &drawn.nodes {
            let _ = writeln!(text, "└─ {}", counts(node.fresh, node.stale, ""));
        }
        return text;
    }
    let width = graph.tests.iter().map(|test| test.chars().count()).max().unwrap_or(0);
    for (index, test) in graph.tests.iter().enumerate() {
        let last = index + 1 == graph.tests.len();
        let (branch, below) = if last { ("└─", "   ") } else { ("├─", "│  ") };
        let _ = writeln!(text, "{branch} {test:width$}  {}", about(graph, test));
        if matches!(level, Level::Case | Level::Node) {
            for node in graph.at(level).nodes.iter().filter(|node| belongs(graph, &node.id, test, level)) {
                let _ = writeln!(text, "{below} {:5}  {}", node.state, node.id);
            }
        }
    }
    text
}

fn about(graph: &GraphView, test: &str) -> String {
    if let Some(tests) = graph.warm_ups.get(test) {
        return format!("warm-up of {}", tests.iter().cloned().collect::<Vec<_>>().join(", "));
    }
    let runs = || graph.nodes.iter().filter(|node| node.test == test && node.is_run());
    let reasons: Vec<Vec<_>> =
        runs().filter_map(|node| node.reason.clone()).map(|reason| vec![reason]).collect();
    let grouped = grouped(reasons.iter().map(Vec::as_slice));
    let why: Vec<String> = match grouped.as_slice() {
        [(reason, _)] => vec![reason.clone()],
        several => several.iter().map(|(reason, count)| format!("{count} runs: {reason}")).collect(),
    };
    counts(runs().filter(|node| node.is_fresh()).count(), reasons.len(), &why.join("; "))
}

fn counts(fresh: usize, stale: usize, why: &str) -> String {
    let mut parts = Vec::new();
    if fresh > 0 {
        parts.push(format!("{fresh} cached"));
    }
    if stale > 0 {
        parts.push(format!("{stale} to run"));
    }
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    format!("{} runs   {}{why}", fresh + stale, parts.join(", "))
}

fn belongs(graph: &GraphView, id: &str, test: &str, level: Level) -> bool {
    graph.nodes.iter().any(|node| node.test == test && graph.folded(node, level).0 == id)
}
