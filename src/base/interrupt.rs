//! SIGINT, SIGTERM and SIGHUP as a value that loops look at.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// The signals that asked this process to stop: how many, and which came first.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<Seen>);

#[derive(Debug, Default)]
struct Seen {
    count: AtomicUsize,
    first: AtomicI32,
}

impl Interrupt {
    /// Installs the handlers; from now on the signals no longer end the process by themselves.
    pub fn install() -> std::io::Result<Self> {
        let interrupt = Self::default();
        let seen = Arc::clone(&interrupt.0);
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        thread::Builder::new().name("signals".into()).spawn(move || {
            for signal in signals.forever() {
                let _ = seen.first.compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst);
                seen.count.fetch_add(1, Ordering::SeqCst);
            }
        })?;
        Ok(interrupt)
    }

    /// How many such signals have arrived.
    pub fn count(&self) -> usize {
        self.0.count.load(Ordering::SeqCst)
    }

    /// The first signal that arrived, if any.
    pub fn signal(&self) -> Option<i32> {
        (self.count() > 0).then(|| self.0.first.load(Ordering::SeqCst))
    }
}
