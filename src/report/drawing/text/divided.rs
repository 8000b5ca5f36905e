//! The cases of a test in a few parts: by the axis whose values tell best which cases stand how, so that ten
//! thousand cases are a dozen lines.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use crate::report::drawing::plain::plain;
use crate::report::drawing::tally::{Standing, Tally};
use crate::report::graph_view::{GraphView, NodeView};

/// A case as the worst of its trials.
#[derive(Debug, Clone)]
pub(super) struct Member<'a> {
    pub(super) id: &'a str,
    parameters: &'a [(String, String)],
    pub(super) standing: Standing,
    reason: Option<&'a str>,
    pub(super) units: Vec<&'a NodeView>,
}

impl Member<'_> {
    fn stands_as(&self) -> (Standing, Option<&str>) {
        (self.standing, self.reason)
    }
}

/// The cases of a tally, in its order.
pub(super) fn members<'a>(view: &'a GraphView, tally: &Tally<'a>) -> Vec<Member<'a>> {
    let mut members: IndexMap<&str, Member<'a>> = IndexMap::new();
    for &unit in &tally.units {
        let Some(id) = unit.case.as_deref() else { continue };
        let parameters = view.cases.get(id).map(|case| case.parameters.as_slice()).unwrap_or_default();
        let (standing, reason) = (Standing::of(&unit.state), unit.state.reason());
        let new = Member { id, parameters, standing, reason, units: Vec::new() };
        let member = members.entry(id).or_insert(new);
        member.units.push(unit);
        if standing > member.standing {
            (member.standing, member.reason) = (standing, reason);
        }
    }
    members.into_values().collect()
}

/// Cases that are told together.
#[derive(Debug)]
pub(super) struct Part<'a> {
    /// `vus=1, 4`, `vus=1 … 512 (10 values)`.
    pub(super) label: String,
    pub(super) members: Vec<Member<'a>>,
}

impl Part<'_> {
    /// Whether all of its cases stand alike, for one reason.
    pub(super) fn is_pure(&self) -> bool {
        are_alike(&self.members)
    }

    /// How many of its cases are to be done.
    pub(super) fn to_do(&self) -> usize {
        self.members.iter().filter(|member| member.standing >= Standing::Stale).count()
    }
}

pub(super) fn are_alike(members: &[Member<'_>]) -> bool {
    members.windows(2).all(|pair| pair[0].stands_as() == pair[1].stands_as())
}

/// The cases by the values of one axis, neighbours that stand alike in one part, the most to do first; none where no axis
/// divides them. Values stand alike if most of their cases do; where all would, only those without any exception.
pub(super) fn divided<'a>(members: &[Member<'a>]) -> Vec<Part<'a>> {
    let by_axis = |join: Join| {
        let parts = axes(members).into_iter().map(move |name| parts(members, name, join));
        parts.filter(|parts| parts.len() > 1)
    };
    let exceptions = |parts: &Vec<Part<'_>>| parts.iter().map(|part| misfits(&part.members)).sum::<usize>();
    let mostly =
        by_axis(|one, other| usual(one) == usual(other)).min_by_key(|parts| (exceptions(parts), parts.len()));
    let best = mostly.or_else(|| {
        let alike = |one: &[Member<'_>], other: &[Member<'_>]| {
            are_alike(one) && are_alike(other) && usual(one) == usual(other)
        };
        by_axis(alike).min_by_key(Vec::len)
    });
    let mut parts = best.unwrap_or_default();
    parts.sort_by_key(|part| std::cmp::Reverse(part.to_do()));
    parts
}

/// Whether two neighbours are to be one part.
type Join = fn(&[Member<'_>], &[Member<'_>]) -> bool;

fn parts<'a>(members: &[Member<'a>], axis: &str, join: Join) -> Vec<Part<'a>> {
    let mut parts: Vec<(Vec<&str>, Vec<Member<'a>>)> = Vec::new();
    for (value, of_value) in by_value(members, axis) {
        match parts.last_mut() {
            Some((values, part)) if join(part, &of_value) => {
                values.push(value);
                part.extend(of_value);
            }
            _ => parts.push((vec![value], of_value)),
        }
    }
    let part = |(values, members): (Vec<&str>, _)| Part { label: label(axis, &values), members };
    parts.into_iter().map(part).collect()
}

