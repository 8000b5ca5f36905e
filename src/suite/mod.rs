//! Suite files: TOML, or the ancestor's JSON, read into one model in which every value knows its place.

mod axis;
mod destination;
mod expectations;
mod k6_options;
mod legacy;
mod locate;
mod matrix;
mod model;
mod range;
mod repeat;
mod script;
mod setup;
mod sweep;
mod toml_form;
mod unit;

pub use axis::{Axis, AxisValue};
pub use destination::Destination;
pub use locate::{SuiteFile, all, resolve, rivals};
pub use model::{Form, Order, Reuse, Role, Suite, Test, TimeLimit};
pub use script::split_removals;
pub use setup::{SetUp, Word};

use std::path::Path;

use crate::base::document::{TextError, read_source};
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

/// Reads the suite file at `path`.
pub fn read(workspace: &Workspace, path: &Path) -> Result<Suite, SuiteError> {
    // However it was typed (`./suites/a`), it is shown as it lies in the workspace.
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let shown = whole.strip_prefix(&workspace.root).unwrap_or(path).display().to_string();
    let source = read_source(path, &shown)?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let suite = if path.extension().is_some_and(|ending| ending == "json") {
        legacy::read(&name, &source)
    } else {
        toml_form::read(workspace, &name, &source)
    };
    Ok(suite?)
}
