//! What a build leaves for CI once it has ended: documents that were asked for, and what GitHub shows.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::arguments::{Arguments, BuildArguments};
use super::context::{Context, Loaded};
use super::documents::{Wanted, wanted};
use super::failure::Failure;
use super::report::keep_selected;
use super::{exit, output};
use crate::base::files;
use crate::report::document::Told;
use crate::report::github::{MOST_BYTES, annotations, summary};
use crate::report::view::{BuildView, SuiteView};

/// Collects what was built, where anybody wants to be told.
#[derive(Default)]
pub(super) struct AfterBuild {
    documents: Vec<Wanted>,
    /// The file that GitHub shows as the job's summary.
    summary: Option<PathBuf>,
    /// The workspace's folder in the repository, where annotations are wanted.
    annotated: Option<String>,
    is_strict: bool,
    built: RefCell<Vec<(SuiteView, BuildView)>>,
}

impl AfterBuild {
    /// By what was typed, and what GitHub says in the environment.
    pub(super) fn of(
        arguments: &Arguments,
        typed: &BuildArguments,
        context: &Context,
    ) -> Result<Self, Failure> {
        let documents = wanted(arguments, &typed.report, None)?;
        if documents.iter().any(Wanted::is_printed) {
            return Err(Failure::usage("`--report` writes a file; `howitzer report` prints"));
        }
        let environment = &context.environment;
        let is_github = environment.text("GITHUB_ACTIONS") == Some("true");
        let repository = environment.get("GITHUB_WORKSPACE").map(Path::new);
        Ok(Self {
            documents,
            summary: environment.get("GITHUB_STEP_SUMMARY").map(PathBuf::from),
            annotated: is_github.then(|| below(repository, &context.workspace.root)),
            is_strict: typed.strict,
            built: RefCell::default(),
        })
    }

    /// Whether there is anything to do: then also a build that runs nothing must look at every case.
    pub(super) fn is_wanted(&self) -> bool {
        !self.documents.is_empty() || self.summary.is_some() || self.annotated.is_some()
    }

    /// Keeps what became of the selected cases of a suite.
    pub(super) fn collect(&self, context: &Context, suite: &Loaded, mut view: SuiteView, build: BuildView) {
        if !self.is_wanted() {
            return;
        }
        keep_selected(&mut view, context, suite);
        for result in
            view.cases.iter_mut().flat_map(|case| &mut case.trials).filter_map(|trial| trial.result.as_mut())
        {
            // No document shows them, and they are what is large.
            result.summary = None;
            result.files.clear();
        }
        self.built.borrow_mut().push((view, build));
    }

    /// Tells of all that was built. The exit of the build, or that of what could not be written.
    pub(super) fn tell(&self, suites: usize, code: u8) -> u8 {
        if !self.is_wanted() {
            return code;
        }
        let built = self.built.borrow();
        let is_strict = self.is_strict;
        let told: Vec<Told<'_>> =
            built.iter().map(|(suite, build)| Told { suite, build: Some(build), is_strict }).collect();
        if let Some(folder) = &self.annotated {
            for line in annotations(&told, folder) {
                output::talk(&line);
            }
        }
        if let Some(Err(error)) = self.summary.as_ref().map(|file| append(file, &told)) {
            output::talk(&format!("{:>10} there is no summary for GitHub: {}", "note", error.render(false)));
        }
        if self.documents.is_empty() {
            return code;
        }
        if told.len() < suites {
            let missing = suites - told.len();
            let text =
                format!("the build ended before {missing} of {suites} suites: no report tells of them");
            output::talk(&format!("{:>10} {text}", "note"));
        }
        self.documents.iter().fold(code, |code, document| match document.make(&told) {
            Ok(()) => code,
            Err(failure) => {
                output::talk(&failure.render(false));
                exit::worst(code, failure.code())
            }
        })
    }
}

/// Other steps of the job may have written there before.
fn append(file: &Path, told: &[Told<'_>]) -> Result<(), Failure> {
    let present = std::fs::metadata(file).map_or(0, |stat| stat.len());
    let room = MOST_BYTES.saturating_sub(usize::try_from(present).unwrap_or(usize::MAX));
    Ok(files::append(file, summary(told, room).as_bytes())?)
}

/// The folder below the repository, with a slash at its end; nothing where it is the repository or lies elsewhere.
fn below(repository: Option<&Path>, root: &Path) -> String {
    let real = |path: &Path| path.canonicalize().ok();
    let inside = repository.and_then(real).zip(real(root));
    let inside = inside.and_then(|(repository, root)| root.strip_prefix(repository).ok().map(Path::to_owned));
    match inside {
        Some(folder) if !folder.as_os_str().is_empty() => format!("{}/", folder.display()),
        _ => String::new(),
    }
}
