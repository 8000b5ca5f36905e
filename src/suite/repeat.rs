//! How many trials each case of a test has, and how many runs that makes.

use super::model::Test;
use crate::base::document::{Item, Tree};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::table::expected;

/// The most trials of a case.
const MOST_TRIALS: i64 = 1000;

/// The most runs of a test, unless `max_cases` allows more cases than that.
const MOST_RUNS: usize = 10_000;

pub(super) fn read(item: &Item) -> Result<u32, Mistakes> {
    match item.tree {
        Tree::Integer(trials @ 1..=MOST_TRIALS) => Ok(u32::try_from(trials).unwrap_or(1)),
        Tree::Integer(trials) if trials > MOST_TRIALS => {
            let mistake = Mistake::at(&item.place, format!("{trials} trials of each case are too many"));
            Err(mistake.label(format!("at most {MOST_TRIALS}")).into())
        }
        _ => Err(expected("a whole number of at least 1", item).into()),
    }
}

/// Cases × trials must stay something that a machine can plan, and a person wait for.
pub fn check_runs(test: &Test, cases: usize) -> Mistakes {
    let Some(place) = &test.repeat_place else { return Mistakes::default() };
    let (trials, most) = (test.repeat, MOST_RUNS.max(test.max_cases));
    let runs = cases.saturating_mul(trials as usize);
    // Too many cases are told by themselves.
    if runs <= most || cases > test.max_cases {
        return Mistakes::default();
    }
    Mistake::at(place, format!("{cases} cases × {trials} trials are {runs} runs"))
        .label(format!("at most {most} are allowed"))
        .hint("raise `max_cases` under `[test.sweep]` to that many if this is meant")
        .into()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::document::read_toml;
    use crate::base::source::Source;

    fn said(repeat: &str) -> String {
        let source = Arc::new(Source { path: "x.toml".into(), text: format!("repeat = {repeat}\n") });
        let document = read_toml(&source).expect("TOML");
        let item = &document.as_table().expect("a table")["repeat"].item;
        read(item).map_or_else(|mistakes| mistakes.to_string(), |trials| trials.to_string())
    }

    #[test]
    fn trials_are_limited_where_repeat_stands() {
        assert_eq!(said("1000"), "1000");
        for (repeat, fragment) in [
            ("0", "a whole number of at least 1"),
            ("1.5", "a whole number of at least 1"),
            ("1001", "at most 1000"),
            ("4000000000", "4000000000 trials of each case are too many"),
        ] {
            let message = said(repeat);
            assert!(message.contains(fragment) && message.contains("x.toml:1:10"), "{repeat}: {message}");
        }
    }
}
