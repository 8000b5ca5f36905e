//! What a run measured, in howitzer's own terms: pure data and arithmetic, no files, no screens.

mod attempt;
mod expect;
mod log_facts;
mod measured;
mod meaning;
mod series;
mod verdict;

pub use crate::spec::{Expectation, MetricKind};
pub use attempt::{Attempt, HostFacts};
pub use expect::{Outcome, judge_expectations};
pub use log_facts::LogFacts;
pub use meaning::{is_whole, meaning};
pub use measured::{Check, Measured, Metric, Statistic, Threshold};
pub use series::{
    Basis, Bucket, Collector, CounterOver, Disagreement, Distribution, Filter, GaugeOver, Histogram, Labels,
    Latest, Limits, MetricInfo, Problems, RateOver, Sample, SampleValue, Series, SeriesError, Until, View,
    WindowError, disagreements,
};
pub use verdict::{Evidence, Verdict, judge};
