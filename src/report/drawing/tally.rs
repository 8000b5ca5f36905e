//! What is counted: one unit a trial, told by the node of it that most needs attention.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use crate::report::graph_view::{NodeKind, NodeState, NodeView};

/// A state without its details, the least pressing first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    Fresh,
    Pending,
    Stale,
    Failed,
}

impl Standing {
    /// The sign that stands beside the word, the same as in reports.
    pub(super) fn mark(self) -> &'static str {
        match self {
            Self::Fresh => "✓",
            Self::Pending => "·",
            Self::Stale => "~",
            Self::Failed => "!",
        }
    }

    /// In the order in which they are told.
    pub(super) const TOLD: [Self; 4] = [Self::Fresh, Self::Stale, Self::Pending, Self::Failed];

    pub(super) fn of(state: &NodeState) -> Self {
        match state {
            NodeState::Fresh(_) => Self::Fresh,
            NodeState::Pending => Self::Pending,
            NodeState::Stale(_) => Self::Stale,
            NodeState::Failed(_) => Self::Failed,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Pending => "pending",
            Self::Stale => "stale",
            Self::Failed => "failed",
        }
    }
}

/// The units of some nodes. A unit is a trial of a case, or a node that belongs to none.
#[derive(Debug)]
pub(super) struct Tally<'a> {
    /// The decisive node of every unit, in the nodes' order.
    pub(super) units: Vec<&'a NodeView>,
}

impl<'a> Tally<'a> {
    /// A node without a trial (a render) counts with every trial of its case.
    pub(super) fn of(nodes: &[&'a NodeView]) -> Self {
        let mut trials: IndexMap<(&str, &str, u32), &NodeView> = IndexMap::new();
        let mut shared: BTreeMap<(&str, &str), Vec<&NodeView>> = BTreeMap::new();
        let mut alone = Vec::new();
        for &node in nodes {
            match (node.case.as_deref(), node.trial) {
                (Some(case), Some(trial)) => {
                    let unit = trials.entry((&node.test, case, trial)).or_insert(node);
                    *unit = decisive(unit, node);
                }
                (Some(case), None) => shared.entry((&node.test, case)).or_default().push(node),
                // Beside cases a set-up or a payload is a part of them.
                (None, _) if matches!(node.kind, NodeKind::SetUp | NodeKind::Payload) && nodes.len() > 1 => {}
                (None, _) => alone.push(node),
            }
        }
        for ((test, case, _), unit) in &mut trials {
            for node in shared.get(&(*test, *case)).into_iter().flatten() {
                *unit = decisive(unit, node);
            }
        }
        let tried: BTreeSet<_> = trials.keys().map(|(test, case, _)| (*test, *case)).collect();
        shared.retain(|case, _| !tried.contains(case));
        let untried = shared.into_values().flatten();
        Self { units: trials.into_values().chain(untried).chain(alone).collect() }
    }

    /// Beside cases, warm-ups and outputs count only where they have a reason of their own.
    pub(super) fn leave_out_idle(&mut self) {
        self.units.retain(|unit| unit.case.is_some() || unit.state.reason().is_some());
    }

    /// How many units are to be done, whether they failed before or not.
    pub(super) fn to_do(&self) -> usize {
        self.count(Standing::Stale) + self.count(Standing::Failed)
    }

    pub(super) fn count(&self, standing: Standing) -> usize {
        self.standing(standing).count()
    }

    /// The most pressing standing of all units.
    pub(super) fn worst(&self) -> Standing {
        self.units.iter().map(|unit| Standing::of(&unit.state)).max().unwrap_or(Standing::Fresh)
    }

    /// The units that stand so, by what their decisive node does.
    pub(super) fn by_kind(&self, standing: Standing) -> BTreeMap<NodeKind, Vec<&'a NodeView>> {
        let mut kinds: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for unit in self.standing(standing) {
            kinds.entry(unit.kind).or_default().push(unit);
        }
        kinds
    }

    fn standing(&self, standing: Standing) -> impl Iterator<Item = &'a NodeView> {
        self.units.iter().copied().filter(move |unit| Standing::of(&unit.state) == standing)
    }
}

/// How often each reason is given: the most frequent first, then by text.
pub(super) fn reasons<'a>(units: &[&'a NodeView]) -> Vec<(&'a str, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in units.iter().filter_map(|unit| unit.state.reason()) {
        *counts.entry(reason).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// The more pressing of two; between equals the run, which is what costs.
fn decisive<'a>(one: &'a NodeView, other: &'a NodeView) -> &'a NodeView {
    let pressing = |node: &NodeView| (Standing::of(&node.state), node.kind == NodeKind::Run);
    if pressing(other) > pressing(one) { other } else { one }
}
