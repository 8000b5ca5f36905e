//! Outputs in a folder that holds other files too (`--out DIR`): a list beside them says which files are ours.
//! Nothing else there is ever overwritten or removed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::ReportError;
use super::placement::FOLDERS;
use crate::base::files::{self, Durability, told};
use crate::base::written::LIST;

/// How many files of others a refusal names.
const TOLD: usize = 5;

/// The files of `folder` that were written for a suite before. Another suite's list is refused.
fn read(folder: &Path, suite: &str) -> Result<BTreeSet<PathBuf>, ReportError> {
    let Some(bytes) = files::read_if_present(&folder.join(LIST))? else { return Ok(BTreeSet::new()) };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut lines = text.lines();
    match lines.next() {
        Some(line) if line == suite => Ok(lines.map(PathBuf::from).filter(|path| is_inside(path)).collect()),
        other => Err(ReportError::OfAnotherSuite {
            folder: folder.to_owned(),
            other: other.unwrap_or_default().to_owned(),
        }),
    }
}

/// A list may have been edited: what it names is removed, so it must lie below the folder.
fn is_inside(path: &Path) -> bool {
    path.components().all(|part| matches!(part, std::path::Component::Normal(_)))
}

/// Refuses a folder in which one of `paths` stands already and is not ours.
pub fn refuse_others<'a>(
    folder: &Path,
    suite: &str,
    paths: impl IntoIterator<Item = &'a Path>,
) -> Result<(), ReportError> {
    let ours = read(folder, suite)?;
    let stands = |path: &&Path| folder.join(path).symlink_metadata().is_ok() && !ours.contains(*path);
    let others: Vec<&Path> = paths.into_iter().filter(stands).collect();
    if others.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = others.iter().take(TOLD).map(|path| format!("`{}`", path.display())).collect();
    let more = others.len().saturating_sub(TOLD);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    Err(ReportError::NotOurs { folder: folder.to_owned(), others: format!("{}{more}", names.join(", ")) })
}

/// Removes what was listed and is not in `kept`, and lists what is; counts the removed files. The list is
/// written before the files: a build that is killed between leaves no file of ours that is not on it.
pub(super) fn replace(folder: &Path, suite: &str, kept: &BTreeSet<PathBuf>) -> Result<usize, ReportError> {
    refuse_others(folder, suite, kept.iter().map(PathBuf::as_path))?;
    let before = read(folder, suite)?;
    let mut removed = 0;
    for path in before.difference(kept) {
        removed += usize::from(remove(folder, path)?);
    }
    add(folder, suite, BTreeSet::new(), kept)?;
    Ok(removed)
}

/// Lists `paths` besides what is listed already.
pub(super) fn extend(folder: &Path, suite: &str, paths: &BTreeSet<PathBuf>) -> Result<(), ReportError> {
    refuse_others(folder, suite, paths.iter().map(PathBuf::as_path))?;
    let before = read(folder, suite)?;
    add(folder, suite, before, paths)
}

fn add(
    folder: &Path,
    suite: &str,
    mut listed: BTreeSet<PathBuf>,
    paths: &BTreeSet<PathBuf>,
) -> Result<(), ReportError> {
    listed.extend(paths.iter().cloned());
    let lines = listed.iter().map(|path| format!("{}\n", path.display()));
    let text = std::iter::once(format!("{suite}\n")).chain(lines).collect::<String>();
    files::create_folder(folder)?;
    Ok(files::write_atomic(&folder.join(LIST), text.as_bytes(), Durability::Atomic)?)
}

/// Removes everything that is listed, and the list; counts the files.
pub fn remove_listed(folder: &Path, suite: &str) -> Result<usize, ReportError> {
    let listed = read(folder, suite)?;
    let mut removed = 0;
    for path in &listed {
        removed += usize::from(remove(folder, path)?);
    }
    files::remove_if_present(&folder.join(LIST))?;
    Ok(removed)
}

/// Removes one file, and the folders of cases that it leaves empty; says whether it was there. Where something
/// else stands by now, a folder or a link on the way, that is left.
fn remove(folder: &Path, path: &Path) -> Result<bool, ReportError> {
    let above: Vec<&Path> = path.ancestors().skip(1).filter(|above| !above.as_os_str().is_empty()).collect();
    let leads_away = |above: &&Path| folder.join(above).is_symlink();
    let whole = folder.join(path);
    let is_file = whole.symlink_metadata().is_ok_and(|found| found.is_file());
    if !is_file || above.iter().any(leads_away) {
        return Ok(false);
    }
    fs::remove_file(&whole).map_err(told("remove", &whole))?;
    let of_cases = |above: &&&Path| FOLDERS.iter().any(|name| above.starts_with(name));
    for above in above.iter().filter(of_cases) {
        // Refused where anything is left in it.
        if fs::remove_dir(folder.join(above)).is_err() {
            break;
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(paths: &[&str]) -> BTreeSet<PathBuf> {
        paths.iter().map(PathBuf::from).collect()
    }

    fn touch(path: &Path) {
        files::write_atomic(path, b"x", Durability::Atomic).expect("writes");
    }

    #[test]
    fn only_what_is_listed_is_removed_or_overwritten() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let root = folder.path();
        for name in ["render/mine.js", "notes.txt"] {
            touch(&root.join(name));
        }
        let ours = set(&["render/a.js", "render/deep/b.js", "summary.json"]);
        assert_eq!(replace(root, "s", &ours).expect("nothing of ours yet"), 0);
        for path in &ours {
            touch(&root.join(path));
        }
        assert_eq!(replace(root, "s", &set(&["summary.json"])).expect("sweeps"), 2);
        let present = ["render/mine.js", "notes.txt", "summary.json", "render/a.js", "render/deep"];
        assert_eq!(present.map(|name| root.join(name).exists()), [true, true, true, false, false]);
        let refused = replace(root, "s", &set(&["render/mine.js"])).expect_err("not ours").to_string();
        assert!(refused.contains("`render/mine.js`"), "{refused}");
        let other = replace(root, "t", &ours).expect_err("another suite's").to_string();
        assert!(other.contains("`s`"), "{other}");
        assert_eq!(remove_listed(root, "s").expect("removes"), 1);
        assert_eq!(
            ["render/mine.js", "notes.txt", LIST].map(|name| root.join(name).exists()),
            [true, true, false]
        );
    }

    #[test]
    fn a_list_that_was_edited_leads_nowhere_else() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let root = folder.path().join("out");
        let precious = folder.path().join("precious");
        touch(&precious);
        files::write_atomic(&root.join(LIST), b"s\n../precious\n/etc/passwd\nrender\n", Durability::Atomic)
            .expect("writes");
        touch(&root.join("render/kept.js"));
        assert_eq!(remove_listed(&root, "s").expect("nothing to remove"), 0);
        assert!(precious.exists() && root.join("render/kept.js").exists());
    }
}
