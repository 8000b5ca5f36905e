//! What the block says: the run that goes on, and the whole.

use std::time::Duration;

use super::line::{bar, cut};
use super::sparkline::Sparkline;
use super::time_to_go::TimeToGo;
use super::waited::Waited;
use crate::base::duration::human;
use crate::base::printable::one_line;
use crate::execute::{Event, LastSecond};
use crate::report::words::trial_name;

/// A bar is never wider than this.
const WIDEST_BAR: usize = 40;
/// And where there is not that much room, there is none.
const NARROWEST_BAR: usize = 5;
/// What stands before every line, as in the lines that stay.
pub(super) const WORD: usize = 11;

/// The state of a build as far as it is drawn.
#[derive(Debug, Default)]
pub(in crate::report) struct Block {
    running: Option<Running>,
    /// What is waited for; shown instead of what runs.
    waiting: Option<Waited>,
    /// The last minute's requests per second.
    rates: Sparkline,
    /// Runs that are over, and all of them.
    whole: Option<(usize, usize)>,
    time: TimeToGo,
}

#[derive(Debug, Default)]
struct Running {
    word: &'static str,
    name: String,
    progress: Option<Progress>,
}

#[derive(Debug)]
struct Progress {
    elapsed: f64,
    expected: Option<f64>,
    vus: u64,
    iterations: u64,
    last: Option<LastSecond>,
}

impl Block {
    /// Takes an event that came at `now` on the console's clock; whether what is drawn changed.
    pub(in crate::report) fn take(&mut self, event: &Event, now: Duration) -> bool {
        let waited = std::mem::replace(&mut self.waiting, Waited::of(event)).is_some();
        match event {
            Event::SuitePlanned { estimate_seconds, estimate_complete, .. } => {
                *self =
                    Self { time: TimeToGo::new(*estimate_seconds, *estimate_complete), ..Self::default() };
            }
            Event::WarmUpStarted { test } => self.begin("warm-up", test),
            Event::RunStarted { case, trial, position, of, expected_seconds, .. } => {
                self.begin("running", &trial_name(case, *trial));
                self.whole = Some((position.saturating_sub(1), *of));
                self.time.begin(now, *expected_seconds);
            }
            Event::RunProgress { elapsed_seconds, expected_seconds, vus, iterations, last, .. }
            | Event::WarmUpProgress { elapsed_seconds, expected_seconds, vus, iterations, last, .. } => {
                let Some(running) = &mut self.running else { return false };
                // Where nothing new is known, what was known last stays.
                let before = running.progress.as_ref().and_then(|before| before.last);
                running.progress = Some(Progress {
                    elapsed: *elapsed_seconds,
                    expected: *expected_seconds,
                    vus: *vus,
                    iterations: *iterations,
                    last: last.or(before),
                });
                if let Some(last) = last {
                    self.rates.push(last.requests_per_second);
                }
            }
            Event::CoolingDown { seconds } => self.begin("cooling", &human_seconds(*seconds)),
            Event::WarmUpFinished { .. } => self.running = None,
            Event::RunFinished { .. } => {
                self.running = None;
                if let Some((done, _)) = &mut self.whole {
                    *done += 1;
                }
            }
            Event::SuiteFinished { .. } | Event::BuildFinished { .. } => *self = Self::default(),
            _ => return waited || self.waiting.is_some(),
        }
        true
    }

    fn begin(&mut self, word: &'static str, name: &str) {
        self.running = Some(Running { word, name: one_line(name).into_owned(), progress: None });
        self.rates.clear();
    }

