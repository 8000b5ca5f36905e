//! A howitzer that stops itself right before a step, so that a test can kill it there or change its world.

use std::process::Child;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use crate::fake::command;
use crate::space::{Said, Space};

/// A stopped howitzer; killed when it is dropped.
pub(crate) struct Stopped(Option<Child>);

/// Builds until right before `step`; the other outcome is a build that met no such step.
pub(crate) fn build_until(space: &Space, step: &str) -> Result<Stopped, Said> {
    until(space, &["build", "digits", "--grace", "1s"], step)
}

/// The same for any command.
pub(crate) fn until(space: &Space, arguments: &[&str], step: &str) -> Result<Stopped, Said> {
    let mut child = command(space, arguments).env("HOWITZER_TEST_STOP", step).spawn().expect("starts");
    let ended = || WaitIdOptions::EXITED | WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT;
    let status = waitid(WaitId::Pid(pid(&child)), ended()).expect("a child").expect("it stops or ends");
    if status.stopped() {
        return Ok(Stopped(Some(child)));
    }
    child.stdin.take();
    Err(Said::of(child.wait_with_output().expect("ended")))
}

pub(crate) fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

impl Stopped {
    /// Ends it as a crash would.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    /// Lets it go on, to its end.
    pub(crate) fn go_on(mut self) -> Said {
        let child = self.0.take().expect("it is there until it goes on");
        kill_process(pid(&child), Signal::CONT).expect("it is stopped");
        Said::of(child.wait_with_output().expect("ends"))
    }

    fn end(&mut self) {
        if let Some(mut child) = self.0.take() {
            child.kill().expect("it is stopped");
            child.wait().expect("ends");
        }
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        self.end();
    }
}
