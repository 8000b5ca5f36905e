//! How long the runs that are left will take: the loads as they are planned, and what a run of this build really
//! took beyond its load (cooldown, k6's start and end, scraping).

use std::time::Duration;

/// Runs of one suite, as they come and go.
#[derive(Debug, Default)]
pub(super) struct TimeToGo {
    /// Loads of known length that are left, in seconds; none where the length of one is not known.
    planned: Option<f64>,
    /// Runs that are finished, and how long they took from one start to the next, in seconds.
    finished: usize,
    taken: f64,
    /// The known loads of the finished runs.
    loads: f64,
    running: Option<(Duration, Option<f64>)>,
}

impl TimeToGo {
    /// Of a build whose runs have these loads in all; `complete` if the length of each is known.
    pub(super) fn new(estimate_seconds: f64, complete: bool) -> Self {
        Self { planned: complete.then_some(estimate_seconds), ..Self::default() }
    }

    /// A run begins at `now`, and with that the one before it is over, its cooldown included.
    pub(super) fn begin(&mut self, now: Duration, expected: Option<f64>) {
        self.end(now);
        self.running = Some((now, expected));
    }

    fn end(&mut self, now: Duration) {
        if let Some((since, expected)) = self.running.take() {
            self.finished += 1;
            self.taken += now.saturating_sub(since).as_secs_f64();
            self.loads += expected.unwrap_or_default();
        }
    }

    /// What is left at `now` where `left` runs are to come after the one that began last; none where nobody can know.
    pub(super) fn left(&self, now: Duration, left: usize) -> Option<Duration> {
        let (since, expected) = self.running?;
        let running_for = now.saturating_sub(since).as_secs_f64();
        let finished = self.finished as f64;
        let seconds = match self.planned {
            Some(planned) => {
                let beyond =
                    if self.finished > 0 { ((self.taken - self.loads) / finished).max(0.0) } else { 0.0 };
                let expected = expected.unwrap_or_default();
                let of_running = (expected + beyond - running_for).max(0.0);
                (planned - self.loads - expected).max(0.0) + beyond * left as f64 + of_running
            }
            None if self.finished > 0 => {
                let mean = self.taken / finished;
                mean * left as f64 + (mean - running_for).max(0.0)
            }
            None => return None,
        };
        Duration::try_from_secs_f64(seconds).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn before_anything_has_finished_the_planned_loads_count() {
        let mut time = TimeToGo::new(90.0, true);
        time.begin(at(0), Some(30.0));
        assert_eq!(time.left(at(10), 2), Some(at(80)));
    }

    #[test]
    fn what_runs_took_beyond_their_loads_is_added_for_each_run_that_is_left() {
        let mut time = TimeToGo::new(90.0, true);
        time.begin(at(0), Some(30.0));
        time.begin(at(35), Some(30.0));
        assert_eq!(time.left(at(35), 1), Some(at(70)));
        assert_eq!(time.left(at(200), 1), Some(at(35)), "a run that takes longer than expected");
    }

    #[test]
    fn runs_of_unknown_length_are_taken_to_be_like_the_finished_ones() {
        let mut time = TimeToGo::new(0.0, false);
        time.begin(at(0), None);
        assert_eq!(time.left(at(1), 2), None);
        time.begin(at(10), None);
        assert_eq!(time.left(at(12), 1), Some(at(18)));
    }
}