    /// The block's lines, each narrower than `columns`.
    pub(in crate::report) fn lines(&self, now: Duration, columns: usize) -> Vec<String> {
        // The last column stays free: some terminals wrap when it is written.
        let columns = columns.saturating_sub(1);
        let waiting = self.waiting.iter().flat_map(|waited| waited.lines(columns));
        let running = self.running.iter().filter(|_| self.waiting.is_none());
        let running = waiting.chain(running.flat_map(|running| running.lines(&self.rates, columns)));
        let whole = self.whole.map(|(done, of)| {
            let left = of.saturating_sub(done + usize::from(self.running.is_some()));
            let is_over = left == 0 && self.running.is_none();
            let time = self.time.left(now, left).filter(|_| !is_over);
            let time = time.map(|left| format!(", about {} to go", human(rounded(left))));
            cut(&format!("{:>10} {done}/{of} done{}", "whole", time.unwrap_or_default()), columns)
        });
        running.chain(whole).collect()
    }
}

impl Running {
    fn lines(&self, rates: &Sparkline, columns: usize) -> Vec<String> {
        let Some(progress) = &self.progress else {
            return vec![cut(&format!("{:>10} {}", self.word, self.name), columns)];
        };
        vec![self.first(progress, columns), progress.second(rates, columns)]
    }

    /// Name, bar and time; the time is never cut off.
    fn first(&self, progress: &Progress, columns: usize) -> String {
        let whole = progress.expected.map(|whole| format!("/{}", human_seconds(whole)));
        let time = format!("{}{}", human_seconds(progress.elapsed.floor()), whole.unwrap_or_default());
        let room = columns.saturating_sub(WORD + time.chars().count() + 1);
        // The name has the first right to the room, up to half of it.
        let name = cut(&self.name, (room / 2).max(room.saturating_sub(WIDEST_BAR + 1)));
        let free = room.saturating_sub(unicode_width::UnicodeWidthStr::width(name.as_str()) + 1);
        let bar = match progress.expected {
            Some(whole) if free >= NARROWEST_BAR && whole > 0.0 => {
                format!(" {}", bar(progress.elapsed / whole, free.min(WIDEST_BAR)))
            }
            _ => String::new(),
        };
        cut(&format!("{:>10} {name}{bar} {time}", self.word), columns)
    }
}

impl Progress {
    /// What it does now.
    fn second(&self, rates: &Sparkline, columns: usize) -> String {
        let text = cut(&format!("{:>10} {}", "", self.figures()), columns);
        let room = columns.saturating_sub(unicode_width::UnicodeWidthStr::width(text.as_str()) + 1);
        let line = rates.draw(room);
        if line.is_empty() { text } else { format!("{text} {line}") }
    }

    fn figures(&self) -> String {
        figures(self.vus, self.iterations, self.last)
    }
}

/// Users, rate, latency and failures of a running load in words.
pub(in crate::report) fn figures(vus: u64, iterations: u64, last: Option<LastSecond>) -> String {
    let users = if vus == 1 { "1 VU".to_owned() } else { format!("{vus} VUs") };
    let Some(last) = last else { return format!("{users}, {iterations} iterations") };
    let p95 = last.p95_milliseconds.map(|p95| format!(", p95 {p95:.2}ms")).unwrap_or_default();
    let failed = last.failed_share * 100.0;
    let failed = if failed > 0.0 && failed < 1.0 { "< 1".to_owned() } else { format!("{failed:.0}") };
    format!("{users}, {:.1}/s{p95}, {failed} % failed", last.requests_per_second)
}

