//! A folder's git checkout: the commit that it stands at, and whether git is changing it, read from git's own files. No git
//! has to be installed.

use std::path::{Path, PathBuf};

/// The commit of the checkout that holds `folder`; none where there is no checkout, or no commit yet.
pub fn commit(folder: &Path) -> Option<String> {
    let git = git_of(folder)?;
    let head = text(&git.join("HEAD"))?;
    let Some(name) = head.strip_prefix("ref:").map(str::trim) else { return as_commit(&head) };
    // A linked worktree has its branch in the folder that it shares with others.
    let shared = text(&git.join("commondir")).map(|path| git.join(path));
    let folders: Vec<PathBuf> = [Some(git), shared].into_iter().flatten().collect();
    let loose = folders.iter().filter_map(|git| text(&git.join(name))).find_map(|text| as_commit(&text));
    loose.or_else(|| folders.iter().find_map(|git| packed(&git.join("packed-refs"), name)))
}

/// The file that stands there as long as git changes the files of the checkout that holds `folder`; none where there is no
/// checkout.
pub fn index_lock(folder: &Path) -> Option<PathBuf> {
    git_of(folder).map(|git| git.join("index.lock"))
}

fn git_of(folder: &Path) -> Option<PathBuf> {
    let git = folder.ancestors().map(|above| above.join(".git")).find(|git| git.exists())?;
    if git.is_file() { linked(&git) } else { Some(git) }
}

/// Where `.git` is a file, it names the folder.
fn linked(file: &Path) -> Option<PathBuf> {
    let named = text(file)?;
    Some(file.parent()?.join(named.strip_prefix("gitdir:")?.trim()))
}

fn packed(file: &Path, name: &str) -> Option<String> {
    let text = text(file)?;
    let line = text.lines().find(|line| line.split_once(' ').is_some_and(|(_, named)| named == name))?;
    as_commit(line.split(' ').next()?)
}

fn text(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
}

fn as_commit(text: &str) -> Option<String> {
    let is_commit = text.len() >= 40 && text.chars().all(|c| c.is_ascii_hexdigit());
    is_commit.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commit_is_found_from_below_loose_packed_detached_and_linked() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let root = folder.path();
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(path, text).expect("writes");
        };
        let [one, two] = ["1", "2"].map(|digit| digit.repeat(40));
        assert_eq!(commit(root), None);
        write(".git/HEAD", "ref: refs/heads/main\n");
        write("a/b/c", "");
        assert_eq!(commit(root), None, "no commit yet");
        write(".git/packed-refs", &format!("# pack-refs\n{one} refs/heads/main\n{two} refs/heads/other\n"));
        assert_eq!(commit(&root.join("a/b")), Some(one.clone()));
        write(".git/refs/heads/main", &format!("{two}\n"));
        assert_eq!(commit(root), Some(two.clone()), "a loose one is newer");
        write(".git/worktrees/w/HEAD", "ref: refs/heads/topic\n");
        write(".git/worktrees/w/commondir", "../..\n");
        write(".git/refs/heads/topic", &one);
        write("w/.git", &format!("gitdir: {}/.git/worktrees/w\n", root.display()));
        assert_eq!(commit(&root.join("w")), Some(one.clone()));
        write(".git/HEAD", &one);
        assert_eq!(commit(root), Some(one));
    }
}
