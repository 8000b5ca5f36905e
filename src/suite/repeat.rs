//! How many trials each case of a test has, and how many runs that makes.

use super::axis::Axis;
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
pub(super) fn check_runs(item: &Item, trials: u32, axes: &[Axis], max_cases: usize) -> Mistakes {
    let cases = axes.iter().fold(1_usize, |product, axis| product.saturating_mul(axis.values.len()));
    let most = MOST_RUNS.max(max_cases);
    let runs = cases.saturating_mul(trials as usize);
    // Too many cases are told where they are expanded.
    if runs <= most || cases > max_cases {
        return Mistakes::default();
    }
    Mistake::at(&item.place, format!("{cases} cases × {trials} trials are {runs} runs"))
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
    use crate::suite::matrix::matrix;

    fn said(repeat: &str, max_cases: usize) -> String {
        let text = format!("repeat = {repeat}\nmatrix.vus = {{ from = 1, to = 200, step = 1 }}\n");
        let source = Arc::new(Source { path: "x.toml".into(), text });
        let document = read_toml(&source).expect("TOML");
        let table = document.as_table().expect("a table");
        let item = &table["repeat"].item;
        let axes = matrix(&table["matrix"].item, Some(&[])).expect("axes");
        match read(item) {
            Ok(trials) => check_runs(item, trials, &axes, max_cases).to_string(),
            Err(mistakes) => mistakes.to_string(),
        }
    }

    #[test]
    fn trials_and_runs_are_limited_where_repeat_stands() {
        assert_eq!(said("50", 500), "");
        assert_eq!(said("1000", 200_000), "");
        for (repeat, fragment) in [
            ("0", "a whole number of at least 1"),
            ("1.5", "a whole number of at least 1"),
            ("1001", "at most 1000"),
            ("4000000000", "4000000000 trials of each case are too many"),
            ("51", "200 cases × 51 trials are 10200 runs"),
        ] {
            let message = said(repeat, 500);
            assert!(message.contains(fragment) && message.contains("x.toml:1:10"), "{repeat}: {message}");
        }
    }
}
