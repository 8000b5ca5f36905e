//! The files that a suite names itself: the payload, and the patterns of `inputs`.

use std::collections::BTreeSet;

use super::built::Built;
use super::{RenderError, facets};
use crate::base::glob;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Place;
use crate::expand::Case;
use crate::manifest::Workspace;
use crate::suite::Suite;

/// What of the files that `fields` name is missing, for where no script can be rendered: the payload and the patterns
/// of `inputs`.
pub(super) fn check_named(
    workspace: &Workspace,
    suite: &Suite,
    built: Option<&Built>,
    cases: &[Case],
) -> Mistakes {
    let mut seen = BTreeSet::new();
    let mut mistakes = Mistakes::default();
    for case in cases {
        let fields = case.fields(&suite.tests[case.test]);
        let named = ["payload", "inputs"].map(|field| fields.get(field));
        let places = named.map(|entry| entry.map(|entry| (case.test, entry.item.place.range.start)));
        if !seen.insert(places) {
            continue;
        }
        // Which payloads are built is known where all of them could be.
        let payload = built.map(|built| facets::payload(workspace, suite, built, &fields));
        if let Some(Err(RenderError::Mistakes(found))) = payload {
            mistakes.extend_with_new(found);
        }
        for item in named[1].and_then(|entry| entry.item.as_list()).into_iter().flatten() {
            let matched = item.as_text().map(|pattern| globbed(workspace, pattern, &item.place));
            if let Some(Err(found)) = matched {
                mistakes.extend_with_new(found);
            }
        }
    }
    mistakes
}

/// The files that match a pattern of `inputs`; none is a mistake.
pub(super) fn globbed(workspace: &Workspace, pattern: &str, place: &Place) -> Result<Vec<String>, Mistakes> {
    let out = &workspace.out;
    let matched: Vec<String> = glob::files(&workspace.root, out, pattern).into_iter().collect();
    if matched.is_empty() {
        let none = || format!("no file matches `{pattern}`");
        let mistake = Mistake::at(place, glob::problem(pattern).unwrap_or_else(none));
        return Err(mistake.label(format!("expected files of the workspace, not below {out}/")).into());
    }
    Ok(matched)
}
