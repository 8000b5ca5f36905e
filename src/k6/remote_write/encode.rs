//! Samples as the body of a remote-write request.

use prost::Message as _;

use super::{BucketSpan, Histogram, Label, Sample, TimeSeries, WriteRequest};
use crate::result::{Histogram as Buckets, Sample as Given, SampleValue};

/// What Prometheus takes for the end of a series
/// (<https://prometheus.io/docs/specs/prw/remote_write_spec/#stale-markers>).
const STALE: u64 = 0x7ff0_0000_0000_0002;

/// What is nearer to zero is in the bucket of zeros.
const ZERO_THRESHOLD: f64 = 2.938_735_877_055_719e-39;

/// The body of one request with all of `samples`.
pub fn encode(samples: &[Given]) -> Vec<u8> {
    let request = WriteRequest { timeseries: samples.iter().map(series).collect() };
    snap::raw::Encoder::new()
        .compress_vec(&request.encode_to_vec())
        .expect("fails only beyond 4 GiB, and what is sent was bounded before")
}

/// The sample that ends the series of `last`, at `at_ms`.
pub(in crate::k6) fn stale(last: &Given, at_ms: i64) -> Given {
    let nan = f64::from_bits(STALE);
    let value = match &last.value {
        SampleValue::Number(_) => SampleValue::Number(nan),
        SampleValue::Histogram(_) => SampleValue::Histogram(Buckets { sum: nan, ..Buckets::default() }),
    };
    Given { at_ms, value, ..last.clone() }
}

fn series(given: &Given) -> TimeSeries {
    let label = |name: &str, value: &str| Label { name: name.to_owned(), value: value.to_owned() };
    let named = given.labels.iter().filter(|(_, value)| !value.is_empty());
    let mut labels: Vec<Label> = named.map(|(name, value)| label(name, value)).collect();
    labels.push(label("__name__", &given.metric));
    labels.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    let timestamp = given.at_ms;
    match &given.value {
        SampleValue::Number(value) => {
            let samples = vec![Sample { value: *value, timestamp }];
            TimeSeries { labels, samples, histograms: Vec::new() }
        }
        SampleValue::Histogram(buckets) => {
            let histograms = vec![Histogram { timestamp, ..histogram(buckets) }];
            TimeSeries { labels, samples: Vec::new(), histograms }
        }
    }
}

fn histogram(buckets: &Buckets) -> Histogram {
    let (positive_spans, positive_deltas) = side(&buckets.positive);
    let (negative_spans, negative_deltas) = side(&buckets.negative);
    Histogram {
        count_int: buckets.count(),
        sum: buckets.sum,
        schema: buckets.schema,
        zero_threshold: ZERO_THRESHOLD,
        zero_count_int: buckets.zero,
        negative_spans,
        negative_deltas,
        positive_spans,
        positive_deltas,
        timestamp: 0,
    }
}

/// Runs of neighbouring buckets, and the difference of each count to the one before.
fn side(buckets: &[(i32, u64)]) -> (Vec<BucketSpan>, Vec<i64>) {
    let (mut spans, mut deltas): (Vec<BucketSpan>, Vec<i64>) = (Vec::new(), Vec::new());
    let (mut next, mut before) = (0, 0);
    for &(index, count) in buckets {
        match spans.last_mut() {
            Some(span) if index == next => span.length += 1,
            _ => spans.push(BucketSpan { offset: index - next, length: 1 }),
        }
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        deltas.push(count - before);
        (next, before) = (index + 1, count);
    }
    (spans, deltas)
}

#[cfg(test)]
mod tests {
    use super::super::decode;
    use super::*;

    #[test]
    fn what_k6_posts_is_the_same_when_sent_on() {
        let posted = decode(include_bytes!("../../../tests/fixtures/k6/remote-write/1.1.0/1.bin"));
        let posted = posted.expect("it is one of k6's");
        assert!(posted.iter().any(|sample| matches!(sample.value, SampleValue::Histogram(_))));
        assert_eq!(decode(&encode(&posted)).expect("decodes"), posted);
    }

    #[test]
    fn a_marker_is_the_very_nan_that_prometheus_knows() {
        let last = Given {
            metric: "k6_vus".to_owned(),
            labels: vec![("suite".to_owned(), "a".to_owned())],
            at_ms: 1,
            value: SampleValue::Number(3.0),
        };
        let sent = decode(&encode(&[stale(&last, 2)])).expect("decodes");
        let SampleValue::Number(value) = &sent[0].value else { panic!("a number") };
        assert_eq!((value.to_bits(), sent[0].at_ms), (STALE, 2));
    }
}
