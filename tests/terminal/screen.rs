//! A pseudo-terminal with a command on it, and the screen that a person would see.

use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZero;
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// How long something may take to appear; only a broken build takes so long.
const PATIENCE: Duration = Duration::from_mins(1);

/// A terminal, its screen and everything that was written to it.
pub(crate) struct Screen {
    master: OwnedFd,
    seen: Arc<Mutex<Seen>>,
    rows: u16,
    columns: u16,
}

struct Seen {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    frames: Vec<String>,
}

/// What a command that has ended left.
pub(crate) struct Shown {
    pub(crate) code: Option<i32>,
    /// Everything that it wrote.
    pub(crate) bytes: Vec<u8>,
    /// The screen after each piece of that.
    pub(crate) frames: Vec<String>,
    lines: Vec<String>,
}

impl Shown {
    pub(crate) fn lines(&self) -> &[String] {
        &self.lines
    }

    pub(crate) fn text(&self) -> String {
        self.lines.join("\n")
    }

    /// Every frame, for a failing test.
    pub(crate) fn all(&self) -> String {
        self.frames.join("\n-----\n")
    }
}

fn size(rows: u16, columns: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}

fn some(count: u16) -> NonZero<u16> {
    NonZero::new(count).expect("not zero")
}

impl Screen {
    pub(crate) fn new(rows: u16, columns: u16) -> Self {
        let master =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a terminal");
        grantpt(&master).and_then(|()| unlockpt(&master)).expect("its other end");
        tcsetwinsize(&master, size(rows, columns)).expect("its size");
        let parser = vt100::Parser::new(some(rows), some(columns), 1000);
        let seen = Seen { parser, bytes: Vec::new(), frames: Vec::new() };
        Self { master, seen: Arc::new(Mutex::new(seen)), rows, columns }
    }

    /// Runs `command` with this terminal as all of its streams; `meanwhile` acts while it runs.
    pub(crate) fn run(mut self, command: Command, meanwhile: impl FnOnce(&mut Self)) -> Shown {
        let mut child = self.start(&command);
        drop(command);
        let reader = self.read();
        meanwhile(&mut self);
        let status = child.wait().expect("ends");
        // The other end is closed with the last process that had it.
        reader.join().expect("reads");
        let seen = self.seen.lock().expect("no reader is left");
        let contents = seen.parser.screen().contents();
        let lines = contents.lines().map(|line| line.trim_end().to_owned());
        Shown {
            code: status.code(),
            bytes: seen.bytes.clone(),
            frames: seen.frames.clone(),
            lines: lines.filter(|line| !line.is_empty()).collect(),
        }
    }

    /// Runs `command` until `text` stands there, and closes the terminal then; the exit code of the command.
    pub(crate) fn close_when(self, command: Command, text: &str) -> Option<i32> {
        let mut child = self.start(&command);
        drop(command);
        let mut master = File::from(self.master);
        let (mut seen, mut buffer) = (String::new(), vec![0; 65536]);
        while !seen.contains(text) {
            let count = master.read(&mut buffer).expect("it still writes");
            seen.push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
        drop(master);
        child.wait().expect("ends").code()
    }

    fn start(&self, command: &Command) -> Child {
        let name = ptsname(&self.master, Vec::new()).expect("its name");
        let path = name.to_str().expect("a path");
        // The shell makes the terminal its controlling one, so that Ctrl-C is a signal.
        let mut leader = Command::new("setsid");
        leader.args(["--ctty", "--wait"]).arg(command.get_program()).args(command.get_args());
        leader.current_dir(command.get_current_dir().expect("a folder"));
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => leader.env(name, value),
                None => leader.env_remove(name),
            };
        }
        let end = || Stdio::from(File::options().read(true).write(true).open(path).expect("its other end"));
        leader.stdin(end()).stdout(end()).stderr(end()).spawn().expect("starts")
    }

    fn read(&self) -> std::thread::JoinHandle<()> {
        let mut master = File::from(self.master.as_fd().try_clone_to_owned().expect("a copy"));
        let seen = Arc::clone(&self.seen);
        std::thread::spawn(move || {
            let mut buffer = vec![0; 65536];
            // The end of a terminal without a process is an error.
            while let Ok(count @ 1..) = master.read(&mut buffer) {
                let mut seen = seen.lock().expect("nobody panics with it");
                seen.bytes.extend_from_slice(&buffer[..count]);
                seen.parser.process(&buffer[..count]);
                let frame = seen.parser.screen().contents();
                seen.frames.push(frame);
            }
        })
    }

    pub(crate) fn resize(&mut self, rows: u16, columns: u16) {
        (self.rows, self.columns) = (rows, columns);
        let mut seen = self.seen.lock().expect("nobody panics with it");
        seen.parser.screen_mut().set_size(some(rows), some(columns));
        tcsetwinsize(&self.master, size(rows, columns)).expect("its size");
    }

    /// Waits until `text` stands on the screen.
    pub(crate) fn wait_for(&self, text: &str) {
        let since = Instant::now();
        loop {
            let screen = self.seen.lock().expect("nobody panics with it").parser.screen().contents();
            if screen.contains(text) {
                return;
            }
            assert!(since.elapsed() < PATIENCE, "`{text}` does not appear in:\n{screen}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn press(&self, keys: &[u8]) {
        let mut master = File::from(self.master.as_fd().try_clone_to_owned().expect("a copy"));
        master.write_all(keys).expect("writes");
    }
}
