//! A service that howitzer builds, starts and stops.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use super::{Surroundings, TargetError, await_ready, is_answering};
use crate::base::files::{self, create_folder, told};
use crate::base::process::{Command, Guarded, Sink, capture, describe};
use crate::manifest::{EnvironmentValue, Service, Target};

/// Builds of targets may compile much.
const BUILD_LIMIT: Duration = Duration::from_hours(1);

/// How long a service may take to end before it is killed.
const GRACE: Duration = Duration::from_secs(10);

/// How long an address may stay taken by a service that is just ending.
const RELEASE: Duration = Duration::from_secs(3);

/// A started service.
#[derive(Debug)]
pub struct Running {
    process: Guarded,
    log: PathBuf,
    /// How long it took until it was ready.
    pub ready_after: Duration,
}

/// Runs the service's build command, if it has one.
pub fn build(target: &Target, service: &Service, surroundings: &Surroundings) -> Result<(), TargetError> {
    let Some(words) = &service.build else { return Ok(()) };
    let captured = capture(&command(words, service, surroundings), BUILD_LIMIT)?;
    if captured.status.success() {
        return Ok(());
    }
    let log = [captured.stdout, captured.stderr].concat();
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
    let open = || File::options().create(true).append(true).open(&log).map_err(told("open", &log));
    let (stdout, stderr) = (Sink::File(open()?), Sink::File(open()?));
    let command = command(&service.command, service, surroundings);
    let process = Guarded::spawn(&command, &surroundings.guard, stdout, stderr)?;
    let mut running = Running { process, log, ready_after: Duration::ZERO };
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

fn command(words: &[String], service: &Service, surroundings: &Surroundings) -> Command {
    let inherited = surroundings.environment.variables();
    let mut environment: BTreeMap<OsString, OsString> =
        inherited.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    for (name, value) in &service.environment {
        let value = match value {
            EnvironmentValue::Plain(text) => text.into(),
            EnvironmentValue::From { name, .. } => {
                surroundings.environment.get(name).unwrap_or_default().to_owned()
            }
        };
        environment.insert(name.into(), value);
    }
    let folder = surroundings.root.join(&service.folder);
    let program = words.first().map(String::as_str).unwrap_or_default();
    // A relative path with a slash means the service's folder, whatever folder howitzer runs in.
    let program = if program.contains('/') { folder.join(program) } else { program.into() };
    Command { program, arguments: words.iter().skip(1).map(Into::into).collect(), folder, environment }
}
