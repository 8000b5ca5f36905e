//! What a request selects: ids, names of tests, and patterns.

use crate::cases::Case;
use crate::drive::Request;
use crate::world::{Suite, World};

/// Whether `text` is `pattern`, in which `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|text| {
            (0..=text.len()).filter(|at| text.is_char_boundary(*at)).any(|at| matches(rest, &text[at..]))
        }),
    }
}

impl Request {
    pub(crate) fn selects(&self, suite: &Suite, case: &Case) -> bool {
        let test = &suite.tests[case.test].name;
        self.patterns.is_empty()
            || self.patterns.iter().any(|pattern| matches(pattern, &case.id) || matches(pattern, test))
    }

    /// Whether every pattern selects something.
    pub(crate) fn selects_in(&self, world: &World) -> bool {
        self.patterns.iter().all(|pattern| {
            let one = Self { patterns: vec![pattern.clone()], ..self.clone() };
            one.suites(world).any(|suite| suite.cases().iter().any(|case| one.selects(suite, case)))
        })
    }

    pub(crate) fn suites<'w>(&self, world: &'w World) -> impl Iterator<Item = &'w Suite> {
        world.suites.iter().filter(|suite| self.suites.contains(&suite.name))
    }
}
