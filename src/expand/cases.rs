//! One test's cases, in the order product → exclude → patch → include.

use std::collections::HashSet;

use super::Case;
use super::id::Ids;
use super::matcher::Matcher;
use super::product::Product;
use crate::base::mistake::{Mistake, Mistakes};
use crate::suite::{Rendering, Suite, Test, WholeScenarios, check_runs};

/// The most combinations that are looked at, whatever excludes leave of them.
const MOST_COMBINATIONS: usize = 10_000_000;

/// Appends the cases of the suite's test number `index`.
pub(super) fn append(suite: &Suite, index: usize, cases: &mut Vec<Case>) -> Result<(), Mistakes> {
    let test = &suite.tests[index];
    let product = Product::of(test);
    let count = bounded(test, &product)?;
    let mut mistakes = Mistakes::default();
    // The ancestor's rendering leaves the last word to k6.
    let whole = WholeScenarios::of(test).filter(|_| suite.rendering == Rendering::Own);
    let mut made = Made { index, test, ids: Ids::of(test), whole, cases };
    let mut excludes = Matcher::all(test, &test.rules.excludes);
    let mut patches = Matcher::all(test, &test.rules.patches);
    if excludes.is_empty() {
        made.cases.reserve_exact(count + test.rules.includes.len());
    }
    let mut left = 0_usize;
    product.each(|choices| {
        if any_holds(&mut excludes, choices)? {
            return Ok(());
        }
        left += 1;
        // Too many are counted on, and not kept.
        if left <= test.max_cases {
            let changes = holding(&mut patches, choices)?;
            mistakes.extend(made.push(choices, &changes)?);
        }
        Ok::<(), Mistakes>(())
    })?;
    unused(test, &excludes, "exclude", &mut mistakes);
    limited(test, &product, count, left).or(())?;
    unused(test, &patches, "patch", &mut mistakes);
    mistakes.extend(include(&mut made, &product, &mut excludes)?);
    mistakes.extend(check_runs(test, left + test.rules.includes.len()));
    mistakes.distinct().or(())
}

/// A rule of no use is a mistake, unless its use may lie in what was not chosen.
fn unused(test: &Test, rules: &[Matcher<'_>], what: &str, mistakes: &mut Mistakes) {
    let unused = rules.iter().filter(|_| !test.rules.is_narrowed).filter_map(|rule| rule.unused(what));
    unused.for_each(|mistake| mistakes.push(mistake));
}

/// The number of combinations, as far as they can be looked at.
fn bounded(test: &Test, product: &Product) -> Result<usize, Mistakes> {
    let is_thinned = !test.rules.excludes.is_empty();
    let most = if is_thinned { MOST_COMBINATIONS.max(test.max_cases) } else { test.max_cases };
    if let Some(count) = product.count().filter(|count| *count <= most) {
        return Ok(count);
    }
    if !is_thinned {
        return Err(too_many(test, product, "cases"));
    }
    let message = format!("the test `{}` explodes into {} combinations", test.name, product.shown());
    let mistake = Mistake::at(&test.place, message);
    let mistake =
        mistake.label(format!("at most {most} can be looked at, whatever `exclude` leaves of them"));
    Err(mistake.hint("axes that belong together can be zipped: `zip` under `[test.sweep]`").into())
}

/// What excludes leave must be something, and with what is included not too much.
fn limited(test: &Test, product: &Product, count: usize, left: usize) -> Mistakes {
    let total = left + test.rules.includes.len();
    let (excludes, includes) = (&test.rules.excludes, test.rules.includes.len());
    if total > test.max_cases {
        let excluded =
            if excludes.is_empty() { String::new() } else { format!(", {} excluded", count - left) };
        let included = if includes == 0 { String::new() } else { format!(", {includes} included") };
        return too_many(test, product, &format!("cases{excluded}{included}"));
    }
    match excludes.last().filter(|_| total == 0) {
        Some(last) => Mistake::at(&last.place, format!("no case of `{}` is left", test.name))
            .label(format!("all {count} combinations are excluded"))
            .into(),
        None => Mistakes::default(),
    }
}

fn too_many(test: &Test, product: &Product, of_what: &str) -> Mistakes {
    let message = format!("the test `{}` explodes into {} {of_what}", test.name, product.shown());
    Mistake::at(&test.place, message)
        .label(format!("at most {} are allowed", test.max_cases))
        .hint("raise `max_cases` under `[test.sweep]` if this is meant")
        .into()
}

/// Whether any of them holds. All are asked until each has been of use once.
fn any_holds(conditions: &mut [Matcher<'_>], choices: &[u32]) -> Result<bool, Mistake> {
    let mut any = false;
    for condition in conditions {
        if !any || !condition.is_used {
            any |= condition.holds(choices)?;
        }
    }
    Ok(any)
}

/// The places of those that hold.
fn holding(conditions: &mut [Matcher<'_>], choices: &[u32]) -> Result<Vec<u32>, Mistake> {
    let mut places = Vec::new();
    for (place, condition) in (0..).zip(conditions) {
        if condition.holds(choices)? {
            places.push(place);
        }
    }
    Ok(places)
}

/// Adds what the test includes. One that is there already is a mistake.
fn include(
    made: &mut Made<'_>,
    product: &Product,
    excludes: &mut [Matcher<'_>],
) -> Result<Mistakes, Mistakes> {
    let mut mistakes = Mistakes::default();
    let mut earlier: HashSet<&[u32]> = HashSet::new();
    for include in &made.test.rules.includes {
        let of_matrix = product.contains(&include.choices) && !any_holds(excludes, &include.choices)?;
        if of_matrix || !earlier.insert(&include.choices) {
            let mistake = Mistake::at(
                &include.place,
                format!("the case `{}` is there already", made.ids.usual(&include.choices)),
            );
            let whence = if of_matrix { "the matrix gives it" } else { "an include above gives it" };
            let hint = "`[[test.patch]]` changes a case that is there";
            mistakes.push(mistake.label(whence).hint(hint));
            continue;
        }
        let changes: Vec<u32> = include.change.into_iter().collect();
        mistakes.extend(made.push(&include.choices, &changes)?);
    }
    Ok(mistakes)
}

/// Where the cases of a test go.
struct Made<'a> {
    index: usize,
    test: &'a Test,
    ids: Ids<'a>,
    whole: Option<WholeScenarios<'a>>,
    cases: &'a mut Vec<Case>,
}

impl Made<'_> {
    /// Adds one case, and says what its scenarios lack.
    fn push(&mut self, choices: &[u32], changes: &[u32]) -> Result<Mistakes, Mistakes> {
        let lacks = self.whole.as_mut().map(|whole| whole.check(choices, changes)).unwrap_or_default();
        let mut places = Vec::with_capacity(choices.len() + changes.len());
        places.extend_from_slice(choices);
        places.extend_from_slice(changes);
        let case = Case { id: self.ids.id(choices)?, test: self.index, places: places.into_boxed_slice() };
        self.cases.push(case);
        Ok(lacks)
    }
}
