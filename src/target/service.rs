//! A service that howitzer builds, starts and stops.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::{Surroundings, TargetError, await_ready, is_answering};
use crate::base::capture::capture_watched;
use crate::base::files::{self, create_folder, told};
use crate::base::mask::Mask;
use crate::base::process::{Command, Guarded, Sink, describe};
use crate::manifest::{Service, Target};

/// Builds of targets may compile much.
const BUILD_LIMIT: Duration = Duration::from_hours(1);

/// How long a service may take to end before it is killed.
const GRACE: Duration = Duration::from_secs(10);

/// A line of a service's log beyond this is written in pieces.
const LONGEST_LINE: u64 = 1 << 20;

/// How long an address may stay taken by a service that is just ending.
const RELEASE: Duration = Duration::from_secs(3);

/// A started service.
#[derive(Debug)]
pub struct Running {
    process: Guarded,
    log: PathBuf,
    writers: Vec<JoinHandle<()>>,
    /// How long it took until it was ready.
    pub ready_after: Duration,
}

/// Runs the service's build command, if it has one. While it runs, `told` is called again and again with a function that
/// gives the last line which the command printed.
pub fn build(
    target: &Target,
    service: &Service,
    surroundings: &Surroundings,
    told: &mut dyn FnMut(&dyn Fn() -> String),
) -> Result<(), TargetError> {
    let Some(words) = &service.build else { return Ok(()) };
    let command = command(words, target, service, surroundings)?;
    let mask = mask(service, surroundings);
    let captured = capture_watched(&command, BUILD_LIMIT, &surroundings.supervision, &mut |printed| {
        told(&|| printed.last_line(&mask));
    })?;
    if captured.status.success() {
        return Ok(());
    }
    let log = mask.bytes([captured.stdout, captured.stderr].concat());
    Err(TargetError::BuildFailed {
        name: target.name.clone(),
        command: words.join(" "),
        end: describe(captured.status),
        log: String::from_utf8_lossy(&log).into_owned(),
    })
}

/// Starts the service and waits until it is ready. `look` may end the waiting with an error.
pub fn start(
    target: &Target,
    service: &Service,
    surroundings: &Surroundings,
    look: &mut dyn FnMut() -> Result<(), TargetError>,
) -> Result<Running, TargetError> {
    await_free(target, surroundings)?;
    create_folder(&surroundings.scratch)?;
    let log = surroundings.scratch.join(format!("{}.log", target.name));
    let file = File::options().create(true).append(true).open(&log).map_err(told("open", &log))?;
    let file = Arc::new(Mutex::new(file));
    let command = command(&service.command, target, service, surroundings)?;
    let mut process = Guarded::spawn(&command, &surroundings.supervision.guard, Sink::Pipe, Sink::Pipe)?;
    let mask = mask(service, surroundings);
    let writers = [
        process.take_stdout().map(|pipe| write_log(pipe, Arc::clone(&file), mask.clone())),
        process.take_stderr().map(|pipe| write_log(pipe, file, mask)),
    ];
    let writers = writers.into_iter().flatten().collect();
    let mut running = Running { process, log, writers, ready_after: Duration::ZERO };
    running.ready_after = {
        let mut alive = || {
            look()?;
            running.check_alive(&target.name)
        };
        await_ready(target, surroundings, &mut alive)?
    };
    running.check_alive(&target.name)?;
    Ok(running)
}

impl Running {
    /// An error with the end of its log, if the service has ended by itself.
    pub fn check_alive(&mut self, name: &str) -> Result<(), TargetError> {
        let Some(status) = self.process.try_wait()? else { return Ok(()) };
        // The guard has ended the whole group: the pipes end, and the log is whole.
        self.writers.drain(..).for_each(|writer| drop(writer.join()));
        let log = files::read(&self.log)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default();
        Err(TargetError::Ended { name: name.to_owned(), end: describe(status), log })
    }

    /// Ends it: SIGTERM, and SIGKILL where that does not do.
    pub fn stop(self) -> Result<(), TargetError> {
        self.process.stop(GRACE)?;
        Ok(())
    }
}

fn mask(service: &Service, surroundings: &Surroundings) -> Mask {
    let secrets = service.environment.values().filter_map(|value| value.secret(&surroundings.environment));
    Mask::of(secrets.map(OsStr::as_encoded_bytes))
}

/// Copies what a service prints into its log, line by line, secrets masked.
fn write_log(pipe: impl Read + Send + 'static, log: Arc<Mutex<File>>, mask: Mask) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut lines = BufReader::new(pipe);
        let mut line = Vec::new();
        while lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            let masked = mask.bytes(std::mem::take(&mut line));
            // A full disk must not stop the service; its log then ends early.
            let _ = log.lock().unwrap_or_else(PoisonError::into_inner).write_all(&masked);
        }
    })
}

/// A service of a killed build may need a moment to go; anybody else's stays.
fn await_free(target: &Target, surroundings: &Surroundings) -> Result<(), TargetError> {
    let started = std::time::Instant::now();
    while let Some(address) = is_answering(target, surroundings) {
        if started.elapsed() > RELEASE {
            return Err(TargetError::Occupied { name: target.name.clone(), address });
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

fn command(
    words: &[String],
    target: &Target,
    service: &Service,
    surroundings: &Surroundings,
) -> Result<Command, TargetError> {
    let inherited = surroundings.environment.variables();
    let mut environment: BTreeMap<OsString, OsString> =
        inherited.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    for (name, value) in &service.environment {
        let value = value.resolve(&surroundings.environment).map_err(|variable| TargetError::Unset {
            name: target.name.clone(),
            variable: variable.to_owned(),
        })?;
        environment.insert(name.into(), value);
    }
    let folder = surroundings.root.join(&service.folder);
    let program = words.first().map(String::as_str).unwrap_or_default();
    // A relative path with a slash means the service's folder, whatever folder howitzer runs in.
    let program = if program.contains('/') { folder.join(program) } else { program.into() };
    Ok(Command { program, arguments: words.iter().skip(1).map(Into::into).collect(), folder, environment })
}
