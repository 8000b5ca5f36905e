//! Which k6 is used: `HOWITZER_K6`, the configured path, `PATH`, the tools folder; in this order.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use semver::Version;
use serde::{Deserialize, Serialize};

use super::{K6Error, Requirement, version};
use crate::base::capture::{Supervision, capture};
use crate::base::causes::with_causes;
use crate::base::digest::Digest;
use crate::base::environment::Environment;
use crate::base::files::{self, Durability};
use crate::base::process::Command;

const ASK_LIMIT: Duration = Duration::from_secs(20);

/// A usable k6.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct K6 {
    /// The binary.
    pub path: PathBuf,
    /// The first line of `k6 version`.
    pub line: String,
    /// The version in it.
    pub version: Version,
    /// The lines below it: the extensions of a custom build.
    pub extensions: Vec<String>,
    /// The binary's digest, for a custom build only.
    pub custom: Option<Digest>,
    /// Where it was found.
    pub origin: Origin,
    /// How the file stood before it was asked.
    stat: Stat,
}

impl K6 {
    /// Looks at the binary again, which may have been replaced since it was found: one `stat` where it was not, else,
    /// and for a shim always, one `k6 version`. An error where it is another k6 by now, or none.
    pub fn look_again(&self, environment: &Environment, supervision: &Supervision) -> Result<(), K6Error> {
        if Stat::of(&self.path).is_ok_and(|stat| stat == self.stat) && !is_shim(&self.path) {
            return Ok(());
        }
        let places = Places { environment, configured: None, tools: Path::new(""), cache: None, supervision };
        let replaced =
            |now| Err(K6Error::Replaced { path: self.path.clone(), before: self.described(), now });
        match ask(&self.path, self.origin, &places) {
            Ok(now) if now.identity() == self.identity() => Ok(()),
            Ok(now) => replaced(format!("`{}`", now.described())),
            Err(_) if supervision.is_interrupted() => Err(K6Error::Interrupted),
            Err(problem) => replaced(format!("no usable k6: {problem}")),
        }
    }

    /// In one line, with all that keys hold of it.
    fn described(&self) -> String {
        self.identity().join(", ")
    }

    /// What keys hold of it.
    pub fn identity(&self) -> Vec<String> {
        let custom = self.custom.map(|digest| format!("custom build {digest}"));
        [self.line.clone()].into_iter().chain(self.extensions.iter().cloned()).chain(custom).collect()
    }
}

/// Where a k6 was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// `HOWITZER_K6`: exempt from the version requirement.
    Variable,
    /// `[k6] path`.
    Configured,
    /// A folder of `PATH`.
    Path,
    /// The tools folder.
    Tools,
}

impl Origin {
    /// For messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Variable => "HOWITZER_K6",
            Self::Configured => "[k6] path",
            Self::Path => "PATH",
            Self::Tools => "tools folder",
        }
    }
}

/// A place that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The binary, present or not.
    pub path: PathBuf,
    /// Why it was looked at.
    pub origin: Origin,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is used.
    Used,
    /// It works, but one before it is used, or its version does not fit.
    Passed(String),
    /// It is no usable k6.
    Broken(String),
}

/// What a search found.
#[derive(Debug, Default)]
pub struct Search {
    /// The first k6 that fits.
    pub found: Option<K6>,
    /// Every present candidate, in order.
    pub candidates: Vec<Candidate>,
    /// A binary that the user named and that is no usable k6, or that the user is stopping howitzer: nothing else
    /// is looked at then.
    pub refused: Option<K6Error>,
}

impl Search {
    /// The k6 that fits, if any; an error where the user named one that cannot be used.
    pub fn result(self) -> Result<Option<K6>, K6Error> {
        self.refused.map_or(Ok(self.found), Err)
    }
}

/// Where to look.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// For `HOWITZER_K6` and `PATH`.
    pub environment: &'a Environment,
    /// `[k6] path`, absolute.
    pub configured: Option<&'a Path>,
    /// The tools folder.
    pub tools: &'a Path,
    /// A file in which answers of `k6 version` are kept by path and stat.
    pub cache: Option<&'a Path>,
    /// The guard of the processes that are asked, and the user's signals.
    pub supervision: &'a Supervision,
}

impl Places<'_> {
    /// Every path that is looked at, present or not.
    pub fn paths(&self) -> Vec<(PathBuf, Origin)> {
        let named = self.environment.get("HOWITZER_K6").map(|path| (PathBuf::from(path), Origin::Variable));
        let configured = self.configured.map(|path| (path.to_owned(), Origin::Configured));
        let on_path =
            self.environment.path_folders().into_iter().map(|folder| (folder.join("k6"), Origin::Path));
        let mut installed: Vec<_> = super::install::VERSIONS
            .iter()
            .map(|version| self.tools.join(format!("k6-{version}/bin/k6")))
            .collect();
        installed.reverse();
        let installed = installed.into_iter().map(|path| (path, Origin::Tools));
        named.into_iter().chain(configured).chain(on_path).chain(installed).collect()
    }
}

