//! A series as bytes: four bytes of name and version, then zlib over postcard
//! (<https://postcard.jamesmunns.com/wire-format>), where slots and bucket indices are gaps, so that most
//! numbers take one byte.

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use serde::{Deserialize, Serialize};

use super::exact_bytes::StoredExact;
use super::histogram::Histogram;
use super::labels::Labels;
use super::model::{GaugePoint, Line, MetricInfo, Points, Series, TallyPoint};
use super::problems::Problems;
use super::slots::Slots;

/// What the bytes begin with; the last one is the version: 1, or 2 where the values of trends follow.
const HEAD: [u8; 3] = *b"hws";
const WITHOUT_VALUES: u8 = 1;
const WITH_VALUES: u8 = 2;

/// No series is larger than this when unpacked, in bytes.
const LIMIT: usize = 256 << 20;

/// The effort of the compression: 6 is zlib's own middle.
const EFFORT: u8 = 6;

/// Bytes that are no series.
#[derive(Debug, thiserror::Error)]
pub enum SeriesError {
    /// They begin otherwise.
    #[error("this is no series of howitzer's")]
    Head,
    /// A later howitzer wrote them.
    #[error("the series has form {0}, which this howitzer does not know")]
    Version(u8),
    /// They are cut or damaged.
    #[error("the series is damaged: {0}")]
    Damaged(&'static str),
}

#[derive(Serialize, Deserialize)]
struct Stored {
    begin_ms: i64,
    slot_ms: Vec<i64>,
    posts_each: u32,
    posts_in_last: u32,
    metrics: Vec<MetricInfo>,
    sets: Vec<Labels>,
    lines: Vec<StoredLine>,
    scenarios_ms: Option<(i64, i64)>,
    problems: Problems,
}

#[derive(Serialize, Deserialize)]
struct StoredLine {
    metric: u32,
    set: u32,
    points: StoredPoints,
}

/// Each value stands after the distance of its slot from the one before.
#[derive(Serialize, Deserialize)]
enum StoredPoints {
    Counter(Vec<(u32, Number)>),
    Gauge(Vec<(u32, GaugePoint)>),
    Share(Vec<(u32, f64)>),
    Tally(Vec<(u32, (Number, Number))>),
    Trend(Vec<(u32, StoredHistogram)>),
}

/// Most numbers are counts.
#[derive(Serialize, Deserialize)]
enum Number {
    Whole(i64),
    Other(f64),
}

#[derive(Serialize, Deserialize)]
struct StoredHistogram {
    schema: i32,
    zero: u64,
    sum: f64,
    positive: Vec<(i32, u64)>,
    negative: Vec<(i32, u64)>,
}

impl Series {
    /// The series as bytes; two equal series give equal bytes.
    pub fn encode(&self) -> Vec<u8> {
        let stored = Stored::of(self);
        // Fails for types that postcard does not know and for full buffers only; here are neither.
        let mut bytes = postcard::to_stdvec(&stored).unwrap_or_default();
        let mut encoded = HEAD.to_vec();
        if let Some(exact) = &self.exact {
            bytes.extend(postcard::to_stdvec(&StoredExact::of(exact)).unwrap_or_default());
        }
        encoded.push(if self.exact.is_some() { WITH_VALUES } else { WITHOUT_VALUES });
        encoded.extend(compress_to_vec_zlib(&bytes, EFFORT));
        encoded
    }

    /// Reads what `encode` wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, SeriesError> {
        let rest = bytes.strip_prefix(&HEAD).ok_or(SeriesError::Head)?;
        let (version, packed) = rest.split_first().ok_or(SeriesError::Head)?;
        if ![WITHOUT_VALUES, WITH_VALUES].contains(version) {
            return Err(SeriesError::Version(*version));
        }
        let unpacked = decompress_to_vec_zlib_with_limit(packed, LIMIT);
        let unpacked = unpacked.map_err(|_| SeriesError::Damaged("it cannot be unpacked"))?;
        let form = |_| SeriesError::Damaged("it does not have the form of one");
        let (stored, mut rest) = postcard::take_from_bytes::<Stored>(&unpacked).map_err(form)?;
        let mut values = None;
        if *version == WITH_VALUES {
            let (read, after) = postcard::take_from_bytes::<StoredExact>(rest).map_err(form)?;
            (values, rest) = (Some(read), after);
        }
        if !rest.is_empty() {
            return Err(SeriesError::Damaged("something follows its end"));
        }
        let contradiction = || SeriesError::Damaged("it contradicts itself");
        let mut series = stored.series().ok_or_else(contradiction)?;
        if let Some(values) = values {
            let sizes = (series.lines.len(), series.slots.len(), series.metrics.len());
            series.exact = Some(values.exact(sizes.0, sizes.1, sizes.2).ok_or_else(contradiction)?);
        }
        Ok(series)
    }
}

impl Stored {
    fn of(series: &Series) -> Self {
        let mut before = series.slots.begin_ms;
        let widths = series.slots.ends_ms.iter().map(|end| end - std::mem::replace(&mut before, *end));
        Self {
            begin_ms: series.slots.begin_ms,
            slot_ms: widths.collect(),
            posts_each: series.slots.posts_each,
            posts_in_last: series.slots.posts_in_last,
            metrics: series.metrics.clone(),
            sets: series.sets.clone(),
            lines: series.lines.iter().map(StoredLine::of).collect(),
            scenarios_ms: series.scenarios_ms,
            problems: series.problems.clone(),
        }
    }

