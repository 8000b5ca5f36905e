//! The workflows of the docs are whole, and each command in them does what it should.

use std::path::Path;
use std::process::{Command, Stdio};

use saphyr::{LoadableYamlNode, Yaml};

use crate::space::{Said, Space};

fn repository(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every text at a key of these names, or in a list there, however deep.
fn texts<'a>(node: &'a Yaml<'_>, keys: &[&str], found: &mut Vec<&'a str>) {
    if let Some(mapping) = node.as_mapping() {
        for (key, value) in mapping {
            if key.as_str().is_some_and(|key| keys.contains(&key)) {
                found.extend(value.as_str());
                found.extend(value.as_sequence().into_iter().flatten().filter_map(Yaml::as_str));
            }
            texts(value, keys, found);
        }
    }
    node.as_sequence().into_iter().flatten().for_each(|item| texts(item, keys, found));
}

/// The lines at keys of these names.
fn texts_of(file: &str, keys: &[&str]) -> Vec<String> {
    let text = repository(file);
    let documents = Yaml::load_from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut found = Vec::new();
    for document in &documents {
        texts(document, keys, &mut found);
    }
    found.iter().flat_map(|text| text.lines()).map(|line| line.trim().to_owned()).collect()
}

/// The lines that call howitzer.
fn commands(file: &str, keys: &[&str]) -> Vec<String> {
    texts_of(file, keys).into_iter().filter(|line| line.starts_with("howitzer ")).collect()
}

/// Runs the commands in a new workspace, as a shell of the job would.
fn run_all(commands: &[String]) -> Space {
    let space = Space::new();
    space.run(&["init", "load"]).expect_code(0);
    space.edit("load/suites/http.toml", "duration = \"3s\"", "duration = \"1s\"");
    let binary = Path::new(env!("CARGO_BIN_EXE_howitzer")).parent().expect("a folder");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(binary.to_owned()).chain(std::env::split_paths(&path));
    let path = std::env::join_paths(folders).expect("folders");
    for line in commands {
        let like = space.command(&[]);
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).current_dir(space.path("load")).stdin(Stdio::null()).env("PATH", &path);
        for (name, value) in like.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        let said = Said::of(shell.output().expect("starts"));
        assert_eq!(said.code, Some(0), "{line}\n{}\n{}", said.stdout, said.stderr);
    }
    space
}

fn check(file: &str, keys: &[&str]) {
    let commands = commands(file, keys);
    assert!(commands.len() >= 4, "{file}: {commands:?}");
    let space = run_all(&commands);
    for name in ["junit.xml", "results.csv", "report.md", "results.json"] {
        assert!(space.path("load/reports").join(name).is_file(), "{file} leaves no {name}");
    }
    assert!(space.path("load/out/http/output.md").is_file() && space.path("load/.howitzer").is_dir());
    // A `*` is one folder, as both systems read it; here there is one suite.
    let kept = texts_of(file, &["path", "paths", "junit"]);
    for name in ["out/*/report.html", "reports/junit.xml"] {
        assert!(kept.iter().any(|path| path == name), "{file} does not keep {name}: {kept:?}");
        let path = space.path("load").join(name.replace('*', "http"));
        assert!(path.is_file(), "{} is kept and not there", path.display());
    }
}

#[test]
fn every_command_of_the_workflow_for_github_works() {
    check("examples/ci/github.yml", &["run"]);
}

#[test]
fn every_command_of_the_pipeline_for_gitlab_works() {
    check("examples/ci/gitlab.yml", &["script", "after_script"]);
}

#[test]
fn the_docs_show_the_workflows_as_they_are() {
    let docs = repository("docs/ci.md");
    for file in ["examples/ci/github.yml", "examples/ci/gitlab.yml"] {
        let block = format!("```yaml\n{}```\n", repository(file));
        assert!(docs.contains(&block), "docs/ci.md does not hold {file} as it is");
    }
}
