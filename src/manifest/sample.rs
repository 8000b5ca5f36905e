//! Manifests of tests: read, and refused.

use std::path::PathBuf;
use std::sync::Arc;

use super::{FILE_NAME, Workspace};
use crate::base::mistake::Mistakes;
use crate::base::source::Source;

/// The workspace of a manifest with this text.
pub(super) fn read(text: &str) -> Result<Workspace, Mistakes> {
    let source = Arc::new(Source { path: FILE_NAME.into(), text: text.to_owned() });
    Workspace::read(PathBuf::from("/"), &source)
}

/// What is said of a manifest that is wrong; all of `parts` must be in it.
#[track_caller]
pub(super) fn refused(text: &str, parts: &[&str]) -> String {
    let said = read(text).expect_err(text).to_string();
    for part in parts {
        assert!(said.contains(part), "{part} is missing in:\n{said}");
    }
    said
}
