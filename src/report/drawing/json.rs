//! The graph for machines.

use serde::Serialize;

use super::level::Drawn;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    graph: &'a Drawn,
}

pub(super) fn draw(graph: &Drawn) -> String {
    // Names and numbers serialise without fail.
    let mut text =
        serde_json::to_string_pretty(&Document { schema: "howitzer-graph/1", graph }).unwrap_or_default();
    text.push('\n');
    text
}
