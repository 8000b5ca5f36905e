//! Drawings of a suite's graph: one picture of groups and states, several languages for it.

mod dot;
mod json;
mod level;
mod mermaid;
mod narrowed;
mod page;
pub(super) mod plain;
#[cfg(test)]
mod sample;
mod svg;
mod tally;
mod text;
mod words;

pub use level::Level;
pub use text::Terminal;

use std::borrow::Cow;
use std::path::Path;

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
    /// A picture.
    Svg,
    /// A page to zoom, search and click.
    Html,
}

impl Format {
    /// Every format with the endings of its files.
    const ENDINGS: [(Self, &'static [&'static str]); 6] = [
        (Self::Text, &["txt"]),
        (Self::Dot, &["dot", "gv"]),
        (Self::Mermaid, &["mmd", "mermaid"]),
        (Self::Json, &["json"]),
        (Self::Svg, &["svg"]),
        (Self::Html, &["html", "htm"]),
    ];

    /// The format that a file of this name has.
    pub fn of_file(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_lowercase();
        Self::ENDINGS
            .iter()
            .find(|(_, endings)| endings.contains(&ending.as_str()))
            .map(|(format, _)| *format)
    }

    /// The endings by which formats are known: `.txt, .dot, …`.
    pub fn endings() -> String {
        let all = Self::ENDINGS.iter().flat_map(|(_, endings)| *endings);
        all.map(|ending| format!("`.{ending}`")).collect::<Vec<_>>().join(", ")
    }
}

/// What is to be drawn of a view, and for whom.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// The language.
    pub format: Format,
    /// How fine; where nobody says, as fine as is readable.
    pub level: Option<Level>,
    /// Whether what is as it should be is left out.
    pub only_to_do: bool,
    /// Whether every case is named, however many there are. For the tree of lines.
    pub all: bool,
    /// Where the tree of lines is read.
    pub terminal: Terminal,
}

impl Wish {
    /// Everything of a view in this language, for no terminal.
    pub fn of(format: Format, level: Option<Level>) -> Self {
        Self { format, level, only_to_do: false, all: false, terminal: Terminal::default() }
    }
}

/// Draws the views; equal views give equal text, which ends with a line break.
pub fn draw(views: &[GraphView], wish: &Wish) -> String {
    let shown: Vec<Cow<'_, GraphView>> = views.iter().map(|view| shown(view, wish)).collect();
    let each = |one: &dyn Fn(&GraphView) -> String| shown.iter().map(|view| one(view)).collect();
    let level = wish.level.unwrap_or(Level::Test);
    match wish.format {
        Format::Text if wish.only_to_do && wish.level.is_none() => {
            views.iter().zip(&shown).map(|(whole, view)| text::draw_because(view, whole, wish)).collect()
        }
        Format::Text => views.iter().zip(&shown).map(|(whole, view)| text::draw(view, whole, wish)).collect(),
        Format::Dot => each(&|view| dot::draw(view, level, wish.only_to_do)),
        Format::Mermaid => each(&|view| mermaid::draw(view, level, wish.only_to_do)),
        Format::Json => each(&|view| json::draw(view, level)),
        Format::Svg => svg::draw(&shown, wish.level),
        Format::Html => page::draw(&shown, wish.level, wish.only_to_do),
    }
}

fn shown<'a>(view: &'a GraphView, wish: &Wish) -> Cow<'a, GraphView> {
    if wish.only_to_do { Cow::Owned(narrowed::to_do(view)) } else { Cow::Borrowed(view) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_views_give_equal_text() {
        for view in [sample::inference, sample::small, sample::hostile] {
            for level in [None, Some(Level::Suite), Some(Level::Test), Some(Level::Case), Some(Level::Node)] {
                for format in
                    [Format::Text, Format::Dot, Format::Mermaid, Format::Json, Format::Svg, Format::Html]
                {
                    for only_to_do in [false, true] {
                        let wish = Wish { only_to_do, ..Wish::of(format, level) };
                        let text = draw(&[view()], &wish);
                        assert_eq!(text, draw(&[view()], &wish));
                        assert!(text.ends_with('\n') && !text.contains('\u{1b}'), "{text}");
                        assert!(
                            matches!(format, Format::Json | Format::Html) || !text.contains("\\\n"),
                            "{text}"
                        );
                    }
                }
            }
        }
    }
}
