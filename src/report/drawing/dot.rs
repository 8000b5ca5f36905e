//! The graph in Graphviz's language (<https://graphviz.org/doc/info/lang.html>).

use super::level::{Folded, Level, fold};
use super::plain::plain;
use super::tally::Standing;
use super::words::{because, lines};
use crate::report::graph_view::GraphView;

/// Draws the view as a directed graph, cases and nodes framed by their test, and if `tells_why` below it why runs are to
/// execute.
pub(super) fn draw(view: &GraphView, level: Level, tells_why: bool) -> String {
    let folded = fold(view, level);
    let causes = if tells_why { because(view) } else { Vec::new() };
    let title = std::iter::once(plain(&format!("{} ({})", view.suite, view.path))).chain(causes);
    let title = title.map(|line| escaped(&line)).collect::<Vec<_>>().join("\\n");
    let mut drawing = format!("digraph howitzer {{\n  label=\"{title}\";\n  rankdir=LR;\n");
    for (index, (test, positions)) in folded.frames().into_iter().enumerate() {
        match test {
            None => drawing += &boxes(&folded, &positions, "  "),
            Some(test) => {
                let label = escaped(&plain(test));
                drawing += &format!("  subgraph cluster_{index} {{\n    label=\"{label}\";\n");
                drawing += &boxes(&folded, &positions, "    ");
                drawing += "  }\n";
            }
        }
    }
    for (from, to) in &folded.edges {
        drawing += &format!("  n{from} -> n{to};\n");
    }
    drawing + "}\n"
}

fn boxes(folded: &Folded<'_>, positions: &[usize], indent: &str) -> String {
    positions.iter().map(|position| drawn(folded, *position, indent)).collect()
}

fn drawn(folded: &Folded<'_>, position: usize, indent: &str) -> String {
    let group = &folded.groups[position];
    let label: Vec<_> = lines(group).iter().map(|line| escaped(line)).collect();
    let shape = shape(group.tally.worst());
    format!("{indent}n{position} [label=\"{}\", {shape}];\n", label.join("\\n"))
}

fn shape(standing: Standing) -> &'static str {
    match standing {
        Standing::Fresh => "shape=box",
        Standing::Stale => "shape=hexagon",
        Standing::Pending => "shape=ellipse, style=dashed",
        Standing::Failed => "shape=doubleoctagon",
    }
}

/// For a quoted string that is a label: quotes, escapes such as `\N`, and entities such as `&lt;`.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('&', "&amp;")
}

#[cfg(test)]
mod tests {
    use super::super::sample::{hostile, inference, small};
    use super::*;

    #[test]
    fn tests_are_boxes_whose_shape_tells_the_state() {
        let expected = r#"digraph howitzer {
  label="inference (suites/inference.toml)";
  rankdir=LR;
  n0 [label="warmup\nwarm-up of grpc, http\nnot needed", shape=box];
  n1 [label="grpc\n8 cases\n8 cached", shape=box];
  n2 [label="http\n4 cases\n1 cached, 3 to run: payload digits-64.json changed", shape=hexagon];
  n3 [label="outputs\naggregate\npending", shape=ellipse, style=dashed];
  n0 -> n1;
  n0 -> n2;
  n1 -> n3;
  n2 -> n3;
}
"#;
        assert_eq!(draw(&inference(), Level::Test, false), expected);
    }

    #[test]
    fn why_runs_are_to_execute_is_told_below() {
        let text = draw(&inference(), Level::Test, true);
        let label =
            r#"label="inference (suites/inference.toml)\nbecause payload digits-64.json changed → 3 runs";"#;
        assert!(text.contains(label), "{text}");
    }

    #[test]
    fn a_suite_is_one_box() {
        let expected = r#"digraph howitzer {
  label="inference (suites/inference.toml)";
  rankdir=LR;
  n0 [label="inference\n2 cases\n1 cached, 1 to run: never built", shape=hexagon];
}
"#;
        assert_eq!(draw(&small(), Level::Suite, false), expected);
    }

    #[test]
    fn cases_are_framed_by_their_test_and_names_are_escaped() {
        let expected = r#"digraph howitzer {
  label="inference (suites/inference.toml)";
  rankdir=LR;
  n0 [label="warmup\nwarm-up of t\nnot needed", shape=box];
  n2 [label="outputs\naggregate\npending", shape=ellipse, style=dashed];
  subgraph cluster_1 {
    label="t";
    n1 [label="t[a=\"x\\\",b=<script>]\\n`#1;` &amp; %%{init}%%\nto run again: said \"no\"\\n\\u{1b}[31m", shape=doubleoctagon];
  }
  n0 -> n1;
  n1 -> n2;
}
"#;
        assert_eq!(draw(&hostile(), Level::Case, false), expected);
    }

    #[test]
    fn nodes_are_framed_by_their_test() {
        let text = draw(&small(), Level::Node, false);
        let frame = r#"  subgraph cluster_2 {
    label="http";
    n4 [label="http\nrender\ncached", shape=box];
    n5 [label="http\nrun\nto run: never built", shape=hexagon];
    n6 [label="http\nscrape\npending", shape=ellipse, style=dashed];
  }
  n0 -> n2;
  n0 -> n5;
  n1 -> n2;
  n2 -> n3;
  n3 -> n7;
  n4 -> n5;
  n5 -> n6;
  n6 -> n7;
}
"#;
        assert!(text.ends_with(frame), "{text}");
    }
}
