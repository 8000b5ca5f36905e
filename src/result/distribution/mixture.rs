//! Several distributions as one: the count-weighted mean of their cumulative functions.

use super::{Distribution, Point, Source};

impl Distribution {
    /// The distribution of all samples together; none without parts.
    pub fn mix(parts: &[&Self]) -> Option<Self> {
        if let [only] = parts {
            return Some((*only).clone());
        }
        let total: u64 = parts.iter().map(|part| part.count).sum();
        let weight = |part: &Self| part.count as f64 / total as f64;
        let mut values: Vec<f64> =
            parts.iter().flat_map(|part| part.points.iter().map(|point| point.value)).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let mut points: Vec<Point> = Vec::with_capacity(values.len() * 2);
        for value in values {
            // A value that many samples share is a step: its foot and its top.
            for at_top in [false, true] {
                let (mut share, mut error) = (0.0, 0.0);
                for part in parts {
                    let rank = if at_top { part.rank(value) } else { part.foot(value) };
                    share += weight(part) * rank.share;
                    error += weight(part) * rank.error;
                }
                let share = share.clamp(points.last().map_or(0.0, |last| last.share), 1.0);
                if points.last().is_none_or(|last| last.share < share || last.value < value) {
                    points.push(Point { share, value, error });
                }
            }
        }
        let mean = parts.iter().map(|part| weight(part) * part.mean).sum();
        let widths = parts.iter().filter_map(|part| match part.source {
            Source::Buckets(width) => Some(width),
            _ => None,
        });
        let source = widths.reduce(f64::max).map_or(Source::Mixture, Source::Buckets);
        Self::checked(total, mean, points, source)
    }

    /// The share that lies strictly below `value`.
    fn foot(&self, value: f64) -> super::Rank {
        let at = self.points.partition_point(|point| point.value < value);
        match self.points.get(at) {
            Some(point) if point.value <= value => super::Rank { share: point.share, error: point.error },
            _ => self.rank(value),
        }
    }
}
