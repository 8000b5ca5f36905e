//! One load generator a host: whoever comes second waits, whatever its workspace.

use std::path::Path;
use std::thread;
use std::time::Duration;

use super::ExecuteError;
use crate::base::interrupt::Interrupt;
use crate::base::lock::{Attempt, FileLock, try_lock};

/// How often one that waits looks again.
const PAUSE: Duration = Duration::from_millis(50);

/// Locks the load of this host as `holder`. Where another has it, that is told once and awaited, or an error with
/// `no_wait`.
pub(super) fn lock_load(
    path: &Path,
    holder: &str,
    no_wait: bool,
    interrupt: &Interrupt,
    tell: &mut dyn FnMut(String),
) -> Result<FileLock, ExecuteError> {
    let mut told = false;
    loop {
        match try_lock(path, holder)? {
            Attempt::Held(lock) => return Ok(lock),
            Attempt::Busy { holder } if no_wait => return Err(ExecuteError::LoadBusy { holder }),
            Attempt::Busy { holder } => {
                if !std::mem::replace(&mut told, true) {
                    tell(format!("waiting for the load of {holder} on this host"));
                }
            }
        }
        if interrupt.signal().is_some() {
            return Err(ExecuteError::Interrupted);
        }
        thread::sleep(PAUSE);
    }
}
