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
/// workspace's root, a folder, or a suite's name. Empty where it means none.
pub fn resolve(workspace: &Workspace, folder: &Path, named: &str) -> Vec<SuiteFile> {
    let bases = [folder.to_owned(), workspace.root.clone(), workspace.root.join(&workspace.suites)];
    for base in bases {
        let path = base.join(named);
        if path.is_dir() && base.join(named) != workspace.root {
            return in_folder(&path);
        }
        let endings = ENDINGS.iter().map(|ending| PathBuf::from(format!("{}.{ending}", path.display())));
        let written_out = Some(path.clone()).filter(|path| has_suite_ending(path));
        if let Some(file) = written_out.into_iter().chain(endings).find(|path| path.is_file()) {
            return suite_file(&file).into_iter().collect();
        }
    }
    Vec::new()
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
