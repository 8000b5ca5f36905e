//! Where `cli` prints: data to standard output, talk to standard error.

use std::io::Write;

/// A line of talk.
pub(super) fn talk(text: &str) {
    // A closed standard error leaves nobody to tell.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Data.
pub(super) fn data(text: &str) {
    data_bytes(text.as_bytes());
}

/// Data. A reader that closed the pipe has seen enough.
pub(super) fn data_bytes(bytes: &[u8]) {
    let _ = std::io::stdout().write_all(bytes);
}
