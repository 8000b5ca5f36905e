//! Whether a test has a place for a field that a profile or the command line sets.

use super::destination::Destination;
use crate::base::document::{Item, Table, Tree};
use crate::spec::scenario;

/// The options that describe a load by themselves: k6 refuses them beside `scenarios`.
const SHORTCUTS: [&str; 4] = ["vus", "duration", "iterations", "stages"];

/// The paths that `path` has in a test of these fields; `*` stands for every scenario that takes the field.
/// Or why it has none. `sweeps` says whether an axis sets an option of that name.
pub(super) fn places(
    path: &Destination,
    item: &Item,
    fields: &Table,
    sweeps: impl Fn(&str) -> bool,
) -> Result<Vec<Destination>, String> {
    let options = fields.get("k6").and_then(|entry| entry.item.as_table());
    let has = |name: &str| options.is_some_and(|options| options.contains_key(name)) || sweeps(name);
    match path.as_slice() {
        [first, option] if first == "k6" && SHORTCUTS.contains(&option.as_str()) && has("scenarios") => {
            let way = if option == "duration" { "; `k6.scenarios.*.duration` reaches those" } else { "" };
            Err(format!("it has scenarios{way}"))
        }
        [first, option] if first == "k6" && option == "duration" && has("stages") => {
            Err("it has stages".to_owned())
        }
        [first, scenarios, name, rest @ ..] if first == "k6" && scenarios == "scenarios" => {
            in_scenarios(path, name, rest, item, options)
        }
        _ => Ok(vec![path.clone()]),
    }
}

fn in_scenarios(
    path: &Destination,
    name: &str,
    rest: &[String],
    item: &Item,
    options: Option<&Table>,
) -> Result<Vec<Destination>, String> {
    let none = Table::new();
    let scenarios = options.and_then(|options| options.get("scenarios"));
    let scenarios = scenarios.and_then(|entry| entry.item.as_table()).unwrap_or(&none);
    if name == "*" {
        let takes = |scenario: &Item| {
            let executor = scenario::executor_of(scenario);
            rest.first().is_none_or(|field| executor.is_none_or(|executor| scenario::takes(executor, field)))
        };
        let taking = scenarios.iter().filter(|(_, entry)| takes(&entry.item)).map(|(name, _)| name);
        let named = |name: &String| {
            let mut path = path.clone();
            path[2].clone_from(name);
            path
        };
        let paths: Vec<Destination> = taking.map(named).collect();
        return if paths.is_empty() { Err("no scenario of it takes this".to_owned()) } else { Ok(paths) };
    }
    let is_whole =
        rest.is_empty() && matches!(&item.tree, Tree::Table(table) if table.contains_key("executor"));
    if scenarios.contains_key(name) || is_whole {
        Ok(vec![path.clone()])
    } else {
        Err(format!("it has no scenario `{name}`"))
    }
}

/// Whether the matrix sets the k6 option `name` or something in it.
pub(super) fn sweeps(matrix: Option<&Table>, name: &str) -> bool {
    let leads_there = |key: &str| {
        let key = key.strip_prefix("k6.").unwrap_or(key);
        key.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let sets = |item: &Item| {
        let set = item.as_table().and_then(|table| table.get("set")).and_then(|entry| entry.item.as_table());
        set.is_some_and(|set| set.keys().any(|key| leads_there(key)))
    };
    matrix.is_some_and(|matrix| {
        matrix.iter().any(|(key, entry)| {
            leads_there(key) || entry.item.as_list().is_some_and(|list| list.iter().any(sets))
        })
    })
}
