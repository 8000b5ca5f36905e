//! A run second by second: counters, rates, gauges and histograms per label set, in slots of about one
//! second, bounded in memory and on disk whatever the run sends.

mod agreement;
mod collect;
mod distribution;
mod encode;
mod exact;
mod exact_bytes;
mod histogram;
mod label_sets;
mod labels;
mod latest;
mod model;
mod naming;
mod problems;
mod query;
mod samples;
mod slots;
mod timeline;
mod totals;
mod view;
mod wire;

pub use agreement::{Disagreement, disagreements, unposted};
pub use collect::{Collector, Limits};
pub use distribution::{Bucket, Buckets};
pub use encode::SeriesError;
pub use histogram::Histogram;
pub use labels::{Filter, Labels};
pub use latest::Latest;
pub use model::{MetricInfo, Series};
pub use problems::Problems;
pub use query::{Basis, CounterOver, GaugeOver, RateOver};
pub use samples::{SampleCollector, Stream};
pub use timeline::{Timeline, TimelineMetrics};
pub use view::{Until, View, WindowError};
pub use wire::{Sample, SampleValue};
