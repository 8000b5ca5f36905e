//! The graph as a tree of lines for a terminal.

use super::level::{Folded, Group, GroupKind, Level, fold};
use super::plain::plain;
use super::tally::Standing;
use super::words::{about, standing};
use crate::report::graph_view::{GraphView, NodeKind};

/// One line of the tree with the lines below it.
struct Branch {
    line: String,
    leaves: Vec<String>,
}

/// Draws the view as a tree: its tests, and below them what the level asks for.
pub(super) fn draw(view: &GraphView, level: Level) -> String {
    let title = format!("{} ({})", plain(&view.suite), plain(&view.path));
    if level == Level::Suite {
        let suite = fold(view, level);
        let told = suite.groups.iter().map(|group| format!("  {}   {}", about(group), standing(group)));
        return format!("{title}{}\n", told.collect::<String>());
    }
    let tests = fold(view, Level::Test);
    let below = (level != Level::Test).then(|| fold(view, level));
    tree(&title, &branches(&tests, below.as_ref()))
}

fn branches(tests: &Folded<'_>, below: Option<&Folded<'_>>) -> Vec<Branch> {
    let all = below.is_some_and(|below| below.level == Level::Node);
    let shown: Vec<_> = tests.groups.iter().filter(|group| all || is_shown(group)).collect();
    let names: Vec<_> = shown.iter().map(|group| plain(group.name)).collect();
    let sizes: Vec<_> = shown.iter().map(|group| about(group)).collect();
    let name_width = widest(&names);
    let tested = shown.iter().zip(&sizes).filter(|(group, _)| group.kind == GroupKind::Test);
    let size_width = widest(tested.map(|(_, size)| size));
    let rows = shown.iter().zip(names).zip(sizes);
    rows.map(|((group, name), size)| {
        let line = format!("{name:name_width$}  {size:size_width$}   {}", row_standing(group, all));
        let leaves = below.map(|below| leaves(group, below)).unwrap_or_default();
        Branch { line: line.trim_end().into(), leaves }
    })
    .collect()
}

/// The outputs follow from the rest and are shown only where they have a reason of their own.
fn is_shown(group: &Group<'_>) -> bool {
    group.kind != GroupKind::Node(NodeKind::Aggregate) || group.tally.worst() >= Standing::Stale
}

/// A warm-up that is not needed goes without saying, unless everything is said.
fn row_standing(group: &Group<'_>, all: bool) -> String {
    let idle = group.kind == GroupKind::Node(NodeKind::WarmUp) && group.tally.worst() == Standing::Fresh;
    if idle && !all { String::new() } else { standing(group) }
}

/// The cases or nodes of a test, one line each.
fn leaves(test: &Group<'_>, below: &Folded<'_>) -> Vec<String> {
    if test.kind != GroupKind::Test {
        return Vec::new();
    }
    let groups: Vec<_> = below.groups.iter().filter(|group| group.test == test.test).collect();
    let names: Vec<_> = groups.iter().map(|group| leaf_name(group)).collect();
    let width = widest(&names);
    let lines = groups.iter().zip(&names);
    lines.map(|(group, name)| format!("{name:width$}  {}", standing(group))).collect()
}

fn leaf_name(group: &Group<'_>) -> String {
    match group.kind {
        GroupKind::Node(kind) => format!("{:6}  {}", kind.word(), plain(group.name)),
        _ => plain(group.name),
    }
}

fn widest<'a>(texts: impl IntoIterator<Item = &'a String>) -> usize {
    texts.into_iter().map(|text| text.chars().count()).max().unwrap_or(0)
}

fn tree(title: &str, branches: &[Branch]) -> String {
    let mut text = format!("{title}\n");
    for (index, branch) in branches.iter().enumerate() {
        let last = index + 1 == branches.len();
        text += &format!("{} {}\n", if last { "└─" } else { "├─" }, branch.line);
        let stem = if last { "   " } else { "│  " };
        for (position, leaf) in branch.leaves.iter().enumerate() {
            let arm = if position + 1 == branch.leaves.len() { "└─" } else { "├─" };
            text += &format!("{stem}{arm} {leaf}\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::sample::{hostile, inference, small};
    use super::*;
    use crate::report::graph_view::NodeState;

    #[test]
    fn a_line_a_test() {
        let expected = "\
inference (suites/inference.toml)
├─ warmup  warm-up of grpc, http
├─ grpc    8 cases   8 cached
└─ http    4 cases   1 cached, 3 to run: payload digits-64.json changed
";
        assert_eq!(draw(&inference(), Level::Test), expected);
    }

    #[test]
    fn a_line_a_suite() {
        let expected = "inference (suites/inference.toml)  \
            12 cases   9 cached, 3 to run: payload digits-64.json changed\n";
        assert_eq!(draw(&inference(), Level::Suite), expected);
    }

    #[test]
    fn a_line_a_case() {
        let expected = "\
inference (suites/inference.toml)
├─ warmup  warm-up of grpc, http
├─ grpc    1 case   1 cached
│  └─ grpc[vus=1]  cached 2h05m ago
└─ http    1 case   1 to run: never built
   └─ http  to run: never built
";
        assert_eq!(draw(&small(), Level::Case), expected);
    }

    #[test]
    fn a_line_a_node() {
        let expected = "\
inference (suites/inference.toml)
├─ warmup   warm-up of grpc, http   not needed
├─ grpc     1 case   1 cached
│  ├─ render  grpc[vus=1]  cached
│  ├─ run     grpc[vus=1]  cached 2h05m ago
│  └─ scrape  grpc[vus=1]  cached 2h05m ago
├─ http     1 case   1 to run: never built
│  ├─ render  http  cached
│  ├─ run     http  to run: never built
│  └─ scrape  http  pending
└─ outputs  aggregate   pending
";
        assert_eq!(draw(&small(), Level::Node), expected);
    }

    #[test]
    fn outputs_with_a_reason_of_their_own_are_shown() {
        let mut view = small();
        view.nodes.retain(|node| node.test != "http");
        view.edges.clear();
        let outputs = view.nodes.last_mut().expect("an aggregate");
        outputs.state = NodeState::Stale("title changed".into());
        assert!(draw(&view, Level::Test).ends_with("└─ outputs  aggregate   to write: title changed\n"));
        assert!(draw(&view, Level::Suite).ends_with("  1 case   1 cached, 1 to write: title changed\n"));
    }

    #[test]
    fn names_break_no_line() {
        let expected = r#"
├─ warmup  warm-up of t
└─ t       1 case   1 failed: said "no"\n\u{1b}[31m
   └─ t[a="x\",b=<script>]\n`#1;` & %%{init}%%  failed: said "no"\n\u{1b}[31m
"#;
        assert_eq!(draw(&hostile(), Level::Case), format!("inference (suites/inference.toml){expected}"));
    }
}
