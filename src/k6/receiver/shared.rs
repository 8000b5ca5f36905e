//! What the threads of a receiver share: the series in the making, and which connections are open.

use std::collections::BTreeMap;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::k6::relay::Intake;
use crate::result::{Collector, Latest, Limits, Series};

#[derive(Debug)]
pub(super) struct Shared {
    path: blake3::Hash,
    started: Instant,
    started_ms: i64,
    ending: AtomicBool,
    /// Empty once the series was taken.
    collector: Mutex<Option<Collector>>,
    /// Who is told of every post too.
    pub(super) intake: Option<Intake>,
    pub(super) connections: Connections,
}

impl Shared {
    pub(super) fn new(path: &str, limits: Limits, intake: Option<Intake>) -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let started_ms = i64::try_from(since_epoch.as_millis()).unwrap_or(0);
        Self {
            path: blake3::hash(path.as_bytes()),
            started: Instant::now(),
            started_ms,
            ending: AtomicBool::new(false),
            collector: Mutex::new(Some(Collector::new(started_ms, limits))),
            intake,
            connections: Connections::default(),
        }
    }

    /// Whether this is the path; digests are compared in constant time.
    pub(super) fn is_path(&self, path: &str) -> bool {
        blake3::hash(path.as_bytes()) == self.path
    }

    /// The wall clock's time, in milliseconds since the Unix epoch, as if nobody had set it since the start.
    pub(super) fn now_ms(&self) -> i64 {
        self.started_ms.saturating_add(i64::try_from(self.started.elapsed().as_millis()).unwrap_or(0))
    }

    /// Does something with the series in the making, unless it was taken.
    pub(super) fn with(&self, act: impl FnOnce(&mut Collector)) {
        if let Some(collector) = locked(&self.collector).as_mut() {
            act(collector);
        }
    }

    pub(super) fn latest(&self) -> Option<Latest> {
        locked(&self.collector).as_ref().and_then(|collector| collector.latest().cloned())
    }

    pub(super) fn finish(&self) -> Series {
        let collector = locked(&self.collector).take();
        collector.map_or_else(|| Series::empty(self.started_ms), Collector::finish)
    }

    pub(super) fn end(&self) {
        self.ending.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::SeqCst)
    }
}

/// The open connections.
#[derive(Debug, Default)]
pub(super) struct Connections {
    open: Mutex<Open>,
    left: Condvar,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    by_number: BTreeMap<u64, Connection>,
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    /// It has shown the token.
    is_ours: bool,
}

impl Connections {
    /// The number of a new connection. Where there are `limit` of them, the oldest stranger has to go; where
    /// that does not help, the new one is not taken.
    pub(super) fn enter(&self, stream: &TcpStream, limit: usize) -> Option<u64> {
        let stream = stream.try_clone().ok()?;
        let mut open = locked(&self.open);
        if open.by_number.len() >= limit * 4 {
            return None;
        }
        if open.by_number.len() >= limit
            && let Some(stranger) = open.by_number.values().find(|connection| !connection.is_ours)
        {
            let _ = stranger.stream.shutdown(Shutdown::Both);
        }
        open.next += 1;
        let number = open.next;
        open.by_number.insert(number, Connection { stream, is_ours: false });
        Some(number)
    }

    /// Notes that a connection has shown the token.
    pub(super) fn is_ours(&self, number: u64) {
        if let Some(connection) = locked(&self.open).by_number.get_mut(&number) {
            connection.is_ours = true;
        }
    }

    pub(super) fn leave(&self, number: u64) {
        locked(&self.open).by_number.remove(&number);
        self.left.notify_all();
    }

    /// Waits until all have left; whether they have.
    pub(super) fn wait_until_none(&self, patience: Duration) -> bool {
        let open = locked(&self.open);
        let waited = self.left.wait_timeout_while(open, patience, |open| !open.by_number.is_empty());
        waited.unwrap_or_else(PoisonError::into_inner).0.by_number.is_empty()
    }

    /// Ends the connections that `which` (given whether it is ours) names.
    pub(super) fn hang_up(&self, which: impl Fn(bool) -> bool) {
        for connection in locked(&self.open).by_number.values().filter(|connection| which(connection.is_ours))
        {
            let _ = connection.stream.shutdown(Shutdown::Both);
        }
    }
}

/// A thread that panicked left counts behind, nothing half-written that could mislead.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
