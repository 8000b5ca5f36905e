//! The statistics of a trend, in k6's spelling and in ours.

use std::borrow::Cow;
use std::sync::LazyLock;

use indexmap::{IndexMap, IndexSet};

use super::MetricKind;
use super::scalar::{number, wrong};
use crate::base::document::Item;
use crate::base::mistake::Mistakes;

/// What howitzer asks k6 for.
const ASKED: [&str; 10] =
    ["avg", "min", "med", "max", "count", "p(50)", "p(90)", "p(95)", "p(99)", "p(99.9)"];

/// The percentiles from which a trend's distribution is known, in k6's spelling with their share: 0 to 90
/// by 1, to 99 by 0.1, to 99.9 by 0.01, to 100 by 0.001.
pub static GRID: LazyLock<IndexMap<String, f64>> = LazyLock::new(|| {
    let steps = [(0..90_000, 1000), (90_000..99_000, 100), (99_000..99_900, 10), (99_900..100_001, 1)];
    let thousandths = steps.into_iter().flat_map(|(range, step)| range.step_by(step));
    let named = |thousandths: u32| {
        let percent = f64::from(thousandths) / 1000.0;
        (format!("p({percent})"), f64::from(thousandths) / 1e5)
    };
    thousandths.map(named).collect()
});

/// The value of `K6_SUMMARY_TREND_STATS`: the user's own statistics first, then ours, then the grid, each
/// once.
pub fn trend_statistics(user: &[String]) -> String {
    let all = user.iter().map(String::as_str).chain(ASKED).chain(GRID.keys().map(String::as_str));
    all.collect::<IndexSet<&str>>().into_iter().collect::<Vec<_>>().join(",")
}

/// Whether k6 was asked for this statistic because of the grid alone.
pub fn is_grid_only(spelling: &str, user: &[String]) -> bool {
    GRID.contains_key(spelling) && !ASKED.contains(&spelling) && user.iter().all(|asked| asked != spelling)
}

/// `p(99.9)` → `p99.9`; other names stay.
pub fn name_of(spelling: &str) -> Cow<'_, str> {
    match spelling.strip_prefix("p(").and_then(|rest| rest.strip_suffix(')')) {
        Some(number) => Cow::Owned(format!("p{number}")),
        None => Cow::Borrowed(spelling),
    }
}

/// The common statistics, for suggestions.
pub const COMMON: [&str; 10] =
    ["avg", "min", "med", "max", "count", "rate", "value", "passes", "fails", "p95"];

/// Whether `name` is a statistic: a common one, or a percentile such as `p95` or `p99.9`.
pub fn is_statistic(name: &str) -> bool {
    let percentile = |text: &str| text.parse::<f64>().is_ok_and(|number| (0.0..=100.0).contains(&number));
    COMMON.contains(&name) || name.strip_prefix('p').is_some_and(percentile)
}

/// Whether a number can be a percentile's.
pub(super) fn is_percent(number: f64) -> bool {
    (0.0..=100.0).contains(&number)
}

/// The number in `p(99.9)`.
pub(super) fn percentile(spelling: &str) -> Option<f64> {
    number(spelling.strip_prefix("p(")?.strip_suffix(')')?)
}

/// Checks one entry of `summaryTrendStats`.
pub(super) fn check_asked(item: &Item) -> Mistakes {
    const NAMES: [&str; 5] = ["avg", "min", "med", "max", "count"];
    let text = item.as_text().unwrap_or_default();
    if NAMES.contains(&text) || percentile(text).is_some_and(|share| (0.0..=100.0).contains(&share)) {
        return Mistakes::default();
    }
    let mistake = wrong("one of avg, min, med, max, count and p(0) to p(100)", item);
    match text.strip_prefix('p').filter(|rest| rest.parse::<f64>().is_ok()) {
        Some(number) => mistake.hint(format!("k6 writes it `p({number})`")).into(),
        None => mistake.nearest(text, NAMES).into(),
    }
}

/// The statistics that a run yields for a metric of this type; `user` are those of `summaryTrendStats`.
pub fn scraped<'a>(kind: MetricKind, user: &'a [String]) -> Vec<Cow<'a, str>> {
    let fixed = |names: &[&'static str]| names.iter().map(|name| Cow::Borrowed(*name)).collect();
    match kind {
        MetricKind::Counter => fixed(&["count", "rate"]),
        MetricKind::Gauge => fixed(&["value", "min", "max"]),
        MetricKind::Rate => fixed(&["rate", "passes", "fails"]),
        MetricKind::Trend => {
            let mut all: Vec<Cow<'a, str>> = Vec::new();
            for name in ASKED.into_iter().chain(user.iter().map(String::as_str)).map(name_of) {
                if !all.contains(&name) {
                    all.push(name);
                }
            }
            all
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_statistics_come_first_and_none_twice() {
        let asked = trend_statistics(&["p(75)".into(), "avg".into()]);
        assert!(asked.starts_with("p(75),avg,min,med,max,count,p(50),p(90),p(95),p(99),p(99.9),p(0),p(1),"));
        assert!(asked.ends_with(",p(99.998),p(99.999),p(100)") && asked.matches("p(75)").count() == 1);
        assert_eq!(name_of("p(99.9)"), "p99.9");
        assert!(is_statistic("p99.9") && is_statistic("rate") && !is_statistic("passs"));
    }

    #[test]
    fn the_grid_is_that_of_the_distribution() {
        assert_eq!(GRID.len(), 90 + 90 + 90 + 101);
        assert_eq!(GRID.get_index(91).map(|(name, share)| (name.as_str(), *share)), Some(("p(90.1)", 0.901)));
        assert!(is_grid_only("p(42)", &[]) && !is_grid_only("p(42)", &["p(42)".into()]));
        assert!(!is_grid_only("p(95)", &[]) && !is_grid_only("avg", &[]));
    }
}
