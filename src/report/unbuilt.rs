//! A suite of which a build has nothing to tell: it could not be planned, or the build ended before it.

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unbuilt {
    /// The suite; `howitzer` where the build ended before it was known which suites are meant.
    pub name: String,
    /// Its file, relative to the workspace; empty where none is known.
    pub path: String,
    /// Its cases, where they are known.
    pub cases: Vec<UnbuiltCase>,
    /// Why it was not built.
    pub why: Why,
}

/// A case that was not reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnbuiltCase {
    /// Its id.
    pub id: String,
    /// Its test.
    pub test: String,
}

/// Why a suite was not built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// By what it could not be built, as standard error has it, and the exit of the build.
    Error {
        /// The first line of the first mistake.
        message: String,
        /// The first mistakes whole.
        text: String,
        /// The exit code.
        exit: u8,
    },
    /// The build ended before it, by this.
    NotReached(String),
}

/// A mistake or an error that is to be shown at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// What is wrong, and a hint where there is one.
    pub message: String,
    /// The file relative to the workspace, line and column; none where it lies in no file.
    pub place: Option<(String, usize, usize)>,
}

impl Unbuilt {
    /// The name of what stands for the suite where its cases are not known.
    pub(super) fn cases_or_itself(&self) -> Vec<UnbuiltCase> {
        if matches!(self.why, Why::NotReached(_)) && !self.cases.is_empty() {
            return self.cases.clone();
        }
        vec![UnbuiltCase { id: self.name.clone(), test: String::new() }]
    }
}
