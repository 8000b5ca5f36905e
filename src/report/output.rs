//! Writes a suite's output folder: every case's files, the aggregates, and nothing that did not change.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::error::ReportError;
use super::listed;
use super::placement::{self, Content, OutputFolder, Placed};
use super::view::{BuildView, SuiteView};
use super::{build_json, html, output_md, results_csv, results_json, summary_json, vanished};
use crate::base::files;

/// What writing did, in files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// New, or with other bytes than before.
    pub written: usize,
    /// Already as they should be: not touched.
    pub unchanged: usize,
    /// Of cases that are no more.
    pub removed: usize,
}

type Aggregate = fn(&SuiteView) -> Result<Vec<u8>, ReportError>;

/// One file a format for the whole suite.
const AGGREGATES: [(&str, Aggregate); 5] = [
    ("summary.json", summary_json::bytes),
    ("output.md", |suite| Ok(output_md::text(suite)?.into_bytes())),
    ("results.json", results_json::bytes),
    ("results.csv", results_csv::bytes),
    ("report.html", html::html),
];

/// Makes `folder` show exactly this suite. Everything is made before anything is removed or written, so
/// a refused name leaves the folder as it was. `build.json` stays as it is where no build is given.
pub fn write(
    folder: &OutputFolder,
    suite: &SuiteView,
    build: Option<&BuildView>,
) -> Result<Written, ReportError> {
    let cases = suite.cases.par_iter().map(placement::of_case).collect::<Result<Vec<_>, _>>()?;
    let mut placed: Vec<Placed> = cases.into_iter().flatten().collect();
    placed.extend(aggregates(suite)?);
    placed.extend(suite.payloads.iter().map(|(name, bytes)| Placed {
        path: Path::new("payloads").join(name),
        content: bytes.as_slice().into(),
    }));
    if let Some(build) = build {
        placed.push(whole("build.json", build_json::bytes(build)?));
    }
    let files = placement::distinct(placed)?;
    let path = folder.path.as_path();
    placement::refuse_links(path)?;
    let removed = if folder.is_shared {
        listed::replace(path, &suite.name, &files.keys().cloned().collect())?
    } else {
        vanished::remove(path, &files)?
    };
    let written = write_all(path, &files)?;
    Ok(Written { written, unchanged: files.len() - written, removed })
}

/// Writes the account of a build once more, where it has ended otherwise than it looked when all was written.
pub fn write_account(folder: &OutputFolder, build: &BuildView) -> Result<(), ReportError> {
    placement::refuse_links(&folder.path)?;
    files::write_if_changed(&folder.path.join("build.json"), &build_json::bytes(build)?)?;
    Ok(())
}

/// What is known of a case's outputs before anything ran.
#[derive(Debug, Clone, Copy)]
pub struct ExpectedCase<'a> {
    /// What its files are called, without an ending.
    pub stem: &'a str,
    /// The ending of its script.
    pub ending: &'a str,
    /// Whether every sample is kept.
    pub has_samples: bool,
}

/// The files that the outputs of these cases have, and those of built payloads, as far as it is known before
/// anything ran.
pub fn expected_names<'a>(
    cases: impl Iterator<Item = ExpectedCase<'a>>,
    payloads: impl Iterator<Item = &'a str>,
) -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> = AGGREGATES.iter().map(|(name, _)| PathBuf::from(name)).collect();
    names.push("build.json".into());
    names.extend(payloads.map(|name| Path::new("payloads").join(name)));
    names.extend(cases.flat_map(|case| case_names(&case)));
    names
}

/// The files of one case, relative to the suite's folder.
pub(super) fn case_names(case: &ExpectedCase<'_>) -> Vec<PathBuf> {
    let ExpectedCase { stem, ending, has_samples } = case;
    let mut names = vec![
        Path::new("render").join(format!("{stem}.{ending}")),
        Path::new("results").join(format!("{stem}.txt")),
        Path::new("summary").join(format!("{stem}.json")),
    ];
    names.extend(has_samples.then(|| Path::new("samples").join(format!("{stem}.ndjson.gz"))));
    names
}

/// Writes scripts, by their stems with endings, and built payloads, by their names, alone.
pub fn write_rendered<'a>(
    folder: &OutputFolder,
    suite: &str,
    scripts: &'a BTreeMap<String, String>,
    payloads: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> Result<usize, ReportError> {
    let scripts = scripts.iter().map(|(name, script)| (Path::new("render").join(name), script.as_bytes()));
    let payloads = payloads.map(|(name, bytes)| (Path::new("payloads").join(name), bytes));
    let rendered: BTreeMap<PathBuf, &[u8]> = scripts.chain(payloads).collect();
    placement::refuse_links(&folder.path)?;
    if folder.is_shared {
        listed::extend(&folder.path, suite, &rendered.keys().cloned().collect::<BTreeSet<_>>())?;
    }
    let mut changed = 0;
    for (name, bytes) in rendered {
        changed += usize::from(files::write_if_changed(&folder.path.join(name), bytes)?);
    }
    Ok(changed)
}

