//! The body of a remote-write request: snappy over protobuf
//! (<https://prometheus.io/docs/specs/prw/remote_write_spec/>). Messages are named as in Prometheus'
//! `prompb/remote.proto` and `prompb/types.proto`
//! (<https://github.com/prometheus/prometheus/tree/main/prompb>), with only the fields that k6 sends.

use prost::Message as _;

use crate::result::{Histogram as Buckets, Sample as Taken, SampleValue};

/// No body is larger than this when unpacked, in bytes.
const UNPACKED_LIMIT: usize = 64 << 20;

/// The widest bucket index: k6 sends ± 8,193 at most, for an infinite value.
const INDEX_LIMIT: i64 = 1 << 20;

/// A body that is none of k6's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoteWriteError {
    /// It is not packed as snappy, or cut.
    #[error("it is no snappy block: {0}")]
    Snappy(String),
    /// It would be too large.
    #[error("it would unpack to {0} bytes")]
    TooLarge(usize),
    /// It is no protobuf message of this kind.
    #[error("it is no remote-write request: {0}")]
    Protobuf(String),
    /// A series has no name.
    #[error("a series has no name")]
    Nameless,
    /// A histogram contradicts itself.
    #[error("the histogram of `{metric}` {problem}")]
    Histogram {
        /// The metric.
        metric: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct WriteRequest {
    #[prost(message, repeated, tag = "1")]
    pub(super) timeseries: Vec<TimeSeries>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct TimeSeries {
    #[prost(message, repeated, tag = "1")]
    pub(super) labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    pub(super) samples: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    pub(super) histograms: Vec<Histogram>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Label {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) value: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Sample {
    #[prost(double, tag = "1")]
    pub(super) value: f64,
    #[prost(int64, tag = "2")]
    pub(super) timestamp: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Histogram {
    #[prost(uint64, tag = "1")]
    pub(super) count_int: u64,
    #[prost(double, tag = "3")]
    pub(super) sum: f64,
    #[prost(sint32, tag = "4")]
    pub(super) schema: i32,
    #[prost(uint64, tag = "6")]
    pub(super) zero_count_int: u64,
    #[prost(message, repeated, tag = "8")]
    pub(super) negative_spans: Vec<BucketSpan>,
    #[prost(sint64, repeated, tag = "9")]
    pub(super) negative_deltas: Vec<i64>,
    #[prost(message, repeated, tag = "11")]
    pub(super) positive_spans: Vec<BucketSpan>,
    #[prost(sint64, repeated, tag = "12")]
    pub(super) positive_deltas: Vec<i64>,
    #[prost(int64, tag = "15")]
    pub(super) timestamp: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct BucketSpan {
    #[prost(sint32, tag = "1")]
    pub(super) offset: i32,
    #[prost(uint32, tag = "2")]
    pub(super) length: u32,
}

/// Every sample of a request's body.
pub fn decode(body: &[u8]) -> Result<Vec<Taken>, RemoteWriteError> {
    let length =
        snap::raw::decompress_len(body).map_err(|error| RemoteWriteError::Snappy(error.to_string()))?;
    if length > UNPACKED_LIMIT {
        return Err(RemoteWriteError::TooLarge(length));
    }
    let unpacked = snap::raw::Decoder::new().decompress_vec(body);
    let unpacked = unpacked.map_err(|error| RemoteWriteError::Snappy(error.to_string()))?;
    let request = WriteRequest::decode(unpacked.as_slice())
        .map_err(|error| RemoteWriteError::Protobuf(error.to_string()))?;
    let mut taken = Vec::with_capacity(request.timeseries.len());
    for series in request.timeseries {
        take(series, &mut taken)?;
    }
    Ok(taken)
}

fn take(series: TimeSeries, taken: &mut Vec<Taken>) -> Result<(), RemoteWriteError> {
    let mut metric = None;
    let mut labels = Vec::with_capacity(series.labels.len());
    for label in series.labels {
        // A script may set a tag of this name; k6's own comes with its prefix.
        if label.name == "__name__" {
            if metric.is_none() || label.value.starts_with("k6_") {
                metric = Some(label.value);
            }
        } else {
            labels.push((label.name, label.value));
        }
    }
    let metric = metric.ok_or(RemoteWriteError::Nameless)?;
    labels.sort_unstable();
    for sample in series.samples {
        let value = SampleValue::Number(sample.value);
        taken.push(Taken { metric: metric.clone(), labels: labels.clone(), at_ms: sample.timestamp, value });
    }
    for histogram in series.histograms {
        let at_ms = histogram.timestamp;
        let value = buckets(&histogram)
            .map_err(|problem| RemoteWriteError::Histogram { metric: metric.clone(), problem })?;
        let value = SampleValue::Histogram(value);
        taken.push(Taken { metric: metric.clone(), labels: labels.clone(), at_ms, value });
    }
    Ok(())
}

fn buckets(histogram: &Histogram) -> Result<Buckets, &'static str> {
    if !(-4..=8).contains(&histogram.schema) {
        return Err("has an unknown resolution");
    }
    let buckets = Buckets {
        schema: histogram.schema,
        zero: histogram.zero_count_int,
        sum: histogram.sum,
        positive: side(&histogram.positive_spans, &histogram.positive_deltas)?,
        negative: side(&histogram.negative_spans, &histogram.negative_deltas)?,
    };
    if buckets.count() != histogram.count_int {
        return Err("counts other than its buckets do");
    }
    Ok(buckets)
}

/// Spans say where runs of buckets begin, as the gap to the one before; counts are differences.
fn side(spans: &[BucketSpan], deltas: &[i64]) -> Result<Vec<(i32, u64)>, &'static str> {
    let mut deltas = deltas.iter();
    let mut index = 0_i64;
    let mut count = 0_i64;
    let mut side: Vec<(i32, u64)> = Vec::new();
    for (at, span) in spans.iter().enumerate() {
        if at > 0 && span.offset < 0 {
            return Err("has spans that overlap");
        }
        index += i64::from(span.offset);
        for _ in 0..span.length {
            let delta = deltas.next().ok_or("has fewer buckets than its spans")?;
            count = count.checked_add(*delta).filter(|count| *count >= 0).ok_or("has a negative count")?;
            let place = Some(index)
                .filter(|index| index.abs() <= INDEX_LIMIT)
                .and_then(|index| i32::try_from(index).ok());
            let place = place.ok_or("has a bucket out of all bounds")?;
            if count > 0 {
                side.push((place, count.unsigned_abs()));
            }
            index += 1;
        }
    }
    if deltas.next().is_some() {
        return Err("has more buckets than its spans");
    }
    Ok(side)
}
