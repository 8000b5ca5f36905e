//! One command of a set-up: run in the workspace's root below a guard, its output in a log in scratch.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::event::{Event, Sink};
use super::waiting::Waiting;
use super::{ExecuteError, secrets};
use crate::base::causes::with_causes;
use crate::base::duration::human;
use crate::base::files::told;
use crate::base::interrupt::Interrupt;
use crate::base::last_line::{LOOKED_AT, last_line};
use crate::base::mask::Mask;
use crate::base::process::{self, Command, Guarded, POLL, describe};
use crate::manifest::EnvironmentValue;
use crate::render::SetUpCommands;
use crate::store::LockedStore;
use crate::target::Surroundings;

/// The lines of its output that a failed command shows.
const TAIL: usize = 10;

/// They are looked for in this much of the output's end.
const TAIL_BYTES: u64 = 64 * 1024;

/// What running a set-up's commands needs.
#[derive(Clone, Copy)]
pub struct SetUpRunner<'a> {
    /// For logs, and for what is applied.
    pub store: &'a LockedStore,
    /// The workspace's root, howitzer's environment, the guard.
    pub surroundings: &'a Surroundings,
    /// The user's signals.
    pub interrupt: &'a Interrupt,
    /// How long a command that was asked to stop may take.
    pub grace: Duration,
}

/// A command of a set-up that did not do its work.
#[derive(Debug)]
pub struct SetUpFailure {
    /// `replicas=4`.
    pub name: String,
    /// The command line.
    pub command: String,
    /// How it ended.
    pub end: String,
    /// The end of what it printed.
    pub tail: Vec<String>,
}

/// Why a command did not do its work.
enum Problem {
    Interrupted,
    Failed { end: String, tail: Vec<String> },
}

impl<E: std::error::Error> From<E> for Problem {
    fn from(error: E) -> Self {
        Self::Failed { end: with_causes(&error), tail: Vec::new() }
    }
}

