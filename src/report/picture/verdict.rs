//! How a suite stands, in a line.

use crate::report::glance::Standing;
use crate::report::view::SuiteView;

/// How the cases stand, and when they were measured: no ages, so that the same results are the same picture.
pub(super) fn counts(suite: &SuiteView) -> String {
    let of = |standing| suite.cases.iter().filter(|case| Standing::of(case) == standing).count();
    let all = [
        (Standing::Holds, "hold"),
        (Standing::Misses, "miss a limit"),
        (Standing::Failed, "failed"),
        (Standing::Stale, "stale"),
        (Standing::Missing, "missing"),
    ];
    let counted = all.into_iter().map(|(standing, words)| (mark(standing), of(standing), words));
    let counted = counted.filter(|(_, count, _)| *count > 0);
    let mut parts = vec![format!("{} cases", suite.cases.len())];
    parts.extend(counted.map(|(mark, count, words)| format!("{mark} {count} {words}")));
    let results = suite.cases.iter().flat_map(|case| &case.trials).filter_map(|trial| trial.result.as_ref());
    let ended = results.map(|result| result.attempt.ended);
    if let Some((first, last)) = ended.clone().min().zip(ended.max()) {
        parts.push(format!("measured {first} to {last}"));
    }
    parts.join(", ")
}

/// The sign of a standing.
pub(super) fn mark(standing: Standing) -> &'static str {
    match standing {
        Standing::Holds => "✓",
        Standing::Misses => "✗",
        Standing::Failed => "!",
        Standing::Stale => "~",
        Standing::Missing => "·",
    }
}
