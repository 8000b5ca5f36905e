//! Completion in shells: what the shell registers, and the words that a workspace has.
//!
//! The shell asks this binary at each <Tab> (clap's engine), so suites, tests and cases are those of the moment.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use clap::CommandFactory;
use clap_complete::CompleteEnv;
use clap_complete::engine::CompletionCandidate;
use clap_complete::env::Shells;

use super::arguments::{Arguments, CompletionsArguments};
use super::failure::Failure;
use super::{exit, output};
use crate::expand::expand;
use crate::manifest::{Workspace, open};
use crate::suite::{self, SuiteFile};

/// The variable by which a shell asks.
const VARIABLE: &str = "COMPLETE";

/// What bash is to evaluate behind the script of clap's, whose function it calls.
const WHOLE_WORDS_IN_BASH: &str = include_str!("completions.bash");

/// More words than these are no help.
const MOST_WORDS: usize = 1_000;

/// Answers a shell that asks for words, and ends the process then.
pub(super) fn answer() {
    CompleteEnv::with_factory(Arguments::command).var(VARIABLE).complete();
}

/// `completions`: what a shell is to evaluate.
pub(super) fn run(typed: &CompletionsArguments) -> Result<u8, Failure> {
    let shells = Shells::builtins();
    let Some(completer) = shells.completer(typed.shell.word()) else {
        return Err(Failure::usage(format!("no completion for {}", typed.shell.word())));
    };
    let mut script = Vec::new();
    completer
        .write_registration(VARIABLE, "howitzer", "howitzer", "howitzer", &mut script)
        .map_err(|error| Failure::with(exit::INTERNAL, &error))?;
    if typed.shell.word() == "bash" {
        script.extend_from_slice(WHOLE_WORDS_IN_BASH.as_bytes());
    }
    output::data(&String::from_utf8_lossy(&script));
    Ok(exit::DONE)
}

/// Suites, and once something was typed their tests and cases, as far as they can be read.
pub(super) fn selectors(typed: &OsStr) -> Vec<CompletionCandidate> {
    let (Some(typed), Ok(workspace)) = (typed.to_str(), open(Path::new("."))) else { return Vec::new() };
    let typed = unquoted(typed);
    let suites = suite::all(&workspace);
    let mut words: Vec<String> = suites.iter().map(|file| file.name.clone()).collect();
    if !typed.is_empty() {
        words.extend(suites.iter().flat_map(|file| of_suite(&workspace, file)));
    }
    words.retain(|word| word.starts_with(&typed));
    words.sort();
    words.dedup();
    words.truncate(MOST_WORDS);
    words.into_iter().map(CompletionCandidate::new).collect()
}

/// The word as it will be without its quotes: a shell asks with what was typed, and ids are often quoted, for their
/// brackets mean something to it. What is offered the shell quotes itself.
fn unquoted(typed: &str) -> String {
    match typed.strip_prefix('\'') {
        Some(rest) => rest.trim_end_matches('\'').to_owned(),
        None => typed.chars().filter(|c| !matches!(c, '\\' | '"')).collect(),
    }
}

/// A suite that cannot be read has no words: this is no place to complain.
fn of_suite(workspace: &Workspace, file: &SuiteFile) -> Vec<String> {
    let Ok(suite) = suite::read(workspace, file, &Arc::default()) else { return Vec::new() };
    let Ok(cases) = expand(&suite) else { return Vec::new() };
    let tests = suite.tests.iter().map(|test| test.name.clone());
    tests.chain(cases.into_iter().map(|case| case.id)).collect()
}

/// The targets of the workspace, for `--allow`.
pub(super) fn targets() -> Vec<CompletionCandidate> {
    let targets = open(Path::new(".")).map(|workspace| workspace.targets).unwrap_or_default();
    targets.into_keys().map(CompletionCandidate::new).collect()
}

/// The destinations of the workspace, for `--export`.
pub(super) fn exports() -> Vec<CompletionCandidate> {
    let exports = open(Path::new(".")).map(|workspace| workspace.exports).unwrap_or_default();
    exports.into_keys().map(CompletionCandidate::new).collect()
}
