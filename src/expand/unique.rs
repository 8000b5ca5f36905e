//! No two cases of a suite have one id, and none is called like another test.

use std::collections::HashMap;

use super::Case;
use super::id::Ids;
use crate::base::mistake::{Mistake, Mistakes};
use crate::suite::Suite;

/// What is wrong with the ids of `cases`.
pub(super) fn check(suite: &Suite, cases: &[Case]) -> Mistakes {
    let mut mistakes = Mistakes::default();
    let ids: Vec<Ids<'_>> = suite.tests.iter().map(Ids::of).collect();
    if ids.iter().all(Ids::are_unique) {
        return mistakes;
    }
    let usual = |case: &Case| ids[case.test].usual(case.choices(&suite.tests[case.test]));
    let mut seen: HashMap<&str, &Case> = HashMap::with_capacity(cases.len());
    for case in cases {
        let test = &suite.tests[case.test];
        let place = test.rules.id.as_ref().map_or(&test.place, |template| template.place());
        let namesake = suite.tests.iter().position(|other| other.name == case.id);
        if test.rules.id.is_some() && namesake.is_some_and(|other| other != case.test) {
            let message = format!("the id `{}` is the name of another test", case.id);
            mistakes.push(Mistake::at(place, message).label(format!("for {}", usual(case))));
        }
        if let Some(earlier) = seen.insert(case.id.as_str(), case) {
            let mistake = Mistake::at(place, format!("two cases have the id `{}`", case.id));
            let mistake = mistake.label(format!("{} and {}", usual(earlier), usual(case)));
            mistakes.push(match earlier.test == case.test {
                true if test.rules.id.is_some() => mistake.hint("name every axis that varies in `id`"),
                false if test.rules.id.is_some() => mistake.hint("put `{{ test }}` into `id`"),
                _ => mistake,
            });
        }
    }
    // A template that forgets an axis is one mistake, however many cases it is about.
    mistakes.one_a_place()
}
