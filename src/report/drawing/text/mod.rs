//! The graph as a tree of lines for a terminal: tests, the most to do first, and below them as much as tells apart
//! what is to run from what is not.

mod because;
mod divided;
mod tree;

use super::Wish;
use super::level::{Folded, Group, GroupKind, Level, fold};
use super::plain::plain;
use super::tally::{Standing, Tally};
use super::words::{about, lasting, many, one, size, standing};
use crate::base::counted::counted;
use crate::report::forecast::Forecast;
use crate::report::graph_view::{GraphView, NodeKind};
use divided::{Member, Part, are_alike, divided, members};
use tree::{Paper, Row};

/// So many tests, parts of a test and cases are told, and so many below a part; the rest is counted.
const TESTS_TOLD: usize = 30;
const PARTS_TOLD: [usize; 2] = [10, 4];
const CASES_TOLD: [usize; 2] = [12, 4];

/// How deep a test is divided.
const DEEPEST: usize = 2;

/// What a terminal is like.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terminal {
    /// Its columns; none where nothing is to be wrapped.
    pub columns: Option<usize>,
    /// Whether colours are wanted.
    pub color: bool,
}

/// Draws the view as a tree: its tests, and below them what the level asks for; without a level, what tells apart what
/// is to run.
pub(super) fn draw(view: &GraphView, whole: &GraphView, wish: &Wish) -> String {
    let (paper, head) = headed(whole, wish);
    let level = wish.level.or(wish.all.then_some(Level::Case));
    if level == Some(Level::Suite) {
        return head;
    }
    let tests = fold(view, Level::Test);
    let rows = match level {
        None => brief(view, &tests),
        Some(Level::Test | Level::Suite) => rows(&tests, &|_| Vec::new(), false),
        Some(level) => {
            let below = fold(view, level);
            rows(&tests, &|group| leaves(group, &below), level == Level::Node)
        }
    };
    head + &paper.tree(&rows, "")
}

/// What would run, by root cause.
pub(super) fn draw_because(view: &GraphView, whole: &GraphView, wish: &Wish) -> String {
    let (paper, head) = headed(whole, wish);
    head + &paper.tree(&because::rows_of(view, wish.all), "")
}

/// The suite and how all of it stands.
fn headed(whole: &GraphView, wish: &Wish) -> (Paper, String) {
    let paper = Paper { columns: wish.terminal.columns, color: wish.terminal.color };
    let title = paper.paragraph(&format!("{} ({})", plain(&whole.suite), plain(&whole.path)), "");
    (paper, title + &paper.paragraph(&summary(whole), "  "))
}

/// `12 cases: 9 cached, 3 to run: payload x changed; about 15s: 3 runs as configured`.
pub(super) fn summary(view: &GraphView) -> String {
    let suite = fold(view, Level::Suite);
    let Some(group) = suite.groups.first() else { return "nothing to run".to_owned() };
    let mut parts = vec![about(group), standing(group)];
    let forecast = Forecast::whole(view);
    parts.extend(forecast.short().map(|short| format!("{short} ({})", forecast.basis())));
    if view.unselected > 0 {
        parts.push(format!("{} not selected", counted(view.unselected, "case")));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("   ")
}

/// The tests as rows, the most to do first.
fn rows<'a>(tests: &Folded<'a>, below: &dyn Fn(&Group<'a>) -> Vec<Row>, all: bool) -> Vec<Row> {
    let mut shown: Vec<_> = tests.groups.iter().filter(|group| all || is_shown(group)).collect();
    if !all {
        // Warm-ups come before what they warm up; a sort keeps the order of equals.
        let to_do = |group: &Group<'_>| {
            if group.kind == GroupKind::Node(NodeKind::WarmUp) { usize::MAX } else { group.tally.to_do() }
        };
        shown.sort_by_key(|group| (std::cmp::Reverse(to_do(group)), is_aggregate(group)));
    }
    let row = |group: &&Group<'a>| Row {
        standing: Some(group.tally.worst()),
        name: plain(group.name),
        facts: facts(group, all),
        below: below(group),
    };
    shown.iter().map(row).collect()
}

