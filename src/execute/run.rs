//! One execution of k6: staged, watched, judged. What is done with the outcome is the session's matter.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use serde_json::{Map, Value};

use super::end_summary::EndSummary;
use super::live::Live;
use super::load::{Load, Loaded, Tell};
use super::pages::Pages;
use super::session::Session;
use super::written::written_files;
use super::{ExecuteError, secrets, stage};
use crate::base::address::without_user;
use crate::base::clock;
use crate::base::files::{self, Bounded};
use crate::base::mask::Mask;
use crate::base::printable::one_line;
use crate::k6::{Log, Standing, lacks_output, options_of, read_log};
use crate::result::{
    Circumstantial, Evidence, GeneratorFacts, Judged, LogFacts, Measured, NO_SUMMARY, Verdict, judge,
};
use crate::spec::statistics::trend_statistics;
use crate::spec::{self, Sending, Watch};
use crate::suite::Role;

/// More of k6's standard output, or of its log, is cut: a script may print without end.
pub(super) const LONGEST_OUTPUT: usize = 1 << 20;

/// k6's exit code for a flag that it does not know.
pub(super) const BAD_FLAG: i32 = 255;

/// What is said of a module elsewhere that is not there any more as it was hashed: k6 may have had another one.
const CHANGED_REMOTE: &str = "changed while it ran, or cannot be fetched any more";

/// The longest line that is shown, in characters.
const LONGEST_SHOWN: usize = 500;

/// The lines of the log that a failure shows.
pub(super) const TAIL: usize = 10;

/// What one execution left.
pub(super) struct Ran {
    pub(super) started: clock::Instant,
    pub(super) ended: clock::Instant,
    pub(super) wall: Duration,
    pub(super) exit: Option<i32>,
    pub(super) verdict: Verdict,
    pub(super) detail: String,
    pub(super) doubts: Vec<String>,
    pub(super) watched: Option<String>,
    pub(super) notes: Vec<String>,
    /// What is true of every run of the case, and so not told at each of them.
    pub(super) remark: Option<&'static str>,
    pub(super) generator: Option<GeneratorFacts>,
    pub(super) measured: Option<Measured>,
    pub(super) log_tail: Vec<String>,
    /// What is to be kept: `summary`, `distributions`, `series`, `samples`, `page NAME`, `log`, `stdout`, `script`, `files/NAME`; secrets masked.
    pub(super) outputs: BTreeMap<String, Vec<u8>>,
    /// The scratch folder, removed once the outputs are kept.
    pub(super) scratch: std::path::PathBuf,
}

/// Runs the script of `case`. Where this k6 cannot be watched as it was asked for, it is watched less.
pub(super) fn run(
    session: &Session<'_>,
    case: usize,
    trial: u32,
    tell: &mut Tell<'_>,
) -> Result<Ran, ExecuteError> {
    let test = session.compiled.test(case);
    let watch = if test.role == Role::WarmUp { Watch::Summary } else { test.watch };
    let mut ran = with_one_content(session, (case, trial), watch, tell)?;
    if session.settings.offline && watch != Watch::Summary && test.sending != Sending::Nothing {
        ran.watched = Some(format!("{}, not sent", watch.word()));
        ran.notes.push("nothing was sent while it ran (`--offline`)".to_owned());
    }
    if watch == Watch::Summary || ran.exit != Some(BAD_FLAG) || !lacks_output(&ran.detail) {
        return Ok(ran);
    }
    session.store.discard(&ran.scratch);
    let mut less = with_one_content(session, (case, trial), Watch::Summary, tell)?;
    less.watched = Some(Watch::Summary.word().to_owned());
    less.notes.push("this k6 cannot be watched as it should: watched by its summary".to_owned());
    Ok(less)
}

/// Runs the script of `case` once, if modules elsewhere are what was hashed; what ran is worth nothing where they
/// are not any more.
fn with_one_content(
    session: &Session<'_>,
    (case, trial): (usize, u32),
    watch: Watch,
    tell: &mut Tell<'_>,
) -> Result<Ran, ExecuteError> {
    let changed = || stage::changed_remote(&session.compiled.rendered[case].shape).map(without_user);
    if let Some(url) = changed() {
        return Err(ExecuteError::InputChanged(url.into_owned()));
    }
    let mut ran = once(session, (case, trial), watch, tell)?;
    if ran.verdict.is_reusable(true)
        && let Some(url) = changed()
    {
        (ran.verdict, ran.detail) = (Verdict::Failed, format!("`{url}` {CHANGED_REMOTE}"));
    }
    Ok(ran)
}

