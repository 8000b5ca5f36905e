//! What can go wrong between a view and the files made of it.

use std::path::PathBuf;

use crate::base::files::FileError;

/// A report that could not be made or written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The system refused a file.
    #[error(transparent)]
    File(#[from] FileError),
    /// A shape could not be written as JSON.
    #[error("cannot write JSON")]
    Json(#[from] serde_json::Error),
    /// A row could not be written as CSV.
    #[error("cannot write CSV")]
    Csv(#[from] csv::Error),
    /// A name of a file that a script wrote, or a stem, points out of its folder.
    #[error("`{name}` of case `{case}` is not a path inside its output folder")]
    Escapes {
        /// The case whose file it is.
        case: String,
        /// The name as the script gave it.
        name: String,
    },
    /// Two outputs would share a file.
    #[error("two outputs would share the file `{}`", path.display())]
    Collision {
        /// The path in the suite's output folder.
        path: PathBuf,
    },
    /// A folder of a suite's outputs is a link.
    #[error("`{}` is a link: something elsewhere would be written or removed through it\nhint: a link may stand for the whole \
         folder of outputs, not for a part of it", path.display())]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// A folder that is emptied of old outputs is something else, perhaps a link to a place not ours.
    #[error("`{}` is not a plain folder: old outputs cannot be removed from it safely", path.display())]
    NotAFolder {
        /// The path that should be a folder.
        path: PathBuf,
    },
    /// A folder of outputs holds another suite's.
    #[error("`{}` holds the outputs of the suite `{other}`\nhint: give each suite a folder of its own", folder.display())]
    OfAnotherSuite {
        /// The folder.
        folder: PathBuf,
        /// The suite on its list.
        other: String,
    },
    /// Files stand where outputs would, and howitzer did not write them.
    #[error("`{}` holds {others}, which howitzer did not write: they would be overwritten\nhint: move them away, or give \
         `--out` another folder", folder.display())]
    NotOurs {
        /// The folder.
        folder: PathBuf,
        /// Some of them.
        others: String,
    },
}
