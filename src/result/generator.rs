//! How the load generator fared while it made its load.

use serde::{Deserialize, Serialize};

/// What was seen of k6 and its host during a run. Times are in seconds of one processor.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct GeneratorFacts {
    /// How many processors it may use.
    pub cores: f64,
    /// How many processors of the host it may run on: more than `cores` where a quota limits it. 0 where that was
    /// not recorded.
    #[serde(default)]
    pub processors: f64,
    /// How long it was looked at.
    pub watched_seconds: f64,
    /// The processor time that k6 had.
    pub cpu_seconds: f64,
    /// How long threads of k6 could have run and waited for a processor (the second field of Linux'
    /// `/proc/PID/task/TID/schedstat`, <https://docs.kernel.org/scheduler/sched-stats.html>).
    pub waited_seconds: f64,
    /// How often one of them was given a processor (the third field there).
    pub turns: u64,
    /// The processor time, on the processors that k6 may run on, of all but howitzer and what it started.
    pub other_cpu_seconds: f64,
}

impl GeneratorFacts {
    /// The share of the time in which it wanted to run that it waited for a processor, 0 to 1.
    pub fn waiting_share(&self) -> f64 {
        share(self.waited_seconds, self.cpu_seconds + self.waited_seconds)
    }

    /// How long k6 waited for a processor each time, in milliseconds.
    pub fn waited_each_ms(&self) -> f64 {
        if self.turns == 0 { 0.0 } else { self.waited_seconds * 1000.0 / self.turns as f64 }
    }

    /// The share of the processors it may use that k6 used, 0 to 1.
    pub fn cpu_share(&self) -> f64 {
        share(self.cpu_seconds, self.cores * self.watched_seconds)
    }

    /// The share of the processors it may run on that others used, 0 to 1.
    pub fn other_share(&self) -> f64 {
        let processors = if self.processors > 0.0 { self.processors } else { self.cores };
        share(self.other_cpu_seconds, processors * self.watched_seconds)
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 }
}
