//! Looks at a metrics page each second while a run goes on. A slow or dead server costs the run nothing: the
//! looks are a thread's own, each has a limit, and what failed is counted.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::base::clock;
use crate::base::http::{Access, AccessError, Client};
use crate::manifest::{Scrape, ScrapeSource};
use crate::result::{PageSamples, Reading};
use crate::target::exposition;

/// A look may take this long.
const LIMIT: Duration = Duration::from_secs(2);

/// The end of the run is not held up for longer: a look that is under way, and a last one.
const PATIENCE: Duration = Duration::from_millis(2500);

/// The run begins at the latest so long after its watch: what is counted before the first look is not seen.
const HEAD_START: Duration = Duration::from_millis(500);

/// A page may have this many bytes.
const MOST_BYTES: u64 = 16 << 20;

/// A page that is being looked at.
#[derive(Debug)]
pub struct PageWatch {
    stop: Sender<()>,
    ended: Receiver<()>,
    seen: Arc<Mutex<PageSamples>>,
}

/// What the thread knows.
struct Looker {
    client: Client,
    scrape: Scrape,
    began: Instant,
    seen: Arc<Mutex<PageSamples>>,
}

impl PageWatch {
    /// Begins to look at the page of `scrape`, at once and then each `every`. Waits a moment for the first look,
    /// before the load that it is to see begins.
    pub fn start(scrape: &Scrape, access: &Access, every: Duration) -> Result<Self, AccessError> {
        let client = Client::new(access, LIMIT, MOST_BYTES)?;
        let samples = PageSamples::new(clock::Instant::now(), every.as_secs_f64());
        let seen = Arc::new(Mutex::new(samples));
        let looker =
            Looker { client, scrape: scrape.clone(), began: Instant::now(), seen: Arc::clone(&seen) };
        let (stop, stopped) = channel();
        let (end, ended) = channel();
        let (first, looked) = channel();
        let thread = thread::Builder::new().name(format!("page {}", scrape.name));
        let thread = thread.spawn(move || {
            looker.look_until(first, &stopped);
            // Nobody waits any more where the run ended long ago.
            let _ = end.send(());
        });
        if let Err(error) = thread {
            lock(&seen).miss(format!("no thread could be started: {error}"));
        }
        let _ = looked.recv_timeout(HEAD_START);
        Ok(Self { stop, ended, seen })
    }

    /// All that was seen, with a last look now. A server that keeps us waiting is given up.
    pub fn finish(self) -> PageSamples {
        drop(self.stop);
        let _ = self.ended.recv_timeout(PATIENCE);
        lock(&self.seen).clone()
    }
}

impl Looker {
    /// Looks until `stopped` ends; `first` ends with the first look.
    fn look_until(&self, first: Sender<()>, stopped: &Receiver<()>) {
        let mut next = self.began;
        let mut succeeded = self.look();
        drop(first);
        loop {
            next = (next + self.pause()).max(Instant::now());
            match stopped.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Err(RecvTimeoutError::Timeout) => succeeded = self.look(),
                Ok(()) | Err(RecvTimeoutError::Disconnected) => {
                    if succeeded {
                        self.look();
                    }
                    return;
                }
            }
        }
    }

    /// One look; says whether it succeeded. Its time is the middle between question and answer.
    fn look(&self) -> bool {
        let before = self.began.elapsed();
        let read = self.read();
        let middle = (before + self.began.elapsed()) / 2;
        let mut seen = lock(&self.seen);
        match read {
            Ok(readings) => seen.push(middle.as_secs_f64(), readings),
            Err(reason) => {
                seen.miss(reason);
                return false;
            }
        }
        true
    }

    fn read(&self) -> Result<Vec<Reading>, String> {
        let answer = self.client.get(&self.scrape.endpoint.url)?;
        if !(200..300).contains(&answer.status) {
            return Err(format!("status {}", answer.status));
        }
        let text = self.client.masked(&answer.body);
        let page = exposition::parse(&text).map_err(|error| error.to_string())?;
        Ok(page.readings().filter(|reading| self.keeps(reading)).collect())
    }

    fn keeps(&self, reading: &Reading) -> bool {
        let ScrapeSource::Page { names } = &self.scrape.source else { return false };
        names.is_empty()
            || names.iter().any(|name| name.matches(&reading.name) || name.matches(&reading.family))
    }

    fn pause(&self) -> Duration {
        Duration::from_secs_f64(lock(&self.seen).every_seconds)
    }
}

/// What was seen stays usable whatever happened to the thread.
fn lock(seen: &Mutex<PageSamples>) -> MutexGuard<'_, PageSamples> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
