//! What would run, by root cause: each reason once, with the cases that it concerns.

use super::divided::{Member, members, spans};
use super::tree::Row;
use super::{case_row, rows, timed};
use crate::base::counted::counted;
use crate::report::drawing::level::{Group, GroupKind, Level, fold};
use crate::report::drawing::plain::plain;
use crate::report::drawing::tally::{Standing, Tally};
use crate::report::drawing::words::lasting;
use crate::report::graph_view::{GraphView, NodeKind, NodeView};

/// So many cases of a test are named one by one.
const CASES_NAMED: usize = 8;

/// A row a cause, the most frequent first; before them the warm-ups that are needed. `all` names every case.
pub(super) fn rows_of(view: &GraphView, all: bool) -> Vec<Row> {
    let tests = fold(view, Level::Test);
    let is_warm_up = |row: &Group<'_>| row.kind == GroupKind::Node(NodeKind::WarmUp);
    let mut before = tests;
    before.groups.retain(is_warm_up);
    // In one piece: their columns are not those of the causes.
    let whole =
        |row: Row| Row { name: format!("{}  {}", row.name, row.facts.join("   ")), facts: Vec::new(), ..row };
    let mut told: Vec<Row> = rows(&before, &|_| Vec::new(), false).into_iter().map(whole).collect();
    told.extend(view.causes.iter().map(|(cause, runs)| cause_row(view, cause, *runs, all)));
    told
}

fn cause_row(view: &GraphView, cause: &str, count: usize, all: bool) -> Row {
    let runs = view.sequence.iter().map(|position| &view.nodes[*position]);
    let runs: Vec<&NodeView> = runs.filter(|node| node.state.reason() == Some(cause)).collect();
    let worst = runs.iter().map(|node| Standing::of(&node.state)).max();
    let mut by_test: Vec<(&str, Vec<&NodeView>)> = Vec::new();
    for run in &runs {
        match by_test.iter_mut().find(|(test, _)| *test == run.test) {
            Some((_, of_test)) => of_test.push(run),
            None => by_test.push((&run.test, vec![run])),
        }
    }
    Row {
        standing: worst,
        name: timed(format!("because {} → {}", plain(cause), counted(count, "run")), &lasting(&runs)),
        facts: Vec::new(),
        below: by_test.into_iter().map(|(test, units)| test_row(view, test, units, all)).collect(),
    }
}

/// A test with what its cases have in common, or with the cases where they are few.
fn test_row(view: &GraphView, test: &str, units: Vec<&NodeView>, all: bool) -> Row {
    let lasting = lasting(&units);
    let members = members(view, &Tally { units });
    let is_named = all || members.len() <= CASES_NAMED;
    let cases = |members: &[Member<'_>]| members.iter().map(named).collect();
    match members.as_slice() {
        [only] => named(only),
        _ => Row {
            standing: None,
            name: plain(test),
            facts: vec![
                timed(counted(members.len(), "case"), &lasting),
                if is_named { String::new() } else { spans(&members) },
            ],
            below: if is_named { cases(&members) } else { Vec::new() },
        },
    }
}

/// The case alone: why it runs stands above it.
fn named(member: &Member<'_>) -> Row {
    let row = case_row(member);
    Row { standing: None, facts: vec![lasting(&member.units)], ..row }
}
