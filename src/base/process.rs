//! The one file that spawns processes, each below a guard. [`super::capture`] runs short ones to their end.
//!
//! A guarded child lives below a second process of this binary (see [`super::guard`]). The guard
//! holds the read end of a pipe whose write end only we have: when we are gone, by whatever
//! death, the pipe ends and the guard kills the child's process group. So no crash leaves load running.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use command_fds::{CommandFdExt, FdMapping};

use super::guard::Order;

/// A program to start, with its whole environment: nothing is inherited.
#[derive(Debug, Clone)]
pub struct Command {
    /// The program, absolute or looked up in the `PATH` of `environment`.
    pub program: PathBuf,
    /// Its arguments, without the program's own name.
    pub arguments: Vec<OsString>,
    /// The folder in which it starts.
    pub folder: PathBuf,
    /// All of its environment variables.
    pub environment: BTreeMap<OsString, OsString>,
}

/// A process that could not be started or watched.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The system did not start it.
    #[error("cannot start `{}`", program.display())]
    Spawn {
        /// The program that was to start.
        program: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It was still running after its time.
    #[error("`{}` did not end within {}", program.display(), super::duration::human(*limit))]
    Timeout {
        /// The program.
        program: PathBuf,
        /// The time it had.
        limit: Duration,
    },
    /// The user asked howitzer to stop, and so it was ended, or not started at all.
    #[error("interrupted")]
    Interrupted,
    /// Waiting for it failed.
    #[error("cannot wait for `{}`", program.display())]
    Wait {
        /// The program.
        program: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// How often a loop looks at a child: short against a load test, long against a processor.
pub const POLL: Duration = Duration::from_millis(2);

impl Command {
    fn prepare(&self, program: &std::path::Path) -> std::process::Command {
        let mut command = std::process::Command::new(program);
        command.env_clear().envs(&self.environment).current_dir(&self.folder);
        command
    }

    fn spawn_error(&self) -> impl FnOnce(io::Error) -> ProcessError + '_ {
        |source| ProcessError::Spawn { program: self.program.clone(), source }
    }
}

fn wait_until(child: &mut Child, deadline: Instant) -> io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        thread::sleep(POLL);
    }
}

/// Where a guarded child's output goes.
#[derive(Debug)]
pub enum Sink {
    /// To a pipe that the caller must drain until its end.
    Pipe,
    /// Appended to this file.
    File(File),
}

impl From<Sink> for Stdio {
    fn from(sink: Sink) -> Self {
        match sink {
            Sink::Pipe => Self::piped(),
            Sink::File(file) => Self::from(file),
        }
    }
}

/// The descriptor under which a child finds what it is handed beside its standard ones.
pub const HANDED: i32 = 3;

/// A child that dies when this process does.
#[derive(Debug)]
pub struct Guarded {
    program: PathBuf,
    guard: Child,
    orders: Option<ChildStdin>,
}

impl Guarded {
    /// Starts `command` below a guard: `guard_program` is this binary, whose `guard` verb runs
    /// [`super::guard::main`].
    pub fn spawn(
        command: &Command,
        guard_program: &std::path::Path,
        stdout: Sink,
        stderr: Sink,
    ) -> Result<Self, ProcessError> {
        Self::spawn_with(command, guard_program, stdout, stderr, None)
    }

    /// The same; the child also gets `handed` as its descriptor [`HANDED`]. The guard holds a copy until it ends,
    /// which it does with the child: so the end of a pipe is seen then, and ours is closed here.
    pub fn spawn_with(
        command: &Command,
        guard_program: &std::path::Path,
        stdout: Sink,
        stderr: Sink,
        handed: Option<OwnedFd>,
    ) -> Result<Self, ProcessError> {
        super::stop::before("start", &command.program);
        let mut prepared = command.prepare(guard_program);
        prepared
            .arg(super::guard::VERB)
            .arg(&command.program)
            .args(&command.arguments)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(stdout)
            .stderr(stderr);
        let mapping = handed.map(|parent_fd| FdMapping { parent_fd, child_fd: HANDED });
        let mapped = prepared.fd_mappings(mapping.into_iter().collect()).map(|_| ());
        mapped.map_err(io::Error::other).map_err(command.spawn_error())?;
        let mut guard = prepared.spawn().map_err(command.spawn_error())?;
        let orders = guard.stdin.take();
        Ok(Self { program: command.program.clone(), guard, orders })
    }

    /// The guard's process; the child is its only one.
    pub fn guard(&self) -> u32 {
        self.guard.id()
    }

    /// The child's standard output, once, if it was piped.
    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.guard.stdout.take()
    }

    /// The child's standard error, once, if it was piped.
    pub fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.guard.stderr.take()
    }

    /// Has the guard signal the child's process group. A child that is gone is no error.
    pub fn order(&mut self, order: Order) {
        if let Some(pipe) = &mut self.orders {
            let _ = pipe.write_all(&[order.byte()]);
        }
    }

    /// Looks once whether the child has ended; what it left of its group is gone by then.
    pub fn try_wait(&mut self) -> Result<Option<ExitStatus>, ProcessError> {
        let status = self.guard.try_wait();
        status.map_err(|source| ProcessError::Wait { program: self.program.clone(), source })
    }

    /// Asks the child to end (SIGTERM), and kills its group after `grace`.
    pub fn stop(mut self, grace: Duration) -> Result<ExitStatus, ProcessError> {
        let wrap = |source| ProcessError::Wait { program: self.program.clone(), source };
        if let Some(pipe) = &mut self.orders {
            let _ = pipe.write_all(&[Order::Terminate.byte()]);
        }
        if let Some(status) = wait_until(&mut self.guard, Instant::now() + grace).map_err(wrap)? {
            return Ok(status);
        }
        drop(self.orders.take());
        self.guard.wait().map_err(wrap)
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // Ending the pipe has the guard kill the group; reaping it leaves no zombie.
        drop(self.orders.take());
        let _ = self.guard.wait();
    }
}

/// How a process ended, in the words of a shell user.
pub fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "an unknown end".to_owned(),
    }
}
