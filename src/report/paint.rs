//! Colour of a line's first word. The word says the same without it.

/// Words of what went wrong,
const BAD: [&str; 11] = [
    "failed",
    "threshold",
    "aborted",
    "invalid",
    "target-changed",
    "timed-out",
    "interrupted",
    "missed",
    "damaged",
    "skipped",
    "refused",
];
/// and of what a person should look at.
const DOUBTFUL: [&str; 4] = ["suspect", "note", "changed", "wait"];

/// Words of what goes on.
const GOING: [&str; 4] = ["running", "whole", "waiting", "cooling"];

/// `line` with the word that stands right-aligned before it in colour; a line without one as it is.
pub(super) fn painted(line: &str) -> String {
    let rest = line.trim_start_matches(' ');
    let indent = line.len() - rest.len();
    // A longer word of what went wrong stands out to the left.
    let is_word = |word: &str| indent + word.len() == 10 || indent == 0 && BAD.contains(&word);
    let Some((word, rest)) = rest.split_once(' ').filter(|(word, _)| is_word(word)) else {
        return line.to_owned();
    };
    let color = if BAD.contains(&word) {
        31
    } else if DOUBTFUL.contains(&word) {
        33
    } else if GOING.contains(&word) {
        36
    } else {
        32
    };
    format!("{}\x1b[1;{color}m{word}\x1b[0m {rest}", &line[..indent])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_a_line_is_painted_and_nothing_else() {
        assert_eq!(painted("    passed 1/2 a"), "    \x1b[1;32mpassed\x1b[0m 1/2 a");
        assert_eq!(painted("   suspect a"), "   \x1b[1;33msuspect\x1b[0m a");
        assert_eq!(painted("    failed a"), "    \x1b[1;31mfailed\x1b[0m a");
        assert_eq!(painted("     whole 1/2 done"), "     \x1b[1;36mwhole\x1b[0m 1/2 done");
        assert_eq!(painted("interrupted 3/6 a"), "\x1b[1;31minterrupted\x1b[0m 3/6 a");
        assert_eq!(painted("           passed, 5s"), "           passed, 5s");
        assert_eq!(painted("         | log line"), "         \x1b[1;32m|\x1b[0m log line");
    }
}