/// Runs the script of `case` once.
fn once(
    session: &Session<'_>,
    (case, trial): (usize, u32),
    watch: Watch,
    tell: &mut Tell<'_>,
) -> Result<Ran, ExecuteError> {
    let compiled = session.compiled;
    let shape = &compiled.rendered[case].shape;
    let script = compiled.script(case)?;
    let environment = &session.surroundings.environment;
    let declared = compiled.environment(case);
    let address = session.address(case);
    let sent = Live::secrets(session, case)?;
    let root = &session.surroundings.root;
    let mask = secrets::mask(declared, environment, root, shape, address.as_deref(), &sent)?;
    let live = Live::of(session, case, trial, &mask)?;
    let around = session.store.scratch("run")?;
    let staged = stage::stage(&session.surroundings.root, around, shape, &script)?;
    let variables = secrets::resolve(declared, environment)?;
    let options = match shape.untouched() {
        None => compiled.options(case),
        Some(_) => effective_options(session, &staged, &variables)?,
    };
    let user_statistics: Vec<String> = options
        .get("summaryTrendStats")
        .and_then(|list| serde_json::from_value(list.clone()).ok())
        .unwrap_or_default();
    let pages = (compiled.test(case).role == Role::Load).then(|| Pages::start(session, case)).transpose()?;
    let supervision = &session.surroundings.supervision;
    session.k6.look_again(environment, supervision)?;
    let load = Load {
        k6: &session.k6.path,
        files: &staged.files,
        statistics: &trend_statistics(&user_statistics),
        watch,
        live: &live,
        keep: compiled.test(case).keep_samples,
        mask: &mask,
        variables: &variables,
        environment,
        supervision,
        around: &staged.around,
        limit: compiled.longest(case).unwrap_or_else(|| spec::wall::longest(&options)),
        grace: session.settings.grace,
        room: LONGEST_OUTPUT + mask.longest(),
    };
    let Loaded { started, ended, wall, watched, series } = load.execute(tell)?;
    let log = read_log(&staged.files.log, TAIL)?;
    let log = with_stderr(log, &load.error_log());
    let EndSummary { mut outputs, measured, broken, remark: of_summary } =
        EndSummary::read(&staged.files.summary, &mask, &user_statistics)?;
    let pages = pages.map(Pages::finish).unwrap_or_default();
    outputs.extend(pages.into_iter().map(|(name, samples)| (name, mask.json(samples))));
    let series = series.finish(measured.as_ref(), &mask);
    outputs.extend(series.bytes.map(|bytes| ("series".to_owned(), bytes)));
    if let Some(path) = &series.kept {
        outputs.insert("samples".to_owned(), files::read(path)?);
    }
    let closed = spec::arrival::closed_model(&options);
    let seen = Circumstantial {
        log: &log.facts,
        generator: watched.generator.as_ref().filter(|_| !session.workspace.host_is_shared),
        started: spec::arrival::started(&options),
        series: &series.doubts,
        clock_step: ended.signed_since(started) - wall.as_secs_f64(),
    };
    let Judged { verdict, mut detail, doubts } = judge(&Evidence {
        exit: watched.status.code(),
        signal: watched.status.signal(),
        timed_out: watched.timed_out,
        interrupted: watched.interrupted,
        measured: measured.as_ref(),
        seen: &seen,
    });
    if let Some(broken) = broken {
        detail = detail.replace(NO_SUMMARY, &broken);
    }
    outputs.extend([
        ("script".to_owned(), script.into_bytes()),
        ("stdout".to_owned(), cut(&mask, watched.stdout)),
        ("log".to_owned(), cut_file(&mask, &staged.files.log)?),
    ]);
    let written = written_files(&staged, shape, &mask);
    let told = written.notes.iter().map(|note| shown(&mask, note));
    let unsent = log.facts.unsent.as_deref().map(|why| shown(&mask, why));
    let sent = live.told(session, series.relayed.as_ref(), unsent);
    let notes = of_summary.into_iter().chain(series.notes).chain(sent).chain(told).collect();
    outputs.extend(written.files.into_iter().map(|(name, bytes)| (format!("files/{name}"), bytes)));
    Ok(Ran {
        started,
        ended,
        wall,
        exit: watched.status.code(),
        verdict,
        detail: shown(&mask, &detail),
        doubts,
        watched: None,
        notes,
        remark: closed,
        generator: watched.generator,
        measured,
        log_tail: log.tail.iter().map(|line| shown(&mask, line)).collect(),
        outputs,
        scratch: staged.around,
    })
}

