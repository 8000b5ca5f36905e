//! One load generator a host: whoever comes second waits, whatever its workspace.

use std::path::Path;
use std::thread;
use std::time::Duration;

use super::ExecuteError;
use crate::base::interrupt::Interrupt;
use crate::base::lock::{Attempt, FileLock, try_lock};

/// How often one that waits looks again.
const PAUSE: Duration = Duration::from_millis(50);

/// Locks the load of this host as `holder`. Where another has it, `tell` is called with its name again and again until
/// it is free, or that is an error with `no_wait`.
pub(super) fn lock_load(
    path: &Path,
    holder: &str,
    no_wait: bool,
    interrupt: &Interrupt,
    tell: &mut dyn FnMut(&str),
) -> Result<FileLock, ExecuteError> {
    loop {
        match try_lock(path, holder)? {
            Attempt::Held(lock) => return Ok(lock),
            Attempt::Busy { holder } if no_wait => return Err(ExecuteError::LoadBusy { holder }),
            Attempt::Busy { holder } => tell(&holder),
        }
        if interrupt.signal().is_some() {
            return Err(ExecuteError::Interrupted);
        }
        thread::sleep(PAUSE);
    }
}
