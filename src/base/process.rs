//! The one file that spawns processes: short ones whose output is captured, and long ones under a guard.
//!
//! A guarded child lives below a second process of this binary (see [`super::guard`]). The guard
//! holds the read end of a pipe whose write end only we have: when we are gone, by whatever
//! death, the pipe ends and the guard kills the child's process group. So no crash leaves load running.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

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

/// What a finished process left.
#[derive(Debug)]
pub struct Captured {
    /// How it ended.
    pub status: ExitStatus,
    /// All of its standard output.
    pub stdout: Vec<u8>,
    /// All of its standard error.
    pub stderr: Vec<u8>,
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

/// Runs a short program to its end, in a process group of its own, killing it after `limit`. What it leaves
/// of its group is killed too: nothing of it goes on, and nobody keeps its pipes open.
pub fn capture(command: &Command, limit: Duration) -> Result<Captured, ProcessError> {
    let mut child = command
        .prepare(&command.program)
        .args(&command.arguments)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(command.spawn_error())?;
    let (stdout, stderr) = (Drained::of(child.stdout.take()), Drained::of(child.stderr.take()));
    let wrap = |source| ProcessError::Wait { program: command.program.clone(), source };
    let ended = has_ended_before(&child, Instant::now() + limit).map_err(wrap)?;
    // Its id is its own as long as it is not waited for.
    kill_group(child.id());
    let status = child.wait().map_err(wrap)?;
    if !ended {
        return Err(ProcessError::Timeout { program: command.program.clone(), limit });
    }
    Ok(Captured { status, stdout: stdout.finish(), stderr: stderr.finish() })
}

/// More of a short program's output is dropped.
const LONGEST_CAPTURE: usize = 16 << 20;

/// How long a pipe may stay open whose program has ended: something that left its group may hold it.
const PIPE_PATIENCE: Duration = Duration::from_secs(2);

/// A pipe that a thread reads to its end.
struct Drained {
    kept: Arc<Mutex<Vec<u8>>>,
    end: Receiver<()>,
}

impl Drained {
    fn of(pipe: Option<impl Read + Send + 'static>) -> Self {
        let kept = Arc::<Mutex<Vec<u8>>>::default();
        let (sender, end) = channel();
        let filled = Arc::clone(&kept);
        thread::spawn(move || {
            let mut buffer = [0; 16 * 1024];
            let Some(mut pipe) = pipe else { return };
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                let mut kept = filled.lock().unwrap_or_else(PoisonError::into_inner);
                let free = LONGEST_CAPTURE.saturating_sub(kept.len());
                kept.extend_from_slice(&buffer[..count.min(free)]);
            }
            drop(sender);
        });
        Self { kept, end }
    }

    /// What came until the end, or until nobody waits for it any longer.
    fn finish(self) -> Vec<u8> {
        let _ = self.end.recv_timeout(PIPE_PATIENCE);
        std::mem::take(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Looks without waiting for it in the system's sense, so that its id stays taken.
fn has_ended_before(child: &Child, deadline: Instant) -> io::Result<bool> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    loop {
        match waitid(WaitId::Pid(Pid::from_child(child)), options) {
            Ok(Some(_)) => return Ok(true),
            Ok(None) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        if Instant::now() >= deadline {
            return Ok(false);
        }
        thread::sleep(POLL);
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

fn kill_group(leader: u32) {
    if let Some(group) = i32::try_from(leader).ok().and_then(Pid::from_raw) {
        // The group may be gone already; then there is nothing to kill.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
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

/// A long-running child that dies when this process does.
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
        super::stop::before("start", &command.program);
        let mut guard = command
            .prepare(guard_program)
            .arg(super::guard::VERB)
            .arg(&command.program)
            .args(&command.arguments)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .map_err(command.spawn_error())?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn bash(script: &str, limit: Duration) -> Result<Captured, ProcessError> {
        let command = Command {
            program: "bash".into(),
            arguments: vec!["-c".into(), script.into()],
            folder: "/".into(),
            environment: BTreeMap::from([("PATH".into(), "/usr/bin:/bin".into())]),
        };
        capture(&command, limit)
    }

    #[test]
    fn a_short_program_that_does_not_end_is_ended_after_its_limit() {
        let started = Instant::now();
        let captured = bash("sleep 20; echo late", Duration::from_millis(200));
        assert!(matches!(captured, Err(ProcessError::Timeout { .. })), "{captured:?}");
        assert!(started.elapsed() < Duration::from_secs(15));
    }

    #[test]
    fn a_short_program_that_prints_without_end_is_read_to_its_end_and_kept_in_part() {
        let captured = bash("head -c 50000000 /dev/zero; exit 3", Duration::from_mins(1)).expect("it ends");
        assert_eq!((captured.status.code(), captured.stdout.len()), (Some(3), LONGEST_CAPTURE));
    }

    #[test]
    fn a_pipe_that_somebody_else_keeps_open_is_given_up() {
        let started = Instant::now();
        let script = "setsid sleep 20 & echo said; sleep 0.3";
        let captured = bash(script, Duration::from_mins(1)).expect("it ends");
        assert_eq!(captured.stdout, b"said\n");
        assert!(started.elapsed() < Duration::from_secs(15));
    }
}
