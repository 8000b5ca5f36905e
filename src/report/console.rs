//! The build as a person reads it: one line for every event that matters, and on a terminal a block below them that
//! says what goes on. In a pipe a heartbeat does that.

use std::io::Write;
use std::time::{Duration, Instant};

use super::live::{Block, Canvas};
use super::paint::painted;
use super::wording::{Begun, all_reasons, ended_line, heartbeat, lines, planned};
use crate::execute::Event;

/// Which words a build prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Lines for people on standard error.
    Human,
    /// The same with every node that follows from another one.
    Verbose,
    /// One JSON object a line on standard output.
    Ndjson,
    /// Errors only.
    Quiet,
}

/// How what goes on is shown between the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// By a block that is drawn over and over at the bottom of the terminal.
    Block,
    /// By a line now and then.
    Lines,
    /// Not at all.
    None,
}

/// The time between two heartbeats.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// Where a terminal does not say how large it is.
const USUAL_COLUMNS: usize = 80;
const USUAL_ROWS: usize = 24;

/// Prints events as they come.
pub struct Console {
    style: Style,
    progress: Progress,
    color: bool,
    begun: Instant,
    block: Block,
    canvas: Canvas,
    running: Option<Begun>,
    spoke: Instant,
}

impl Console {
    /// A console in this style; `progress` and `color` are for people.
    pub fn new(style: Style, progress: Progress, color: bool) -> Self {
        let now = Instant::now();
        Self {
            style,
            progress,
            color,
            begun: now,
            block: Block::default(),
            canvas: Canvas::default(),
            running: None,
            spoke: now,
        }
    }

    /// Prints one event.
    pub fn show(&mut self, event: &Event) {
        match self.style {
            Style::Ndjson => {
                let mut out = std::io::stdout().lock();
                // A reader that went away does not end a load test.
                let _ = serde_json::to_writer(&mut out, event).map(|()| writeln!(out));
            }
            Style::Human | Style::Verbose | Style::Quiet if matches!(event, Event::Planned { .. }) => {
                // The plan is data, not talk.
                let _ = writeln!(std::io::stdout(), "{}", planned(event));
            }
            Style::Quiet if matches!(event, Event::ExportFailed { is_asked: true, .. }) => {
                write(&lines(event).iter().map(|line| self.painted(line) + "\n").collect::<String>());
            }
            Style::Quiet => {}
            Style::Human if is_detail(event) => {}
            Style::Human | Style::Verbose if self.progress == Progress::Block => self.redraw(event),
            Style::Human | Style::Verbose => self.speak(event),
        }
    }

    /// Lines that stay, one after the other; a heartbeat where nothing was said for long.
    fn speak(&mut self, event: &Event) {
        let reasons = if self.style == Style::Verbose { all_reasons(event) } else { Vec::new() };
        let mut said: Vec<String> = lines(event).into_iter().chain(reasons).collect();
        if self.progress == Progress::Lines && self.spoke.elapsed() >= HEARTBEAT {
            said.extend(heartbeat(event));
        }
        if !said.is_empty() {
            self.spoke = Instant::now();
            write(&said.iter().map(|line| self.painted(line) + "\n").collect::<String>());
        }
    }

    /// What stays scrolls by above the block; a run has one line, at its end.
    fn redraw(&mut self, event: &Event) {
        if let Some(begun) = Begun::of(event) {
            self.running = Some(begun);
        }
        let mut said = match event {
            Event::RunStarted { .. } | Event::WarmUpStarted { .. } => Vec::new(),
            event => ended_line(event, self.running.as_ref()).unwrap_or_else(|| lines(event)),
        };
        if self.style == Style::Verbose {
            said.extend(all_reasons(event));
        }
        let now = self.begun.elapsed();
        if !self.block.take(event, now) && said.is_empty() {
            return;
        }
        let (rows, columns) = size();
        let said: Vec<String> = said.iter().map(|line| self.painted(line)).collect();
        let block: Vec<String> =
            self.block.lines(now, columns).iter().map(|line| self.painted(line)).collect();
        let drawn = self.canvas.draw(&said, &block, rows);
        write(&drawn);
    }

    fn painted(&self, line: &str) -> String {
        if self.color { painted(line) } else { line.to_owned() }
    }
}

/// In one piece, so that a terminal shows no half of it.
fn write(text: &str) {
    let mut out = std::io::stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// How many rows and columns the terminal on standard error has now.
fn size() -> (usize, usize) {
    let size = rustix::termios::tcgetwinsize(std::io::stderr()).ok();
    let of = |count: fn(rustix::termios::Winsize) -> u16, usual| {
        size.map(count).filter(|count| *count > 0).map_or(usual, usize::from)
    };
    (of(|size| size.ws_row, USUAL_ROWS), of(|size| size.ws_col, USUAL_COLUMNS))
}

/// A scrape that only follows from its run.
fn is_detail(event: &Event) -> bool {
    matches!(event, Event::Scraped { after_run: true, .. })
}
