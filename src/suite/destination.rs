//! Where the name of a field or an axis leads.

use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Place;
use crate::manifest::{is_variable_name, no_variable_name};
use crate::spec::{OptionType, options, scenario};

/// A path into a test's fields, e.g. `["k6", "vus"]`.
pub type Destination = Vec<String>;

/// The fields that hold one value each.
pub(super) const SINGLE_FIELDS: [&str; 6] =
    ["template", "script", "target", "payload", "base_url", "model_name"];

/// Where a field's name leads: a single field, `vars.x`, `env.X`, `k6.…` or a plain k6 option.
pub(super) fn destination(name: &str, place: &Place) -> Result<Destination, Mistakes> {
    let parts: Vec<&str> = name.split('.').collect();
    let path = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
    match parts.as_slice() {
        [single] if SINGLE_FIELDS.contains(single) => Ok(path(&parts)),
        ["env", name] if !name.is_empty() && !is_variable_name(name) => {
            Err(no_variable_name(name, place).into())
        }
        ["vars" | "env", name] if !name.is_empty() => Ok(path(&parts)),
        ["k6", option, rest @ ..] => {
            options::named(option, place)?;
            option_path(option, rest, place)
        }
        [option, rest @ ..] if options::check_name(option).is_ok() => option_path(option, rest, place),
        _ => {
            let names = options::names().chain(SINGLE_FIELDS);
            Err(Mistake::at(place, format!("unknown field `{name}`"))
                .label(
                    "expected a k6 option, template, script, target, payload, base_url, model_name, vars.x or env.X",
                )
                .nearest(name, names)
                .into())
        }
    }
}

/// The path below `k6`. Names of hosts, tags and metrics may hold dots: what follows is one of them.
fn option_path(option: &str, rest: &[&str], place: &Place) -> Result<Destination, Mistakes> {
    let mut path = vec!["k6".to_owned(), option.to_owned()];
    for (at, part) in rest.iter().enumerate() {
        let free = matches!(
            options::type_at(&path[1..]),
            Some(OptionType::TextTable | OptionType::Tags | OptionType::Hosts | OptionType::Thresholds)
        );
        if free {
            path.push(rest[at..].join("."));
            break;
        }
        path.push((*part).to_owned());
    }
    match options::type_at(&path[1..]) {
        Some(_) => Ok(path),
        None => Err(leads_nowhere(&path, place)),
    }
}

fn leads_nowhere(path: &[String], place: &Place) -> Mistakes {
    if let [_, scenarios, _, field] = path
        && scenarios == "scenarios"
    {
        return scenario::unknown_field(None, field, place).into();
    }
    let reaches = (2..path.len()).rev().find(|end| options::type_at(&path[1..*end]).is_some());
    let parent = path[..reaches.unwrap_or(2)].join(".");
    let mistake = Mistake::at(place, format!("`{}` leads to no value of a k6 option", path.join(".")));
    mistake.label(format!("`{parent}` has no such entry; it can be set as a whole")).into()
}
