//! What a person should know of a suite, and what is no mistake.

use std::collections::BTreeMap;

use super::context::Loaded;

/// Everything noticed about a suite.
pub(super) fn of(suite: &Loaded) -> impl Iterator<Item = String> {
    suite.suite.notes.iter().cloned().chain(undeclared(suite))
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
