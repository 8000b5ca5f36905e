//! `k6 inspect`: the options of a script as k6 itself takes them, also where they are computed. Without
//! `--execution-requirements`, which refuses options without `vus` (measured with 0.57.0 and 1.1.0).

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value};

use super::K6Error;
use super::archive::Standing;
use super::command::child_environment;
use crate::base::capture::{Supervision, capture};
use crate::base::environment::Environment;
use crate::base::process::Command;

const LIMIT: Duration = Duration::from_mins(1);

/// The options that are set in the script that stands in a tree; none where k6 refuses it, which its run will tell. They may
/// hold private keys (`tlsAuth`): they are for looking at, never for keeping.
pub fn options_of(
    k6: &Path,
    standing: &Standing<'_>,
    declared: &BTreeMap<String, OsString>,
    environment: &Environment,
    supervision: &Supervision,
) -> Result<Option<Map<String, Value>>, K6Error> {
    let mut variables = child_environment("avg", declared, environment);
    // It would stand over the script's own.
    variables.remove(&OsString::from("K6_SUMMARY_TREND_STATS"));
    let command = Command {
        program: k6.to_owned(),
        arguments: vec!["inspect".into(), "--include-system-env-vars".into(), standing.script.into()],
        folder: standing.folder.to_owned(),
        environment: variables,
    };
    let captured = capture(&command, LIMIT, supervision)?;
    // What the script itself prints while it loads goes to standard error.
    let options = serde_json::from_slice::<Map<String, Value>>(&captured.stdout).ok();
    Ok(options.filter(|_| captured.status.success()).map(set_ones))
}

/// k6 writes `null` for whatever is not set.
fn set_ones(table: Map<String, Value>) -> Map<String, Value> {
    let kept = table.into_iter().filter(|(_, value)| !value.is_null());
    kept.map(|(name, value)| {
        (name, if let Value::Object(inner) = value { set_ones(inner).into() } else { value })
    })
    .collect()
}
