//! Suite files: TOML, or the ancestor's JSON, read into one model in which every value knows its place.

mod axis;
mod legacy;
mod locate;
mod model;
mod setup;
mod toml_form;

pub use axis::{Axis, AxisValue, Destination};
pub use locate::{SuiteFile, all, resolve, rivals};
pub use model::{Form, Role, Suite, Test, TimeLimit};
pub use setup::{SetUp, Word};

use std::path::Path;
use std::sync::Arc;

use crate::base::files::{self, FileError};
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

/// Reads the suite file at `path`.
pub fn read(workspace: &Workspace, path: &Path) -> Result<Suite, SuiteError> {
    let text = files::read_text(path)?;
    let shown = path.strip_prefix(&workspace.root).unwrap_or(path).display().to_string();
    let source = Arc::new(Source { path: shown, text });
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let suite = if path.extension().is_some_and(|ending| ending == "json") {
        legacy::read(&name, &source)
    } else {
        toml_form::read(workspace, &name, &source)
    };
    Ok(suite?)
}
