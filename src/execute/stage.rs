//! The scratch tree of a run: it mirrors the workspace and holds exactly the run's inputs.

use std::borrow::Cow;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::ExecuteError;
use crate::base::digest::Digest;
use crate::base::files::{self, create_folder, told};
use crate::k6::RunFiles;
use crate::render::{InputKind, Shape, remote_digest};

/// A staged run.
pub(super) struct Staged {
    /// The root of the mirrored tree.
    pub(super) tree: PathBuf,
    /// The folder around the tree: summary and log stand beside it, where no script looks.
    pub(super) around: PathBuf,
    /// What k6 needs to know.
    pub(super) files: RunFiles,
}

/// Writes the script and its inputs below `around`. An input that is not what was hashed is an error; that a
/// module elsewhere still is, nobody can promise for the moment at which k6 fetches it: see [`changed_remote`].
pub(super) fn stage(
    root: &Path,
    around: PathBuf,
    shape: &Shape,
    script: &str,
) -> Result<Staged, ExecuteError> {
    let tree = around.join("tree");
    let folder = tree.join(&shape.place.folder);
    create_folder(&folder)?;
    for (path, input) in &shape.inputs {
        if input.kind == InputKind::Remote {
            continue;
        }
        let bytes: Cow<'_, [u8]> = match shape.built.get(path) {
            Some(built) => Cow::Borrowed(built),
            None => files::read(&root.join(path))?.into(),
        };
        if Digest::of(&bytes) != input.digest {
            return Err(ExecuteError::InputChanged(path.clone()));
        }
        write(&tree.join(path), &bytes)?;
        if shape.secrets.contains_key(path) {
            let mode = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(tree.join(path), mode).map_err(told("protect", &tree.join(path)))?;
        }
    }
    write(&folder.join(&shape.place.name), script.as_bytes())?;
    let files = RunFiles {
        folder,
        script: shape.place.name.clone(),
        summary: around.join("summary.json"),
        log: around.join("k6.log"),
    };
    Ok(Staged { tree, around, files })
}

/// The first module elsewhere that is not what was hashed, or cannot be fetched any more. k6 fetches it when it
/// starts: what it got is what was hashed if that stood there before the run and still stands there after it.
pub(super) fn changed_remote(shape: &Shape) -> Option<&str> {
    let remote = shape.inputs.iter().filter(|(_, input)| input.kind == InputKind::Remote);
    let mut changed = remote.filter(|(url, input)| remote_digest(url) != Some(input.digest));
    changed.next().map(|(url, _)| url.as_str())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), ExecuteError> {
    create_folder(path.parent().unwrap_or(Path::new("/")))?;
    Ok(std::fs::write(path, bytes).map_err(told("write", path))?)
}
