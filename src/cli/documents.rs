//! Where documents of results go: files in the form of their endings, or standard output.

use std::path::{Path, PathBuf};

use super::arguments::Arguments;
use super::failure::Failure;
use super::output;
use crate::base::files;
use crate::report::document::{Form, Told};
use crate::report::unbuilt::Unbuilt;

/// The name that means standard output.
const STANDARD_OUTPUT: &str = "-";

/// A form of documents that is known by the ending of a file.
pub(super) trait ByEnding: Copy {
    /// What has this form, with its article.
    const KIND: &'static str;
    /// What is printed where nobody names a form.
    const PRINTED: Self;

    /// The form that a file of this name has.
    fn of_file(path: &Path) -> Option<Self>;

    /// The endings that are known.
    fn endings() -> String;
}

impl ByEnding for Form {
    const KIND: &'static str = "a report";
    const PRINTED: Self = Self::Markdown;

    fn of_file(path: &Path) -> Option<Self> {
        Self::of_file(path)
    }

    fn endings() -> String {
        Self::endings()
    }
}

/// A document that is asked for.
#[derive(Debug, Clone)]
pub(super) struct Wanted<F = Form> {
    form: F,
    /// The file, and as it was typed; none for standard output.
    file: Option<(PathBuf, PathBuf)>,
}

/// The documents that were typed: each in `form`, else in that of its ending. Two in one file are a mistake.
pub(super) fn wanted<F: ByEnding>(
    arguments: &Arguments,
    typed: &[PathBuf],
    form: Option<F>,
) -> Result<Vec<Wanted<F>>, Failure> {
    let mut all: Vec<Wanted<F>> = Vec::new();
    for name in typed {
        let is_printed = name.as_os_str() == STANDARD_OUTPUT;
        let known = form.or_else(|| if is_printed { Some(F::PRINTED) } else { F::of_file(name) });
        let form = known.ok_or_else(|| unknown::<F>(name))?;
        let file = (!is_printed).then(|| (arguments.directory.join(name), name.clone()));
        let twice = all.iter().any(|other| match (&other.file, &file) {
            (Some((other, _)), Some((file, _))) => other == file,
            (other, file) => other.is_none() && file.is_none(),
        });
        if twice {
            return Err(Failure::usage(format!("`{}` is named twice", name.display())));
        }
        all.push(Wanted { form, file });
    }
    Ok(all)
}

/// Standard output alone.
pub(super) fn printed<F>(form: F) -> Wanted<F> {
    Wanted { form, file: None }
}

impl Wanted {
    /// Makes the document and puts it where it goes.
    pub(super) fn make(&self, suites: &[Told<'_>], unbuilt: &[Unbuilt]) -> Result<(), Failure> {
        self.put(&self.form.bytes(suites, unbuilt)?)
    }
}

impl<F: Copy> Wanted<F> {
    /// Its form.
    pub(super) fn form(&self) -> F {
        self.form
    }

    /// Whether it goes to standard output.
    pub(super) fn is_printed(&self) -> bool {
        self.file.is_none()
    }

    /// Puts the document where it goes.
    pub(super) fn put(&self, bytes: &[u8]) -> Result<(), Failure> {
        match &self.file {
            Some((path, shown)) => {
                files::write_if_changed(path, bytes)?;
                output::talk(&format!("{:>10} {}", "wrote", shown.display()));
            }
            None => output::data_bytes(bytes),
        }
        Ok(())
    }
}

fn unknown<F: ByEnding>(name: &Path) -> Failure {
    let (kind, known) = (F::KIND, F::endings());
    Failure::usage(format!("`{}` has no ending of {kind}\nhint: the endings are {known}", name.display()))
}
