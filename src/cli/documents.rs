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

/// A document that is asked for.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    form: Form,
    /// The file, and as it was typed; none for standard output.
    file: Option<(PathBuf, PathBuf)>,
}

/// The documents that were typed: each in `form`, else in that of its ending. Two in one file are a mistake.
pub(super) fn wanted(
    arguments: &Arguments,
    typed: &[PathBuf],
    form: Option<Form>,
) -> Result<Vec<Wanted>, Failure> {
    let mut all: Vec<Wanted> = Vec::new();
    for name in typed {
        let is_printed = name.as_os_str() == STANDARD_OUTPUT;
        let known = form.or_else(|| if is_printed { Some(Form::Markdown) } else { Form::of_file(name) });
        let form = known.ok_or_else(|| unknown(name))?;
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
pub(super) fn printed(form: Form) -> Wanted {
    Wanted { form, file: None }
}

impl Wanted {
    /// Whether it goes to standard output.
    pub(super) fn is_printed(&self) -> bool {
        self.file.is_none()
    }

    /// Makes the document and puts it where it goes.
    pub(super) fn make(&self, suites: &[Told<'_>], unbuilt: &[Unbuilt]) -> Result<(), Failure> {
        let bytes = self.form.bytes(suites, unbuilt)?;
        match &self.file {
            Some((path, shown)) => {
                files::write_if_changed(path, &bytes)?;
                output::talk(&format!("{:>10} {}", "wrote", shown.display()));
            }
            None => output::data_bytes(&bytes),
        }
        Ok(())
    }
}

fn unknown(name: &Path) -> Failure {
    let known = Form::endings();
    Failure::usage(format!("`{}` has no ending of a report\nhint: the endings are {known}", name.display()))
}
