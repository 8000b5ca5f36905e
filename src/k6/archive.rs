//! `k6 archive` as the judge of what a script opens: the parser sees literals, k6 sees everything.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::K6Error;
use super::command::child_environment;
use crate::base::capture::{Supervision, capture};
use crate::base::environment::Environment;
use crate::base::files::told;
use crate::base::process::{Command, describe};

const LIMIT: Duration = Duration::from_mins(1);

/// What k6 says about a script that stands in a tree of exactly its known inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// It opens nothing that is not in the tree.
    Complete,
    /// It opens a file that the tree does not hold: its path, relative to the tree.
    Missing(String),
    /// It opens a file outside the tree, by an absolute path.
    Outside(String),
    /// It opens nothing else, and imports what is fetched from these addresses, without their scheme.
    Remote(Vec<String>),
}

/// A script that stands in a tree.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// The tree.
    pub root: &'a Path,
    /// The folder of the script, which lies in the tree.
    pub folder: &'a Path,
    /// The script's name there.
    pub script: &'a str,
}

/// Archives the script to `output`, and looks at what k6 took. The layout, measured with 0.57.0 and 1.1.0: `file/ABSOLUTE PATH` for every local file,
/// `https/HOST/PATH` for every fetched one.
pub fn judge_archive(
    k6: &Path,
    standing: &Standing<'_>,
    output: &Path,
    declared: &BTreeMap<String, OsString>,
    environment: &Environment,
    supervision: &Supervision,
) -> Result<Judgement, K6Error> {
    let Standing { root, folder, script } = *standing;
    let command = Command {
        program: k6.to_owned(),
        // Without the flag a script that opens `__ENV.X` finds it undefined.
        arguments: vec![
            "archive".into(),
            "--include-system-env-vars".into(),
            "--archive-out".into(),
            output.into(),
            script.into(),
        ],
        folder: folder.to_owned(),
        environment: child_environment("avg", declared, environment),
    };
    let captured = capture(&command, LIMIT, supervision)?;
    if let Some(signal) = captured.status.signal() {
        return Err(K6Error::Unjudged(format!("it was killed by signal {signal}")));
    }
    if !captured.status.success() {
        let said = message(&String::from_utf8_lossy(&captured.stderr));
        let said = if said.is_empty() { describe(captured.status) } else { said };
        return match missing(&said, root) {
            Some(path) => Ok(Judgement::Missing(path)),
            None => Err(K6Error::Refused(said)),
        };
    }
    if !output.is_file() {
        return Err(K6Error::Unjudged("it ended with exit 0 and wrote no archive".to_owned()));
    }
    let Archived { local, remote } = archived(output)?;
    let outside =
        local.into_iter().find(|path| !path.starts_with(root) && !path.starts_with(anonymous(root)));
    Ok(match outside {
        Some(path) => Judgement::Outside(path.display().to_string()),
        None if remote.is_empty() => Judgement::Complete,
        None => Judgement::Remote(remote),
    })
}

/// As k6 writes a path into an archive: the user's name below `/home` or `/Users` is `nobody` there.
fn anonymous(path: &Path) -> PathBuf {
    let parts: Vec<_> = path.components().collect();
    let below_homes = path.starts_with("/home") || path.starts_with("/Users");
    let hidden = |(index, part): (usize, &std::path::Component<'_>)| {
        if below_homes && index == 2 { PathBuf::from("nobody") } else { PathBuf::from(part.as_os_str()) }
    };
    parts.iter().enumerate().map(hidden).collect()
}

/// What an archive holds.
#[derive(Default)]
struct Archived {
    /// Absolute.
    local: Vec<PathBuf>,
    /// Host and path.
    remote: Vec<String>,
}

fn archived(archive: &Path) -> Result<Archived, K6Error> {
    let wrap = |error| told("read", archive)(error);
    let mut reader = tar::Archive::new(File::open(archive).map_err(wrap)?);
    let mut archived = Archived::default();
    for entry in reader.entries().map_err(wrap)? {
        let entry = entry.map_err(wrap)?;
        let path = entry.path().map_err(wrap)?.into_owned();
        if !entry.header().entry_type().is_file() {
            continue;
        }
        if let Ok(local) = path.strip_prefix("file") {
            archived.local.push(Path::new("/").join(local));
        } else if let Ok(remote) = path.strip_prefix("https") {
            archived.remote.push(remote.to_string_lossy().into_owned());
        }
    }
    Ok(archived)
}

/// The message in k6's `level=error msg="…"`, unescaped as far as people need.
fn message(stderr: &str) -> String {
    let line = stderr.lines().rev().find(|line| line.contains("level=error")).unwrap_or(stderr);
    let quoted =
        line.split_once("msg=\"").and_then(|(_, rest)| rest.rsplit_once('"')).map_or(line, |(text, _)| text);
    let text = quoted.split("\" hint=").next().unwrap_or(quoted);
    text.replace("\\n\\t", " ").replace("\\n", " ").replace("\\\"", "\"").trim().to_owned()
}

/// `stat PATH: no such file or directory`, as a path relative to the tree.
fn missing(message: &str, root: &Path) -> Option<String> {
    let (before, _) = message.split_once(": no such file or directory")?;
    let path = Path::new(before.rsplit(' ').next()?);
    path.strip_prefix(root).ok().map(|path| path.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn home_folders_are_anonymous_in_archives() {
        assert_eq!(anonymous(Path::new("/home/joe/w/tree")), Path::new("/home/nobody/w/tree"));
        assert_eq!(anonymous(Path::new("/srv/joe/tree")), Path::new("/srv/joe/tree"));
    }

    #[test]
    fn k6s_message_names_the_missing_file() {
        let stderr = r#"time="2026" level=error msg="GoError: stat /tree/p/x.json: no such file or directory\n\tat file:///tree/t/s.js:2:28(19)\n" hint="script exception""#;
        let said = message(stderr);
        assert_eq!(missing(&said, Path::new("/tree")).as_deref(), Some("p/x.json"));
        assert_eq!(missing("TypeError: x is not a function", Path::new("/tree")), None);
    }
}
