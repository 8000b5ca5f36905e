//! k6's log as JSON lines: the facts that a verdict needs, and its tail for people.
//!
//! Measured with k6 0.57.0 and 1.1.0 (`--log-format json --log-output file=F`):
//! an exception in an iteration is `{"level":"error","msg":"Error: …\n\tat …","source":"stacktrace",…}`;
//! the script's `console.*` has `"source":"console"`; with a log file nothing of this is on
//! standard error, `abortOnFail`'s line included:
//! `thresholds on metrics 'NAME' were crossed; at least one has abortOnFail enabled, stopping test prematurely`.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use serde::Deserialize;

use super::error::K6Error;
use crate::base::files::told;
use crate::result::LogFacts;

/// A log as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    /// What it says about the run.
    pub facts: LogFacts,
    /// Its last lines, for people: `error: message`.
    pub tail: Vec<String>,
    /// All lines that it had.
    pub lines: u64,
}

/// One line as k6 writes it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Line {
    level: String,
    msg: String,
    source: String,
    error: String,
}

/// What k6 says where its last totals did not reach a collector (1.1.0 and 0.57.0); it exits 0. What fails before is
/// an information only, and made good by the next post.
const UNSENT: &str = "can't shutdown OpenTelemetry metric provider";

/// The longest line that is looked at, in bytes; a longer one (a script logging a body) is cut.
const LONGEST_LINE: usize = 64 * 1024;

/// Reads a log file with the last `tail` lines; an absent file is an empty log (k6 died before it), and so
/// is what is no plain file: a pipe would be waited for.
pub fn read(path: &Path, tail: usize) -> Result<Log, K6Error> {
    if path.symlink_metadata().is_ok_and(|found| !found.is_file()) {
        return Ok(Log::default());
    }
    match File::open(path) {
        Ok(file) => Ok(parse(BufReader::new(file), tail).map_err(told("read", path))?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Log::default()),
        Err(error) => Err(told("read", path)(error).into()),
    }
}

/// Reads a log with the last `tail` lines, in bounded memory.
pub(super) fn parse(mut log: impl BufRead, tail: usize) -> io::Result<Log> {
    let mut read = Log::default();
    let mut shown = VecDeque::new();
    let mut console_error = None;
    let mut bytes = Vec::new();
    while next_line(&mut log, &mut bytes)? {
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        read.lines += 1;
        let line = serde_json::from_str(text).unwrap_or_else(|_| plain(text));
        count(&line, &mut read.facts, &mut console_error);
        shown.push_back(show(&line));
        if shown.len() > tail {
            shown.pop_front();
        }
    }
    read.facts.last_error = read.facts.last_error.take().or(console_error);
    read.tail = shown.into();
    Ok(read)
}

/// Reads one line, of which what is over [`LONGEST_LINE`] is dropped; false at the end.
fn next_line(log: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let taken = log.by_ref().take(LONGEST_LINE as u64).read_until(b'\n', line)?;
    if taken == LONGEST_LINE && line.last() != Some(&b'\n') {
        log.skip_until(b'\n')?;
    }
    Ok(taken > 0)
}

/// A line that is not k6's JSON (cut, or written by something else) is kept as it stands.
fn plain(text: &str) -> Line {
    Line { msg: text.to_owned(), ..Line::default() }
}

fn count(line: &Line, facts: &mut LogFacts, console_error: &mut Option<String>) {
    facts.lacked_vus |= line.msg.starts_with("Insufficient VUs");
    if !matches!(line.level.as_str(), "error" | "fatal" | "panic") {
        return;
    }
    let message = || Some(line.msg.trim().to_owned());
    if line.msg == UNSENT {
        let why = if line.error.is_empty() { &line.msg } else { &line.error };
        facts.unsent = Some(why.clone());
        return;
    }
    match line.source.as_str() {
        "console" => *console_error = message(),
        "stacktrace" => {
            facts.exceptions += 1;
            facts.last_error = message();
        }
        _ if line.msg.contains("abortOnFail enabled, stopping test prematurely") => {
            facts.stopped_prematurely = true;
        }
        _ => {
            facts.errors += 1;
            facts.last_error = message();
        }
    }
}

fn show(line: &Line) -> String {
    let mut shown =
        line.msg.lines().map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    if !line.error.is_empty() {
        shown = format!("{shown}: {}", line.error);
    }
    if !line.level.is_empty() {
        shown = format!("{}: {shown}", line.level);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = r#"{"level":"info","msg":"hi","source":"console","time":"2026-11-24T05:16:31Z"}
{"level":"error","msg":"oops","source":"console","time":"2026-11-24T05:16:31Z"}
{"executor":"constant-vus","level":"error","msg":"Error: exc\n\tat default (file:///s.js:4:98(23))\n","scenario":"default","source":"stacktrace","time":"2026-11-24T05:16:31Z"}
{"error":"json: unknown field \"zork\"","level":"warning","msg":"There were unknown fields in the options exported in the script","time":"2026-11-24T05:16:39Z"}
{"level":"error","msg":"thresholds on metrics 'my_c' were crossed; at least one has abortOnFail enabled, stopping test prematurely","time":"2026-11-24T05:16:33Z"}
"#;

    #[test]
    fn facts_tell_exceptions_console_and_abort_apart() {
        let log = parse(LOG.as_bytes(), 2).expect("reads");
        assert_eq!(log.facts.exceptions, 1);
        assert_eq!(log.facts.errors, 0);
        assert!(log.facts.stopped_prematurely);
        assert!(log.facts.last_error.is_some_and(|message| message.starts_with("Error: exc")));
        assert_eq!(log.tail.len(), 2);
        let warning = "warning: There were unknown fields in the options exported in the script: json: unknown field \"zork\"";
        assert_eq!(log.tail[0], warning);
    }

    #[test]
    fn a_script_that_only_logs_errors_has_no_errors_but_a_last_one() {
        let log = parse(LOG.lines().take(2).collect::<Vec<_>>().join("\n").as_bytes(), 9).expect("reads");
        assert_eq!((log.facts.exceptions, log.facts.errors), (0, 0));
        assert_eq!(log.facts.last_error.as_deref(), Some("oops"));
    }

    #[test]
    fn bad_and_endless_lines_are_tolerated() {
        let long = "x".repeat(3 * LONGEST_LINE);
        let text = format!("{{\"level\":\nnot json\n{long}\n{LOG}{{\"level\":\"err");
        let log = parse(text.as_bytes(), 100).expect("reads");
        assert_eq!((log.lines, log.facts.exceptions), (9, 1));
        assert!(log.tail.iter().all(|line| line.len() <= LONGEST_LINE));
    }

    #[test]
    fn a_log_that_was_never_written_is_empty() {
        assert_eq!(read(Path::new("/nonexistent/log"), 5).expect("reads"), Log::default());
    }
}