impl SetUpRunner<'_> {
    /// Runs the command that applies `set_up`; the caller has it on disk already.
    pub(super) fn apply(
        &self,
        test: &str,
        set_up: &SetUpCommands,
        masked: &BTreeMap<String, EnvironmentValue>,
        sink: &mut Sink<'_>,
    ) -> Result<(), ExecuteError> {
        let (axis, value) = (set_up.axis.clone(), set_up.value.clone());
        let mask = self.mask(set_up, masked);
        let command = shown(&set_up.apply, &mask);
        sink(Event::SetUpApplying {
            test: test.to_owned(),
            axis: axis.clone(),
            value: value.clone(),
            command: command.clone(),
        });
        match self.run(set_up, &set_up.apply, &mask, false, sink) {
            Ok(wall) => {
                sink(Event::SetUpApplied { axis, value, seconds: wall.as_secs_f64() });
                Ok(())
            }
            Err(Problem::Interrupted) => Err(ExecuteError::Interrupted),
            Err(Problem::Failed { end, tail }) => {
                Err(ExecuteError::NotApplied(SetUpFailure { name: name(set_up), command, end, tail }))
            }
        }
    }

    /// Runs the command that undoes `set_up`; `leftover` is one that an earlier build has left.
    pub(super) fn undo(
        &self,
        set_up: &SetUpCommands,
        masked: &BTreeMap<String, EnvironmentValue>,
        leftover: bool,
        sink: &mut Sink<'_>,
    ) -> Result<(), ExecuteError> {
        let (axis, value) = (set_up.axis.clone(), set_up.value.clone());
        let mask = self.mask(set_up, masked);
        let command = shown(&set_up.undo, &mask);
        sink(Event::SetUpUndoing {
            axis: axis.clone(),
            value: value.clone(),
            command: command.clone(),
            leftover,
        });
        let (end, tail) = match self.run(set_up, &set_up.undo, &mask, true, sink) {
            Ok(wall) => {
                sink(Event::SetUpUndone { axis, value, seconds: wall.as_secs_f64() });
                return Ok(());
            }
            Err(Problem::Interrupted) => ("a second signal".to_owned(), Vec::new()),
            Err(Problem::Failed { end, tail }) => (end, tail),
        };
        Err(ExecuteError::NotUndone(SetUpFailure { name: name(set_up), command, end, tail }))
    }

    fn run(
        &self,
        set_up: &SetUpCommands,
        words: &[String],
        mask: &Mask,
        undoing: bool,
        sink: &mut Sink<'_>,
    ) -> Result<Duration, Problem> {
        let folder = self.store.scratch("set-up")?;
        let log = folder.join("log");
        let open = || File::options().create(true).append(true).open(&log).map_err(told("open", &log));
        let (stdout, stderr) = (process::Sink::File(open()?), process::Sink::File(open()?));
        let started = Instant::now();
        let child = Guarded::spawn(
            &self.command(set_up, words)?,
            &self.surroundings.supervision.guard,
            stdout,
            stderr,
        )?;
        let what = format!("set-up {}{}", name(set_up), if undoing { " to be undone" } else { "" });
        let mut waiting = Waiting::new(what, Some(set_up.timeout));
        let ended = self.watch(child, set_up.timeout, undoing, &mut || {
            waiting.look(sink, || {
                let (is_cut, bytes) = end_of(&log, LOOKED_AT as u64);
                last_line(&bytes, is_cut, mask)
            });
        });
        let outcome = match ended {
            Ok(None) => Ok(started.elapsed()),
            Ok(Some(end)) => Err(Problem::Failed { end, tail: tail(&log, mask) }),
            Err(problem) => Err(problem),
        };
        // What is left of scratch the next build removes.
        self.store.discard(&folder);
        outcome
    }

    /// Waits for the command; how it ended where that is no success.
    ///
    /// The first signal ends an apply. An undo is what a stopped build still owes: only a signal that
    /// comes while the build is stopping already ends it.
    fn watch(
        &self,
        mut child: Guarded,
        limit: Duration,
        undoing: bool,
        look: &mut dyn FnMut(),
    ) -> Result<Option<String>, Problem> {
        let started = Instant::now();
        let borne = if undoing { self.interrupt.count().max(1) } else { 0 };
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok((!status.success()).then(|| describe(status)));
            }
            if self.interrupt.count() > borne {
                child.stop(self.grace)?;
                return Err(Problem::Interrupted);
            }
            if started.elapsed() > limit {
                child.stop(self.grace)?;
                return Ok(Some(format!("no end within {}", human(limit))));
            }
            look();
            thread::sleep(POLL);
        }
    }

    fn command(&self, set_up: &SetUpCommands, words: &[String]) -> Result<Command, ExecuteError> {
        let inherited = self.surroundings.environment.variables();
        let mut environment: BTreeMap<OsString, OsString> =
            inherited.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let declared = secrets::resolve(&set_up.environment, &self.surroundings.environment)?;
        environment.extend(declared.into_iter().map(|(name, value)| (name.into(), value)));
        let folder = self.surroundings.root.clone();
        let program = words.first().map(String::as_str).unwrap_or_default();
        // A relative path with a slash means the workspace's root, whatever folder howitzer runs in.
        let program = if program.contains('/') { folder.join(program) } else { program.into() };
        Ok(Command {
            program,
            arguments: words.iter().skip(1).map(Into::into).collect(),
            folder,
            environment,
        })
    }

    /// The secrets of a set-up, and of `others`.
    fn mask(&self, set_up: &SetUpCommands, others: &BTreeMap<String, EnvironmentValue>) -> Mask {
        let declared = set_up.environment.values().chain(others.values());
        let secrets = declared.filter_map(|value| value.secret(&self.surroundings.environment));
        Mask::of(secrets.map(OsStr::as_encoded_bytes))
    }
}

/// A command as a line for people.
fn shown(words: &[String], mask: &Mask) -> String {
    mask.text(&words.join(" ")).into_owned()
}

fn name(set_up: &SetUpCommands) -> String {
    format!("{}={}", set_up.axis, set_up.value)
}

/// At most `most` bytes from the end of a log, and whether there is more before them.
fn end_of(log: &Path, most: u64) -> (bool, Vec<u8>) {
    let end = || -> std::io::Result<(bool, Vec<u8>)> {
        let mut file = File::open(log)?;
        let start = file.metadata()?.len().saturating_sub(most);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(most).read_to_end(&mut bytes)?;
        Ok((start > 0, bytes))
    };
    end().unwrap_or_default()
}

/// The last lines of a log of whatever size, secrets masked.
fn tail(log: &Path, mask: &Mask) -> Vec<String> {
    let (is_cut, bytes) = end_of(log, TAIL_BYTES);
    let mut bytes = mask.bytes(bytes);
    if is_cut {
        // A cut log may begin in the middle of a secret.
        bytes.drain(..mask.longest().min(bytes.len()));
    }
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().skip(usize::from(is_cut)).collect();
    lines[lines.len().saturating_sub(TAIL)..].iter().map(|line| (*line).to_owned()).collect()
}
