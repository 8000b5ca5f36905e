//! Values that the manifest and suites share: ages and environment variables.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::document::{Item, Tree};
use crate::base::duration;
use crate::base::environment::Environment;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Place;
use crate::base::table::{Fields, expected};

/// How old a record may be and still be reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaxAge {
    /// Written as `"never"`: records do not expire.
    Never,
    /// Older records are expired.
    Limit(Duration),
}

/// Reads `"30d"` or `"never"`.
pub fn max_age(item: &Item) -> Result<MaxAge, Mistakes> {
    match item.as_text() {
        Some("never") => Ok(MaxAge::Never),
        Some(text) => match duration::parse(text) {
            Some(limit) => Ok(MaxAge::Limit(limit)),
            None => Err(expected("an age such as \"24h\" or \"30d\", or \"never\"", item).into()),
        },
        None => Err(expected("an age such as \"24h\" or \"30d\", or \"never\"", item).into()),
    }
}

/// What a declared environment variable of a child holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EnvironmentValue {
    /// The value itself.
    Plain(String),
    /// Taken from howitzer's own environment.
    From {
        /// The variable's name there.
        name: String,
        /// Never printed, stored or put into a key as it is.
        secret: bool,
        /// A secret whose keyed hash is in the key, so that another secret makes runs stale.
        in_key: bool,
    },
}

impl EnvironmentValue {
    /// The value, taken from `environment` where it comes from there; an unset or empty variable is an
    /// error with its name.
    pub fn resolve(&self, environment: &Environment) -> Result<OsString, &str> {
        match self {
            Self::Plain(text) => Ok(text.into()),
            Self::From { name, .. } => environment.get(name).map(OsStr::to_owned).ok_or(name),
        }
    }

    /// The value of a secret that is set.
    pub fn secret<'e>(&self, environment: &'e Environment) -> Option<&'e OsStr> {
        match self {
            Self::From { name, secret: true, .. } => environment.get(name),
            _ => None,
        }
    }
}

/// Reads a table of environment variables.
pub fn environment(item: &Item) -> Result<BTreeMap<String, EnvironmentValue>, Mistakes> {
    let table = item.as_table().ok_or_else(|| expected("a table of environment variables", item))?;
    let mut mistakes = Mistakes::default();
    let mut variables = BTreeMap::new();
    for (name, entry) in table {
        if !is_variable_name(name) {
            mistakes.push(no_variable_name(name, &entry.key));
        } else if let Some(value) = mistakes.collect(environment_value(&entry.item)) {
            variables.insert(name.clone(), value);
        }
    }
    mistakes.or(variables)
}

/// Whether an environment can hold a variable of this name, and a person read it: neither `=` nor white space in it.
pub fn is_variable_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c == '=' || c.is_whitespace() || c.is_control())
}

/// The mistake of a name that is none.
pub fn no_variable_name(name: &str, place: &Place) -> Mistake {
    let message = format!("`{}` cannot be the name of an environment variable", name.escape_debug());
    Mistake::at(place, message).label("expected a name without white space and `=`, such as BASE_URL")
}

fn environment_value(item: &Item) -> Result<EnvironmentValue, Mistakes> {
    match &item.tree {
        Tree::Text(text) if text.contains('\0') => {
            Err(Mistake::at(&item.place, "no environment variable can hold a NUL character").into())
        }
        Tree::Text(text) => Ok(EnvironmentValue::Plain(text.clone())),
        Tree::Bool(_) | Tree::Integer(_) | Tree::Float(_) => Ok(EnvironmentValue::Plain(item.label())),
        Tree::Table(table) => {
            let mut fields = Fields::of(table);
            let name = fields.text("from").map(str::to_owned);
            let secret = fields.truth("secret").unwrap_or(false);
            let in_key = fields.truth("in_key").unwrap_or(!secret);
            let mut mistakes = fields.finish();
            if name.is_none() {
                mistakes.push(
                    Mistake::at(&item.place, "`from` is missing").label("expected { from = \"NAME\" }"),
                );
            }
            mistakes.or(EnvironmentValue::From { name: name.unwrap_or_default(), secret, in_key })
        }
        _ => Err(expected("a string or { from = \"NAME\", secret = true }", item).into()),
    }
}