/// What a group is and how it stands; of what is no test in one piece, so that it widens no column.
fn facts(group: &Group<'_>, all: bool) -> Vec<String> {
    let (about, standing) = (about(group), timed(row_standing(group, all), &lasting(&group.nodes)));
    match group.kind {
        GroupKind::Test => vec![about, standing],
        _ => vec![
            [about, standing].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("   "),
        ],
    }
}

/// The tests, and of each whose cases do not stand alike a few parts that do.
fn brief<'a>(view: &'a GraphView, tests: &Folded<'a>) -> Vec<Row> {
    let below = |group: &Group<'a>| match group.kind {
        GroupKind::Test => parts_of(&members(view, &group.tally), 1),
        _ => Vec::new(),
    };
    let mut rows = rows(tests, &below, false);
    if rows.len() > TESTS_TOLD {
        let untold = rows.split_off(TESTS_TOLD);
        let name =
            format!("… {} with less to do: --level test lists them", counted(untold.len(), "other test"));
        rows.push(Row { standing: None, name, facts: Vec::new(), below: Vec::new() });
    }
    rows
}

/// What tells the cases apart: parts by an axis, or the cases themselves where they are few.
fn parts_of(members: &[Member<'_>], depth: usize) -> Vec<Row> {
    if are_alike(members) {
        return Vec::new();
    }
    let below = usize::from(depth > 1);
    let parts = divided(members);
    let is_mixed = parts.is_empty() || parts.iter().any(|part| !part.is_pure());
    if is_mixed && (members.len() <= CASES_TOLD[below] || parts.is_empty() || depth > DEEPEST) {
        return some_cases(members, CASES_TOLD[below]);
    }
    let (some, others) = parts.split_at(parts.len().min(PARTS_TOLD[below]));
    let mut rows: Vec<Row> = some.iter().map(|part| part_row(part, depth)).collect();
    rows.extend(rest(others));
    rows
}

fn part_row(part: &Part<'_>, depth: usize) -> Row {
    Row { name: part.label.clone(), below: parts_of(&part.members, depth + 1), ..told(&part.members) }
}

/// How many they are and how they stand, without a name.
fn told(members: &[Member<'_>]) -> Row {
    let units: Vec<_> = members.iter().flat_map(|member| member.units.iter().copied()).collect();
    let lasting = lasting(&units);
    let tally = Tally { units };
    let facts = vec![size(&tally), timed(many(&tally), &lasting)];
    Row { standing: Some(tally.worst()), name: String::new(), facts, below: Vec::new() }
}

/// The cases that are to be done one by one, the most pressing first, as many as are told.
fn some_cases(members: &[Member<'_>], most: usize) -> Vec<Row> {
    let mut sorted: Vec<&Member<'_>> = members.iter().collect();
    sorted.sort_by_key(|member| std::cmp::Reverse(member.standing));
    let pressing = sorted.iter().filter(|member| member.standing >= Standing::Stale).count();
    let (some, others) = sorted.split_at(pressing.min(most));
    let mut rows: Vec<Row> = some.iter().map(|member| case_row(member)).collect();
    if !others.is_empty() {
        let others: Vec<_> = others.iter().map(|member| (*member).clone()).collect();
        rows.push(Row { name: format!("… {} more", others.len()), ..told(&others) });
    }
    rows
}

/// That a case is one case goes without saying.
fn case_row(member: &Member<'_>) -> Row {
    let told = told(std::slice::from_ref(member));
    let fact = match member.units.as_slice() {
        [unit] => timed(one(unit), &lasting(&member.units)),
        _ => told.facts.last().cloned().unwrap_or_default(),
    };
    Row { name: plain(member.id), facts: vec![fact], ..told }
}

fn rest(parts: &[Part<'_>]) -> Option<Row> {
    let members: Vec<_> = parts.iter().flat_map(|part| part.members.iter().cloned()).collect();
    let name = format!("… {} more", parts.len());
    (!parts.is_empty()).then(|| Row { name, ..told(&members) })
}

fn timed(standing: String, lasting: &str) -> String {
    if lasting.is_empty() { standing } else { format!("{standing}, {lasting}") }
}

fn is_aggregate(group: &Group<'_>) -> bool {
    group.kind == GroupKind::Node(NodeKind::Aggregate)
}

/// The outputs follow from the rest and are shown only where they have a reason of their own.
fn is_shown(group: &Group<'_>) -> bool {
    !is_aggregate(group) || group.tally.worst() >= Standing::Stale
}

/// A warm-up that is not needed goes without saying, unless everything is said.
fn row_standing(group: &Group<'_>, all: bool) -> String {
    let idle = group.kind == GroupKind::Node(NodeKind::WarmUp) && group.tally.worst() == Standing::Fresh;
    if idle && !all { String::new() } else { standing(group) }
}

/// The cases or nodes of a test, one line each.
fn leaves(test: &Group<'_>, below: &Folded<'_>) -> Vec<Row> {
    if test.kind != GroupKind::Test {
        return Vec::new();
    }
    let groups = below.groups.iter().filter(|group| group.test == test.test);
    let leaf = |group: &Group<'_>| Row {
        standing: Some(group.tally.worst()),
        name: leaf_name(group),
        facts: vec![timed(standing(group), &lasting(&group.nodes))],
        below: Vec::new(),
    };
    groups.map(leaf).collect()
}

fn leaf_name(group: &Group<'_>) -> String {
    match group.kind {
        GroupKind::Node(kind) => format!("{:6}  {}", kind.word(), plain(group.name)),
        _ => plain(group.name),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{cached, hostile, inference, plan, small, stale, view};
    use super::super::{Format, Wish};
    use super::*;
    use crate::report::graph_view::NodeState;

    fn drawn(view: &GraphView, level: Option<Level>) -> String {
        super::super::draw(std::slice::from_ref(view), &Wish::of(Format::Text, level))
    }

    fn to_do(view: &GraphView) -> String {
        let wish = Wish { only_to_do: true, ..Wish::of(Format::Text, None) };
        super::super::draw(std::slice::from_ref(view), &wish)
    }

    const HEAD: &str = "\
inference (suites/inference.toml)
  12 cases   9 cached, 3 to run: payload digits-64.json changed   about 15s (3 runs as configured)
";

    #[test]
    fn a_line_a_test_the_most_to_do_first() {
        let expected = "\
├─ ✓ warmup  warm-up of grpc, http
├─ ~ http    4 cases   1 cached, 3 to run: payload digits-64.json changed, about 15s
└─ ✓ grpc    8 cases   8 cached
";
        assert_eq!(drawn(&inference(), Some(Level::Test)), format!("{HEAD}{expected}"));
    }

    #[test]
    fn a_test_whose_cases_do_not_stand_alike_is_divided() {
        let expected = "\
├─ ✓ warmup  warm-up of grpc, http
├─ ~ http    4 cases   1 cached, 3 to run: payload digits-64.json changed, about 15s
│  ├─ ~ rate=2, 3, 4  3 cases   3 to run: payload digits-64.json changed, about 15s
│  └─ ✓ rate=1        1 case    1 cached
└─ ✓ grpc    8 cases   8 cached
";
        assert_eq!(drawn(&inference(), None), format!("{HEAD}{expected}"));
    }

    #[test]
    fn a_line_a_suite() {
        assert_eq!(drawn(&inference(), Some(Level::Suite)), HEAD);
    }

    #[test]
    fn a_line_a_case() {
        let expected = "\
inference (suites/inference.toml)
  2 cases   1 cached, 1 to run: never built   about 5s (1 run as configured)
├─ ✓ warmup  warm-up of grpc, http
├─ ~ http    1 case   1 to run: never built, about 5s
│  └─ ~ http  to run: never built, about 5s
└─ ✓ grpc    1 case   1 cached
   └─ ✓ grpc[vus=1]  cached 2h05m ago
";
        assert_eq!(drawn(&small(), Some(Level::Case)), expected);
    }

    #[test]
    fn a_line_a_node() {
        let expected = "\
├─ ✓ warmup   warm-up of grpc, http   not needed
├─ ✓ grpc     1 case   1 cached
│  ├─ ✓ render  grpc[vus=1]  cached
│  ├─ ✓ run     grpc[vus=1]  cached 2h05m ago
│  └─ ✓ scrape  grpc[vus=1]  cached 2h05m ago
├─ ~ http     1 case   1 to run: never built, about 5s
│  ├─ ✓ render  http  cached
│  ├─ ~ run     http  to run: never built, about 5s
│  └─ · scrape  http  pending
└─ · outputs  aggregate   pending
";
        let text = drawn(&small(), Some(Level::Node));
        assert!(text.ends_with(expected), "{text}");
    }

    #[test]
    fn what_would_run_is_told_by_its_cause() {
        let expected = "\
└─ ~ because payload digits-64.json changed → 3 runs, about 15s
   └─ http  3 cases, about 15s
      ├─ http[rate=2]  about 5s
      ├─ http[rate=3]  about 5s
      └─ http[rate=4]  about 5s
";
        assert_eq!(to_do(&inference()), format!("{HEAD}{expected}"));
        let nothing = view(&[("t", vec![("t".into(), cached())])]);
        assert_eq!(to_do(&nothing).lines().last(), Some("  1 case   1 cached"));
    }

    #[test]
    fn ten_thousand_cases_are_a_few_lines() {
        let state = |n: usize, m: usize| match (n, m) {
            (_, 7) => stale("payload 7.json changed"),
            (90.., _) => stale("never built"),
            (3, 4) => NodeState::Failed("last attempt failed: exit 107".into()),
            _ => cached(),
        };
        let cases = (0..100).flat_map(|n| (0..100).map(move |m| (n, m)));
        let cases = cases.map(|(n, m)| (format!("t[vus={n},payload={m}.json]"), state(n, m)));
        let view = view(&[("t", cases.collect())]);
        let brief = drawn(&view, None);
        assert!(brief.lines().count() < 20 && to_do(&view).lines().count() < 10, "{brief}");
        for line in [
            "~ vus=90 … 99 (10 values)",
            "~ payload=7.json",
            "920 to run: never built",
            "! t[vus=3,payload=4.json]  to run again",
        ] {
            assert!(brief.contains(line), "`{line}` is not in {brief}");
        }
        assert!(to_do(&view).contains("because never built → 990 runs"), "{}", to_do(&view));
    }

    #[test]
    fn many_tests_are_cut_short_those_with_the_most_to_do_first() {
        let state = |n: usize| if n == 77 { stale("never built") } else { cached() };
        let names: Vec<String> = (0..100).map(|n| format!("t{n}")).collect();
        let tests: Vec<_> = names
            .iter()
            .enumerate()
            .map(|(n, name)| (name.as_str(), vec![(name.clone(), state(n))]))
            .collect();
        let text = drawn(&view(&tests), None);
        assert!(text.lines().count() < 40, "{text}");
        assert!(text.lines().nth(3).is_some_and(|line| line.contains("t77")), "{text}");
        assert!(text.ends_with("└─ … 71 other tests with less to do: --level test lists them\n"), "{text}");
    }

    #[test]
    fn outputs_with_a_reason_of_their_own_are_shown() {
        let mut view = small();
        view.nodes.retain(|node| node.test != "http");
        view.edges.clear();
        view.nodes.last_mut().expect("an aggregate").state = NodeState::Stale("title changed".into());
        plan(&mut view);
        let text = drawn(&view, Some(Level::Test));
        assert!(
            text.ends_with(
                "~ outputs  aggregate   to write: title changed\n└─ ✓ grpc     1 case   1 cached\n"
            ),
            "{text}"
        );
        assert!(text.contains("\n  1 case   1 cached, 1 to write: title changed\n"), "{text}");
    }

    #[test]
    fn names_break_no_line() {
        let expected = r#"
└─ ! t       1 case   1 to run again: said "no"\n\u{1b}[31m, about 5s
   └─ ! t[a="x\",b=<script>]\n`#1;` & %%{init}%%  to run again: said "no"\n\u{1b}[31m, about 5s
"#;
        let text = drawn(&hostile(), Some(Level::Case));
        assert!(text.ends_with(&expected[1..]), "{text}");
    }
}
