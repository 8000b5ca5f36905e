//! A suite with everything that follows from its files alone.

use std::collections::BTreeMap;
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::base::document::{Table, table_to_json};
use crate::expand::Case;
use crate::graph::Graph;
use crate::key;
use crate::manifest::{EnvironmentValue, Scrape};
use crate::render::{RenderError, Rendered, Renderer, SetUpCommands, SetUps};
use crate::suite::{Suite, Test, TimeLimit};

/// A suite, expanded and rendered: what planning, execution and reports look at.
#[derive(Clone, Copy)]
pub struct Compiled<'a> {
    /// The suite.
    pub suite: &'a Suite,
    /// Its cases.
    pub cases: &'a [Case],
    /// Its graph.
    pub graph: &'a Graph,
    /// The rendering of every case, by the case's index.
    pub rendered: &'a [Rendered],
    /// The commands of its set-ups.
    pub set_ups: &'a SetUps,
    /// Where the server's side is asked, by name.
    pub scrapes: &'a IndexMap<String, Scrape>,
    /// What makes a case's script again.
    pub renderer: &'a Renderer,
}

impl<'a> Compiled<'a> {
    /// The test of a case.
    pub fn test(&self, case: usize) -> &'a Test {
        &self.suite.tests[self.cases[case].test]
    }

    /// The fields of a case, with their places.
    pub fn fields(&self, case: usize) -> Table {
        self.cases[case].fields(self.test(case))
    }

    /// The k6 options of a case.
    pub fn options(&self, case: usize) -> Map<String, Value> {
        let fields = self.fields(case);
        fields.get("k6").and_then(|entry| entry.item.as_table()).map(table_to_json).unwrap_or_default()
    }

    /// The script of a case.
    pub fn script(&self, case: usize) -> Result<String, RenderError> {
        self.renderer.script(&self.cases[case])
    }

    /// The name of the target that a case loads.
    pub fn target(&self, case: usize) -> Option<&'a str> {
        self.rendered[case].shape.target.as_deref()
    }

    /// The sources of server metrics that belong to a case.
    pub fn scrapes(&self, case: usize) -> impl Iterator<Item = &'a Scrape> + use<'a> {
        let target = self.target(case);
        self.scrapes.values().filter(move |scrape| scrape.is_for(target))
    }

    /// The environment variables that a case declares.
    pub fn environment(&self, case: usize) -> &'a BTreeMap<String, EnvironmentValue> {
        &self.rendered[case].shape.environment
    }

    /// What is applied to the system under test for a case, the outermost first.
    pub fn set_ups(&self, case: usize) -> impl Iterator<Item = &'a SetUpCommands> + use<'a> {
        self.set_ups.of(&self.cases[case])
    }

    /// The longest that a run of a case may take; none where only k6 can tell, from the options of its script.
    pub fn longest(&self, case: usize) -> Option<Duration> {
        match self.test(case).timeout {
            TimeLimit::Auto => self.rendered[case].longest,
            TimeLimit::Fixed(limit) => Some(limit),
        }
    }

    /// What led to the script of a case.
    pub fn provenance(&self, case: usize) -> BTreeMap<String, String> {
        key::provenance(&self.rendered[case].shape, &self.fields(case))
    }

    /// The cases (one each) of the warm-ups that precede a test.
    pub fn warm_up_cases(&self, test: usize) -> Vec<usize> {
        let warm_ups = self.graph.order().warm_ups_of(test);
        let case_of = |warm_up: &usize| self.cases.iter().position(|case| case.test == *warm_up);
        warm_ups.iter().filter_map(case_of).collect()
    }
}
