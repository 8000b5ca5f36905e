//! Text that people wrote, from a file: UTF-8, with or without a byte order mark.

use std::path::Path;
use std::sync::Arc;

use crate::base::files::{self, FileError};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::{Place, Source};

/// A file whose text could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is no UTF-8.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
}

/// The file at `path`, named `shown` in messages.
pub fn read_source(path: &Path, shown: &str) -> Result<Arc<Source>, TextError> {
    let bytes = files::read(path)?;
    Ok(of_bytes(&bytes, shown)?)
}

fn of_bytes(bytes: &[u8], shown: &str) -> Result<Arc<Source>, Mistakes> {
    let marked = bytes.strip_prefix("\u{feff}".as_bytes());
    let text = marked.unwrap_or(bytes);
    let source = |text: &str| Arc::new(Source { path: shown.to_owned(), text: text.to_owned() });
    match std::str::from_utf8(text) {
        Ok(text) => Ok(source(text)),
        Err(error) => {
            let start = error.valid_up_to();
            let offset = start + bytes.len() - text.len();
            let message = format!("`{shown}` is not UTF-8: byte 0x{:02x} at offset {offset}", text[start]);
            // Up to there the replacement changes nothing, so the place is right.
            let source = source(&String::from_utf8_lossy(text));
            let end = start + char::REPLACEMENT_CHARACTER.len_utf8();
            let mistake = Mistake::at(&Place { source, range: start..end }, message);
            Err(mistake.label("expected UTF-8").hint("save the file as UTF-8").into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_text() {
        let source = of_bytes(b"\xef\xbb\xbfa = 1", "x.toml").expect("UTF-8");
        assert_eq!(source.text, "a = 1");
    }

    #[test]
    fn a_byte_that_is_no_text_is_shown_with_its_place() {
        let shown = of_bytes(b"\xef\xbb\xbfa = 1\nb = \"\xe9t\"", "x.toml").expect_err("Latin-1").to_string();
        for part in ["not UTF-8: byte 0xe9 at offset 14", "x.toml:2:6", "expected UTF-8"] {
            assert!(shown.contains(part), "{part} is missing in:\n{shown}");
        }
    }
}
