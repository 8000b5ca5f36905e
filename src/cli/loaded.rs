//! A suite that is loaded: what follows from its files alone, before any store or target is looked at.

use std::collections::BTreeSet;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::expand::{Case, Selection};
use crate::graph::Graph;
use crate::manifest::Scrape;
use crate::plan::{Compiled, is_measured};
use crate::render::{Rendered, Renderer, SetUps, Shape};
use crate::suite::Suite;

/// A suite with everything that follows from its files alone.
pub(super) struct Loaded {
    pub(super) suite: Arc<Suite>,
    pub(super) cases: Vec<Case>,
    pub(super) graph: Graph,
    pub(super) rendered: Vec<Rendered>,
    pub(super) set_ups: SetUps,
    pub(super) scrapes: IndexMap<String, Scrape>,
    pub(super) renderer: Renderer,
}

impl Loaded {
    pub(super) fn compiled(&self) -> Compiled<'_> {
        Compiled {
            suite: &self.suite,
            cases: &self.cases,
            graph: &self.graph,
            rendered: &self.rendered,
            set_ups: &self.set_ups,
            scrapes: &self.scrapes,
            renderer: &self.renderer,
        }
    }

    /// The shapes of its cases, each once.
    pub(super) fn shapes(&self) -> Vec<&Shape> {
        let mut shapes: Vec<&Shape> = self.rendered.iter().map(|rendered| &*rendered.shape).collect();
        // Equal shapes are one object.
        shapes.sort_unstable_by_key(|shape| std::ptr::from_ref(*shape));
        shapes.dedup_by(|a, b| std::ptr::eq(*a, *b));
        shapes
    }

    /// The targets that its cases load.
    pub(super) fn targets(&self) -> BTreeSet<String> {
        self.shapes().into_iter().filter_map(|shape| shape.target.clone()).collect()
    }

    /// The targets that the selected cases load, and the warm-ups before them.
    pub(super) fn targets_of(&self, selection: &Selection) -> BTreeSet<String> {
        let compiled = self.compiled();
        let selected =
            (0..self.cases.len()).filter(|case| selection.selects(&self.suite, &self.cases[*case]));
        let loading =
            selected.flat_map(|case| compiled.warm_up_cases(self.cases[case].test).into_iter().chain([case]));
        let loading: BTreeSet<usize> = loading.collect();
        loading.into_iter().filter_map(|case| self.rendered[case].shape.target.clone()).collect()
    }

    /// How many cases are measured.
    pub(super) fn measured(&self) -> impl Iterator<Item = (&Case, &Rendered)> {
        let all = self.cases.iter().zip(&self.rendered);
        all.filter(|(case, _)| self.measures(case))
    }

    /// Whether the case is measured, and no warm-up.
    pub(super) fn measures(&self, case: &Case) -> bool {
        is_measured(&self.suite.tests[case.test])
    }
}
