//! What a Prometheus said of a run by time, as far as charts show it: unlike a page it may have forgotten by tomorrow.

use serde::{Deserialize, Serialize};

use super::LabelledPoints;
use super::page_samples::series_name;
use crate::base::clock::Instant;

/// More series of a scrape are not kept by time.
pub const MOST_ASKED: usize = 8;

/// More values of a series are not kept: a chart has no room for them.
const MOST_POINTS: usize = 200;

/// One series of a query's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AskedSeries {
    /// `SCRAPE.QUERY{label="value"}`.
    pub name: String,
    /// As the manifest says, or empty.
    pub unit: String,
    /// The instant from which its seconds count.
    pub started: Instant,
    /// Seconds with values; always finite.
    pub points: Vec<(f64, f64)>,
}

/// The series of a query that change; those that stay say nothing by time.
pub fn asked_series<'a>(
    scrape: &'a str,
    query: &'a str,
    unit: &'a str,
    series: &'a [LabelledPoints],
) -> impl Iterator<Item = AskedSeries> + 'a {
    series.iter().filter_map(move |(labels, points)| {
        let finite: Vec<(f64, f64)> = points.iter().copied().filter(|(_, value)| value.is_finite()).collect();
        let (begin, first) = *finite.first()?;
        if finite.iter().all(|(_, value)| value.total_cmp(&first).is_eq()) {
            return None;
        }
        // Every so many of them, and never the last one left out.
        let step = finite.len().div_ceil(MOST_POINTS);
        let is_kept = |place: usize| place.is_multiple_of(step) || place + 1 == finite.len();
        let kept = finite.iter().enumerate().filter(|(place, _)| is_kept(*place));
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 are far below 2^63")]
        let started = Instant::from_milliseconds((begin * 1_000.0).round() as i64);
        Some(AskedSeries {
            name: series_name(&format!("{scrape}.{query}"), labels),
            unit: unit.to_owned(),
            started,
            points: kept.map(|(_, (at, value))| (at - begin, *value)).collect(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::PageLabels;

    #[test]
    fn what_changes_is_kept_in_as_many_points_as_a_chart_has_room_for() {
        let points = |value: fn(f64) -> f64| {
            (0..1_000).map(|at| (5.0 + f64::from(at), value(f64::from(at)))).collect()
        };
        let series = [
            (PageLabels::new(), points(|at| at)),
            (PageLabels::new(), points(|_| 4.0)),
            (PageLabels::new(), vec![(1.0, f64::NAN)]),
        ];
        let kept: Vec<AskedSeries> = asked_series("cluster", "cpu", "s", &series).collect();
        assert_eq!(kept.len(), 1);
        assert_eq!(
            (kept[0].name.as_str(), kept[0].started),
            ("cluster.cpu", Instant::from_milliseconds(5_000))
        );
        assert!(kept[0].points.len() <= MOST_POINTS + 1, "{}", kept[0].points.len());
        assert_eq!((kept[0].points[0], kept[0].points.last()), ((0.0, 0.0), Some(&(999.0, 999.0))));
    }
}
