//! Cases that share the value of a set-up stand together, so that it is applied once for all of them.

use std::collections::BTreeMap;

use crate::expand::Case;
use crate::suite::Suite;

/// `items`, which come test by test, grouped by the values of their test's set-ups: the first set-up is
/// the outermost group, values come in the order in which they appear, and within a group nothing moves.
pub fn grouped<'c, T>(suite: &Suite, items: Vec<T>, case_of: impl Fn(&T) -> &'c Case) -> Vec<T> {
    if suite.tests.iter().all(|test| test.set_ups.is_empty()) {
        return items;
    }
    let mut seen: BTreeMap<(usize, Option<(usize, usize)>), usize> = BTreeMap::new();
    let mut rank = |test: usize, value: Option<(usize, usize)>| {
        let next = seen.len();
        *seen.entry((test, value)).or_insert(next)
    };
    let mut ranks_of = |item: &T| {
        let case = case_of(item);
        let test = &suite.tests[case.test];
        let mut ranks = vec![rank(case.test, None)];
        ranks.extend(test.set_up_axes().map(|axis| rank(case.test, Some((axis, case.choice(axis))))));
        ranks
    };
    let mut ranked: Vec<_> = items.into_iter().map(|item| (ranks_of(&item), item)).collect();
    ranked.sort_by(|(one, _), (other, _)| one.cmp(other));
    ranked.into_iter().map(|(_, item)| item).collect()
}
