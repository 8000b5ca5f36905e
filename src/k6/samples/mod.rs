//! Every sample of a running k6, from its JSON output on a pipe
//! (<https://grafana.com/docs/k6/latest/results-output/real-time/json/>): one line a metric, one line a sample.
//!
//! Lines of the layout that k6 writes are read in place, and their tags, as bytes, are looked up among those seen
//! before. Any other line is read as the JSON document that it is.

mod document;
mod keeping;
mod known;
mod lines;
mod number;
mod pipe;
mod point;
mod time;

pub use keeping::Keeping;
pub use known::Known as KnownTags;
pub use lines::SampleLines;
pub use pipe::{SamplePipe, SamplePipeError, SamplesRead};
pub use point::{Clock, Point, point};

#[cfg(test)]
mod tests;
