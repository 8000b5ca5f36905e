//! Everything that ends a command early, with its words and its exit code.

use std::error::Error;
use std::fmt::Write;
use std::io::{self, ErrorKind};

use super::exit;
use crate::base::counted::counted;
use crate::base::files::FileError;
use crate::base::mistake::Mistakes;
use crate::execute::ExecuteError;
use crate::k6::K6Error;
use crate::manifest::{ManifestError, STORE};
use crate::plan::PlanError;
use crate::render::RenderError;
use crate::suite::SuiteError;
use crate::target::TargetError;

/// More than these nobody reads; the first of them often explain the rest.
const MOST_SHOWN: usize = 50;

/// A command that ended early.
pub(super) enum Failure {
    /// Mistakes in the user's files, or in what was typed.
    Mistakes(Mistakes),
    /// A signal asked the command to stop.
    Interrupted,
    /// Anything else.
    Other {
        /// The exit code.
        code: u8,
        /// The message, causes included.
        message: String,
    },
}

impl Failure {
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::Other { code: exit::USAGE, message: message.into() }
    }

    pub(super) fn with(code: u8, error: &(dyn Error + 'static)) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(source) = cause {
            let text = source.to_string();
            if !message.contains(&text) {
                let _ = write!(message, ": {text}");
            }
            cause = source.source();
        }
        // Errors that only hand on another hide its type: the words are what is left of the path.
        if message.contains(&format!("/{STORE}/")) && is_refused_write(error) {
            message.push_str("\nhint: `--store DIR` keeps results elsewhere");
        }
        Self::Other { code, message }
    }

    /// An interruption, by this signal; anything else as it is.
    pub(super) fn by(self, signal: Option<i32>) -> Self {
        match (self, signal) {
            (Self::Interrupted, Some(signal)) => {
                Self::Other { code: exit::of_signal(signal), message: "interrupted".to_owned() }
            }
            (failure, _) => failure,
        }
    }

    pub(super) fn code(&self) -> u8 {
        match self {
            Self::Mistakes(mistakes) if mistakes.are_typed() => exit::USAGE,
            Self::Mistakes(_) => exit::INVALID,
            Self::Interrupted => super::exit::of_signal(2),
            Self::Other { code, .. } => *code,
        }
    }

    pub(super) fn render(&self, color: bool) -> String {
        match self {
            Self::Mistakes(mistakes) => {
                let ordered = mistakes.in_file_order();
                let shown = ordered.iter().take(MOST_SHOWN).map(|mistake| mistake.render(color));
                let more = mistakes.iter().count().saturating_sub(MOST_SHOWN);
                let more = (more > 0).then(|| format!("error: and {}", counted(more, "further mistake")));
                shown.chain(more).collect::<Vec<_>>().join("\n\n")
            }
            Self::Interrupted => "error: interrupted".to_owned(),
            Self::Other { message, .. } => format!("error: {message}"),
        }
    }
}

/// Whether the system let nobody write there, as where a workspace is mounted into a pod.
fn is_refused_write(error: &(dyn Error + 'static)) -> bool {
    let is_refusal = |kind| matches!(kind, ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem);
    let mut all = std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (**error).source());
    let is_refused = all.any(|one| one.downcast_ref::<io::Error>().is_some_and(|one| is_refusal(one.kind())));
    is_refused && !error.to_string().starts_with("cannot read")
}

impl From<Mistakes> for Failure {
    fn from(mistakes: Mistakes) -> Self {
        Self::Mistakes(mistakes)
    }
}

impl From<ManifestError> for Failure {
    fn from(error: ManifestError) -> Self {
        match error {
            ManifestError::Mistakes(mistakes) => mistakes.into(),
            ManifestError::NotFound(_) => Self::with(exit::USAGE, &error),
            ManifestError::File(_) => Self::with(exit::INTERNAL, &error),
        }
    }
}

impl From<SuiteError> for Failure {
    fn from(error: SuiteError) -> Self {
        match error {
            SuiteError::Mistakes(mistakes) => mistakes.into(),
            SuiteError::File(_) => Self::with(exit::INTERNAL, &error),
        }
    }
}

