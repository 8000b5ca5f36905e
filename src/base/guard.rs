//! The guard: a process of this binary between howitzer and a child.
//!
//! It is its own process group's leader, ignores the terminal's signals, starts the child in a
//! further group and reads orders from its standard input, one byte each. The end of that pipe
//! means that howitzer is gone: the child's group is killed. When the child ends, whatever is left of
//! its group is killed before the guard ends the same way as the child did.

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// The hidden verb under which the binary acts as a guard.
pub const VERB: &str = "__guard";

/// The exit code of a guard that could not start its child.
pub const CANNOT_START: u8 = 127;

/// What howitzer can ask of a guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// SIGINT: k6 stops its test and still writes its summary.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGKILL.
    Kill,
}

impl Order {
    /// The byte that stands for this order on the pipe.
    pub fn byte(self) -> u8 {
        match self {
            Self::Interrupt => b'i',
            Self::Terminate => b't',
            Self::Kill => b'k',
        }
    }

    fn signal_of(byte: u8) -> Option<Signal> {
        match byte {
            b'i' => Some(Signal::INT),
            b't' => Some(Signal::TERM),
            b'k' => Some(Signal::KILL),
            _ => None,
        }
    }
}

/// Runs `arguments` (program first) as the guarded child; returns the exit code to end with.
pub fn main(arguments: &[OsString]) -> u8 {
    let Some((program, rest)) = arguments.split_first() else { return CANNOT_START };
    // A handler, not SIG_IGN: an ignored signal would stay ignored in the child.
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
        let _ = signal_hook::flag::register(signal, std::sync::Arc::default());
    }
    let spawned = Command::new(program).args(rest).stdin(Stdio::null()).process_group(0).spawn();
    let child = match spawned {
        Ok(child) => child,
        Err(error) => return report_spawn_failure(program, &error),
    };
    let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return CANNOT_START };
    thread::spawn(move || obey(io::stdin(), group));
    match wait_and_sweep(child, group) {
        Ok(status) => end_like(status),
        Err(_) => CANNOT_START,
    }
}

#[allow(clippy::print_stderr, reason = "the guard's standard error is the child's, which the caller reads")]
fn report_spawn_failure(program: &OsString, error: &io::Error) -> u8 {
    eprintln!("{}{error}", cannot_start(Path::new(program)));
    CANNOT_START
}

fn cannot_start(program: &Path) -> String {
    format!("cannot start `{}`: ", program.display())
}

/// Why the guard of `program` could not start it, read from what the guard left; none where it could.
pub(super) fn start_failure(program: &Path, status: ExitStatus, stderr: &[u8]) -> Option<String> {
    if status.code() != Some(i32::from(CANNOT_START)) {
        return None;
    }
    let said = String::from_utf8_lossy(stderr);
    said.strip_prefix(&cannot_start(program)).map(|why| why.trim_end().to_owned())
}

fn obey(mut orders: impl Read, group: Pid) {
    let mut byte = [0];
    while let Ok(1) = orders.read(&mut byte) {
        if let Some(signal) = Order::signal_of(byte[0]) {
            let _ = kill_process_group(group, signal);
        }
    }
    let _ = kill_process_group(group, Signal::KILL);
}

/// Waits without reaping first: as long as the leader is a zombie its id cannot name a stranger's group.
fn wait_and_sweep(mut child: Child, group: Pid) -> io::Result<ExitStatus> {
    while waitid(WaitId::Pid(group), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
        .is_err_and(|error| error == rustix::io::Errno::INTR)
    {}
    let _ = kill_process_group(group, Signal::KILL);
    child.wait()
}

fn end_like(status: ExitStatus) -> u8 {
    if let Some(signal) = status.signal() {
        let own = rustix::process::getpid();
        if signal == signal_hook::consts::SIGKILL {
            let _ = rustix::process::kill_process(own, Signal::KILL);
        } else {
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    }
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(CANNOT_START)
}
