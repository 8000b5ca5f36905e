//! The last line that a running program printed, for a person who waits for it.

use super::mask::Mask;
use super::printable::one_line;

/// So much of an output's end is looked through.
pub const LOOKED_AT: usize = 16 * 1024;

/// The last whole line of `end`, secrets masked; empty where there is none. `end` may begin in the middle of a line
/// if it `is_cut`. A line that is overwritten (`\r`) counts as one; one that is still being written may hold half
/// of a secret, and is not shown.
pub fn last_line(end: &[u8], is_cut: bool, mask: &Mask) -> String {
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let Some(whole) = end.iter().rposition(is_end) else { return String::new() };
    // What was cut may begin in the middle of a secret.
    let from = if is_cut { mask.longest().min(whole) } else { 0 };
    let from =
        if is_cut { end[from..=whole].iter().position(is_end).map_or(whole, |at| from + at) } else { from };
    let text = mask.bytes(end[from..=whole].to_vec());
    let text = String::from_utf8_lossy(&text);
    let last = text.rsplit(['\n', '\r']).map(without_escapes).find(|line| !line.trim().is_empty());
    last.map(|line| one_line(line.trim()).into_owned()).unwrap_or_default()
}

/// Without the sequences that colour a line or move the cursor (CSI of ECMA-48).
fn without_escapes(line: &str) -> String {
    let mut parts = line.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |kept, part| {
        kept + part.trim_start_matches(|c: char| !('@'..='~').contains(&c)).get(1..).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(end: &str) -> String {
        last_line(end.as_bytes(), false, &Mask::of([]))
    }

    #[test]
    fn it_is_the_last_whole_one_that_says_something() {
        assert_eq!(of("   Compiling a\n   Compiling b\n\n"), "Compiling b");
        assert_eq!(of("   Compiling a\n   Compil"), "Compiling a");
        assert_eq!(of("10 %\r20 %\r"), "20 %");
        assert_eq!(of("half"), "");
        assert_eq!(of("\x1b[1;32mCompiling\x1b[0m c\x1b[K\n"), "Compiling c");
        assert_eq!(of("a\x07b\n"), "a\\u{7}b");
    }

    #[test]
    fn no_part_of_a_secret_is_shown() {
        let mask = Mask::of([b"hunter2hunter2".as_slice()]);
        let shown = |end: &str, is_cut| last_line(end.as_bytes(), is_cut, &mask);
        assert!(!shown("token hunter2hunter2\n", false).contains("hunter"));
        assert_eq!(shown("ok\ntoken hunter2hun", false), "ok");
        assert_eq!(shown("er2hunter2\n", true), "");
        assert_eq!(shown("er2hunter2 and more of this line\nlast\n", true), "last");
    }
}
