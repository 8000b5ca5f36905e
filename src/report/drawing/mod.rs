//! Drawings of a suite's graph: one picture of groups and states, several languages for it.

mod dot;
mod json;
mod level;
mod mermaid;
pub(super) mod plain;
#[cfg(test)]
mod sample;
mod tally;
mod text;
mod words;

pub use level::Level;

use super::graph_view::GraphView;

/// The language of a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A tree of lines.
    Text,
    /// Graphviz.
    Dot,
    /// A Mermaid flowchart.
    Mermaid,
    /// `howitzer-graph/1`.
    Json,
}

/// Draws the view; equal views give equal text, which ends with a line break.
pub fn draw(view: &GraphView, level: Level, format: Format) -> String {
    match format {
        Format::Text => text::draw(view, level),
        Format::Dot => dot::draw(view, level),
        Format::Mermaid => mermaid::draw(view, level),
        Format::Json => json::draw(view, level),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_views_give_equal_text() {
        for view in [sample::inference, sample::small, sample::hostile] {
            for level in [Level::Suite, Level::Test, Level::Case, Level::Node] {
                for format in [Format::Text, Format::Dot, Format::Mermaid, Format::Json] {
                    let text = draw(&view(), level, format);
                    assert_eq!(text, draw(&view(), level, format));
                    assert!(text.ends_with('\n') && !text.contains('\u{1b}'), "{text}");
                    assert!(format == Format::Json || !text.contains("\\\n"), "{text}");
                }
            }
        }
    }
}
