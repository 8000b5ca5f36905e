//! Suite files: TOML, or the ancestor's JSON, read into one model in which every value knows its place.

mod axis;
mod axis_name;
mod condition;
mod destination;
mod expectations;
mod expression;
mod fields;
mod file_axis;
mod formula;
mod import;
mod include;
mod k6_options;
mod layers;
mod legacy;
mod legacy_checks;
mod locate;
mod matching;
mod matrix;
mod model;
mod over_test;
mod overrides;
mod payload;
mod range;
mod reach;
mod repeat;
mod rules;
mod script;
mod set_fields;
mod sending;
mod setup;
mod stated;
mod sweep;
mod test_form;
mod toml_form;
mod toml_text;
mod typed;
mod unit;
mod variables;
mod whole;
mod zip;

pub use axis::{Axis, AxisValue};
pub use axis_name::shown_names;
pub use condition::Condition;
pub use destination::Destination;
pub use expression::Expression;
pub use fields::SETTING_KEYS;
pub use formula::Formula;
pub use import::imported;
pub use include::Include;
pub use layers::{Layers, overlay_at, overlay_present, value_at};
pub use locate::{SuiteFile, all, at, is_folder, once, resolve, rivals};
pub use model::{Form, Order, Rendering, Reuse, Role, Suite, Test, TimeLimit};
pub use overrides::{Change, Chosen, Overrides};
pub use payload::BuiltPayload;
pub use repeat::check_runs;
pub use rules::Rules;
pub use script::split_removals;
pub use set_fields::SetFields;
pub use setup::SetUp;
pub use whole::WholeScenarios;

use std::path::Path;
use std::sync::Arc;

use crate::base::document::{Item, TextError, read_json, read_source, read_toml};
use crate::base::files::FileError;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Source;
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
    let (suite, mistakes) = read_as_far(workspace, file, overrides)?;
    Ok(mistakes.or(suite)?)
}

/// The same as far as it can be read, with what is wrong in it: what it names can then be looked at in the same pass.
pub fn read_as_far(
    workspace: &Workspace,
    file: &SuiteFile,
    overrides: &Arc<Overrides>,
) -> Result<(Suite, Mistakes), SuiteError> {
    let shown = shown(workspace, &file.path);
    let source = read_source(&file.path, &shown)?;
    // The ancestor's file may have any name.
    let is_json = file.path.extension().is_none_or(|ending| ending != "toml");
    let document = if is_json { read_json(&source)? } else { read_toml(&source)? };
    let suite = if is_json && !is_own_form(&document) {
        legacy::read(&file.name, &shown, &document, overrides, legacy::Promised::Refused)
            .map(|suite| (suite, Mistakes::default()))
    } else {
        toml_form::read(workspace, &file.name, &shown, &document, overrides)
    };
    let (mut suite, mistakes) = suite?;
    sending::arrange(&mut suite, workspace);
    Ok((suite, mistakes))
}

/// Reads a file of the ancestor's for `import`: lists that were promised to explode, and never did, are axes.
pub fn read_for_import(workspace: &Workspace, path: &Path) -> Result<Suite, SuiteError> {
    let shown = shown(workspace, path);
    let document = read_json(&read_source(path, &shown)?)?;
    if is_own_form(&document) {
        let mistake = Mistake::at(&document.place, "the file is a suite of Howitzer's own form already");
        return Err(Mistakes::from(mistake.label("there is no `test_configs`")).into());
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(legacy::read(&name, &shown, &document, &Arc::default(), legacy::Promised::Axes)?)
}

/// Reads a suite of Howitzer's own form, in TOML, that is in no file yet.
pub fn read_text(workspace: &Workspace, name: &str, source: &Arc<Source>) -> Result<Suite, SuiteError> {
    let document = read_toml(source)?;
    let (suite, mistakes) = toml_form::read(workspace, name, &source.path, &document, &Arc::default())?;
    Ok(mistakes.or(suite)?)
}

/// However a path was typed (`./suites/a`), it is shown as it lies in the workspace. The file may be a link,
/// as in a mounted ConfigMap, to a name that changes.
fn shown(workspace: &Workspace, path: &Path) -> String {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let whole = folder.join(path.file_name().unwrap_or_default());
    whole.strip_prefix(&workspace.root).unwrap_or(path).display().to_string()
}

/// JSON in Howitzer's own form has its keys; whatever has the ancestor's `test_configs` is the ancestor's.
fn is_own_form(document: &Item) -> bool {
    let has = |key: &&str| document.as_table().is_some_and(|table| table.contains_key(*key));
    !has(&"test_configs") && ["$schema", "suite", "defaults", "test", "metric", "payload"].iter().any(has)
}