/// The options of an untouched script under those of the suite, which only k6 knows; none if it refuses them.
fn effective_options(
    session: &Session<'_>,
    staged: &stage::Staged,
    variables: &BTreeMap<String, OsString>,
) -> Result<Map<String, Value>, ExecuteError> {
    let (folder, script) = (&staged.files.folder, &staged.files.script);
    let standing = Standing { root: &staged.tree, folder, script };
    let surroundings = session.surroundings;
    let (environment, supervision) = (&surroundings.environment, &surroundings.supervision);
    let options = options_of(&session.k6.path, &standing, variables, environment, supervision)?;
    Ok(options.unwrap_or_default())
}

/// A line of k6's or the script's for people: masked before it is cut, and without control characters.
fn shown(mask: &Mask, line: &str) -> String {
    let masked = mask.text(line);
    let line = one_line(&masked);
    match line.char_indices().nth(LONGEST_SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.into_owned(),
    }
}

/// What k6 says before its log is open (a bad flag) stands on standard error only.
pub(super) fn with_stderr(mut log: Log, error_log: &std::path::Path) -> Log {
    let Ok(Bounded::Whole(bytes) | Bounded::Ends(bytes, _)) =
        files::read_bounded(error_log, LONGEST_OUTPUT as u64, LONGEST_OUTPUT as u64)
    else {
        return log;
    };
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let last: Vec<String> = lines.take(TAIL).map(str::to_owned).collect();
    if log.facts.last_error.is_none() {
        let facts = std::mem::take(&mut log.facts);
        log.facts = LogFacts { last_error: last.last().cloned(), ..facts };
    }
    if log.tail.is_empty() {
        log.tail = last;
    }
    log
}

/// Masked, and cut in the middle where it is too long. A secret that a cut would take apart is
/// outside what stays: the pieces are taken longer by the longest secret, masked, and then shortened.
fn cut(mask: &Mask, bytes: Vec<u8>) -> Vec<u8> {
    if bytes.len() <= LONGEST_OUTPUT {
        return mask.bytes(bytes);
    }
    let piece = LONGEST_OUTPUT / 2 + mask.longest();
    let tail = bytes[bytes.len().saturating_sub(piece)..].to_vec();
    let head = bytes[..piece.min(bytes.len())].to_vec();
    joined(mask, head, tail)
}

/// The same for a file, of which only its ends are read where it is too long.
fn cut_file(mask: &Mask, path: &std::path::Path) -> Result<Vec<u8>, ExecuteError> {
    let piece = (LONGEST_OUTPUT / 2 + mask.longest()) as u64;
    Ok(match files::read_bounded(path, LONGEST_OUTPUT as u64, piece)? {
        Bounded::Absent => Vec::new(),
        Bounded::Whole(bytes) => mask.bytes(bytes),
        Bounded::Ends(head, tail) => joined(mask, head, tail),
    })
}

/// Two ends of something longer, each longer by the longest secret than what stays of it.
fn joined(mask: &Mask, head: Vec<u8>, tail: Vec<u8>) -> Vec<u8> {
    let more = mask.longest();
    let mut head = mask.bytes(head);
    head.truncate(head.len().saturating_sub(more));
    let tail = mask.bytes(tail);
    head.extend_from_slice(b"\n... (cut)\n");
    head.extend_from_slice(&tail[more.min(tail.len())..]);
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_leaves_no_piece_of_a_secret() {
        let secret = "abcdefghijklmnopqrstuvwxyz0123456789";
        let mask = Mask::of([secret.as_bytes()]);
        for shift in 0..secret.len() {
            let text = format!("{}{}", "x".repeat(shift), format!("TOK{secret}END").repeat(40_000));
            let kept = String::from_utf8(cut(&mask, text.into_bytes())).expect("text");
            assert!(kept.contains("TOK***END") && kept.contains("... (cut)"));
            assert!(!kept.contains("abcd") && !kept.contains("6789"), "shifted by {shift}");
        }
    }
}
