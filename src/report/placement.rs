//! Where each file of a suite stands in its output folder, and what must never be written there.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::error::ReportError;
use super::view::{CaseView, TrialView};
use super::{text, words};
use crate::base::files::{self, FileError};

/// The folders that belong to cases: what stands there and is of no case is removed.
pub(super) const FOLDERS: [&str; 6] = ["render", "results", "summary", "files", "payloads", "samples"];

/// Where a suite's outputs stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFolder {
    /// The folder.
    pub path: PathBuf,
    /// The same, as messages show it.
    pub shown: String,
    /// Whether other files may stand there too: then only what a list names is ours.
    pub is_shared: bool,
}

/// Refuses a suite's folder of outputs that is a link, or one of the cases' folders in it.
pub fn refuse_links(folder: &Path) -> Result<(), ReportError> {
    let places = FOLDERS.iter().map(|name| folder.join(name)).chain([folder.to_owned()]);
    let link = places.into_iter().find(|path| path.is_symlink());
    link.map_or(Ok(()), |path| Err(ReportError::Link { path }))
}

/// One file to be written, its path relative to the suite's output folder.
pub(super) struct Placed<'a> {
    /// Relative, of plain names only.
    pub(super) path: PathBuf,
    /// The whole content.
    pub(super) content: Content<'a>,
}

/// What is in a file.
pub(super) enum Content<'a> {
    /// These bytes.
    Bytes(Cow<'a, [u8]>),
    /// What this file of the store holds: too much to be in memory for all cases.
    Stored(&'a Path),
}

impl Content<'_> {
    /// All of it.
    pub(super) fn read(&self) -> Result<Cow<'_, [u8]>, FileError> {
        match self {
            Self::Bytes(bytes) => Ok(Cow::Borrowed(bytes)),
            Self::Stored(path) => files::read(path).map(Cow::Owned),
        }
    }
}

impl<'a> From<&'a [u8]> for Content<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(Cow::Borrowed(bytes))
    }
}

impl From<Vec<u8>> for Content<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Cow::Owned(bytes))
    }
}

/// All files of one case.
pub(super) fn of_case(case: &CaseView) -> Result<Vec<Placed<'_>>, ReportError> {
    let stem = case.stem.as_str();
    let name = |ending: &str| plain_name(case, &format!("{stem}.{ending}"));
    plain_name(case, stem)?;
    let script = Path::new("render").join(name(&case.script_ending)?);
    let mut placed = vec![
        Placed { path: script, content: case.script.as_bytes().into() },
        Placed {
            path: Path::new("results").join(name("txt")?),
            content: text::case(case).into_bytes().into(),
        },
    ];
    for trial in &case.trials {
        placed.extend(of_trial(case, trial)?);
    }
    Ok(placed)
}

fn of_trial<'a>(case: &'a CaseView, trial: &'a TrialView) -> Result<Vec<Placed<'a>>, ReportError> {
    let Some(result) = &trial.result else { return Ok(Vec::new()) };
    let stem = words::trial_name(&case.stem, trial.number);
    let summary = result.summary.iter().map(|bytes| Placed {
        path: Path::new("summary").join(format!("{stem}.json")),
        content: bytes.as_slice().into(),
    });
    let samples = result.samples.iter().map(|file| Placed {
        path: Path::new("samples").join(format!("{stem}.ndjson.gz")),
        content: Content::Stored(file),
    });
    let mut placed: Vec<_> = summary.chain(samples).collect();
    for (name, bytes) in &result.files {
        let path = Path::new("files").join(&stem).join(inside(case, name)?);
        placed.push(Placed { path, content: bytes.as_slice().into() });
    }
    Ok(placed)
}

/// A name of exactly one component.
fn plain_name(case: &CaseView, name: &str) -> Result<PathBuf, ReportError> {
    let path = inside(case, name)?;
    if path.as_os_str() == name && path.components().count() == 1 {
        Ok(path)
    } else {
        Err(escapes(case, name))
    }
}

/// A relative path that stays where it is put; `.` components are dropped.
fn inside(case: &CaseView, name: &str) -> Result<PathBuf, ReportError> {
    let mut path = PathBuf::new();
    for component in Path::new(name).components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            _ => return Err(escapes(case, name)),
        }
    }
    if path.as_os_str().is_empty() || name.contains('\0') { Err(escapes(case, name)) } else { Ok(path) }
}

fn escapes(case: &CaseView, name: &str) -> ReportError {
    ReportError::Escapes { case: case.id.clone(), name: name.to_owned() }
}

/// Refuses two outputs in one file, and a file where another needs a folder.
pub(super) fn distinct(placed: Vec<Placed<'_>>) -> Result<BTreeMap<PathBuf, Content<'_>>, ReportError> {
    let mut files = BTreeMap::new();
    for Placed { path, content } in placed {
        if files.insert(path.clone(), content).is_some() {
            return Err(ReportError::Collision { path });
        }
    }
    let shared =
        files.keys().flat_map(|path| path.ancestors().skip(1)).find(|above| files.contains_key(*above));
    match shared.map(Path::to_owned) {
        Some(path) => Err(ReportError::Collision { path }),
        None => Ok(files),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn with_file(name: &str) -> CaseView {
        let mut case = sample::suite().cases.remove(0);
        let result = case.trials[0].result.as_mut().expect("a result");
        result.files = BTreeMap::from([(name.to_owned(), b"x".to_vec())]);
        case
    }

    #[test]
    fn each_trial_has_files_of_its_own() {
        let suite = sample::suite();
        let placed = of_case(&suite.cases[0]).expect("places");
        let paths: Vec<_> = placed.iter().map(|file| file.path.to_string_lossy().into_owned()).collect();
        let expected = [
            "render/http-1.js",
            "results/http-1.txt",
            "summary/http-1.json",
            "files/http-1/report/own.html",
            "summary/http-1@2.json",
            "files/http-1@2/report/own.html",
        ];
        assert_eq!(paths, expected);
    }

    #[test]
    fn names_that_point_out_of_the_folder_are_refused() {
        for name in ["../x", "a/../../x", "/etc/passwd", "..", ".", "", "a\0b"] {
            let refused = of_case(&with_file(name)).err();
            assert!(matches!(refused, Some(ReportError::Escapes { .. })), "{name:?}");
        }
        let placed = with_file("./a/./b.html");
        let placed = of_case(&placed).expect("places");
        assert!(placed.iter().any(|file| file.path == Path::new("files/http-1/a/b.html")));
    }

    #[test]
    fn a_stem_is_one_plain_name() {
        for stem in ["..", "a/b", "/a", "", "./a"] {
            let case = CaseView { stem: stem.into(), ..with_file("x") };
            assert!(matches!(of_case(&case), Err(ReportError::Escapes { .. })), "{stem:?}");
        }
    }

    #[test]
    fn two_outputs_never_share_a_file() {
        let placed = |paths: &[&str]| {
            let file = |path: &&str| Placed { path: path.into(), content: b"".as_slice().into() };
            distinct(paths.iter().map(file).collect()).map(|files| files.len())
        };
        assert!(matches!(placed(&["a", "b/c"]), Ok(2)));
        assert!(matches!(placed(&["a", "a"]), Err(ReportError::Collision { .. })));
        assert!(matches!(placed(&["a/b", "a"]), Err(ReportError::Collision { .. })));
    }
}
