//! A mistake as a terminal shows it: the message, the place, its line with a caret and what was expected.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::source::Place;

/// More of a line than this no terminal shows: to draw a mistake costs what is looked through for it.
const WIDEST: usize = 4000;

/// The message, and below it the line of `place` with `label` under the caret, without a trailing newline.
pub(super) fn draw(message: &str, place: Option<&Place>, label: &str, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let group = Group::with_title(Level::ERROR.primary_title(message));
    let Some(place) = place else { return renderer.render(&[group]) };
    let (text, path) = (place.source.text.as_str(), place.source.path.as_str());
    let end = place.range.end.min(text.len());
    let start = place.range.start.min(end);
    // Of what spans several lines the first shows where it is.
    let line_end = text[start..end].find('\n').map_or(end, |at| start + at);
    let around = around(text, start..line_end);
    let span = start - around.start..line_end.min(around.end) - around.start;
    let first = text[..around.start].matches('\n').count() + 1;
    let counted = text[around.start..start].chars().count() + 1;
    let annotation = AnnotationKind::Primary.span(span).label(label);
    let snippet = Snippet::source(&text[around]).path(path).line_start(first).annotation(annotation);
    let drawn = renderer.render(&[group.element(snippet)]);
    // Of a line that is shown in part the renderer counts that part's columns.
    match place.line_and_column() {
        (line, column) if line == first && column != counted => {
            drawn.replacen(&format!("{path}:{line}:{counted}"), &format!("{path}:{line}:{column}"), 1)
        }
        _ => drawn,
    }
}

/// The part of `text` that shows what stands at `range`: its line, or of a longer one what stands around. Behind the last
/// line stands nothing to be shown: that is shown at the line's end.
fn around(text: &str, range: Range<usize>) -> Range<usize> {
    let last = if range.start == text.len() { text.trim_end_matches('\n').len() } else { range.start };
    let begin = text[..last].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[range.end..].find('\n').map_or(text.len(), |newline| range.end + newline + 1);
    let begin = begin.max(text.floor_char_boundary(range.start.saturating_sub(WIDEST)));
    let end = end.min(text.ceil_char_boundary((range.start + WIDEST).min(text.len())));
    begin..end
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::source::Source;

    #[test]
    fn of_a_long_line_a_part_is_shown_with_the_columns_of_the_whole() {
        let text = format!("a = 1\nb = \"{}\", c = 3\n", "ä".repeat(9000));
        let at = text.find("c = 3").unwrap_or_default();
        let source = Arc::new(Source { path: "x.toml".into(), text });
        let place = Place { source, range: at..at + 1 };
        for color in [false, true] {
            let shown = draw("wrong", Some(&place), "here", color);
            assert!(shown.contains("x.toml:2:9009") && shown.contains("c = 3"), "{shown}");
        }
    }
}
