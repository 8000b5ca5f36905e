//! The pipe on which k6 writes its samples. k6 has it open for reading too, so it never notices that nobody reads,
//! and hangs: whatever happens here, the pipe is drained until k6 has ended.

use std::io::{ErrorKind, PipeReader, Read};
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::keeping::Keeping;
use super::lines::SampleLines;
use crate::base::clock;
use crate::result::{Limits, Series};

/// How much is read at once, in bytes.
const READ: usize = 256 << 10;

/// How much the pipe holds, where the system allows it: k6 has to wait less often.
#[cfg(target_os = "linux")]
const HELD: usize = 1 << 20;

/// How long nothing may come from the pipe of an ended k6 before it is given up: somebody else has it open.
const PATIENCE: Duration = Duration::from_secs(2);

/// A pipe that cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("k6's samples cannot be read: {0}")]
pub struct SamplePipeError(#[from] std::io::Error);

/// What was read.
#[derive(Debug)]
pub struct SamplesRead {
    /// The series of all samples.
    pub series: Series,
    /// Whether the file that was to be kept is there.
    pub is_kept: bool,
    /// What was odd.
    pub notes: Vec<String>,
}

/// A pipe and what reads it. Dropped, it is read on and what it says is thrown away.
#[derive(Debug)]
pub struct SamplePipe {
    end: Option<OwnedFd>,
    shared: Arc<Shared>,
    /// Hangs up when the pipe has ended.
    ended: mpsc::Receiver<()>,
}

#[derive(Debug)]
struct Shared {
    started_ms: i64,
    started: Instant,
    bytes: AtomicU64,
    reading: Mutex<Reading>,
}

#[derive(Debug, Default)]
struct Reading {
    lines: Option<SampleLines>,
    keeping: Option<Keeping>,
    is_broken: bool,
}

impl SamplePipe {
    /// Reads from now on; to be called before k6 is started.
    pub fn start(limits: Limits, keeping: Option<Keeping>) -> Result<Self, SamplePipeError> {
        let (reader, writer) = std::io::pipe()?;
        #[cfg(target_os = "linux")]
        let _ = rustix::pipe::fcntl_setpipe_size(&reader, HELD);
        let started_ms = clock::Instant::now().milliseconds();
        let lines = Some(SampleLines::new(started_ms, limits));
        let shared = Arc::new(Shared {
            started_ms,
            started: Instant::now(),
            bytes: AtomicU64::new(0),
            reading: Mutex::new(Reading { lines, keeping, is_broken: false }),
        });
        let (alive, ended) = mpsc::channel();
        let theirs = Arc::clone(&shared);
        thread::Builder::new().name("samples".to_owned()).spawn(move || {
            drain(reader, &theirs);
            drop(alive);
        })?;
        Ok(Self { end: Some(writer.into()), shared, ended })
    }

    /// The end that k6 is handed, once.
    pub fn take_end(&mut self) -> Option<OwnedFd> {
        self.end.take()
    }

    /// What was read, to be called when k6 has ended: the rest is taken in.
    pub fn finish(mut self) -> SamplesRead {
        self.end = None;
        let mut notes = Vec::new();
        let mut seen = self.shared.bytes.load(Ordering::Relaxed);
        while let Err(RecvTimeoutError::Timeout) = self.ended.recv_timeout(PATIENCE) {
            let now = self.shared.bytes.load(Ordering::Relaxed);
            if now == seen {
                notes.push("somebody still has the pipe of k6's samples open: it was given up".to_owned());
                break;
            }
            seen = now;
        }
        let Reading { lines, keeping, is_broken } = std::mem::take(&mut *self.shared.locked());
        let mut is_kept = false;
        match keeping.map(Keeping::finish) {
            Some(Ok(odd)) => {
                is_kept = true;
                notes.extend(odd);
            }
            Some(Err(why)) => notes.push(why),
            None => {}
        }
        let begun_ms = self.shared.started_ms;
        let mut series = lines.map_or_else(|| Series::empty(begun_ms), SampleLines::finish);
        if is_broken {
            series.problems_mut().cut += 1;
            notes.push("reading k6's samples failed within howitzer: what came later is missing".to_owned());
        }
        SamplesRead { series, is_kept, notes }
    }
}

impl Shared {
    fn locked(&self) -> MutexGuard<'_, Reading> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The wall clock's time as if nobody had set it since the start, in milliseconds since the Unix epoch.
    fn now_ms(&self) -> i64 {
        self.started_ms.saturating_add(i64::try_from(self.started.elapsed().as_millis()).unwrap_or(0))
    }

    fn push(&self, piece: &[u8]) {
        let mut reading = self.locked();
        let Reading { lines, keeping, is_broken } = &mut *reading;
        if *is_broken {
            return;
        }
        let now_ms = self.now_ms();
        // A mistake of ours must not stop the reader: k6 would hang.
        let pushed = catch_unwind(AssertUnwindSafe(|| {
            if let Some(lines) = lines {
                lines.push(piece, now_ms);
            }
            if let Some(keeping) = keeping {
                keeping.push(piece);
            }
        }));
        *is_broken = pushed.is_err();
    }
}

fn drain(mut pipe: PipeReader, shared: &Shared) {
    let mut buffer = vec![0; READ];
    loop {
        match pipe.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => {
                shared.push(&buffer[..count]);
                shared.bytes.fetch_add(count as u64, Ordering::Relaxed);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}
