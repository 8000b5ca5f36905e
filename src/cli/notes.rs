//! What a person should know of a suite, and what is no mistake.

use std::collections::BTreeMap;

use super::context::Loaded;

/// Everything noticed about a suite.
pub(super) fn of(suite: &Loaded) -> impl Iterator<Item = String> {
    let of_scripts = suite.renderer.notes(&suite.cases);
    suite.suite.notes.iter().cloned().chain(of_scripts).chain(undeclared(suite))
}

/// One note for every variable that scripts read and nobody declares.
fn undeclared(suite: &Loaded) -> Vec<String> {
    let mut readers: BTreeMap<&str, (&str, bool)> = BTreeMap::new();
    for (case, rendered) in suite.measured() {
        for name in &rendered.shape.environment_reads {
            let is_declared = rendered.shape.environment.contains_key(name);
            if !is_declared
                && !readers.contains_key(name.as_str())
                && !suite.renderer.gives_by_scenario(case, name)
            {
                let reader =
                    (suite.suite.tests[case.test].name.as_str(), rendered.shape.untouched().is_some());
                readers.entry(name).or_insert(reader);
            }
        }
    }
    let note = |(name, (test, is_untouched)): (&str, (&str, bool))| {
        let sweep = format!("; or sweep it: [test.matrix] \"env.{name}\" = [\"…\", \"…\"]");
        let sweep = if is_untouched { sweep } else { String::new() };
        format!(
            "the script of `{test}` reads `__ENV.{name}`, which nothing declares; add: env = {{ {name} = {{ from = \"{name}\" }} }}{sweep}"
        )
    };
    readers.into_iter().map(note).collect()
}
