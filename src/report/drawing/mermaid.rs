//! The graph as a Mermaid flowchart (<https://mermaid.js.org/syntax/flowchart.html>).

use super::level::{Folded, Level, fold};
use super::plain::plain;
use super::tally::Standing;
use super::words::{because, lines};
use crate::report::graph_view::GraphView;

/// Draws the view as a flowchart, cases and nodes framed by their test, and if `tells_why` beside it why runs are to
/// execute.
pub(super) fn draw(view: &GraphView, level: Level, tells_why: bool) -> String {
    let folded = fold(view, level);
    let mut drawing = String::from("flowchart LR\n");
    let causes: Vec<String> = because(view).iter().map(|line| escaped(line)).collect();
    if tells_why && !causes.is_empty() {
        drawing += &format!("  why>\"{}\"]\n", causes.join("<br/>"));
    }
    for (index, (test, positions)) in folded.frames().into_iter().enumerate() {
        match test {
            None => drawing += &boxes(&folded, &positions, "  "),
            Some(test) => {
                drawing += &format!("  subgraph t{index} [\"{}\"]\n", escaped(&plain(test)));
                drawing += &boxes(&folded, &positions, "    ");
                drawing += "  end\n";
            }
        }
    }
    for (from, to) in &folded.edges {
        drawing += &format!("  n{from} --> n{to}\n");
    }
    drawing
}

fn boxes(folded: &Folded<'_>, positions: &[usize], indent: &str) -> String {
    positions.iter().map(|position| drawn(folded, *position, indent)).collect()
}

fn drawn(folded: &Folded<'_>, position: usize, indent: &str) -> String {
    let group = &folded.groups[position];
    let label: Vec<_> = lines(group).iter().map(|line| escaped(line)).collect();
    let (open, close) = shape(group.tally.worst());
    format!("{indent}n{position}{open}\"{}\"{close}\n", label.join("<br/>"))
}

/// A rectangle, a hexagon, a stadium, or a rectangle with double sides.
fn shape(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Fresh => ("[", "]"),
        Standing::Stale => ("{{", "}}"),
        Standing::Pending => ("([", "])"),
        Standing::Failed => ("[[", "]]"),
    }
}

/// For a quoted label: whatever could be HTML, Markdown, a directive (`%%{`) or an escape becomes an entity.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' => safe += "#quot;",
            '<' => safe += "#lt;",
            '>' => safe += "#gt;",
            '&' => safe += "#amp;",
            '#' | '%' | '{' | '}' | '\\' | '`' | '*' | '_' | '~' | '$' | ';' => {
                safe += &format!("#{};", u32::from(character));
            }
            _ => safe.push(character),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::super::sample::{hostile, inference, small};
    use super::*;

    #[test]
    fn tests_are_boxes_whose_shape_tells_the_state() {
        let expected = r#"flowchart LR
  n0["warmup<br/>warm-up of grpc, http<br/>not needed"]
  n1["grpc<br/>8 cases<br/>8 cached"]
  n2{{"http<br/>4 cases<br/>1 cached, 3 to run: payload digits-64.json changed"}}
  n3(["outputs<br/>aggregate<br/>pending"])
  n0 --> n1
  n0 --> n2
  n1 --> n3
  n2 --> n3
"#;
        assert_eq!(draw(&inference(), Level::Test, false), expected);
    }

    #[test]
    fn why_runs_are_to_execute_is_told_beside_it() {
        let text = draw(&inference(), Level::Test, true);
        assert!(text.contains("  why>\"because payload digits-64.json changed → 3 runs\"]\n"), "{text}");
    }

    #[test]
    fn a_suite_is_one_box() {
        let expected = "flowchart LR\n  \
            n0{{\"inference<br/>2 cases<br/>1 cached, 1 to run: never built\"}}\n";
        assert_eq!(draw(&small(), Level::Suite, false), expected);
    }

    #[test]
    fn cases_are_framed_by_their_test_and_names_are_escaped() {
        let name = "t[a=#quot;x#92;#quot;,b=#lt;script#gt;]#92;n#96;#35;1#59;#96; #amp; #37;#37;#123;init#125;#37;#37;";
        let expected = format!(
            r#"flowchart LR
  n0["warmup<br/>warm-up of t<br/>not needed"]
  n2(["outputs<br/>aggregate<br/>pending"])
  subgraph t1 ["t"]
    n1[["{name}<br/>to run again: said #quot;no#quot;#92;n#92;u#123;1b#125;[31m"]]
  end
  n0 --> n1
  n1 --> n2
"#
        );
        assert_eq!(draw(&hostile(), Level::Case, false), expected);
    }

    #[test]
    fn nodes_are_framed_by_their_test() {
        let text = draw(&small(), Level::Node, false);
        let frame = r#"  subgraph t2 ["http"]
    n4["http<br/>render<br/>cached"]
    n5{{"http<br/>run<br/>to run: never built"}}
    n6(["http<br/>scrape<br/>pending"])
  end
  n0 --> n2
"#;
        assert!(text.contains(frame), "{text}");
    }
}
