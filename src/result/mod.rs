//! What a run measured, in howitzer's own terms: pure data and arithmetic, no files, no screens.

mod asked;
mod attempt;
mod defined;
mod distribution;
mod doubt;
mod drift;
mod expect;
mod file_names;
mod generator;
mod knee;
mod log_facts;
mod meaning;
mod measured;
mod observer;
mod page_samples;
#[cfg(test)]
mod random;
mod requests;
mod series;
mod server_metrics;
mod student;
mod trials;
mod verdict;
mod windowed;
mod within_run;

pub use crate::spec::{Expectation, MetricKind};
pub use asked::{AskedSeries, MOST_ASKED, asked_series};
pub use attempt::{Attempt, HostFacts};
pub use defined::{Sources, define, too_few_for};
pub use distribution::{
    Distribution, DistributionError, Distributions, Estimate, Precision, decode_distributions,
    encode_distributions,
};
pub use doubt::{Circumstantial, doubts};
pub use drift::{Drift, FEWEST_SLOTS, drift};
pub use expect::{Outcome, judge_expectations};
pub use file_names::file_names;
pub use generator::GeneratorFacts;
pub use knee::{Knee, Load};
pub use log_facts::LogFacts;
pub use meaning::{is_whole, meaning};
pub use measured::{Check, Measured, Metric, Statistic, Threshold};
pub use observer::{Measure, Observed, Price, Ratio, prices};
pub use page_samples::{Labels as PageLabels, PageSamples, Reading, SeriesKind, series_name};
pub use requests::{ServerCount, counted_by_page, counted_by_query, more_than_sent};
pub use series::{
    Basis, Bucket, Buckets, Collector, CounterOver, Disagreement, Filter, GaugeOver, Histogram, Labels,
    Latest, Limits, MetricInfo, Problems, RateOver, Sample, SampleCollector, SampleValue, Series,
    SeriesError, Stream, Timeline, TimelineMetrics, Until, View, WindowError, disagreements, unposted,
};
pub use server_metrics::{
    HistogramIncrease, Increase, LabelledPoints, ServerMetrics, histogram_increases, increase, levels,
    page_metrics, query_metrics,
};
pub use trials::{Centre, Interval, Scale, TrialStatistics};
pub use verdict::{Evidence, Judged, NO_SUMMARY, Verdict, judge};
pub use windowed::{Windowed, add_percentile, distribution as distribution_within, view, windowed};
pub use within_run::{WithinRun, too_few_samples};

/// The value that a standard normal number exceeds in size with 5 % probability.
const NORMAL_95: f64 = 1.959_963_984_540_054;

/// What scipy says (tests/fixtures/statistics/make.py).
#[cfg(test)]
fn scipy() -> serde_json::Value {
    let text = include_str!("../../tests/fixtures/statistics/scipy.json");
    serde_json::from_str(text).expect("the fixture is JSON")
}

#[cfg(test)]
fn numbers(list: &serde_json::Value) -> Vec<f64> {
    list.as_array().expect("a list").iter().map(|number| number.as_f64().expect("a number")).collect()
}
