//! How a suite stands, in a line.

use crate::report::glance::{Standing, is_doubted};
use crate::report::view::{CaseView, SuiteView};

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
    let doubted = suite.cases.iter().filter(|case| is_doubted(case)).count();
    parts.extend((doubted > 0).then(|| format!("? {doubted} suspect")));
    let results = suite.cases.iter().flat_map(|case| &case.trials).filter_map(|trial| trial.result.as_ref());
    let ended = results.map(|result| result.attempt.ended);
    if let Some((first, last)) = ended.clone().min().zip(ended.max()) {
        parts.push(format!("measured {first} to {last}"));
    }
    parts.join(", ")
}

/// The sign of how a case stands, with that of a doubt.
pub(super) fn sign(case: &CaseView) -> String {
    let doubt = if is_doubted(case) { " ?" } else { "" };
    format!("{}{doubt}", mark(Standing::of(case)))
}

fn mark(standing: Standing) -> &'static str {
    match standing {
        Standing::Holds => "✓",
        Standing::Misses => "✗",
        Standing::Failed => "!",
        Standing::Stale => "~",
        Standing::Missing => "·",
    }
}
