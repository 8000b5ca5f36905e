//! What a metrics page said each time it was looked at: series with their values, in bounded memory.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::base::clock::Instant;

/// More series than this are not kept.
const MOST_SERIES: usize = 5_000;

/// When there are more values, every second look is given up: a record stays under 5 MB.
const MOST_VALUES: usize = 200_000;

/// More reasons for failed looks than this are folded into one.
const MOST_REASONS: usize = 20;

/// The values of labels by name.
pub type Labels = BTreeMap<String, String>;

/// What a series of a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SeriesKind {
    /// It only grows, until its server starts again.
    Counter,
    /// It goes up and down.
    Gauge,
    /// How many observations of a histogram were not above its label `le`.
    Bucket,
    /// The sum of the observations of a histogram or summary.
    Sum,
    /// How many observations a histogram or summary has.
    Count,
}

impl SeriesKind {
    /// Whether only its increase says something.
    pub fn accumulates(self) -> bool {
        self != Self::Gauge
    }
}

/// One value that stood on a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The name of the series.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// The family that it belongs to: the name without `_sum`, `_count` or `_bucket`.
    pub family: String,
    /// What it is.
    pub kind: SeriesKind,
    /// The unit of its values, empty where nobody says.
    pub unit: String,
    /// The value, finite or not.
    pub value: f64,
}

/// The values of one series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// The family that it belongs to.
    pub family: String,
    /// What it is.
    pub kind: SeriesKind,
    /// The unit of its values.
    pub unit: String,
    /// The value of each look, none where it was missing or not finite; it may end early.
    pub values: Vec<Option<f64>>,
}

/// All that was seen of a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageSamples {
    /// When the first look began.
    pub started: Instant,
    /// The pause from one look to the next, in seconds: it doubles where a run is long.
    pub every_seconds: f64,
    /// When each look that succeeded was, in seconds since the start.
    pub seconds: Vec<f64>,
    /// The series by name and labels.
    pub series: IndexMap<String, Series>,
    /// Why looks failed, and how often.
    pub missed: BTreeMap<String, usize>,
    /// How many series of a page were left out because there were too many.
    pub left_out: usize,
}

impl PageSamples {
    /// Nothing seen yet.
    pub fn new(started: Instant, every_seconds: f64) -> Self {
        Self {
            started,
            every_seconds,
            seconds: Vec::new(),
            series: IndexMap::new(),
            missed: BTreeMap::new(),
            left_out: 0,
        }
    }

    /// Adds a look.
    pub fn push(&mut self, seconds: f64, readings: impl IntoIterator<Item = Reading>) {
        let look = self.seconds.len();
        self.seconds.push(seconds);
        let mut left_out = 0;
        for reading in readings {
            let key = series_name(&reading.name, &reading.labels);
            if self.series.len() >= MOST_SERIES && !self.series.contains_key(&key) {
                left_out += 1;
                continue;
            }
            let value = Some(reading.value).filter(|value| value.is_finite());
            let Reading { name, labels, family, kind, unit, .. } = reading;
            let new = || Series { name, labels, family, kind, unit, values: Vec::new() };
            let series = self.series.entry(key).or_insert_with(new);
            series.values.resize(look, None);
            series.values.push(value);
        }
        self.left_out = self.left_out.max(left_out);
        while self.seconds.len() > 2 && self.seconds.len() * self.series.len() > MOST_VALUES {
            self.thin();
        }
    }

    /// Notes a look that failed.
    pub fn miss(&mut self, reason: String) {
        let full = self.missed.len() >= MOST_REASONS && !self.missed.contains_key(&reason);
        *self.missed.entry(if full { "other reasons".to_owned() } else { reason }).or_default() += 1;
    }

    /// The most frequent reason for failed looks.
    pub fn main_reason(&self) -> Option<&str> {
        self.missed.iter().max_by_key(|(_, count)| **count).map(|(reason, _)| reason.as_str())
    }

