//! Slots of time: one for each of k6's posts, about a second, joined in pairs when there are too many.

use serde::{Deserialize, Serialize};

/// Boundaries in milliseconds since the Unix epoch; slot `i` holds what came in `(start(i), end(i)]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Slots {
    pub(super) begin_ms: i64,
    pub(super) ends_ms: Vec<i64>,
    /// How many posts make a slot: a power of two.
    pub(super) posts_each: u32,
    pub(super) posts_in_last: u32,
}

impl Slots {
    pub(super) fn new(begin_ms: i64) -> Self {
        Self { begin_ms, ends_ms: Vec::new(), posts_each: 1, posts_in_last: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.ends_ms.len()
    }

    /// When slot `index` begins.
    pub(super) fn start(&self, index: usize) -> i64 {
        let before = index.checked_sub(1).and_then(|before| self.ends_ms.get(before));
        before.copied().unwrap_or(self.begin_ms)
    }

    /// When slot `index` ends.
    pub(super) fn end(&self, index: usize) -> i64 {
        self.ends_ms.get(index).or(self.ends_ms.last()).copied().unwrap_or(self.begin_ms)
    }

    /// The slot of a post that came at `arrived_ms`, which lies after all before it.
    pub(super) fn open(&mut self, arrived_ms: i64) -> usize {
        match self.ends_ms.last_mut() {
            Some(end) if self.posts_in_last < self.posts_each => {
                *end = arrived_ms;
                self.posts_in_last += 1;
            }
            _ => {
                self.ends_ms.push(arrived_ms);
                self.posts_in_last = 1;
            }
        }
        self.len() - 1
    }

    /// The slot that holds `at_ms`; the first or last one outside of all.
    pub(super) fn holding(&self, at_ms: i64) -> usize {
        self.ends_ms.partition_point(|end| *end < at_ms).min(self.len().saturating_sub(1))
    }

    /// Joins slots `2i` and `2i+1`.
    pub(super) fn widen(&mut self) {
        if self.len().is_multiple_of(2) {
            self.posts_in_last += self.posts_each;
        }
        let last = self.ends_ms.last().copied();
        self.ends_ms = self.ends_ms.chunks(2).filter_map(|pair| pair.last().copied()).collect();
        debug_assert_eq!(last, self.ends_ms.last().copied());
        self.posts_each = self.posts_each.saturating_mul(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widened_slots_cover_the_same_time_and_take_as_many_more_posts() {
        let mut slots = Slots::new(0);
        for post in 1..=5 {
            slots.open(post * 1000);
        }
        slots.widen();
        assert_eq!(slots.ends_ms, [2000, 4000, 5000]);
        assert_eq!((slots.open(6000), slots.open(7000)), (2, 3));
        assert_eq!(slots.ends_ms, [2000, 4000, 6000, 7000]);
        slots.open(8000);
        slots.widen();
        assert_eq!(slots.ends_ms, [4000, 8000]);
        assert_eq!(slots.open(9000), 2);
        assert_eq!((slots.holding(4000), slots.holding(4001), slots.holding(99_999)), (0, 1, 2));
    }
}