/// Looks for a k6 that fits. A broken one on `PATH` is noted, one that the user named is refused.
pub fn find(places: &Places<'_>, requirement: &Requirement) -> Search {
    let mut search = Search::default();
    for (path, origin) in places.paths() {
        let named = matches!(origin, Origin::Variable | Origin::Configured);
        if !named && !path.is_file() {
            continue;
        }
        let outcome = match ask(&path, origin, places) {
            Ok(k6) if origin != Origin::Variable && !requirement.fits(&k6.version) => {
                Outcome::Passed(format!("{} does not fit `{requirement}`", k6.version))
            }
            Ok(k6) if search.found.is_some() => {
                Outcome::Passed(format!("{}, after the one that is used", k6.version))
            }
            Ok(k6) => {
                search.found = Some(k6);
                Outcome::Used
            }
            Err(problem) => {
                if places.supervision.is_interrupted() {
                    search.refused = Some(K6Error::Interrupted);
                } else if named {
                    let (path, problem) = (path.clone(), problem.clone());
                    search.refused = Some(K6Error::Named { path, origin: origin.word(), problem });
                }
                Outcome::Broken(problem)
            }
        };
        search.candidates.push(Candidate { path, origin, outcome });
        if search.refused.is_some() {
            break;
        }
        if search.found.is_some() && places.cache.is_some() {
            // `doctor` looks at all of them and gives no cache; a build needs the first only.
            break;
        }
    }
    search
}

/// Whether a file is a script, such as a version manager's shim: what it starts may be another binary
/// tomorrow, so its stat says nothing.
pub fn is_shim(path: &Path) -> bool {
    let mut start = [0; 2];
    std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && &start == b"#!"
}

fn ask(path: &Path, origin: Origin, places: &Places<'_>) -> Result<K6, String> {
    // Before it is asked: where it is replaced meanwhile, the next look sees another file.
    let stat = Stat::of(path)?;
    let text = version_text(path, &stat, places)?;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let line = under_its_own_name(path, lines.next().unwrap_or_default());
    let version = version::of_line(&line).ok_or_else(|| format!("`k6 version` says `{line}`"))?;
    let extensions: Vec<String> =
        lines.filter(|line| !line.starts_with("Extensions")).map(str::to_owned).collect();
    let custom = if extensions.is_empty() && !line.contains("devel") {
        None
    } else {
        Some(Digest::of(&files::read(path).map_err(|error| with_causes(&error))?))
    };
    Ok(K6 { path: path.to_owned(), line, version, extensions, custom, origin, stat })
}

/// k6 calls itself as its file is called, `k6-linux-amd64 v1.7.0 (…)`: by another name it is no other k6.
fn under_its_own_name(path: &Path, line: &str) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match line.strip_prefix(&*name).filter(|rest| rest.starts_with(' ')) {
        Some(rest) => format!("k6{rest}"),
        None => line.to_owned(),
    }
}

/// How a binary stands in the file system: whatever is written to its place, this changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Stat(String);

impl Stat {
    fn of(path: &Path) -> Result<Self, String> {
        let stat = std::fs::metadata(path).map_err(|error| error.to_string())?;
        let (modified, changed) = ((stat.mtime(), stat.mtime_nsec()), (stat.ctime(), stat.ctime_nsec()));
        Ok(Self(format!("{modified:?} {changed:?} {} {} {}", stat.size(), stat.dev(), stat.ino())))
    }
}

/// Answers of `k6 version` by path; each with the stat of the binary that gave it.
#[derive(Default, Serialize, Deserialize)]
struct Cache(BTreeMap<PathBuf, (Stat, String)>);

fn version_text(path: &Path, stat: &Stat, places: &Places<'_>) -> Result<String, String> {
    let mut cache: Cache = places
        .cache
        .and_then(|file| files::read(file).ok())
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    let known = cache.0.get(path).filter(|(known, _)| known == stat && !is_shim(path));
    if let Some((_, text)) = known {
        return Ok(text.clone());
    }
    let command = Command {
        program: path.to_owned(),
        arguments: vec!["version".into()],
        folder: path.parent().unwrap_or(Path::new("/")).to_owned(),
        environment: places
            .environment
            .variables()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    };
    let captured = capture(&command, ASK_LIMIT, places.supervision).map_err(|error| with_causes(&error))?;
    let text = String::from_utf8_lossy(&captured.stdout).into_owned();
    if !captured.status.success() {
        let said = String::from_utf8_lossy(&captured.stderr);
        return Err(format!("`k6 version` failed: {}", said.lines().next().unwrap_or_default()));
    }
    cache.0.insert(path.to_owned(), (stat.clone(), text.clone()));
    if let Some(file) = places.cache {
        // The cache saves 30 ms; where it cannot be written the answer is asked for again.
        let bytes = serde_json::to_vec(&cache).unwrap_or_default();
        let _ = files::write_atomic(file, &bytes, Durability::Atomic);
    }
    Ok(text)
}
