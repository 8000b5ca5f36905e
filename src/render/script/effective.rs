//! What the wrapper does to a script's options, done to what is known of them.

use serde_json::Value;

use super::known::{Entries, Known};
use super::overrides::{LOAD, Overrides};

/// The script's own options with the overrides over them, as the wrapper makes them.
pub(super) fn effective(own: &Entries, overrides: &Overrides) -> Entries {
    let mut options = own.clone();
    if overrides.has_load() {
        let changed: Vec<&String> = overrides.changed_scenarios().collect();
        let mut scenarios = own.table("scenarios");
        scenarios.named.retain(|name, _| changed.contains(&name));
        scenarios.is_whole |= changed.iter().all(|name| scenarios.named.contains_key(*name));
        for name in LOAD {
            options.named.shift_remove(name);
        }
        if !changed.is_empty() {
            options.named.insert("scenarios".to_owned(), Known::Table(scenarios));
        } else if !options.is_whole {
            options.named.insert("scenarios".to_owned(), Known::Value(Value::Null));
        }
    }
    for path in &overrides.removed {
        remove(&mut options, path);
    }
    for (name, value) in &overrides.given {
        over(&mut options, name, value);
    }
    options
}

fn remove(table: &mut Entries, path: &[String]) {
    match path {
        [last] => {
            table.named.shift_remove(last);
        }
        [first, rest @ ..] => {
            if let Some(Known::Table(inner)) = table.named.get_mut(first) {
                remove(inner, rest);
            }
        }
        [] => {}
    }
}

fn over(table: &mut Entries, name: &str, value: &Value) {
    let Value::Object(above) = value else {
        table.named.insert(name.to_owned(), Known::of(value));
        return;
    };
    let mut below = table.table(name);
    for (name, value) in above {
        over(&mut below, name, value);
    }
    table.named.insert(name.to_owned(), Known::Table(below));
}
