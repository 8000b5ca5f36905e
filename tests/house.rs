//! The rules of the house, held by reading `src/`: data flows one way, and some things are done in one place only.

use std::fs;
use std::path::{Path, PathBuf};

/// The stages from left to right; `lib.rs` draws the same picture.
const FLOW: [&str; 18] = [
    "base", "spec", "manifest", "suite", "expand", "render", "graph", "key", "store", "result", "plan", "k6",
    "target", "execute", "report", "export", "schema", "cli",
];

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut waiting = vec![root.clone()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).expect("a folder of src").flatten() {
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).expect("a source");
                found.push((path.strip_prefix(&root).expect("below src").to_owned(), text));
            }
        }
    }
    assert!(found.len() > 80, "only {} files were found", found.len());
    found.sort();
    found
}

fn rank(stage: &str) -> usize {
    FLOW.iter().position(|name| *name == stage).unwrap_or_else(|| panic!("`{stage}` is no stage of the flow"))
}

#[test]
fn no_file_imports_a_stage_to_its_right() {
    for (path, text) in sources() {
        let Some(stage) = path.iter().next().filter(|_| path.components().count() > 1) else { continue };
        let own = rank(&stage.to_string_lossy());
        for (at, _) in text.match_indices("crate::") {
            let name: String =
                text[at + 7..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            if !name.is_empty() {
                assert!(
                    rank(&name) <= own,
                    "{} imports `crate::{name}`, which lies to its right",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn the_picture_in_lib_rs_is_the_flow() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).expect("lib.rs");
    let modules: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod "))
        .filter_map(|rest| rest.split(';').next())
        .collect();
    assert_eq!(modules, FLOW);
    let picture: String = text
        .lines()
        .filter(|line| line.contains('→') && line.contains("base") || line.contains("→ k6"))
        .collect();
    let drawn: Vec<&str> =
        picture.split(|c: char| !c.is_alphanumeric()).filter(|word| FLOW.contains(word)).collect();
    assert_eq!(drawn, FLOW);
}

#[track_caller]
fn only_in(what: &[&str], allowed: &[&str]) {
    let mut seen = false;
    for (path, text) in sources() {
        let inside = allowed.iter().any(|prefix| path.starts_with(prefix));
        for word in what {
            seen |= text.contains(word);
            assert!(
                inside || !text.contains(word),
                "{} has `{word}`, which belongs into {allowed:?}",
                path.display()
            );
        }
    }
    assert!(seen, "{what:?} stands nowhere: this rule holds nothing");
}

#[test]
fn processes_are_spawned_in_one_place() {
    only_in(&["process::Command::new", ".spawn()"], &["base/process.rs", "base/guard.rs"]);
}

#[test]
fn the_environment_is_read_in_one_place() {
    only_in(&["env::vars_os", "env::var(", "env::var_os"], &["base/environment.rs"]);
}

#[test]
fn only_cli_and_report_print() {
    only_in(&["println!", "print!(", "io::stdout()", "io::stderr()"], &["cli", "report", "base/guard.rs"]);
}

#[test]
fn every_file_says_what_it_is() {
    for (path, text) in sources() {
        assert!(text.starts_with("//!"), "{} does not open with a `//!` sentence", path.display());
    }
}
