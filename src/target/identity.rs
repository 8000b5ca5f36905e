//! What says which build of a target answers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::{Surroundings, TargetError, probe};
use crate::base::digest::Digest;
use crate::base::files;
use crate::base::glob;
use crate::manifest::{EnvironmentValue, Probe, Service, Target};

/// The identity of a service: command, environment, declared inputs, the executable's digest. The
/// digest is missing where there is no such file yet.
pub fn identify_service(
    target: &Target,
    service: &Service,
    surroundings: &Surroundings,
) -> Result<BTreeMap<String, String>, TargetError> {
    let mut identity = BTreeMap::from([("command".to_owned(), words(&service.command))]);
    if service.folder != "." {
        identity.insert("folder".to_owned(), service.folder.clone());
    }
    for (name, value) in &service.environment {
        identity.extend(shown(value, surroundings).map(|value| (format!("environment {name}"), value)));
    }
    for pattern in &service.inputs {
        let paths = glob::files(&surroundings.root, &surroundings.out, pattern);
        if paths.is_empty() {
            return Err(TargetError::NoInput { name: target.name.clone(), pattern: pattern.clone() });
        }
        for path in paths {
            let bytes = files::read(&surroundings.root.join(&path))?;
            identity.insert(format!("input {path}"), Digest::of(&bytes).to_string());
        }
    }
    if let Some(path) = executable(service, surroundings)
        && let Some(bytes) = files::read_if_present(&path)?
    {
        identity.insert("executable".to_owned(), Digest::of(&bytes).to_string());
    }
    Ok(identity)
}

/// The service's program as a file: with a slash relative to its folder, else from `PATH`.
pub(super) fn executable(service: &Service, surroundings: &Surroundings) -> Option<PathBuf> {
    let program = service.command.first()?;
    if program.contains('/') {
        return Some(surroundings.root.join(&service.folder).join(program));
    }
    surroundings
        .environment
        .path_folders()
        .into_iter()
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// Words with spaces between them, those in quotes that would not be seen to be one.
fn words(command: &[String]) -> String {
    let shown = |word: &String| {
        let is_plain =
            !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || c == '"' || c == '\\');
        if is_plain { word.clone() } else { format!("{word:?}") }
    };
    command.iter().map(shown).collect::<Vec<_>>().join(" ")
}

/// None where the variable is not set.
fn shown(value: &EnvironmentValue, surroundings: &Surroundings) -> Option<String> {
    match value {
        EnvironmentValue::Plain(text) => Some(text.clone()),
        EnvironmentValue::From { name, secret: true, .. } => Some(format!("secret from {name}")),
        EnvironmentValue::From { name, .. } => surroundings.environment.shown(name),
    }
}

/// Asks the probes of a target of which `which` holds.
pub fn ask_probes(
    target: &Target,
    surroundings: &Surroundings,
    which: impl Fn(&Probe) -> bool,
) -> Result<BTreeMap<String, String>, TargetError> {
    let answer = |question| {
        probe::ask(question, surroundings)
            .map(|answer| (probe::name(question), answer))
            .map_err(|problem| unidentifiable(target, problem, surroundings))
    };
    target.identity.iter().filter(|probe| which(probe)).map(answer).collect()
}

/// A probe that fails while the build is being stopped says nothing about the target.
fn unidentifiable(target: &Target, problem: String, surroundings: &Surroundings) -> TargetError {
    if surroundings.supervision.is_interrupted() {
        return TargetError::Interrupted;
    }
    TargetError::Unidentifiable { name: target.name.clone(), problem }
}

/// Whether a probe asks what runs, and not a file.
pub fn is_live(probe: &Probe) -> bool {
    !matches!(probe, Probe::File(_))
}

/// The names of the live probes of a target, as its identity has them.
pub fn live_names(target: &Target) -> BTreeSet<String> {
    target.identity.iter().filter(|probe| is_live(probe)).map(probe::name).collect()
}