    /// The values of a series with their times in seconds since the start. One that accumulates and was not
    /// on the page before began at 0: that is how label sets come to be.
    pub fn points(&self, series: &Series) -> Vec<(f64, f64)> {
        let values = self.seconds.iter().zip(&series.values);
        let mut points: Vec<(f64, f64)> =
            values.filter_map(|(seconds, value)| value.map(|value| (*seconds, value))).collect();
        let before = series.values.iter().position(Option::is_some).and_then(|first| first.checked_sub(1));
        if let Some(before) = before.filter(|_| series.kind.accumulates()) {
            points.insert(0, (self.seconds[before], 0.0));
        }
        points
    }

    /// Gives up every second look but the last one, and halves their rate.
    fn thin(&mut self) {
        let last = self.seconds.len() - 1;
        let stays = |look: usize| look.is_multiple_of(2) || look == last;
        let mut look = 0..;
        self.seconds.retain(|_| look.next().is_some_and(stays));
        for series in self.series.values_mut() {
            let mut look = 0..;
            series.values.retain(|_| look.next().is_some_and(stays));
        }
        self.every_seconds *= 2.0;
    }
}

/// `name{a="b",c="d"}`, as Prometheus writes a series.
pub fn series_name(name: &str, labels: &Labels) -> String {
    if labels.is_empty() {
        return name.to_owned();
    }
    let escaped = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let pairs: Vec<String> =
        labels.iter().map(|(label, value)| format!("{label}=\"{}\"", escaped(value))).collect();
    format!("{name}{{{}}}", pairs.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(name: &str, kind: SeriesKind, value: f64) -> Reading {
        let (name, family) = (name.to_owned(), name.to_owned());
        Reading { name, labels: BTreeMap::new(), family, kind, unit: String::new(), value }
    }

    fn samples() -> PageSamples {
        PageSamples::new(Instant::from_milliseconds(0), 1.0)
    }

    #[test]
    fn a_counter_that_comes_later_began_at_zero_and_a_gauge_did_not() {
        let mut samples = samples();
        samples.push(0.0, []);
        let two = [reading("c", SeriesKind::Counter, 4.0), reading("g", SeriesKind::Gauge, 7.0)];
        samples.push(1.0, two);
        samples.push(2.0, [reading("g", SeriesKind::Gauge, f64::NAN)]);
        assert_eq!(samples.points(&samples.series["c"]), [(0.0, 0.0), (1.0, 4.0)]);
        assert_eq!(samples.points(&samples.series["g"]), [(1.0, 7.0)]);
        let text = serde_json::to_string(&samples).expect("serialises");
        assert_eq!(serde_json::from_str::<PageSamples>(&text).expect("reads"), samples);
    }

    #[test]
    fn a_long_run_is_looked_at_less_often_and_keeps_its_ends() {
        let mut samples = samples();
        let mut now = 0.0;
        for _ in 0..500 {
            samples.push(now, (0..1000).map(|n| reading(&format!("m{n}"), SeriesKind::Counter, now)));
            now += samples.every_seconds;
        }
        assert!(samples.seconds.len() * samples.series.len() <= MOST_VALUES);
        assert!(samples.every_seconds >= 4.0, "{}", samples.every_seconds);
        let points = samples.points(&samples.series["m7"]);
        let last = *samples.seconds.last().expect("looks");
        assert_eq!((points[0], points[points.len() - 1]), ((0.0, 0.0), (last, last)));
    }

    #[test]
    fn series_without_end_are_left_out_and_counted() {
        let mut samples = samples();
        samples.push(0.0, (0..6000).map(|n| reading(&format!("m{n}"), SeriesKind::Gauge, 1.0)));
        samples.push(1.0, [reading("m6000", SeriesKind::Gauge, 1.0), reading("m1", SeriesKind::Gauge, 2.0)]);
        assert_eq!((samples.series.len(), samples.left_out), (5000, 1000));
        assert_eq!(samples.series["m1"].values, [Some(1.0), Some(2.0)]);
        for n in 0..100 {
            samples.miss(format!("reason {n}"));
        }
        assert_eq!((samples.missed.len(), samples.main_reason()), (21, Some("other reasons")));
    }
}
