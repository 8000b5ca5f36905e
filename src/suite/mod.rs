//! Suite files: TOML, or the ancestor's JSON, read into one model in which every value knows its place.

mod axis;
mod axis_name;
mod condition;
mod destination;
mod expectations;
mod file_axis;
mod expression;
mod include;
mod fields;
mod k6_options;
mod layers;
mod legacy;
mod locate;
mod matching;
mod matrix;
mod model;
mod payload;
mod over_test;
mod overrides;
mod range;
mod reach;
mod repeat;
mod rules;
mod script;
mod set_fields;
mod setup;
mod sweep;
mod toml_form;
mod typed;
mod unit;
mod whole;
mod zip;

pub use axis::{Axis, AxisValue};
pub use axis_name::shown_names;
pub use condition::Condition;
pub use destination::Destination;
pub use expression::Expression;
pub use fields::SETTING_KEYS;
pub use include::Include;
pub use layers::{Layers, overlay_at, overlay_present, value_at};
pub use locate::{SuiteFile, all, is_folder, once, resolve, rivals};
pub use model::{Form, Order, Reuse, Role, Suite, Test, TimeLimit};
pub use overrides::{Change, Chosen, Overrides};
pub use payload::BuiltPayload;
pub use repeat::check_runs;
pub use rules::Rules;
pub use script::split_removals;
pub use set_fields::SetFields;
pub use setup::{SetUp, Word};
pub use whole::WholeScenarios;

use std::sync::Arc;

use crate::base::document::{Item, TextError, read_json, read_source, read_toml};
use crate::base::files::FileError;
use crate::base::mistake::Mistakes;
use crate::manifest::Workspace;

/// A suite that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is wrong.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
}

impl From<TextError> for SuiteError {
    fn from(error: TextError) -> Self {
        match error {
            TextError::File(error) => Self::File(error),
            TextError::Mistakes(mistakes) => Self::Mistakes(mistakes),
        }
    }
}

/// Reads a suite file, with `overrides` over its tests.
pub fn read(
    workspace: &Workspace,
    file: &SuiteFile,
    overrides: &Arc<Overrides>,
) -> Result<Suite, SuiteError> {
    // However it was typed (`./suites/a`), it is shown as it lies in the workspace.
    let whole = file.path.canonicalize().unwrap_or_else(|_| file.path.clone());
    let shown = whole.strip_prefix(&workspace.root).unwrap_or(&file.path).display().to_string();
    let source = read_source(&file.path, &shown)?;
    let is_json = file.path.extension().is_some_and(|ending| ending == "json");
    let document = if is_json { read_json(&source)? } else { read_toml(&source)? };
    let suite = if is_json && !is_own_form(&document) {
        legacy::read(&file.name, &shown, &document, overrides)
    } else {
        toml_form::read(workspace, &file.name, &shown, &document, overrides)
    };
    Ok(suite?)
}

/// JSON in Howitzer's own form has its keys; whatever has the ancestor's `test_configs` is the ancestor's.
fn is_own_form(document: &Item) -> bool {
    let has = |key: &&str| document.as_table().is_some_and(|table| table.contains_key(*key));
    !has(&"test_configs") && ["suite", "defaults", "test", "metric"].iter().any(has)
}