    /// `None` where slots, metrics or sets are named that are not there, or something is out of order.
    fn series(self) -> Option<Series> {
        let mut end = self.begin_ms;
        let mut ends_ms = Vec::with_capacity(self.slot_ms.len());
        for width in self.slot_ms {
            end = end.checked_add(width).filter(|_| width >= 0)?;
            ends_ms.push(end);
        }
        let posts_each = Some(self.posts_each).filter(|posts| posts.is_power_of_two())?;
        let slots = Slots { begin_ms: self.begin_ms, ends_ms, posts_each, posts_in_last: self.posts_in_last };
        let sizes = (self.metrics.len(), self.sets.len(), slots.len());
        let lines = self.lines.into_iter().map(|line| line.line(sizes)).collect::<Option<_>>()?;
        Some(Series {
            slots,
            metrics: self.metrics,
            sets: self.sets,
            lines,
            scenarios_ms: self.scenarios_ms.filter(|(first, last)| last.checked_sub(*first).is_some()),
            problems: self.problems,
            exact: None,
        })
    }
}

impl StoredLine {
    fn of(line: &Line) -> Self {
        let points = match &line.points {
            Points::Counter(points) => StoredPoints::Counter(gaps(points, |growth| Number::of(*growth))),
            Points::Gauge(points) => StoredPoints::Gauge(gaps(points, |point| *point)),
            Points::Share(points) => StoredPoints::Share(gaps(points, |share| *share)),
            Points::Tally(points) => {
                StoredPoints::Tally(gaps(points, |tally| (Number::of(tally.passes), Number::of(tally.total))))
            }
            Points::Trend(points) => StoredPoints::Trend(gaps(points, StoredHistogram::of)),
        };
        let index = |index| u32::try_from(index).unwrap_or(u32::MAX);
        Self { metric: index(line.metric), set: index(line.set), points }
    }

    fn line(self, (metrics, sets, slots): (usize, usize, usize)) -> Option<Line> {
        let points = match self.points {
            StoredPoints::Counter(points) => Points::Counter(placed(points, slots, |n| Some(n.value()))?),
            StoredPoints::Gauge(points) => Points::Gauge(placed(points, slots, Some)?),
            StoredPoints::Share(points) => Points::Share(placed(points, slots, Some)?),
            StoredPoints::Tally(points) => Points::Tally(placed(points, slots, |(passes, total)| {
                Some(TallyPoint { passes: passes.value(), total: total.value() })
            })?),
            StoredPoints::Trend(points) => Points::Trend(placed(points, slots, StoredHistogram::histogram)?),
        };
        let metric = usize::try_from(self.metric).ok().filter(|metric| *metric < metrics)?;
        let set = usize::try_from(self.set).ok().filter(|set| *set < sets)?;
        Some(Line { metric, set, points })
    }
}

fn gaps<T, S>(points: &[(u32, T)], stored: impl Fn(&T) -> S) -> Vec<(u32, S)> {
    let mut before = 0;
    let gap = |(slot, value): &(u32, T)| (slot - std::mem::replace(&mut before, *slot), stored(value));
    points.iter().map(gap).collect()
}

fn placed<S, T>(
    stored: Vec<(u32, S)>,
    slots: usize,
    value: impl Fn(S) -> Option<T>,
) -> Option<Vec<(u32, T)>> {
    let mut slot = 0_u32;
    let mut points = Vec::with_capacity(stored.len());
    for (gap, stored) in stored {
        slot = slot.checked_add(gap).filter(|slot| (*slot as usize) < slots)?;
        if gap == 0 && !points.is_empty() {
            return None;
        }
        points.push((slot, value(stored)?));
    }
    Some(points)
}

impl Number {
    #[allow(clippy::cast_possible_truncation, reason = "whole and within ±2^53")]
    fn of(value: f64) -> Self {
        let is_whole = value.fract() == 0.0 && value.abs() < 9.0e15;
        // Negative zero is another value than zero.
        if is_whole && (value != 0.0 || value.is_sign_positive()) {
            Self::Whole(value as i64)
        } else {
            Self::Other(value)
        }
    }

    fn value(&self) -> f64 {
        match self {
            Self::Whole(value) => *value as f64,
            Self::Other(value) => *value,
        }
    }
}

impl StoredHistogram {
    fn of(histogram: &Histogram) -> Self {
        let side = |side: &[(i32, u64)]| {
            let mut before = 0;
            let gap = |(index, count): &(i32, u64)| {
                (index.wrapping_sub(std::mem::replace(&mut before, *index)), *count)
            };
            side.iter().map(gap).collect()
        };
        Self {
            schema: histogram.schema,
            zero: histogram.zero,
            sum: histogram.sum,
            positive: side(&histogram.positive),
            negative: side(&histogram.negative),
        }
    }

    fn histogram(self) -> Option<Histogram> {
        let side = |stored: Vec<(i32, u64)>| -> Option<Vec<(i32, u64)>> {
            let mut index = 0_i32;
            let mut side: Vec<(i32, u64)> = Vec::with_capacity(stored.len());
            for (gap, count) in stored {
                index = index.wrapping_add(gap);
                if count == 0 || side.last().is_some_and(|(before, _)| *before >= index) {
                    return None;
                }
                side.push((index, count));
            }
            Some(side)
        };
        Some(Histogram {
            schema: Some(self.schema).filter(|schema| (-4..=8).contains(schema))?,
            zero: self.zero,
            sum: self.sum,
            positive: side(self.positive)?,
            negative: side(self.negative)?,
        })
    }
}