pub(super) fn human_seconds(seconds: f64) -> String {
    human(Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

/// An estimate to whole seconds: it is no better than that.
fn rounded(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs() + u64::from(time.subsec_millis() >= 500))
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr as _;

    use super::*;

    fn started(position: usize, case: &str) -> Event {
        Event::RunStarted {
            case: case.to_owned(),
            trial: 1,
            position,
            of: 9,
            expected_seconds: Some(30.0),
            reason: String::new(),
            reasons: Vec::new(),
        }
    }

    fn progress(elapsed_seconds: f64, last: Option<LastSecond>) -> Event {
        Event::RunProgress {
            case: "a".to_owned(),
            elapsed_seconds,
            expected_seconds: Some(30.0),
            vus: 10,
            iterations: 500,
            last,
        }
    }

    fn planned() -> Event {
        Event::SuitePlanned {
            build: String::new(),
            suite: "a".to_owned(),
            cases: 9,
            cached: 0,
            to_run: 9,
            estimate_seconds: 270.0,
            estimate_complete: true,
            oldest_seconds: None,
            newest_seconds: None,
        }
    }

    fn of(events: &[Event]) -> Block {
        let mut block = Block::default();
        for event in events {
            block.take(event, Duration::ZERO);
        }
        block
    }

    const LAST: LastSecond =
        LastSecond { requests_per_second: 118.0, failed_share: 0.004, p95_milliseconds: Some(2.614) };

    #[test]
    fn the_running_case_its_figures_and_the_whole_are_drawn() {
        let block = of(&[planned(), started(3, "http[vus=10]"), progress(12.3, Some(LAST))]);
        let lines = block.lines(Duration::from_secs(12), 80);
        let expected = [
            "   running http[vus=10] ━━━━━━━━━━━━━━━━──────────────────────── 12s/30s",
            "           10 VUs, 118.0/s, p95 2.61ms, < 1 % failed █",
            "     whole 2/9 done, about 4m18s to go",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn no_line_reaches_the_last_column_whatever_the_width() {
        let name = "http[model=漢字漢字漢字漢字漢字,payload_size=1000000,url=http://127.0.0.1:8080]";
        let block = of(&[planned(), started(3, name), progress(12.3, Some(LAST))]);
        for columns in 0..200 {
            for line in block.lines(Duration::ZERO, columns) {
                assert!(line.width() < columns.max(1), "{columns}: {line}");
            }
        }
        assert!(block.lines(Duration::ZERO, 40)[0].ends_with("12s/30s"));
    }

    #[test]
    fn nothing_is_drawn_before_a_run_and_after_the_last() {
        assert!(of(&[planned()]).lines(Duration::ZERO, 80).is_empty());
        let end = Event::SuiteFinished { exit: 0, ran: 1, cached: 0, pending: 0, wall_seconds: 1.0 };
        assert!(of(&[planned(), started(1, "a"), end]).lines(Duration::ZERO, 80).is_empty());
    }

    #[test]
    fn what_is_waited_for_stands_there_until_something_else_happens() {
        let waiting = Event::Waiting {
            what: "the build of target digits".to_owned(),
            elapsed_seconds: 80.2,
            limit_seconds: None,
            last_line: "Compiling oxc_parser v0.146.0".to_owned(),
        };
        let mut block = of(&[planned(), started(3, "a"), waiting]);
        let lines = block.lines(Duration::ZERO, 60);
        let expected = [
            "   waiting for the build of target digits 1m20s",
            "         | Compiling oxc_parser v0.146.0",
            "     whole 2/9 done, about 4m30s to go",
        ];
        assert_eq!(lines, expected);
        for columns in 0..80 {
            for line in block.lines(Duration::ZERO, columns) {
                assert!(line.width() < columns.max(1), "{columns}: {line}");
            }
        }
        assert!(block.take(&Event::TargetStarting { target: "digits".to_owned() }, Duration::ZERO));
        assert!(block.lines(Duration::ZERO, 60)[0].contains("running a"));
    }

    #[test]
    fn what_was_known_last_stays_until_more_is_known() {
        let block = of(&[planned(), started(1, "a"), progress(1.0, Some(LAST)), progress(2.0, None)]);
        assert!(block.lines(Duration::ZERO, 80)[1].contains("118.0/s"));
    }

    #[test]
    fn a_run_without_a_series_shows_its_iterations() {
        let block = of(&[planned(), started(1, "a"), progress(1.0, None)]);
        assert_eq!(block.lines(Duration::ZERO, 80)[1], "           10 VUs, 500 iterations");
    }
}
