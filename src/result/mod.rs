//! What a run measured, in howitzer's own terms: pure data and arithmetic, no files, no screens.

mod attempt;
mod distribution;
mod defined;
mod doubt;
mod expect;
mod generator;
mod log_facts;
mod measured;
mod meaning;
mod series;
mod verdict;
mod windowed;

pub use crate::spec::{Expectation, MetricKind};
pub use attempt::{Attempt, HostFacts};
pub use defined::{Sources, define};
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
pub use series::{
    Basis, Bucket, Buckets, Collector, CounterOver, Disagreement, Filter, GaugeOver, Histogram, Labels,
    Latest, Limits, MetricInfo, Problems, RateOver, Sample, SampleValue, Series, SeriesError, Until, View,
    WindowError, disagreements,
};
pub use verdict::{Evidence, Judged, NO_SUMMARY, Verdict, judge};
pub use windowed::{Windowed, view, windowed};
