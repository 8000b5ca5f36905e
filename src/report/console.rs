//! The build as a person reads it: one line for every event that matters, a live line on a terminal.

use std::io::{IsTerminal, Write};

use super::wording::{all_reasons, lines, live_line, planned};
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

/// Prints events as they come.
pub struct Console {
    style: Style,
    live: bool,
    drawn: bool,
}

impl Console {
    /// A console in this style; a live line only where standard error is a terminal that can draw one.
    pub fn new(style: Style, dumb: bool) -> Self {
        let live = matches!(style, Style::Human | Style::Verbose) && std::io::stderr().is_terminal() && !dumb;
        Self { style, live, drawn: false }
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
                for line in lines(event) {
                    self.print(&line);
                }
            }
            Style::Quiet => {}
            Style::Human if is_detail(event) => {}
            Style::Human | Style::Verbose => {
                if let Some(line) = live_line(event) {
                    return self.draw(&line);
                }
                let reasons = if self.style == Style::Verbose { all_reasons(event) } else { Vec::new() };
                for line in lines(event).into_iter().chain(reasons) {
                    self.print(&line);
                }
            }
        }
    }

    fn draw(&mut self, line: &str) {
        if self.live {
            let _ = write!(std::io::stderr(), "\r\x1b[2K{line}");
            let _ = std::io::stderr().flush();
            self.drawn = true;
        }
    }

    fn print(&mut self, line: &str) {
        let clear = if std::mem::take(&mut self.drawn) { "\r\x1b[2K" } else { "" };
        let _ = writeln!(std::io::stderr(), "{clear}{line}");
    }
}

/// A scrape that only follows from its run.
fn is_detail(event: &Event) -> bool {
    matches!(event, Event::Scraped { after_run: true, .. })
}
