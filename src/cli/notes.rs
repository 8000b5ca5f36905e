//! What a person should know of a suite, and what is no mistake.

use std::collections::BTreeMap;

use super::context::Loaded;
use crate::suite::Rendering;

/// Everything noticed about a suite.
pub(super) fn of(suite: &Loaded) -> impl Iterator<Item = String> {
    suite.suite.notes.iter().cloned().chain(unprinted(suite)).chain(undeclared(suite))
}

/// The ancestor's templates may do without the options, and are then loaded as k6 does without any.
fn unprinted(suite: &Loaded) -> Vec<String> {
    if suite.suite.rendering == Rendering::Own {
        return Vec::new();
    }
    // What cannot be rendered has been told before.
    let silent = suite.renderer.silent_tests(&suite.cases).unwrap_or_default();
    let note = |test: usize| {
        let name = &suite.suite.tests[test].name;
        format!("the template of `{name}` never prints `{{{{ k6_opts }}}}`: its k6 options have no effect")
    };
    silent.into_iter().map(note).collect()
}

/// One note for every variable that scripts read and nobody declares.
fn undeclared(suite: &Loaded) -> Vec<String> {
    let mut readers: BTreeMap<&str, &str> = BTreeMap::new();
    for (case, rendered) in suite.measured() {
        for name in &rendered.shape.environment_reads {
            if !rendered.shape.environment.contains_key(name) {
                readers.entry(name).or_insert(&suite.suite.tests[case.test].name);
            }
        }
    }
    let note = |(name, test): (&str, &str)| {
        format!(
            "the script of `{test}` reads `__ENV.{name}`, which nothing declares; add: env = {{ {name} = {{ from = \"{name}\" }} }}"
        )
    };
    readers.into_iter().map(note).collect()
}
