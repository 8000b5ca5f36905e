//! The metrics and tags that were seen before, by their bytes in the line.

use rustc_hash::FxHashMap;

/// By the bytes of tags.
type ByTags<T> = FxHashMap<Box<[u8]>, T>;

/// What stands for a metric and its tags.
#[derive(Debug)]
pub struct Known<T> {
    metrics: FxHashMap<Box<[u8]>, ByTags<T>>,
    count: usize,
    limit: usize,
}

impl<T: Copy> Known<T> {
    /// Remembers as many pairs as `limit` says.
    pub fn new(limit: usize) -> Self {
        Self { metrics: FxHashMap::default(), count: 0, limit }
    }

    /// What stands for a metric and its tags, if they were seen before.
    pub fn get(&self, metric: &[u8], tags: &[u8]) -> Option<T> {
        self.metrics.get(metric)?.get(tags).copied()
    }

    /// Remembers them, unless there are too many already.
    pub fn put(&mut self, metric: &[u8], tags: &[u8], value: T) {
        if self.count < self.limit {
            self.count += 1;
            self.metrics.entry(metric.into()).or_default().insert(tags.into(), value);
        }
    }
}
