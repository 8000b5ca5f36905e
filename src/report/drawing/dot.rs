//! Graphviz (<https://graphviz.org/doc/info/lang.html>): states by word and line style.

use std::fmt::Write;

use super::level::Drawn;

pub(super) fn draw(graph: &Drawn) -> String {
    let mut text = format!("digraph {} {{\n  rankdir=LR;\n  node [shape=box];\n", quoted(&graph.suite));
    for (index, node) in graph.nodes.iter().enumerate() {
        let style = if node.state == "stale" { ", style=dashed" } else { "" };
        let _ =
            writeln!(text, "  n{index} [label={}{style}];", quoted(&format!("{}\n{}", node.id, node.state)));
    }
    for (from, to) in &graph.edges {
        let _ = writeln!(text, "  n{from} -> n{to};");
    }
    text.push_str("}\n");
    text
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