impl From<RenderError> for Failure {
    fn from(error: RenderError) -> Self {
        match error {
            RenderError::Mistakes(mistakes) => mistakes.into(),
            RenderError::File(_) => Self::with(exit::INTERNAL, &error),
        }
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Mistakes(mistakes) => mistakes.into(),
            PlanError::Store(_) => Self::with(exit::INTERNAL, &error),
        }
    }
}

impl From<K6Error> for Failure {
    fn from(error: K6Error) -> Self {
        if matches!(error, K6Error::Interrupted) {
            return Self::Interrupted;
        }
        let code =
            if matches!(error, K6Error::Requirement { .. }) { exit::INVALID } else { exit::ENVIRONMENT };
        Self::with(code, &error)
    }
}

impl From<ExecuteError> for Failure {
    fn from(error: ExecuteError) -> Self {
        let code = Self::code_of(&error);
        match error {
            ExecuteError::Mistakes(mistakes) => mistakes.into(),
            ExecuteError::Plan(error) => error.into(),
            ExecuteError::Render(error) => error.into(),
            ExecuteError::K6(error) => error.into(),
            ExecuteError::Interrupted => Self::Interrupted,
            _ => Self::with(code, &error),
        }
    }
}

impl Failure {
    /// The exit code of a build that ended so.
    pub(super) fn code_of(error: &ExecuteError) -> u8 {
        match error {
            ExecuteError::Mistakes(_)
            | ExecuteError::Plan(PlanError::Mistakes(_))
            | ExecuteError::Render(RenderError::Mistakes(_))
            | ExecuteError::K6(K6Error::Requirement { .. })
            | ExecuteError::Target(TargetError::NoInput { .. }) => exit::INVALID,
            ExecuteError::Interrupted | ExecuteError::Target(TargetError::Interrupted) => {
                super::exit::of_signal(2)
            }
            ExecuteError::Target(_)
            | ExecuteError::K6(_)
            | ExecuteError::Endpoint(_)
            | ExecuteError::Access(_)
            | ExecuteError::Protected(_)
            | ExecuteError::NoObserverLoad { .. }
            | ExecuteError::LoadBusy { .. }
            | ExecuteError::Unset { .. }
            | ExecuteError::ShortSecret { .. }
            | ExecuteError::ShortSecretFile { .. } => exit::ENVIRONMENT,
            ExecuteError::NotApplied(_) | ExecuteError::NotUndone(_) => exit::FAILED,
            _ => exit::INTERNAL,
        }
    }
}

impl From<crate::store::StoreError> for Failure {
    fn from(error: crate::store::StoreError) -> Self {
        Self::with(exit::INTERNAL, &error)
    }
}

impl From<crate::report::ReportError> for Failure {
    fn from(error: crate::report::ReportError) -> Self {
        match Self::with(exit::INTERNAL, &error) {
            Self::Other { code, message } if is_refused_write(&error) => {
                Self::Other { code, message: message + "\nhint: `--out DIR` puts outputs elsewhere" }
            }
            other => other,
        }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::with(exit::INTERNAL, &error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_folder_cannot_be_written_the_flag_that_names_another_is_told() {
        let of_file = |action, path: &str, kind: ErrorKind| FileError {
            action,
            path: path.into(),
            source: io::Error::from(kind),
        };
        let said = |action, path: &str, kind| {
            Failure::from(crate::store::StoreError::from(of_file(action, path, kind))).render(false)
        };
        let denied = ErrorKind::PermissionDenied;
        assert!(
            said("create folder", "/app/.howitzer/v1", denied)
                .ends_with("hint: `--store DIR` keeps results elsewhere")
        );
        let outputs = of_file("create folder", "/app/out/x", ErrorKind::ReadOnlyFilesystem);
        let outputs = Failure::from(crate::report::ReportError::from(outputs)).render(false);
        assert!(outputs.ends_with("hint: `--out DIR` puts outputs elsewhere"), "{outputs}");
        assert!(!said("read", "/app/suites/x.toml", denied).contains("hint"));
        assert!(!said("write", "/app/.howitzer/v1/x", ErrorKind::StorageFull).contains("hint"));
    }
}
