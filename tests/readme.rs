//! Every command that README and docs show is run, in a copy of the example workspace, with the verbs that load nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("folder");
    for entry in fs::read_dir(from).expect("a folder of the repository").flatten() {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target);
        } else {
            fs::copy(source, target).expect("copies");
        }
    }
}

#[test]
fn every_command_of_readme_and_docs_is_understood() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let space = tempfile::tempdir().expect("temporary folder");
    for folder in ["suites", "k6_templates", "payloads", "examples"] {
        copy(&repository.join(folder), &space.path().join(folder));
    }
    for file in ["howitzer.toml", "Cargo.lock"] {
        fs::copy(repository.join(file), space.path().join(file)).expect("copies");
    }
    let docs = fs::read_dir(repository.join("docs")).expect("docs").flatten().map(|entry| entry.path());
    let pages: Vec<PathBuf> = [repository.join("README.md")].into_iter().chain(docs).collect();
    let texts =
        pages.iter().filter(|page| page.is_file()).map(|page| fs::read_to_string(page).expect("a page"));
    let texts: Vec<String> = texts.collect();
    let lines = texts.iter().flat_map(|text| text.lines());
    let commands: Vec<&str> = lines.filter_map(|line| line.strip_prefix("$ howitzer ")).collect();
    assert!(commands.len() >= 9, "{commands:?}");
    for command in commands {
        let arguments: Vec<&str> = command.split_whitespace().map(|word| word.trim_matches('\'')).collect();
        let loads = arguments[0] == "build" && !arguments.contains(&"-n");
        assert!(!loads, "`howitzer {command}` would load: another test runs it");
        let tools = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tools");
        let mut howitzer = Command::new(env!("CARGO_BIN_EXE_howitzer"));
        howitzer.args(&arguments).current_dir(space.path()).env("HOWITZER_TOOLS", tools);
        let output = howitzer.output().expect("starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "`howitzer {command}` ended with {}:\n{said}", output.status);
    }
}

#[test]
fn the_two_commands_of_the_readme_are_the_ones_that_ci_and_newcomers_use() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(repository.join("README.md")).expect("README");
    assert!(
        readme.contains("\ncargo run --release -- build suites/inference\n")
            && readme.contains("\ncargo test\n")
    );
    let ci = fs::read_to_string(repository.join(".ci/run")).expect(".ci/run");
    assert!(ci.lines().any(|line| line == "step cargo test"), "{ci}");
}
