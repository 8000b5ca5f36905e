//! The words for a group: what it is, and how it stands.

use super::level::{Group, GroupKind};
use super::plain::plain;
use super::tally::{Standing, Tally, reasons};
use crate::base::counted::counted;
use crate::base::duration;
use crate::report::forecast::Forecast;
use crate::report::graph_view::{GraphView, NodeKind, NodeState, NodeView};

/// So many reasons are told; the rest is counted.
const REASONS_TOLD: usize = 3;

/// What the group is, e.g. `8 cases`, `warm-up of grpc, http`; empty where its name says it all.
pub(super) fn about(group: &Group<'_>) -> String {
    match group.kind {
        GroupKind::Suite | GroupKind::Test => size(&group.tally),
        GroupKind::Node(NodeKind::WarmUp) if group.precedes.is_empty() => "warm-up".into(),
        GroupKind::Node(NodeKind::WarmUp) => format!("warm-up of {}", plain(&group.precedes.join(", "))),
        GroupKind::Node(kind) => kind.word().into(),
        GroupKind::Case => String::new(),
    }
}

/// How the group stands, e.g. `1 cached, 3 to run: payload digits-64.json changed`.
pub(super) fn standing(group: &Group<'_>) -> String {
    match (group.kind, group.tally.units.as_slice()) {
        (GroupKind::Case | GroupKind::Node(_), [unit]) => one(unit),
        _ => many(&group.tally),
    }
}

/// Why runs are to execute, a line a cause, in the words of `build -n`; each harmless as [`plain`] makes it.
pub(super) fn because(view: &GraphView) -> Vec<String> {
    let line =
        |(cause, runs): &(String, usize)| format!("because {} → {}", plain(cause), counted(*runs, "run"));
    view.causes.iter().map(line).collect()
}

/// How long what the nodes of the group are to execute takes, e.g. `about 15s`; empty where they execute nothing.
pub(super) fn lasting(nodes: &[&NodeView]) -> String {
    let executes =
        |node: &&&NodeView| node.kind == NodeKind::Run && Standing::of(&node.state) >= Standing::Stale;
    Forecast::of(nodes.iter().filter(executes).copied()).short().unwrap_or_default()
}

/// Name, what it is and how it stands: the lines of a box, each harmless as [`plain`] makes it.
pub(super) fn lines(group: &Group<'_>) -> Vec<String> {
    let mut lines = vec![plain(group.name), about(group), standing(group)];
    lines.retain(|line| !line.is_empty());
    lines
}

/// `8 cases`, and how many runs where that is another number.
pub(super) fn size(tally: &Tally<'_>) -> String {
    let units: Vec<_> = tally.units.iter().filter(|unit| unit.case.is_some()).collect();
    let mut cases: Vec<_> = units.iter().map(|unit| (&unit.test, &unit.case)).collect();
    cases.sort_unstable();
    cases.dedup();
    let runs =
        if cases.len() == units.len() { String::new() } else { format!(", {}", number(units.len(), "run")) };
    format!("{}{runs}", number(cases.len(), "case"))
}

/// How one unit stands, e.g. `cached 2h05m ago`.
pub(super) fn one(unit: &NodeView) -> String {
    let word = word(unit.kind, Standing::of(&unit.state));
    match &unit.state {
        NodeState::Fresh(Some(age)) if unit.kind != NodeKind::WarmUp => {
            format!("{word} {} ago", duration::human(*age))
        }
        NodeState::Stale(reason) | NodeState::Failed(reason) => format!("{word}: {}", plain(reason)),
        NodeState::Fresh(_) | NodeState::Pending => word.into(),
    }
}

/// The same of several units.
pub(super) fn many(tally: &Tally<'_>) -> String {
    let mut parts: Vec<String> = Vec::new();
    for standing in Standing::TOLD {
        let kinds = tally.by_kind(standing);
        if matches!(standing, Standing::Fresh | Standing::Pending) {
            let count = tally.count(standing);
            let told = format!("{count} {}", word(NodeKind::Run, standing));
            parts.extend((count > 0).then_some(told));
            continue;
        }
        parts.extend(
            kinds.into_iter().map(|(kind, units)| {
                format!("{} {}{}", units.len(), word(kind, standing), why(kind, &units))
            }),
        );
    }
    parts.join(", ")
}

/// `: reason`, or each reason with its number in brackets.
fn why(kind: NodeKind, units: &[&NodeView]) -> String {
    let reasons = reasons(units);
    if let [(reason, _)] = reasons.as_slice() {
        return format!(": {}", plain(reason));
    }
    let told = reasons.iter().take(REASONS_TOLD);
    let mut told: Vec<_> =
        told.map(|(reason, count)| format!("{}: {}", number(*count, kind.word()), plain(reason))).collect();
    let untold = reasons.get(REASONS_TOLD..).unwrap_or_default();
    if !untold.is_empty() {
        let count = untold.iter().map(|(_, count)| count).sum();
        told.push(format!("{}: {}", number(count, kind.word()), number(untold.len(), "other reason")));
    }
    format!(" ({})", told.join("; "))
}

fn word(kind: NodeKind, standing: Standing) -> &'static str {
    match (standing, kind) {
        (Standing::Fresh, NodeKind::WarmUp | NodeKind::SetUp) => "not needed",
        (Standing::Fresh, NodeKind::Aggregate) => "written",
        (Standing::Fresh, NodeKind::Payload) => "built while planning",
        (Standing::Fresh, _) => "cached",
        (Standing::Stale, NodeKind::WarmUp) => "to warm up",
        (Standing::Stale, NodeKind::SetUp) => "to apply",
        (Standing::Stale, NodeKind::Run) => "to run",
        (Standing::Stale, NodeKind::Payload) => "to build",
        (Standing::Stale, NodeKind::Render) => "to render",
        (Standing::Stale, NodeKind::Scrape) => "to scrape",
        (Standing::Stale, NodeKind::Aggregate) => "to write",
        (Standing::Pending, _) => "pending",
        (Standing::Failed, NodeKind::Run) => "to run again",
        (Standing::Failed, _) => "failed",
    }
}

fn number(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::super::level::{Level, fold};
    use super::super::sample::{stale, view};
    use super::*;

    fn told(reasons: &[&str]) -> String {
        let case = |(index, reason): (usize, &&str)| (format!("t[n={index}]"), stale(reason));
        let view = view(&[("t", reasons.iter().enumerate().map(case).collect())]);
        standing(&fold(&view, Level::Test).groups[1])
    }

    #[test]
    fn several_reasons_are_counted_the_most_frequent_first() {
        let expected = "3 to run (2 runs: template infer.js changed; 1 run: never built)";
        assert_eq!(
            told(&["never built", "template infer.js changed", "template infer.js changed"]),
            expected
        );
    }

    #[test]
    fn many_reasons_are_cut_short() {
        let expected = "5 to run (1 run: a; 1 run: b; 1 run: c; 2 runs: 2 other reasons)";
        assert_eq!(told(&["e", "d", "c", "b", "a"]), expected);
    }

    #[test]
    fn trials_are_counted_where_a_case_has_several() {
        let mut view = view(&[("t", vec![("t".into(), stale("never built"))])]);
        let mut second = view.nodes[2].clone();
        second.trial = Some(2);
        second.state = NodeState::Failed("exit 107".into());
        view.nodes.push(second);
        let folded = fold(&view, Level::Test);
        assert_eq!(about(&folded.groups[1]), "1 case, 2 runs");
        assert_eq!(standing(&folded.groups[1]), "1 to run: never built, 1 to run again: exit 107");
    }
}
