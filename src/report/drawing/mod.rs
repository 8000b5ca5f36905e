//! Drawings of a suite's graph: text, Graphviz dot, Mermaid, JSON; by suite, test, case or node.

mod dot;
mod json;
mod level;
mod mermaid;
mod text;

pub use level::{Drawn, Level, graph_view};

/// The forms of a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For terminals.
    Text,
    /// Graphviz.
    Dot,
    /// Mermaid's flowchart.
    Mermaid,
    /// For machines.
    Json,
}

/// Draws the graph at a level. Equal graphs give equal text.
pub fn draw(graph: &level::GraphView, level: Level, format: Format) -> String {
    match format {
        Format::Text => text::draw(graph, level),
        Format::Dot => dot::draw(&graph.at(level)),
        Format::Mermaid => mermaid::draw(&graph.at(level)),
        Format::Json => json::draw(&graph.at(level)),
    }
}
