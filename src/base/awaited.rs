//! Work that blocks, waited for until a signal asks to stop.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::interrupt::Interrupt;

/// So long work may still take that is under way when a signal comes: what is nearly done is let end.
const GRACE: Duration = Duration::from_secs(1);

/// How often it is looked whether a signal came.
const LOOK: Duration = Duration::from_millis(50);

/// What `work` gives. It has a thread of its own, which is left to itself once a signal came and the grace is over: it
/// goes with this process, and what it has done or not is for the caller to find out later.
///
/// # Errors
/// Says in a word why nobody waits any more.
pub fn awaited<T: Send + 'static>(
    interrupt: &Interrupt,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    let (tell, told) = mpsc::channel();
    let thread = thread::Builder::new().name("awaited".to_owned());
    thread.spawn(move || drop(tell.send(work()))).map_err(|error| error.to_string())?;
    let mut deadline = None;
    loop {
        match told.recv_timeout(LOOK) {
            Ok(done) => return Ok(done),
            Err(RecvTimeoutError::Disconnected) => return Err("given up".to_owned()),
            Err(RecvTimeoutError::Timeout) if interrupt.signal().is_none() => {}
            Err(RecvTimeoutError::Timeout) => {
                let deadline = *deadline.get_or_insert_with(|| Instant::now() + GRACE);
                if Instant::now() >= deadline {
                    return Err("interrupted".to_owned());
                }
            }
        }
    }
}
