//! Whether a test has a place for a field that a profile or the command line sets.

use std::collections::BTreeSet;

use super::destination::Destination;
use crate::base::document::{Item, Table, Tree};
use crate::spec::scenario;

/// The options that describe a load by themselves: k6 refuses them beside `scenarios`.
const SHORTCUTS: [&str; 4] = ["vus", "duration", "iterations", "stages"];

/// The paths that `path` has in a test of these fields; `*` stands for every scenario that takes the field.
/// Or why it has none. Axes of `matrix` have places for it too.
pub(super) fn places(
    path: &Destination,
    item: &Item,
    fields: &Table,
    matrix: Option<&Table>,
) -> Result<Vec<Destination>, String> {
    let options = fields.get("k6").and_then(|entry| entry.item.as_table());
    let has = |name: &str| options.is_some_and(|options| options.contains_key(name)) || sweeps(matrix, name);
    match path.as_slice() {
        [first, option] if first == "k6" && SHORTCUTS.contains(&option.as_str()) && has("scenarios") => {
            let way = if option == "duration" { "; `k6.scenarios.*.duration` reaches those" } else { "" };
            Err(format!("it has scenarios{way}"))
        }
        [first, option] if first == "k6" && option == "duration" && has("stages") => {
            Err("it has stages".to_owned())
        }
        [first, scenarios, name, rest @ ..] if first == "k6" && scenarios == "scenarios" => {
            in_scenarios(path, name, rest, item, options, matrix)
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
    matrix: Option<&Table>,
) -> Result<Vec<Destination>, String> {
    let none = Table::new();
    let scenarios = options.and_then(|options| options.get("scenarios"));
    let scenarios = scenarios.and_then(|entry| entry.item.as_table()).unwrap_or(&none);
    let swept = swept_scenarios(matrix);
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
        let swept = swept.iter().filter(|name| !scenarios.contains_key(*name));
        let paths: Vec<Destination> = taking.chain(swept).map(named).collect();
        return if paths.is_empty() { Err("no scenario of it takes this".to_owned()) } else { Ok(paths) };
    }
    let is_whole =
        rest.is_empty() && matches!(&item.tree, Tree::Table(table) if table.contains_key("executor"));
    if scenarios.contains_key(name) || swept.contains(name) || is_whole {
        Ok(vec![path.clone()])
    } else {
        Err(format!("it has no scenario `{name}`"))
    }
}

/// Whether the matrix sets the k6 option `name` or something in it.
fn sweeps(matrix: Option<&Table>, name: &str) -> bool {
    let leads_there =
        |key: &str| key.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    assigned(matrix).any(|(key, _)| leads_there(key))
}

/// The names of scenarios that axes make.
fn swept_scenarios(matrix: Option<&Table>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (key, item) in assigned(matrix) {
        match (key.strip_prefix("scenarios"), item.as_table()) {
            (Some(""), Some(table)) => names.extend(table.keys().cloned()),
            (Some(rest), _) => names.extend(rest.split('.').nth(1).map(str::to_owned)),
            _ => {}
        }
    }
    names
}

/// What the values of axes set, as written: names below `k6`, and values.
fn assigned(matrix: Option<&Table>) -> impl Iterator<Item = (&str, &Item)> {
    let axes = matrix.into_iter().flatten();
    axes.flat_map(|(axis, entry)| {
        let values = entry.item.as_list().unwrap_or(std::slice::from_ref(&entry.item));
        values.iter().flat_map(move |item| {
            let of = |key: &str| Some(&item.as_table()?.get(key)?.item);
            let set = of("set").and_then(Item::as_table).into_iter().flatten();
            let set = set.map(|(key, entry)| (below_k6(key), &entry.item));
            set.chain([(below_k6(axis), of("value").unwrap_or(item))])
        })
    })
}

fn below_k6(name: &str) -> &str {
    name.strip_prefix("k6.").unwrap_or(name)
}
