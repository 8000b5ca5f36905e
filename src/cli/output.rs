//! Where `cli` prints: data to standard output, talk to standard error.

use std::io::{IsTerminal, Write};

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

/// The columns of the terminal on standard output; none where it is none.
pub(super) fn columns() -> Option<usize> {
    let out = std::io::stdout();
    let size = rustix::termios::tcgetwinsize(&out).ok().filter(|_| out.is_terminal())?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}
