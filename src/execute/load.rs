//! k6, started, watched while it runs, and awaited. A real run and the measurement of what watching costs
//! share this, so that the second measures what the first does.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::ExecuteError;
use super::generator::GeneratorWatch;
use super::live::Live;
use super::series::SeriesWatch;
use crate::base::capture::Supervision;
use crate::base::clock;
use crate::base::environment::Environment;
use crate::base::files::told;
use crate::base::guard::Order;
use crate::base::mask::Mask;
use crate::base::process::{Guarded, POLL, Sink};
use crate::k6::{Progress, ProgressReader, RunFiles, run_command};
use crate::result::{GeneratorFacts, Latest};
use crate::spec::Watch;

/// How long the pipe of an ended k6 may stay open before it is given up.
const PIPE_PATIENCE: Duration = Duration::from_secs(2);

/// Who is told how far k6 is, and what its live series says just now, where there is one.
pub(super) type Tell<'a> = dyn FnMut(Progress, Option<Latest>) + 'a;

/// A load to be made.
pub(super) struct Load<'a> {
    pub(super) k6: &'a Path,
    pub(super) files: &'a RunFiles,
    /// The value of `K6_SUMMARY_TREND_STATS`.
    pub(super) statistics: &'a str,
    pub(super) watch: Watch,
    /// What of it is sent meanwhile.
    pub(super) live: &'a Live,
    /// Whether all samples are kept as they come, without the secrets that `mask` knows.
    pub(super) keep: bool,
    pub(super) mask: &'a Mask,
    /// What the script sees.
    pub(super) variables: &'a BTreeMap<String, OsString>,
    pub(super) environment: &'a Environment,
    /// Its guard, and the user's signals.
    pub(super) supervision: &'a Supervision,
    /// The folder around the script's: what is kept while k6 runs stands there, where no script looks.
    pub(super) around: &'a Path,
    /// It is stopped after this time,
    pub(super) limit: Duration,
    /// and killed this much later.
    pub(super) grace: Duration,
    /// How many bytes of its standard output are kept.
    pub(super) room: usize,
}

/// A load that was made.
pub(super) struct Loaded {
    pub(super) started: clock::Instant,
    pub(super) ended: clock::Instant,
    pub(super) wall: Duration,
    pub(super) watched: Watched,
    /// What is still to be taken in of the live series.
    pub(super) series: SeriesWatch,
}

impl Load<'_> {
    /// Where standard error goes.
    pub(super) fn error_log(&self) -> PathBuf {
        self.around.join("stderr")
    }

    /// Runs k6 to its end.
    pub(super) fn execute(&self, tell: &mut Tell<'_>) -> Result<Loaded, ExecuteError> {
        let mut series = SeriesWatch::start(self.watch, self.live, self.keep, self.around, self.mask)?;
        let watching = series.watching();
        let command =
            run_command(self.k6, self.files, self.statistics, &watching, self.variables, self.environment);
        let error_log = self.error_log();
        let stderr = File::create(&error_log).map_err(told("create", &error_log))?;
        let started = clock::Instant::now();
        let clock = Instant::now();
        let guard = &self.supervision.guard;
        let child = Guarded::spawn_with(&command, guard, Sink::Pipe, Sink::File(stderr), series.hand())?;
        let watched = wait(child, self, &mut |progress| tell(progress, series.latest()))?;
        Ok(Loaded { started, ended: clock::Instant::now(), wall: clock.elapsed(), watched, series })
    }
}

/// How k6 ended.
pub(super) struct Watched {
    pub(super) status: ExitStatus,
    pub(super) timed_out: bool,
    pub(super) interrupted: bool,
    /// The beginning of its standard output.
    pub(super) stdout: Vec<u8>,
    pub(super) generator: Option<GeneratorFacts>,
}

enum Said {
    Progress(Progress),
    Ended(Vec<u8>),
}

/// Waits for k6, passing on its progress. Order of escalation: SIGINT (k6 still writes its summary), a
/// second signal of the user's SIGTERM, SIGKILL after the grace period.
fn wait(
    mut child: Guarded,
    load: &Load<'_>,
    tell: &mut dyn FnMut(Progress),
) -> Result<Watched, ExecuteError> {
    let said = child.take_stdout().map(|pipe| read_stdout(pipe, load.room));
    let deadline = Instant::now() + load.limit;
    let mut stopping: Option<(Instant, bool)> = None;
    let mut signals_obeyed = 0;
    let mut stdout: Option<Vec<u8>> = None;
    let mut generator = GeneratorWatch::start(child.guard());
    let status = loop {
        stdout = stdout.or(listen(said.as_ref(), tell));
        generator.look();
        if let Some(status) = child.try_wait()? {
            break status;
        }
        let signals = load.supervision.interrupt.count();
        if signals > signals_obeyed {
            child.order(if signals_obeyed == 0 { Order::Interrupt } else { Order::Terminate });
            signals_obeyed = signals;
            stopping.get_or_insert((Instant::now(), false));
        }
        if stopping.is_none() && Instant::now() > deadline {
            child.order(Order::Interrupt);
            stopping = Some((Instant::now(), true));
        }
        if stopping.is_some_and(|(since, _)| since.elapsed() > load.grace) {
            child.order(Order::Kill);
        }
    };
    let generator = generator.finish();
    let patience = Instant::now() + PIPE_PATIENCE;
    while stdout.is_none() && said.is_some() && Instant::now() < patience {
        stdout = listen(said.as_ref(), tell);
    }
    let timed_out = stopping.is_some_and(|(_, timeout)| timeout);
    let interrupted = stopping.is_some_and(|(_, timeout)| !timeout);
    Ok(Watched { status, timed_out, interrupted, stdout: stdout.unwrap_or_default(), generator })
}

/// Waits a moment for the next thing that the reader says; the whole output once it has ended.
fn listen(said: Option<&Receiver<Said>>, tell: &mut dyn FnMut(Progress)) -> Option<Vec<u8>> {
    let Some(said) = said else {
        thread::sleep(POLL);
        return None;
    };
    match said.recv_timeout(POLL * 5) {
        Ok(Said::Progress(progress)) => tell(progress),
        Ok(Said::Ended(stdout)) => return Some(stdout),
        Err(RecvTimeoutError::Timeout) => {}
        // The reader has said its last word already.
        Err(RecvTimeoutError::Disconnected) => thread::sleep(POLL),
    }
    None
}

/// Drains the pipe until its end whatever happens: a k6 whose output nobody reads hangs. The first
/// `room` bytes are kept.
fn read_stdout(mut pipe: ChildStdout, room: usize) -> Receiver<Said> {
    let (sender, receiver): (Sender<Said>, _) = channel();
    thread::spawn(move || {
        let mut kept = Vec::new();
        let mut progress = ProgressReader::default();
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = pipe.read(&mut buffer) {
            let free = room.saturating_sub(kept.len());
            kept.extend_from_slice(&buffer[..count.min(free)]);
            for said in progress.push(&buffer[..count]) {
                let _ = sender.send(Said::Progress(said));
            }
        }
        let _ = sender.send(Said::Ended(kept));
    });
    receiver
}
