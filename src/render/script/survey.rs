//! What the text of a script tells somebody who is about to sweep it: its own load, and the variables that it reads.

use std::collections::BTreeSet;

use super::known::{Entries, Known};
use super::overrides::LOAD;
use crate::render::{RenderError, inputs, syntax};

/// What a script's text tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Its own load.
    pub load: OwnLoad,
    /// The names `X` of `__ENV.X`, k6's own aside.
    pub variables: BTreeSet<String>,
}

/// The load that a script's own options describe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnLoad {
    /// None: k6 would execute one iteration.
    None,
    /// This long, whatever the number of virtual users.
    Duration,
    /// So many iterations, shared by its virtual users; none where the number is computed.
    Iterations(Option<u64>),
    /// A ramp of virtual users.
    Stages,
    /// Scenarios: names, and executors as far as they are literals.
    Scenarios(Vec<(String, Option<String>)>),
    /// It is computed: only k6 knows.
    Unknown,
}

/// Reads the script `text` of the file at `path`, which decides between JavaScript and TypeScript.
pub fn survey(path: &str, text: &str) -> Result<Survey, RenderError> {
    let mistake = |error| inputs::syntax_mistake(path, text.to_owned(), error);
    let seen = syntax::parse(path, text).map_err(mistake)?;
    let exports = syntax::exports(path, text).map_err(mistake)?;
    let load = match &exports.options {
        Known::Table(entries) => load(entries),
        Known::Value(_) | Known::Unknown => OwnLoad::Unknown,
    };
    let is_own = |name: &String| !name.starts_with("K6_");
    Ok(Survey { load, variables: seen.environment_reads.into_iter().filter(is_own).collect() })
}

fn load(options: &Entries) -> OwnLoad {
    let is_set =
        |name: &&str| options.named.get(*name).is_some_and(|known| *known != Known::Value(().into()));
    let scenarios = options.table("scenarios");
    if !scenarios.named.is_empty() {
        let executor = |known: &Known| match known {
            Known::Table(fields) => fields.named.get("executor").and_then(Known::text).map(str::to_owned),
            _ => None,
        };
        return OwnLoad::Scenarios(
            scenarios.named.iter().map(|(name, known)| (name.clone(), executor(known))).collect(),
        );
    }
    if !options.is_whole || !scenarios.is_whole {
        return OwnLoad::Unknown;
    }
    match LOAD.into_iter().rev().find(is_set) {
        Some("stages") => OwnLoad::Stages,
        Some("iterations") => {
            let count = options.named["iterations"].value();
            OwnLoad::Iterations(count.and_then(|count| count.as_u64()))
        }
        Some("duration") => OwnLoad::Duration,
        _ => OwnLoad::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_of(options: &str) -> OwnLoad {
        survey("x.js", &format!("export const options = {options};\n")).expect("parses").load
    }

    #[test]
    fn the_load_of_a_script_is_told_apart() {
        assert_eq!(survey("x.ts", "export default (): void => {};").expect("parses").load, OwnLoad::None);
        assert_eq!(load_of("{ vus: 2, duration: '1s' }"), OwnLoad::Duration);
        assert_eq!(load_of("{ iterations: 3, duration: '1s' }"), OwnLoad::Iterations(Some(3)));
        assert_eq!(load_of("{ iterations: f() }"), OwnLoad::Iterations(None));
        assert_eq!(load_of("{ stages: [{ duration: '1s', target: 1 }] }"), OwnLoad::Stages);
        assert_eq!(load_of("{ ...more }"), OwnLoad::Unknown);
        assert_eq!(load_of("f()"), OwnLoad::Unknown);
        let scenarios = "{ scenarios: { a: { executor: 'constant-vus' }, b: f() } }";
        let named = vec![("a".to_owned(), Some("constant-vus".to_owned())), ("b".to_owned(), None)];
        assert_eq!(load_of(scenarios), OwnLoad::Scenarios(named));
    }

    #[test]
    fn variables_are_those_of_the_script() {
        let text = "const { A } = __ENV; open(__ENV.K6_VUS); export default () => __ENV.B || 'x';";
        let variables = survey("x.js", text).expect("parses").variables;
        assert_eq!(variables.into_iter().collect::<Vec<_>>(), ["A", "B"]);
    }
}
