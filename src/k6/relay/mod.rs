//! Sends what k6 posts on to a Prometheus while a run goes on, so that k6 has one output and none of the secrets.
//!
//! Values are totals since the run's beginning, so only the latest one of each series is remembered: a server that
//! is slow or away for a while costs resolution, and no counts.

mod fold;
mod labels;
mod trends;

use std::collections::BTreeMap;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use fold::Folding;
use labels::Labelling;

use super::remote_write::{encode, stale};
use crate::base::http::Client;
use crate::base::mask::Mask;
use crate::base::printable::beginning;
use crate::manifest::Trends;
use crate::result::{Sample, SampleValue};

/// How long the end of a run may wait for what is on its way.
const PATIENCE: Duration = Duration::from_secs(12);

/// How long what was not taken is tried again, once the run has ended.
const TRYING: Duration = Duration::from_secs(3);

/// The pause before it is.
const PAUSE: Duration = Duration::from_millis(300);

/// How many characters of an answer are told.
const TOLD: usize = 200;

/// Where a run is sent on to, and as what.
#[derive(Clone)]
pub struct Relaying {
    /// The address of remote write.
    pub url: String,
    /// Sends; it has the headers of remote write.
    pub client: Client,
    /// `suite`, `case`, `trial`, `build` and what the manifest adds.
    pub labels: BTreeMap<String, String>,
    /// What becomes of trends.
    pub trends: Trends,
    /// What must not be sent.
    pub mask: Mask,
}

/// A run that is being sent on.
pub struct Relay {
    shared: Arc<Shared>,
    ended: mpsc::Receiver<Relayed>,
}

/// What became of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Relayed {
    /// How many requests were taken.
    pub taken: u64,
    /// How many were not.
    pub refused: u64,
    /// Why, of the last one that was not.
    pub why: Option<String>,
    /// Whether all of it was taken in the end, markers of the end included.
    pub is_whole: bool,
    /// The time of the last value.
    pub last_ms: Option<i64>,
    /// The counters as they stood at the end, all label sets together.
    pub totals: BTreeMap<String, f64>,
    /// How many of k6's label sets were joined with others to keep them few.
    pub folded: u64,
}

struct Shared {
    state: Mutex<State>,
    woken: Condvar,
}

struct State {
    folding: Folding,
    is_waiting: bool,
    is_ending: bool,
}

impl Relay {
    /// Begins; the thread that sends ends with [`Relay::finish`], or when the relay is dropped.
    pub fn start(relaying: Relaying) -> std::io::Result<Self> {
        let labelling = Labelling::new(relaying.labels.clone(), relaying.mask.clone());
        let state = State { folding: Folding::new(labelling), is_waiting: false, is_ending: false };
        let shared = Arc::new(Shared { state: Mutex::new(state), woken: Condvar::new() });
        let (tell, ended) = mpsc::channel();
        let theirs = Arc::clone(&shared);
        thread::Builder::new().name("relay".to_owned()).spawn(move || {
            let _ = tell.send(send_all(&relaying, &theirs));
        })?;
        Ok(Self { shared, ended })
    }

    /// What takes posts.
    pub(super) fn intake(&self) -> Intake {
        Intake(Arc::clone(&self.shared))
    }

    /// Sends what is left and the markers of the end, once k6 has ended and all its posts are in.
    pub fn finish(self) -> Relayed {
        self.shared.end();
        match self.ended.recv_timeout(PATIENCE) {
            Ok(relayed) => relayed,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                Relayed { why: Some("no answer in time".to_owned()), ..Relayed::default() }
            }
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shared.end();
    }
}

/// Takes posts for a relay.
#[derive(Clone)]
pub(super) struct Intake(Arc<Shared>);

impl Intake {
    /// Takes one in, and waits for nobody.
    pub(super) fn take(&self, samples: Vec<Sample>) {
        let mut state = self.0.locked();
        state.folding.take(samples);
        state.is_waiting = true;
        self.0.woken.notify_all();
    }
}

impl std::fmt::Debug for Intake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Intake").finish_non_exhaustive()
    }
}

impl Shared {
    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self) {
        self.locked().is_ending = true;
        self.woken.notify_all();
    }

    /// What is to be sent, as soon as there is something, and whether the run has ended.
    fn wait(&self) -> (Vec<Sample>, bool) {
        let state = self.locked();
        let nothing_yet = |state: &mut State| !state.is_waiting && !state.is_ending;
        let mut state = self.woken.wait_while(state, nothing_yet).unwrap_or_else(PoisonError::into_inner);
        state.is_waiting = false;
        (state.folding.changed(), state.is_ending)
    }
}

/// Sends until the run has ended, then what is left, then the markers of the end.
fn send_all(relaying: &Relaying, shared: &Shared) -> Relayed {
    let mut relayed = Relayed::default();
    loop {
        let (changed, is_ending) = shared.wait();
        if !changed.is_empty() && !relaying.post(changed, &mut relayed) {
            shared.locked().folding.send_again();
        }
        if is_ending {
            break;
        }
    }
    let is_taken = send_rest(relaying, shared, &mut relayed);
    let all = shared.locked().folding.all();
    relayed.folded = shared.locked().folding.folded();
    relayed.last_ms = all.iter().map(|sample| sample.at_ms).max();
    relayed.totals = totals(&all);
    // The markers follow the last value of all: whoever asks for that moment still sees every series.
    let ends_ms = relayed.last_ms.unwrap_or_default() + 1;
    let last = trends::told(all, &relaying.trends);
    let markers: Vec<Sample> = last.iter().map(|last| stale(last, ends_ms)).collect();
    relayed.is_whole = is_taken && (markers.is_empty() || relaying.write(&markers, &mut relayed));
    relayed
}

/// Sends what was not taken yet, for a while; whether all of it is taken now.
fn send_rest(relaying: &Relaying, shared: &Shared, relayed: &mut Relayed) -> bool {
    let deadline = Instant::now() + TRYING;
    loop {
        let rest = shared.locked().folding.changed();
        if rest.is_empty() || relaying.post(rest, relayed) {
            return true;
        }
        if Instant::now() + PAUSE > deadline {
            return false;
        }
        shared.locked().folding.send_again();
        thread::sleep(PAUSE);
    }
}

/// The counters, all label sets together.
fn totals(samples: &[Sample]) -> BTreeMap<String, f64> {
    let mut totals = BTreeMap::new();
    for sample in samples.iter().filter(|sample| sample.metric.ends_with("_total")) {
        if let SampleValue::Number(value) = sample.value {
            *totals.entry(sample.metric.clone()).or_default() += value;
        }
    }
    totals
}

impl Relaying {
    fn post(&self, samples: Vec<Sample>, relayed: &mut Relayed) -> bool {
        self.write(&trends::told(samples, &self.trends), relayed)
    }

    /// Whether `samples` were taken.
    fn write(&self, samples: &[Sample], relayed: &mut Relayed) -> bool {
        let answer = self.client.post(&self.url, "application/x-protobuf", &encode(samples));
        let why = match answer {
            Ok(answer) if (200..300).contains(&answer.status) => {
                relayed.taken += 1;
                return true;
            }
            Ok(answer) => {
                let begin = beginning(&self.client.masked(&answer.body), TOLD);
                format!("status {}: {begin}", answer.status).trim_end_matches([':', ' ']).to_owned()
            }
            Err(why) => why,
        };
        relayed.refused += 1;
        relayed.why = Some(why);
        false
    }
}
