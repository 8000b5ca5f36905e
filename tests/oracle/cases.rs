//! From tests to cases and runs: expansion and order, by the words of DESIGN.md.

use serde_json::Value;

use crate::world::{Fields, Mode, Suite, Test, label};

/// One combination of a test's axis values.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) test: usize,
    pub(crate) fields: Fields,
}

impl Fields {
    fn assign(&mut self, name: &str, value: &Value) {
        let number = || u32::try_from(value.as_u64().expect("a number")).expect("a small number");
        match name {
            "payload" => self.payload = label(value),
            "template" => self.template = label(value),
            "target" => self.target = Some(label(value)),
            "vars.size" => self.size = number(),
            "vars.mode" => {
                let word = label(value);
                self.mode = Mode::ALL.into_iter().find(|mode| mode.word() == word).expect("a mode");
            }
            "env.LEVEL" => self.level = Some(number()),
            "replicas" => self.replicas = number(),
            option => upsert(&mut self.k6, option, value),
        }
    }
}

/// As tables are merged: what is there keeps its place.
fn upsert(options: &mut Vec<(String, Value)>, name: &str, value: &Value) {
    match options.iter_mut().find(|(known, _)| known == name) {
        Some((_, old)) => *old = value.clone(),
        None => options.push((name.to_owned(), value.clone())),
    }
}

impl Suite {
    /// The cases, test by test as in the file, the last axis varying fastest.
    pub(crate) fn cases(&self) -> Vec<Case> {
        self.tests.iter().enumerate().flat_map(|(index, test)| self.cases_of(index, test)).collect()
    }

    fn cases_of(&self, index: usize, test: &Test) -> Vec<Case> {
        let mut fields = test.fields.clone();
        fields.k6.clone_from(&self.defaults);
        for (name, value) in &test.fields.k6 {
            upsert(&mut fields.k6, name, value);
        }
        let mut cases = vec![(Vec::new(), fields)];
        for axis in &test.axes {
            let mut longer = Vec::new();
            for (labels, fields) in &cases {
                for (label, sets) in &axis.values {
                    let mut labels: Vec<String> = labels.clone();
                    labels.push(format!("{}={label}", axis.short()));
                    let mut fields: Fields = fields.clone();
                    for (name, value) in sets {
                        fields.assign(name, value);
                    }
                    longer.push((labels, fields));
                }
            }
            cases = longer;
        }
        let id = |labels: Vec<String>| {
            if labels.is_empty() { test.name.clone() } else { format!("{}[{}]", test.name, labels.join(",")) }
        };
        cases.into_iter().map(|(labels, fields)| Case { id: id(labels), test: index, fields }).collect()
    }

    /// Places in `tests`, in the order in which they execute: each after what it names.
    pub(crate) fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = Vec::new();
        while order.len() < self.tests.len() {
            let done = |name: &String| order.iter().any(|at| self.tests[*at].name == *name);
            let next = (0..self.tests.len())
                .find(|at| !order.contains(at) && self.tests[*at].after.iter().all(done))
                .expect("no circle");
            order.push(next);
        }
        order
    }

    /// Every measured run in the order of execution.
    pub(crate) fn runs(&self) -> Vec<(Case, u32)> {
        let cases = self.cases();
        let mut runs = Vec::new();
        for test in self.order().into_iter().filter(|test| !self.tests[*test].is_warm_up) {
            let mut of_test: Vec<&Case> = cases.iter().filter(|case| case.test == test).collect();
            if self.tests[test].set_up.is_some() {
                // Cases that share a value of the set-up stand together, values as they come.
                let mut seen: Vec<u32> = Vec::new();
                for case in &of_test {
                    if !seen.contains(&case.fields.replicas) {
                        seen.push(case.fields.replicas);
                    }
                }
                of_test.sort_by_key(|case| seen.iter().position(|value| *value == case.fields.replicas));
            }
            for case in of_test {
                runs.extend((1..=self.tests[test].repeat).map(|trial| (case.clone(), trial)));
            }
        }
        runs
    }

    /// The warm-ups that precede a test, in order.
    pub(crate) fn warm_ups(&self, test: usize) -> Vec<Case> {
        let cases = self.cases();
        let is_named = |at: usize| self.tests.iter().any(|other| other.after.contains(&self.tests[at].name));
        let precedes = |at: &usize| {
            let warm_up = &self.tests[*at];
            warm_up.is_warm_up
                && (self.tests[test].after.contains(&warm_up.name) || !is_named(*at) && *at < test)
        };
        let order = self.order().into_iter().filter(precedes);
        order.filter_map(|at| cases.iter().find(|case| case.test == at).cloned()).collect()
    }
}
