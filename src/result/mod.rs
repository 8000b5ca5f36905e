//! What a run measured, in howitzer's own terms: pure data and arithmetic, no files, no screens.

mod attempt;
mod distribution;
mod doubt;
mod expect;
mod generator;
mod log_facts;
mod measured;
mod meaning;
mod page_samples;
mod server_metrics;
mod verdict;

pub use crate::spec::{Expectation, MetricKind};
pub use attempt::{Attempt, HostFacts};
pub use distribution::{
    Distribution, Distributions, EncodingError, Estimate, Precision, decode_distributions,
    encode_distributions,
};
pub use doubt::{Circumstantial, doubts};
pub use expect::{Outcome, judge_expectations};
pub use generator::GeneratorFacts;
pub use log_facts::LogFacts;
pub use meaning::{is_whole, meaning};
pub use measured::{Check, Measured, Metric, Statistic, Threshold};
pub use page_samples::{Labels, PageSamples, Reading, Series, SeriesKind, series_name};
pub use server_metrics::{
    HistogramIncrease, Increase, LabelledPoints, ServerMetrics, histogram_increases, increase, levels,
    page_metrics, query_metrics,
};
pub use verdict::{Evidence, Judged, Verdict, judge};
