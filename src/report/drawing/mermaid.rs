//! Mermaid (<https://mermaid.js.org/syntax/flowchart.html>): stale nodes are hexagons and say so.

use std::fmt::Write;

use super::level::Drawn;

pub(super) fn draw(graph: &Drawn) -> String {
    let mut text = "flowchart LR\n".to_owned();
    for (index, node) in graph.nodes.iter().enumerate() {
        let label = escaped(&format!("{} ({})", node.id, node.state));
        let _ = if node.state == "stale" {
            writeln!(text, "  n{index}{{{{\"{label}\"}}}}")
        } else {
            writeln!(text, "  n{index}[\"{label}\"]")
        };
    }
    for (from, to) in &graph.edges {
        let _ = writeln!(text, "  n{from} --> n{to}");
    }
    text
}

/// Entities in Mermaid are `#name;`.
fn escaped(text: &str) -> String {
    text.replace('#', "#35;")
        .replace('"', "#quot;")
        .replace('<', "#lt;")
        .replace('>', "#gt;")
        .replace('\n', " ")
}
