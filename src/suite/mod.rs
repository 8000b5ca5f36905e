//! Suite files: TOML, or the ancestor's JSON, read into one model in which every value knows its place.

mod axis;
mod destination;
mod expectations;
mod import;
mod k6_options;
mod legacy;
mod legacy_checks;
mod locate;
mod matrix;
mod model;
mod range;
mod repeat;
mod setup;
mod sweep;
mod toml_form;
mod toml_text;
mod unit;

pub use axis::{Axis, AxisValue};
pub use destination::Destination;
pub use import::imported;
pub use locate::{SuiteFile, all, resolve, rivals};
pub use model::{Form, Order, Rendering, Reuse, Role, Suite, Test, TimeLimit};
pub use setup::{SetUp, Word};

use std::path::Path;
use std::sync::Arc;

use crate::base::document::{TextError, read_source};
use crate::base::files::FileError;
use crate::base::mistake::Mistakes;
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

/// Reads the suite file at `path`.
pub fn read(workspace: &Workspace, path: &Path) -> Result<Suite, SuiteError> {
    let source = read_source(path, &shown(workspace, path))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let suite = if path.extension().is_none_or(|ending| ending != "toml") {
        legacy::read(&name, &source, legacy::Promised::Refused)
    } else {
        toml_form::read(workspace, &name, &source)
    };
    Ok(suite?)
}

/// Reads a file of the ancestor's for `import`: lists that were promised to explode, and never did, are axes.
pub fn read_for_import(workspace: &Workspace, path: &Path) -> Result<Suite, SuiteError> {
    let source = read_source(path, &shown(workspace, path))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(legacy::read(&name, &source, legacy::Promised::Axes)?)
}

/// Reads a suite of Howitzer's own form that is in no file yet.
pub fn read_text(workspace: &Workspace, name: &str, source: &Arc<Source>) -> Result<Suite, SuiteError> {
    Ok(toml_form::read(workspace, name, source)?)
}

/// However a path was typed (`./suites/a`), it is shown as it lies in the workspace. The file may be a link,
/// as in a mounted ConfigMap, to a name that changes.
fn shown(workspace: &Workspace, path: &Path) -> String {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let whole = folder.join(path.file_name().unwrap_or_default());
    whole.strip_prefix(&workspace.root).unwrap_or(path).display().to_string()
}
