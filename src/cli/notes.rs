//! What a person should know of a suite, and what is no mistake.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use super::loaded::Loaded;
use crate::base::digest::Digest;
use crate::render::Shape;
use crate::suite::Rendering;

/// Everything noticed about a suite.
pub(super) fn of(suite: &Loaded) -> impl Iterator<Item = String> {
    let of_scripts = suite.renderer.notes(&suite.cases);
    let of_templates = unprinted(suite).into_iter().chain(twice(suite));
    suite.suite.notes.iter().cloned().chain(of_scripts).chain(of_templates).chain(undeclared(suite))
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

/// The ancestor's cases may be one measurement under several names, which is an error elsewhere.
fn twice(suite: &Loaded) -> Option<String> {
    if suite.suite.rendering == Rendering::Own {
        return None;
    }
    let mut first: HashMap<(Digest, *const Shape), &str> = HashMap::new();
    let mut equal = Vec::new();
    for (case, rendered) in suite.measured() {
        // Equal shapes are one object.
        match first.entry((rendered.digest, std::ptr::from_ref(&*rendered.shape))) {
            Entry::Occupied(earlier) => equal.push((*earlier.get(), case.id.as_str())),
            Entry::Vacant(place) => drop(place.insert(&case.id)),
        }
    }
    let (earlier, later) = equal.first()?;
    let more = equal.len() - 1;
    let more = if more == 0 { String::new() } else { format!(", and so are {more} more") };
    Some(format!("`{earlier}` and `{later}` are one measurement: their scripts are the same{more}"))
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
