//! What a build leaves for CI once it has ended, however that was: documents that were asked for, and what GitHub shows.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::after_ending::{Ending, located};
use super::arguments::{Arguments, BuildArguments};
use super::context::Context;
use super::documents::{Wanted, wanted};
use super::failure::Failure;
use super::loaded::Loaded;
use super::report::keep_selected;
use super::{exit, output};
use crate::base::environment::Environment;
use crate::base::files;
use crate::base::mistake::Mistakes;
use crate::manifest::locate;
use crate::report::document::Told;
use crate::report::github::{MOST_BYTES, annotations, summary};
use crate::report::unbuilt::{Located, Unbuilt};
use crate::report::view::{BuildView, SuiteView};
use crate::suite::SuiteFile;

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
    /// What is known of the suites that are meant, so that one that is not built can be told of.
    ending: RefCell<Ending>,
}

impl AfterBuild {
    /// By what was typed, and what GitHub says in the environment.
    pub(super) fn of(
        arguments: &Arguments,
        typed: &BuildArguments,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        // What only looks writes no document.
        let asked = if typed.dry_run || typed.check { &[][..] } else { &typed.report };
        let documents = wanted(arguments, asked, None)?;
        if documents.iter().any(Wanted::is_printed) {
            return Err(Failure::usage("`--report` writes a file; `howitzer report` prints"));
        }
        let is_github = environment.text("GITHUB_ACTIONS") == Some("true");
        let repository = environment.get("GITHUB_WORKSPACE").map(Path::new);
        Ok(Self {
            documents,
            summary: environment.get("GITHUB_STEP_SUMMARY").map(PathBuf::from),
            annotated: is_github.then(|| {
                let root = locate(&arguments.directory).unwrap_or_else(|_| arguments.directory.clone());
                below(repository, &root)
            }),
            is_strict: typed.strict,
            ..Self::default()
        })
    }

    /// These suites are meant.
    pub(super) fn expect(&self, context: &Context) {
        self.ending.borrow_mut().expect(context);
    }

    /// A suite cannot be planned.
    pub(super) fn unplanned(&self, file: &SuiteFile, mistakes: &Mistakes) {
        self.ending.borrow_mut().unplanned.insert(file.name.clone(), mistakes.clone());
    }

    /// All of them can; these are their cases.
    pub(super) fn planned(&self, context: &Context, loaded: &[Loaded]) {
        self.ending.borrow_mut().planned(context, loaded);
    }

    /// The build of a suite begins.
    pub(super) fn begins(&self, file: &SuiteFile) {
        self.ending.borrow_mut().begun = Some(file.name.clone());
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

    /// Tells of all that was built, and of what was not. The exit of the build, or that of what could not be written.
    pub(super) fn tell(&self, ended: &Result<u8, Failure>) -> u8 {
        let code = ended.as_ref().map_or_else(Failure::code, |code| *code);
        if !self.is_wanted() {
            return code;
        }
        let built = self.built.borrow();
        let is_strict = self.is_strict;
        let told: Vec<Told<'_>> =
            built.iter().map(|(suite, build)| Told { suite, build: Some(build), is_strict }).collect();
        let is_built = |name: &str| told.iter().any(|told| told.suite.name == name);
        let unbuilt = self.ending.borrow().unbuilt(ended, &is_built);
        self.tell_github(&told, &unbuilt, &located(ended));
        self.documents.iter().fold(code, |code, document| match document.make(&told, &unbuilt) {
            Ok(()) => code,
            Err(failure) => {
                output::talk(&failure.render(false));
                exit::worst(code, failure.code())
            }
        })
    }

    /// Of a plan that was not made: whoever looks first would learn nothing else.
    pub(super) fn tell_failed_plan(&self, ended: &Result<u8, Failure>) {
        if ended.is_err() {
            let unbuilt = self.ending.borrow().unbuilt(ended, &|_| false);
            self.tell_github(&[], &unbuilt, &located(ended));
        }
    }

    fn tell_github(&self, told: &[Told<'_>], unbuilt: &[Unbuilt], ended_by: &[Located]) {
        if let Some(folder) = &self.annotated {
            for line in annotations(told, ended_by, folder) {
                output::talk(&line);
            }
        }
        if let Some(Err(error)) = self.summary.as_ref().map(|file| append(file, told, unbuilt)) {
            output::talk(&format!("{:>10} there is no summary for GitHub: {}", "note", error.render(false)));
        }
    }
}

/// Other steps of the job may have written there before.
fn append(file: &Path, told: &[Told<'_>], unbuilt: &[Unbuilt]) -> Result<(), Failure> {
    let present = std::fs::metadata(file).map_or(0, |stat| stat.len());
    let room = MOST_BYTES.saturating_sub(usize::try_from(present).unwrap_or(usize::MAX));
    Ok(files::append(file, summary(told, unbuilt, room).as_bytes())?)
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
