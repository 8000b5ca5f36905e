//! The graph as one page to zoom, search and click. Rust writes what is known as JSON; what stands in `assets` lays it
//! out and draws it, and only what is visible.

mod document;

use std::borrow::Cow;

use super::level::Level;
use super::plain::plain;
use crate::report::graph_view::GraphView;
use crate::report::shell::{self, Page};

/// What draws the page, in the order in which it is needed.
const SCRIPTS: [&str; 9] = [
    shell::ELEMENT,
    shell::THEME,
    include_str!("assets/model.js"),
    include_str!("assets/layout.js"),
    include_str!("assets/shapes.js"),
    include_str!("assets/canvas.js"),
    include_str!("assets/about.js"),
    include_str!("assets/timeline.js"),
    include_str!("assets/page.js"),
];

const STYLES: [&str; 2] = [shell::BASE_STYLE, include_str!("assets/page.css")];

/// The whole page of some suites, opened at `level`.
pub(super) fn draw(views: &[Cow<'_, GraphView>], level: Option<Level>, only_to_do: bool) -> String {
    let names: Vec<String> = views.iter().map(|view| plain(&view.suite)).collect();
    let page = Page {
        title: &format!("{}: graph", names.join(", ")),
        without_script: "This page draws the graph by its own script, which this browser does not run. \
                         <code>howitzer graph -o graph.svg</code> makes a picture without one.",
        styles: &STYLES,
        scripts: &SCRIPTS,
        notice: "",
    };
    // Nothing in it can fail to become JSON: the keys are strings, and every number is finite.
    let json = serde_json::to_vec(&document::of(views, level, only_to_do)).unwrap_or_default();
    String::from_utf8_lossy(&page.bytes(&[json])).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{hostile, small};
    use super::*;

    fn data(view: &GraphView) -> serde_json::Value {
        let page = draw(&[Cow::Borrowed(view)], None, false);
        let (_, rest) = page.split_once("id=\"data\">").expect("the data");
        let (json, _) = rest.split_once("</script>").expect("its end");
        serde_json::from_str(json).expect("JSON")
    }

    #[test]
    fn no_name_ends_the_script_that_holds_it() {
        let mut view = hostile();
        view.suite = "</script><script>intruder()</script>".to_owned();
        let page = draw(&[Cow::Borrowed(&view)], None, false);
        assert!(!page.contains("<script>intruder"), "the name became markup");
        assert_eq!(data(&view)["suites"][0]["name"], view.suite);
    }

    #[test]
    fn texts_are_kept_once() {
        let data = data(&small());
        let texts = data["texts"].as_array().expect("texts");
        let mut distinct: Vec<_> = texts.iter().map(serde_json::Value::to_string).collect();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), texts.len());
        assert!(texts.iter().any(|text| text == "never built"));
    }
}