fn aggregates(suite: &SuiteView) -> Result<Vec<Placed<'static>>, ReportError> {
    AGGREGATES.par_iter().map(|(name, make)| Ok(whole(name, make(suite)?))).collect()
}

fn whole(name: &str, bytes: Vec<u8>) -> Placed<'static> {
    Placed { path: name.into(), content: bytes.into() }
}

/// Writes what differs; says how many files that were.
fn write_all(folder: &Path, files: &BTreeMap<PathBuf, Content<'_>>) -> Result<usize, ReportError> {
    let write = |(path, content): (&PathBuf, &Content<'_>)| {
        Ok(usize::from(files::write_if_changed(&folder.join(path), &content.read()?)?))
    };
    files.par_iter().map(write).sum()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn own(path: &Path) -> OutputFolder {
        OutputFolder { path: path.to_owned(), shown: "out".into(), is_shared: false }
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names = Vec::new();
        let mut pending = vec![folder.to_owned()];
        while let Some(next) = pending.pop() {
            for entry in std::fs::read_dir(next).expect("lists") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    pending.push(path);
                } else {
                    names.push(path.strip_prefix(folder).expect("inside").to_string_lossy().into_owned());
                }
            }
        }
        names.sort();
        names
    }

    #[test]
    fn the_folder_holds_every_file_and_exports_byte_for_byte() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let written = write(&own(folder.path()), &sample::suite(), Some(&sample::build())).expect("writes");
        let expected = "build.json files/http-1/report/own.html files/http-1@2/report/own.html output.md \
                        render/bad-1.js render/http-1.js render/http-2.js report.html results.csv results.json \
                        results/bad-1.txt results/http-1.txt results/http-2.txt summary.json \
                        summary/http-1.json summary/http-1@2.json";
        assert_eq!(names(folder.path()).join(" "), expected);
        assert_eq!(written, Written { written: 16, unchanged: 0, removed: 0 });
        assert_eq!(files::read(&folder.path().join("summary/http-1.json")).expect("reads"), sample::SUMMARY);
    }

    #[test]
    fn a_second_time_nothing_is_written() {
        let folder = tempfile::tempdir().expect("temporary folder");
        write(&own(folder.path()), &sample::suite(), Some(&sample::build())).expect("writes");
        let again = write(&own(folder.path()), &sample::suite(), None).expect("writes");
        assert_eq!(again, Written { written: 0, unchanged: 15, removed: 0 });
        assert!(folder.path().join("build.json").exists(), "an earlier build's account stays");
    }

    #[test]
    fn a_vanished_case_takes_its_files_along() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let mut suite = sample::suite();
        write(&own(folder.path()), &suite, None).expect("writes");
        files::write_if_changed(&folder.path().join("notes.txt"), b"mine").expect("writes");
        suite.cases.remove(0);
        let written = write(&own(folder.path()), &suite, None).expect("writes");
        assert_eq!(written, Written { written: 5, unchanged: 4, removed: 6 });
        let expected = "notes.txt output.md render/bad-1.js render/http-2.js report.html results.csv results.json \
                        results/bad-1.txt results/http-2.txt summary.json";
        assert_eq!(names(folder.path()).join(" "), expected);
    }

    #[test]
    fn a_file_may_take_the_place_of_a_folder() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let mut suite = sample::suite();
        write(&own(folder.path()), &suite, None).expect("writes");
        let result = suite.cases[0].trials[0].result.as_mut().expect("a result");
        result.files = BTreeMap::from([("report".to_owned(), b"now a file".to_vec())]);
        write(&own(folder.path()), &suite, None).expect("writes");
        assert_eq!(files::read(&folder.path().join("files/http-1/report")).expect("reads"), b"now a file");
    }

    #[test]
    fn a_name_that_points_outside_is_refused_before_anything_is_written() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let mut suite = sample::suite();
        let result = suite.cases[0].trials[0].result.as_mut().expect("a result");
        result.files = BTreeMap::from([("../../escaped".to_owned(), b"x".to_vec())]);
        let refused = write(&own(folder.path()), &suite, None).map_err(|error| error.to_string());
        let expected =
            "`../../escaped` of case `http[vus=1,payload=small.json]` is not a path inside its output folder";
        assert_eq!(refused, Err(expected.to_owned()));
        assert_eq!(names(folder.path()), Vec::<String>::new());
    }

    #[test]
    fn only_build_json_knows_the_build() {
        let folder = tempfile::tempdir().expect("temporary folder");
        write(&own(folder.path()), &sample::suite(), Some(&sample::build())).expect("writes");
        for name in names(folder.path()) {
            let text = files::read_text(&folder.path().join(&name)).expect("reads");
            assert_eq!(text.contains("build-7"), name == "build.json", "{name}");
        }
    }
}
