//! Every folder of `corpus/` is a workspace with mistakes; `said.txt` in it is all that is printed of them.
//!
//! `HOWITZER_ACCEPT=1 cargo test --test mistakes corpus` writes what is printed now into the files. Read the change
//! before it is kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const OK: &str = "{{ k6_opts }}\nexport default function () {}\n";

fn folders() -> Vec<PathBuf> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes/corpus");
    let entries = fs::read_dir(corpus).expect("the corpus");
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    folders.sort();
    folders
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).expect("folder");
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

/// What `howitzer list` prints of the suite in `folder`, with its exit code. `arguments` holds further words,
/// one a line.
fn said(folder: &Path) -> String {
    let workspace = tempfile::tempdir().expect("temporary folder");
    let root = workspace.path();
    fs::write(root.join("howitzer.toml"), "").expect("manifest");
    fs::create_dir_all(root.join("k6_templates")).expect("folder");
    fs::write(root.join("k6_templates/ok.js"), OK).expect("template");
    copy(folder, root);
    let typed = fs::read_to_string(folder.join("arguments")).unwrap_or_default();
    let listed = Command::new(env!("CARGO_BIN_EXE_howitzer"))
        .args(["--color", "never", "list", "x"])
        .args(typed.lines())
        .current_dir(root)
        .output()
        .expect("runs");
    let out = String::from_utf8_lossy(&listed.stdout);
    let talk = String::from_utf8_lossy(&listed.stderr);
    let code = listed.status.code().expect("an exit code");
    format!("{out}{talk}exit {code}\n").replace(&*root.to_string_lossy(), "WORKSPACE")
}

/// Every mistake is refused in words: exit 2, 3 or 4, and no value as Rust prints it for its developers.
fn check(folder: &Path, said: &str) {
    let refused = ["exit 2\n", "exit 3\n", "exit 4\n"].iter().any(|end| said.ends_with(end));
    assert!(refused && said.contains("error: "), "{}: {said}", folder.display());
    for dump in ["Some(", "Ok(", "Err(", "Error {", "Error(", "Kind::", "panicked"] {
        assert!(!said.contains(dump), "{}: {said}", folder.display());
    }
}

#[test]
fn all_that_is_said_of_every_wrong_workspace_is_as_it_was_read_and_kept() {
    let accepts = std::env::var_os("HOWITZER_ACCEPT").is_some();
    let folders = folders();
    assert!(folders.len() > 80, "the corpus is gone");
    let mut changed = Vec::new();
    for folder in folders {
        let (kept, now) = (folder.join("said.txt"), said(&folder));
        check(&folder, &now);
        let before = fs::read_to_string(&kept).unwrap_or_default();
        if accepts {
            fs::write(&kept, &now).expect("kept");
        } else if before != now {
            changed.push(format!("{}\nkept:\n{before}\nnow:\n{now}", folder.display()));
        }
    }
    assert!(changed.is_empty(), "HOWITZER_ACCEPT=1 keeps this, once it was read:\n{}", changed.join("\n"));
}
