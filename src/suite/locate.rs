//! From what the user named to suite files.

use std::path::{Path, PathBuf};

use crate::manifest::Workspace;

/// A suite file that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SuiteFile {
    /// The file's name without folder and ending.
    pub name: String,
    /// The file.
    pub path: PathBuf,
}

const ENDINGS: [&str; 2] = ["toml", "json"];

/// Every suite of the workspace, in name order.
pub fn all(workspace: &Workspace) -> Vec<SuiteFile> {
    in_folder(&workspace.root.join(&workspace.suites))
}

/// The suite files that `named` means: a path (with or without its ending) from `folder` or from the
/// workspace's root, a suite's name, or a folder of suites. Empty where it means none.
pub fn resolve(workspace: &Workspace, folder: &Path, named: &str) -> Vec<SuiteFile> {
    let suites = workspace.root.join(&workspace.suites);
    let bases = [folder.to_owned(), workspace.root.clone(), suites.clone()];
    for base in &bases {
        let path = base.join(named);
        let endings = ENDINGS.iter().map(|ending| PathBuf::from(format!("{}.{ending}", path.display())));
        let written_out = Some(path.clone()).filter(|path| has_suite_ending(path));
        if let Some(file) = written_out.into_iter().chain(endings).find(|path| path.is_file()) {
            return suite_file(&file).into_iter().collect();
        }
    }
    // A folder elsewhere holds other files: a bare word must not mean it.
    let holds_suites = |path: &Path| {
        let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        path.is_dir() && (named.contains('/') || canonical(path).starts_with(canonical(&suites)))
    };
    let found = bases.iter().map(|base| base.join(named)).find(|path| holds_suites(path));
    found.map(|path| in_folder(&path)).unwrap_or_default()
}

/// The other files that would share the folder of outputs with `file`.
pub fn rivals(workspace: &Workspace, file: &SuiteFile) -> Vec<SuiteFile> {
    let beside = file.path.parent().map(in_folder).unwrap_or_default();
    let mut all: Vec<SuiteFile> = all(workspace).into_iter().chain(beside).collect();
    all.retain(|other| other.name == file.name && !same_file(&other.path, &file.path));
    all.sort();
    all.dedup_by(|one, other| same_file(&one.path, &other.path));
    all
}

fn same_file(one: &Path, other: &Path) -> bool {
    one == other || one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

fn in_folder(folder: &Path) -> Vec<SuiteFile> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries.filter_map(|entry| suite_file(&entry.path())).collect();
    files.sort();
    files
}

fn has_suite_ending(path: &Path) -> bool {
    path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| ENDINGS.contains(&ending))
}

fn suite_file(path: &Path) -> Option<SuiteFile> {
    let name = path.file_stem()?.to_str()?.to_owned();
    let visible = !name.starts_with('.');
    (visible && has_suite_ending(path) && path.is_file()).then(|| SuiteFile { name, path: path.to_owned() })
}
