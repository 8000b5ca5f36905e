//! Short programs that are run to their end, below a guard like long ones, and whose output is kept.

use std::io::{self, Read};
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::guard;
use super::interrupt::Interrupt;
use super::last_line::{LOOKED_AT, last_line};
use super::mask::Mask;
use super::process::{Command, Guarded, POLL, ProcessError, Sink};

/// What ends a captured program before its time.
#[derive(Debug, Clone)]
pub struct Supervision {
    /// This binary, which acts as a guard: nothing outlives howitzer.
    pub guard: PathBuf,
    /// The user's signals; [`Interrupt::default`] where they end howitzer itself.
    pub interrupt: Interrupt,
}

impl Supervision {
    /// Whether the user asked howitzer to stop.
    pub fn is_interrupted(&self) -> bool {
        self.interrupt.signal().is_some()
    }
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

/// How long a program that was asked to end may take before it is killed.
const GRACE: Duration = Duration::from_secs(2);

/// Runs a short program to its end. It is ended (SIGTERM, then SIGKILL of its group) after `limit`, and as soon
/// as the user asks howitzer to stop. What it leaves of its group is killed: nothing of it goes on, and nobody
/// keeps its pipes open.
pub fn capture(
    command: &Command,
    limit: Duration,
    supervision: &Supervision,
) -> Result<Captured, ProcessError> {
    capture_watched(command, limit, supervision, &mut |_| {})
}

/// The same; `watch` is called again and again while the program runs.
pub fn capture_watched(
    command: &Command,
    limit: Duration,
    supervision: &Supervision,
    watch: &mut dyn FnMut(&Printed<'_>),
) -> Result<Captured, ProcessError> {
    if supervision.is_interrupted() {
        return Err(ProcessError::Interrupted);
    }
    let mut child = Guarded::spawn(command, &supervision.guard, Sink::Pipe, Sink::Pipe)?;
    let (stdout, stderr) = (Drained::of(child.take_stdout()), Drained::of(child.take_stderr()));
    let deadline = Instant::now() + limit;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if supervision.is_interrupted() {
            child.stop(GRACE)?;
            return Err(ProcessError::Interrupted);
        }
        if Instant::now() >= deadline {
            child.stop(GRACE)?;
            return Err(ProcessError::Timeout { program: command.program.clone(), limit });
        }
        watch(&Printed { streams: [&stdout, &stderr] });
        thread::sleep(POLL);
    };
    let captured = Captured { status, stdout: stdout.finish(), stderr: stderr.finish() };
    match guard::start_failure(&command.program, captured.status, &captured.stderr) {
        Some(why) => {
            let source = io::Error::other(why);
            Err(ProcessError::Spawn { program: command.program.clone(), source })
        }
        None => Ok(captured),
    }
}

/// More of a short program's output is dropped.
const LONGEST_CAPTURE: usize = 16 << 20;

/// How long a pipe may stay open whose program has ended: something that left its group may hold it.
const PIPE_PATIENCE: Duration = Duration::from_secs(2);

/// What a program that still runs has printed so far.
pub struct Printed<'a> {
    streams: [&'a Drained; 2],
}

impl Printed<'_> {
    /// The last line of the stream that it wrote to last, secrets masked.
    pub fn last_line(&self, mask: &Mask) -> String {
        let ends = self.streams.map(Drained::end_so_far);
        let newest = ends.into_iter().max_by_key(|end| end.at);
        newest.map(|end| last_line(&end.bytes, end.is_cut, mask)).unwrap_or_default()
    }
}

/// The end of what came through a pipe until now.
struct End {
    bytes: Vec<u8>,
    is_cut: bool,
    at: Option<Instant>,
}

#[derive(Default)]
struct Kept {
    bytes: Vec<u8>,
    /// When something came last.
    at: Option<Instant>,
}

/// A pipe that a thread reads to its end.
struct Drained {
    kept: Arc<Mutex<Kept>>,
    end: Receiver<()>,
}

impl Drained {
    fn of(pipe: Option<impl Read + Send + 'static>) -> Self {
        let kept = Arc::<Mutex<Kept>>::default();
        let (sender, end) = channel();
        let filled = Arc::clone(&kept);
        thread::spawn(move || {
            let mut buffer = [0; 16 * 1024];
            let Some(mut pipe) = pipe else { return };
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                let mut kept = filled.lock().unwrap_or_else(PoisonError::into_inner);
                let free = LONGEST_CAPTURE.saturating_sub(kept.bytes.len());
                kept.bytes.extend_from_slice(&buffer[..count.min(free)]);
                kept.at = Some(Instant::now());
            }
            drop(sender);
        });
        Self { kept, end }
    }

    /// What came until the end, or until nobody waits for it any longer.
    fn finish(self) -> Vec<u8> {
        let _ = self.end.recv_timeout(PIPE_PATIENCE);
        std::mem::take(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner).bytes)
    }

    fn end_so_far(&self) -> End {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let from = kept.bytes.len().saturating_sub(LOOKED_AT);
        End { bytes: kept.bytes[from..].to_vec(), is_cut: from > 0, at: kept.at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_without_end_is_read_to_its_end_and_kept_in_part() {
        let (mut reader, mut writer) = std::io::pipe().expect("a pipe");
        let drained = Drained::of(Some(reader.try_clone().expect("a copy")));
        let block = vec![b'x'; 1 << 20];
        for _ in 0..(LONGEST_CAPTURE >> 20) + 4 {
            io::Write::write_all(&mut writer, &block).expect("it is read");
        }
        drop(writer);
        assert_eq!(drained.finish().len(), LONGEST_CAPTURE);
        assert_eq!(reader.read(&mut [0]).expect("reads"), 0, "nothing is left in the pipe");
    }

    #[test]
    fn a_pipe_that_somebody_keeps_open_is_given_up() {
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        io::Write::write_all(&mut writer, b"said").expect("writes");
        let started = Instant::now();
        assert_eq!(Drained::of(Some(reader)).finish(), b"said");
        assert!(started.elapsed() >= PIPE_PATIENCE);
    }
}
