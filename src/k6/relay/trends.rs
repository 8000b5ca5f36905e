//! What is sent of a trend's histogram: the statistics that k6 itself would send, under its names.

use crate::manifest::{TrendKind, TrendStatistic, Trends};
use crate::result::{Buckets, Sample, SampleValue};

/// `samples` with histograms as `trends` says.
pub(super) fn told(samples: Vec<Sample>, trends: &Trends) -> Vec<Sample> {
    let Trends::Statistics(statistics) = trends else { return samples };
    let mut told = Vec::with_capacity(samples.len());
    for sample in samples {
        let SampleValue::Histogram(histogram) = &sample.value else {
            told.push(sample);
            continue;
        };
        let buckets = Buckets::of(histogram, 1.0);
        // Times are in seconds either way; where k6 sends statistics their names do not say so.
        let name = sample.metric.strip_suffix("_seconds").unwrap_or(&sample.metric);
        for statistic in statistics {
            if let Some(value) = value(&buckets, statistic) {
                let metric = format!("{name}_{}", statistic.name);
                told.push(Sample { metric, value: SampleValue::Number(value), ..sample.clone() });
            }
        }
    }
    told
}

fn value(buckets: &Buckets, statistic: &TrendStatistic) -> Option<f64> {
    match statistic.kind {
        TrendKind::Count => Some(buckets.count as f64),
        TrendKind::Sum => Some(buckets.sum),
        TrendKind::Mean => buckets.mean(),
        TrendKind::Quantile(share) => buckets.quantile(share),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::Histogram;

    #[test]
    fn a_trend_becomes_what_k6_calls_its_statistics() {
        // Bucket 8 at schema 3 ends at 2.
        let histogram = Histogram { schema: 3, sum: 19.0, positive: vec![(8, 10)], ..Histogram::default() };
        let metric = "k6_http_req_duration_seconds".to_owned();
        let sample =
            Sample { metric, labels: Vec::new(), at_ms: 1, value: SampleValue::Histogram(histogram) };
        let all = told(vec![sample.clone()], &Trends::default());
        let value = |name: &str| {
            let found = all.iter().find(|one| one.metric == format!("k6_http_req_duration_{name}"));
            let Some(SampleValue::Number(value)) = found.map(|one| &one.value) else { panic!("no {name}") };
            *value
        };
        assert_eq!((value("count"), value("sum"), value("avg")), (10.0, 19.0, 1.9));
        assert!((1.8..=2.0).contains(&value("p95")) && (1.8..=2.0).contains(&value("min")));
        assert_eq!(told(vec![sample.clone()], &Trends::Native), [sample]);
    }
}
