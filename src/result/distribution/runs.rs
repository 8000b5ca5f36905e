//! Samples of which it is known between which values they lie.

use std::borrow::Cow;

use super::DistributionError;

/// So many samples between two values, bounds included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Run {
    pub(super) lower: f64,
    pub(super) upper: f64,
    pub(super) count: u64,
}

impl Run {
    pub(super) fn of(sample: f64) -> Self {
        Self { lower: sample, upper: sample, count: 1 }
    }
}

/// All samples, sorted by lower, then by upper bound. Runs may overlap.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Runs {
    list: Vec<Run>,
}

impl Runs {
    /// Checks and sorts; equal bounds become one run, empty runs none.
    pub(super) fn new(mut list: Vec<Run>) -> Result<Self, DistributionError> {
        let mut total = 0_u64;
        for run in &mut list {
            // Zero has one form, −0 is none.
            (run.lower, run.upper) = (run.lower + 0.0, run.upper + 0.0);
            if !run.lower.is_finite() || !run.upper.is_finite() {
                return Err(DistributionError::NotFinite);
            }
            if run.lower > run.upper {
                return Err(DistributionError::Unordered);
            }
            total = total.checked_add(run.count).ok_or(DistributionError::TooMany)?;
        }
        if total == 0 { Err(DistributionError::Empty) } else { Ok(Self::sorted(list)) }
    }

    /// From runs that are known to be sound.
    pub(super) fn sorted(mut list: Vec<Run>) -> Self {
        list.retain(|run| run.count > 0);
        list.sort_by(|a, b| a.lower.total_cmp(&b.lower).then(a.upper.total_cmp(&b.upper)));
        list.dedup_by(|run, kept| {
            #[allow(clippy::float_cmp, reason = "the same bounds to the last bit")]
            let is_same = kept.lower == run.lower && kept.upper == run.upper;
            if is_same {
                kept.count += run.count;
            }
            is_same
        });
        Self { list }
    }

    pub(super) fn list(&self) -> &[Run] {
        &self.list
    }

    pub(super) fn into_list(self) -> Vec<Run> {
        self.list
    }

    pub(super) fn count(&self) -> u64 {
        self.list.iter().map(|run| run.count).sum()
    }

    /// Between which values the sample of this rank (from 0) lies: order statistics grow with each sample, so
    /// they are bounded by those of all lower and of all upper bounds.
    pub(super) fn bounds_of(&self, rank: u64) -> (f64, f64) {
        (ranked(&self.list, rank, |run| run.lower), ranked(&self.by_upper(), rank, |run| run.upper))
    }

    fn by_upper(&self) -> Cow<'_, [Run]> {
        if self.list.is_sorted_by(|a, b| a.upper <= b.upper) {
            return Cow::Borrowed(&self.list);
        }
        let mut list = self.list.clone();
        list.sort_by(|a, b| a.upper.total_cmp(&b.upper));
        Cow::Owned(list)
    }

    /// Between which values the quantile of a share lies.
    pub(super) fn quantile_bounds(&self, share: f64) -> (f64, f64) {
        let position = share * (self.count() - 1) as f64;
        let (below, part) = whole_and_part(position);
        let (lower, upper) = self.bounds_of(below);
        if part == 0.0 {
            return (lower, upper);
        }
        let (next_lower, next_upper) = self.bounds_of(below + 1);
        (between(lower, next_lower, part), between(upper, next_upper, part))
    }

    /// How many samples are below `value`: at least, likely (evenly spread in their run), at most.
    pub(super) fn below(&self, value: f64) -> (u64, f64, u64) {
        let (mut least, mut likely, mut most) = (0, 0.0, 0);
        for run in self.list.iter().take_while(|run| run.lower < value) {
            most += run.count;
            if run.upper < value {
                least += run.count;
                likely += run.count as f64;
            } else {
                // Halves, because the width of a run may be more than a float can hold.
                let part = (value / 2.0 - run.lower / 2.0) / (run.upper / 2.0 - run.lower / 2.0);
                likely += run.count as f64 * part.min(1.0);
            }
        }
        (least, likely, most)
    }

    /// The value with `share` of the samples below it, where each run's samples are spread evenly.
    pub(super) fn likely_quantile(&self, share: f64) -> f64 {
        // Half a sample below its middle, half above: position 0 is the middle of the first one.
        let wanted = share * (self.count() - 1) as f64 + 0.5;
        let mut edges: Vec<f64> = self.list.iter().flat_map(|run| [run.lower, run.upper]).collect();
        edges.sort_unstable_by(f64::total_cmp);
        edges.dedup();
        let above = edges.partition_point(|edge| self.likely_up_to(*edge) < wanted);
        let Some(&upper) = edges.get(above) else { return edges.last().copied().unwrap_or(f64::NAN) };
        let foot = self.below(upper).1;
        if above == 0 || foot <= wanted {
            return upper;
        }
        let lower = edges[above - 1];
        let top = self.likely_up_to(lower);
        between(lower, upper, ((wanted - top) / (foot - top)).clamp(0.0, 1.0))
    }

    /// As [`Self::below`], with the samples that equal `value`.
    fn likely_up_to(&self, value: f64) -> f64 {
        #[allow(clippy::float_cmp, reason = "known samples are equal to the last bit")]
        let is_it = |run: &&Run| run.lower == value && run.upper == value;
        let equal: u64 = self.list.iter().filter(is_it).map(|run| run.count).sum();
        self.below(value).1 + equal as f64
    }

    /// How far the share of `value` may be from `share`.
    ///
    /// Of sorted samples x, the quantile function takes `value` at every position from `C(<) − 1` or `C(<)` to
    /// `C(≤) − 1` or `C(≤)`, where C counts the samples below and up to it. So it is no further from position h than
    /// the largest of `C(<) − h`, `h − C(≤) + 1` and 0.
    pub(super) fn rank_error(&self, value: f64, share: f64) -> f64 {
        let last = (self.count() - 1) as f64;
        let position = share * last;
        let below_at_most: u64 = self.list.iter().filter(|run| run.lower < value).map(|run| run.count).sum();
        let up_to_at_least: u64 =
            self.list.iter().filter(|run| run.upper <= value).map(|run| run.count).sum();
        let error = (below_at_most as f64 - position).max(position - up_to_at_least as f64 + 1.0);
        if last > 0.0 { (error.max(0.0) / last).min(1.0) } else { 0.0 }
    }
}

fn ranked(sorted: &[Run], rank: u64, bound: impl Fn(&Run) -> f64) -> f64 {
    let mut left = rank;
    for run in sorted {
        if left < run.count {
            return bound(run);
        }
        left -= run.count;
    }
    sorted.last().map_or(f64::NAN, bound)
}

/// On the line from one value to a greater one; neither rounding nor overflow leads beyond them.
pub(super) fn between(from: f64, to: f64, part: f64) -> f64 {
    (from * (1.0 - part) + to * part).clamp(from, to)
}

/// A position among samples as the sample below it and the part of the way to the next one.
fn whole_and_part(position: f64) -> (u64, f64) {
    let nearest = position.round();
    let whole = if (position - nearest).abs() <= 1e-9 { nearest } else { position.floor() };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position is not negative")]
    (whole as u64, (position - whole).max(0.0))
}
