//! The body of a remote-write request: snappy over protobuf
//! (<https://prometheus.io/docs/specs/prw/remote_write_spec/>). Messages are named as in Prometheus'
//! `prompb/remote.proto` and `prompb/types.proto`
//! (<https://github.com/prometheus/prometheus/tree/main/prompb>), with only the fields that k6 sends.

mod encode;

pub use encode::encode;
pub(super) use encode::stale;

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
    #[prost(double, tag = "5")]
    pub(super) zero_threshold: f64,
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

#[cfg(test)]
mod tests {
    use super::*;

    const POST: &[u8] = include_bytes!("../../../tests/fixtures/k6/remote-write/1.1.0/1.bin");

    fn packed(series: TimeSeries) -> Vec<u8> {
        let request = WriteRequest { timeseries: vec![series] };
        snap::raw::Encoder::new().compress_vec(&request.encode_to_vec()).expect("packs")
    }

    fn named(histogram: Histogram) -> TimeSeries {
        let name = Label { name: "__name__".to_owned(), value: "k6_x".to_owned() };
        TimeSeries { labels: vec![name], histograms: vec![histogram], ..TimeSeries::default() }
    }

    #[test]
    fn a_real_post_is_read_whole() {
        let samples = decode(POST).expect("decodes");
        assert_eq!(samples.len(), 54);
        let negative = samples.iter().find(|sample| sample.metric == "k6_neg_trend").expect("a trend");
        let SampleValue::Histogram(histogram) = &negative.value else { panic!("{negative:?}") };
        assert_eq!((histogram.zero, &histogram.negative), (30, &vec![(15, 30)]));
        assert_eq!(histogram.positive, [(-239, 30), (23, 30), (7973, 30)]);
        assert_eq!((histogram.count(), negative.at_ms), (150, 1_795_520_321_043));
        assert_eq!(negative.labels, [("scenario".to_owned(), "one".to_owned())]);
    }

    #[test]
    fn a_cut_or_flipped_post_is_an_error_or_other_samples_and_never_a_panic() {
        for length in 0..POST.len() {
            assert!(decode(&POST[..length]).is_err(), "cut at {length}");
        }
        for at in 0..POST.len() {
            for bit in 0..8 {
                let mut flipped = POST.to_vec();
                flipped[at] ^= 1 << bit;
                let _ = decode(&flipped);
            }
        }
    }

    #[test]
    fn a_histogram_that_contradicts_itself_is_refused() {
        let span = |offset, length| BucketSpan { offset, length };
        let with = |count_int, positive_spans: Vec<BucketSpan>, positive_deltas: Vec<i64>| {
            let histogram =
                Histogram { count_int, schema: 3, positive_spans, positive_deltas, ..Histogram::default() };
            decode(&packed(named(histogram)))
        };
        assert!(with(3, vec![span(-2, 2)], vec![1, 1]).is_ok());
        for (count, spans, deltas) in [
            (4, vec![span(-2, 2)], vec![1, 1]),
            (1, vec![span(0, u32::MAX)], vec![1]),
            (1, vec![span(0, 1)], vec![1, 1]),
            (1, vec![span(0, 1)], vec![-1]),
            (2, vec![span(0, 1), span(-1, 1)], vec![1, 0]),
            (1, vec![span(i32::MAX, 1)], vec![1]),
            (0, vec![span(0, 2)], vec![i64::MAX, i64::MAX]),
        ] {
            let refused = with(count, spans, deltas.clone());
            assert!(matches!(refused, Err(RemoteWriteError::Histogram { .. })), "{deltas:?}");
        }
        let fine = Histogram { schema: 99, ..Histogram::default() };
        assert!(decode(&packed(named(fine))).is_err());
    }

    #[test]
    fn a_series_without_a_name_is_refused_and_k6s_own_name_wins() {
        let label = |name: &str, value: &str| Label { name: name.to_owned(), value: value.to_owned() };
        let series = |labels| TimeSeries { labels, samples: vec![Sample::default()], histograms: Vec::new() };
        assert_eq!(decode(&packed(series(vec![label("a", "b")]))), Err(RemoteWriteError::Nameless));
        let both = series(vec![label("__name__", "evil"), label("__name__", "k6_vus")]);
        assert_eq!(decode(&packed(both)).map(|samples| samples[0].metric.clone()), Ok("k6_vus".to_owned()));
    }
}
