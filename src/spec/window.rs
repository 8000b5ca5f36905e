//! The measured window: which part of a run its statistics are of. A matter of reading, never of running.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::document::Item;
use crate::base::duration;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::table::{Fields, expected, read_duration};

/// A part of a run, counted from the first sample of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Window {
    /// What is left out at the beginning.
    pub skip: Duration,
    /// Where it ends; none is the end of the run.
    pub until: Option<Until>,
}

/// The end of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Until {
    /// This long after the first sample.
    FromStart(Duration),
    /// This long before the last one.
    BeforeEnd(Duration),
}

impl Window {
    /// Whether it is the whole run.
    pub fn is_whole(&self) -> bool {
        self.skip.is_zero() && self.until.is_none()
    }

    /// Its bounds in seconds from the first sample of a run that lasts `length` seconds; none where nothing
    /// is left of it.
    pub fn bounds(&self, length: f64) -> Option<(f64, f64)> {
        let from = self.skip.as_secs_f64();
        let until = match self.until {
            None => length,
            Some(Until::FromStart(after)) => after.as_secs_f64().min(length),
            Some(Until::BeforeEnd(before)) => length - before.as_secs_f64(),
        };
        (from < until).then_some((from, until))
    }

    /// Reads `{ skip = "10s", until = "-5s" }`.
    pub fn read(item: &Item) -> Result<Self, Mistakes> {
        let mut fields = Fields::of_item(item)?;
        let skip = fields.read("skip", read_duration).unwrap_or_default();
        let until = fields.read("until", read_until);
        if let (Some(Until::FromStart(end)), Some(item)) = (until, fields.item("until"))
            && end <= skip
        {
            let mistake =
                Mistake::at(&item.place, "the window ends before it begins: `until` is no later than `skip`");
            fields.mistakes.push(mistake.label(format!("expected a time after {}", duration::human(skip))));
        }
        fields.finish().or(Self { skip, until })
    }
}

/// `30s` from the beginning, `-5s` from the end.
fn read_until(item: &Item) -> Result<Until, Mistakes> {
    let what = "a time from the beginning such as \"30s\", or from the end such as \"-5s\"";
    let Some(text) = item.as_text() else { return Err(expected(what, item).into()) };
    let read = match text.trim().strip_prefix('-') {
        Some(before) => duration::parse(before).map(Until::BeforeEnd),
        None => duration::parse(text).map(Until::FromStart),
    };
    read.ok_or_else(|| expected(what, item).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_bounds_only_where_something_is_left() {
        let seconds = Duration::from_secs;
        let window = Window { skip: seconds(10), until: Some(Until::BeforeEnd(seconds(5))) };
        assert_eq!(window.bounds(60.0), Some((10.0, 55.0)));
        assert_eq!(window.bounds(15.0), None);
        let window = Window { skip: seconds(1), until: Some(Until::FromStart(seconds(3))) };
        assert_eq!((window.bounds(60.0), window.bounds(2.0)), (Some((1.0, 3.0)), Some((1.0, 2.0))));
        assert!(Window::default().is_whole() && !window.is_whole());
    }
}