/// What the cases have in common, axis by axis: `vus=1 … 512 (10 values), payload=digits-64.json`.
pub(super) fn spans(members: &[Member<'_>]) -> String {
    let names: IndexMap<&str, ()> =
        members.iter().flat_map(|member| member.parameters).map(|(name, _)| (name.as_str(), ())).collect();
    let span = |name: &&str| label(name, &by_value(members, name).keys().copied().collect::<Vec<_>>());
    names.keys().map(span).collect::<Vec<_>>().join(", ")
}

/// The axes with more than one value among these cases.
fn axes<'a>(members: &[Member<'a>]) -> Vec<&'a str> {
    let mut axes: IndexMap<&str, BTreeSet<&str>> = IndexMap::new();
    for (name, value) in members.iter().flat_map(|member| member.parameters) {
        axes.entry(name).or_default().insert(value);
    }
    axes.into_iter().filter(|(_, values)| values.len() > 1).map(|(name, _)| name).collect()
}

/// In the order in which values appear.
fn by_value<'a>(members: &[Member<'a>], axis: &str) -> IndexMap<&'a str, Vec<Member<'a>>> {
    let mut parts: IndexMap<&str, Vec<Member<'a>>> = IndexMap::new();
    for member in members {
        let value = member.parameters.iter().find(|(name, _)| name == axis);
        parts.entry(value.map_or("–", |(_, value)| value.as_str())).or_default().push(member.clone());
    }
    parts
}

/// How many cases do not stand as most do.
fn misfits(members: &[Member<'_>]) -> usize {
    let usual = usual(members);
    members.iter().filter(|member| Some(member.stands_as()) != usual).count()
}

/// How most of the cases stand.
fn usual<'a>(members: &'a [Member<'_>]) -> Option<(Standing, Option<&'a str>)> {
    let mut counts: BTreeMap<(Standing, Option<&str>), usize> = BTreeMap::new();
    for member in members {
        *counts.entry(member.stands_as()).or_default() += 1;
    }
    // Of two that are as frequent the one that is less pressing.
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(stands_as, _)| stands_as)
}

fn label(axis: &str, values: &[&str]) -> String {
    let (axis, count) = (plain(axis), values.len());
    match values {
        [first, .., last] if count > 3 => {
            format!("{axis}={} … {} ({count} values)", plain(first), plain(last))
        }
        _ => format!("{axis}={}", values.iter().map(|value| plain(value)).collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::level::{Level, fold};
    use super::super::super::sample::{cached, stale, view};
    use super::*;
    use crate::report::graph_view::NodeState;

    fn sweep(state: impl Fn(usize, &str) -> NodeState) -> GraphView {
        let payloads = ["small", "large"];
        let case = |n: usize, payload: &str| (format!("t[vus={n},payload={payload}]"), state(n, payload));
        let cases = (1..=10).flat_map(|n| payloads.map(|payload| case(n, payload)));
        view(&[("t", cases.collect())])
    }

    fn told(view: &GraphView) -> Vec<(String, usize, usize)> {
        let folded = fold(view, Level::Test);
        let parts = divided(&members(view, &folded.groups[1].tally));
        parts.iter().map(|part| (part.label.clone(), part.members.len(), part.to_do())).collect()
    }

    #[test]
    fn the_axis_is_taken_that_tells_which_cases_are_stale() {
        let edited =
            sweep(|_, payload| if payload == "large" { stale("payload large changed") } else { cached() });
        assert_eq!(told(&edited), [("payload=large".into(), 10, 10), ("payload=small".into(), 10, 0)]);
    }

    #[test]
    fn neighbours_that_stand_alike_are_one_range() {
        let added = sweep(|n, _| if n > 5 { stale("never built") } else { cached() });
        let expected = [("vus=6 … 10 (5 values)".into(), 10, 10), ("vus=1 … 5 (5 values)".into(), 10, 0)];
        assert_eq!(told(&added), expected);
    }

    #[test]
    fn an_exception_divides_only_where_nothing_else_does() {
        let one =
            sweep(|n, payload| if n == 3 && payload == "large" { stale("never built") } else { cached() });
        let expected = [("payload=large", 10, 1), ("payload=small", 10, 0)];
        assert_eq!(told(&one), expected.map(|(label, cases, to_do)| (label.to_owned(), cases, to_do)));
        let added = sweep(|n, payload| match (n, payload) {
            (3, "large") => stale("record damaged"),
            (6.., _) => stale("never built"),
            _ => cached(),
        });
        let expected = [("vus=6 … 10 (5 values)".into(), 10, 10), ("vus=1 … 5 (5 values)".into(), 10, 1)];
        assert_eq!(told(&added), expected);
    }

    #[test]
    fn what_cases_have_in_common_is_told_axis_by_axis() {
        let view = sweep(|_, _| cached());
        let folded = fold(&view, Level::Test);
        let all = members(&view, &folded.groups[1].tally);
        assert_eq!(spans(&all), "vus=1 … 10 (10 values), payload=small, large");
        assert!(are_alike(&all));
        assert!(divided(&all).is_empty(), "nothing to tell apart");
    }
}
