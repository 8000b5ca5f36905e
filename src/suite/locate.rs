//! From what the user named to suite files.

use std::path::{Path, PathBuf};

use crate::manifest::Workspace;

/// A suite file that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SuiteFile {
    /// The file's path below the folder of suites, without its ending: `inference/http`. Elsewhere the file's
    /// name alone.
    pub name: String,
    /// The file.
    pub path: PathBuf,
}

const ENDINGS: [&str; 2] = ["toml", "json"];

/// Every suite of the workspace, in name order.
pub fn all(workspace: &Workspace) -> Vec<SuiteFile> {
    in_folder(workspace, &workspace.root.join(&workspace.suites))
}

/// The suite files that `named` means: a path (with or without its ending) from `folder` or from the
/// workspace's root, a suite's name, or a folder of suites. Empty where it means none.
pub fn resolve(workspace: &Workspace, folder: &Path, named: &str) -> Vec<SuiteFile> {
    let suites = workspace.root.join(&workspace.suites);
    let bases = [folder.to_owned(), workspace.root.clone(), suites];
    for base in &bases {
        let path = base.join(named);
        let endings = ENDINGS.iter().map(|ending| PathBuf::from(format!("{}.{ending}", path.display())));
        let written_out = Some(path.clone()).filter(|path| has_suite_ending(path));
        if let Some(file) = written_out.into_iter().chain(endings).find(|path| path.is_file()) {
            return suite_file(workspace, &file).into_iter().collect();
        }
    }
    named_folder(workspace, folder, named).map(|path| in_folder(workspace, &path)).unwrap_or_default()
}

/// Whether `named` means a folder of suites, be it that it holds none.
pub fn is_folder(workspace: &Workspace, folder: &Path, named: &str) -> bool {
    named_folder(workspace, folder, named).is_some()
}

/// A folder elsewhere holds other files: a bare word must not mean it.
fn named_folder(workspace: &Workspace, folder: &Path, named: &str) -> Option<PathBuf> {
    let suites = workspace.root.join(&workspace.suites);
    let means =
        |path: &PathBuf| path.is_dir() && (named.contains('/') || real(path).starts_with(real(&suites)));
    [folder, &workspace.root, &suites].into_iter().map(|base| base.join(named)).find(means)
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The other files that would share the folder of outputs with `file`, or have theirs inside it.
pub fn rivals(workspace: &Workspace, file: &SuiteFile) -> Vec<SuiteFile> {
    let beside = file.path.parent().map(|folder| in_folder(workspace, folder)).unwrap_or_default();
    let mut all: Vec<SuiteFile> = all(workspace).into_iter().chain(beside).collect();
    all.retain(|other| meet(&other.name, &file.name) && !same_file(&other.path, &file.path));
    once(all)
}

/// Whether the outputs of two suites would meet: in one folder, or one in a folder of the other's.
fn meet(one: &str, other: &str) -> bool {
    Path::new(one).starts_with(other) || Path::new(other).starts_with(one)
}

/// Each file once, however it was named.
pub fn once(mut files: Vec<SuiteFile>) -> Vec<SuiteFile> {
    files.sort();
    files.dedup_by(|one, other| same_file(&one.path, &other.path));
    files
}

fn same_file(one: &Path, other: &Path) -> bool {
    one == other || one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

/// The suites in a folder, in name order; in the workspace's folder of suites also those in folders below.
/// Hidden ones are none of them, and a link to a folder is not followed: it may lead around.
fn in_folder(workspace: &Workspace, folder: &Path) -> Vec<SuiteFile> {
    let goes_below = real(folder).starts_with(real(&workspace.root.join(&workspace.suites)));
    let (mut files, mut waiting) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten().flatten() {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && goes_below && !entry.file_name().to_string_lossy().starts_with('.') {
                waiting.push(entry.path());
            } else {
                files.extend(suite_file(workspace, &entry.path()));
            }
        }
    }
    files.sort();
    files
}

/// A suite file, whatever ending it has or if it is not there yet.
pub fn at(workspace: &Workspace, path: &Path) -> SuiteFile {
    let stem = || path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    SuiteFile { name: name(workspace, path).unwrap_or_else(stem), path: path.to_owned() }
}

fn has_suite_ending(path: &Path) -> bool {
    path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| ENDINGS.contains(&ending))
}

fn suite_file(workspace: &Workspace, path: &Path) -> Option<SuiteFile> {
    let stem = path.file_stem()?.to_str()?.to_owned();
    let visible = !stem.starts_with('.');
    (visible && has_suite_ending(path) && path.is_file())
        .then(|| SuiteFile { name: name(workspace, path).unwrap_or(stem), path: path.to_owned() })
}

/// The name of a suite below the workspace's folder of suites.
fn name(workspace: &Workspace, path: &Path) -> Option<String> {
    let suites = real(&workspace.root.join(&workspace.suites));
    let folder = real(path.parent()?);
    let below = folder.strip_prefix(&suites).ok()?;
    let name = below.join(path.file_stem()?);
    Some(name.to_str()?.to_owned())
}
