//! Damage that a build finds: moved aside and told once, and what it took is run again in the same build.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::failure::Failure;
use crate::execute::{Event, Sink};
use crate::expand::{Case, Selection};
use crate::plan::{Plan, Request};
use crate::result::meaning;
use crate::store::LockedStore;

/// Moves aside what readers noticed, and tells it; says whether there was anything.
pub(super) fn set_aside(store: &LockedStore, sink: &mut Sink<'_>) -> Result<bool, Failure> {
    let aside = store.set_aside()?;
    tell(store, &aside, sink);
    Ok(!aside.is_empty())
}

/// Reads everything in the store, moves aside what does not verify, and tells it.
pub(super) fn examine(store: &LockedStore, sink: &mut Sink<'_>) -> Result<(), Failure> {
    let examined = store.verify(&meaning)?;
    let aside = store.repair(&examined, &meaning)?;
    tell(store, &aside, sink);
    Ok(())
}

fn tell(store: &LockedStore, aside: &[PathBuf], sink: &mut Sink<'_>) {
    if aside.is_empty() {
        return;
    }
    let above = store.root().parent().and_then(|above| above.parent()).unwrap_or(store.root());
    let shown = |path: &PathBuf| path.strip_prefix(above).unwrap_or(path).display().to_string();
    sink(Event::DamageMovedAside { files: aside.iter().map(shown).collect() });
}

/// The cases of selected runs that were fresh in `before` and have lost their result since.
pub(super) fn lost(before: &Plan, now: &Plan, cases: &[Case], asked: &Request) -> Option<Request> {
    let runs = before.runs.iter().zip(&now.runs);
    let lost = runs.filter(|(before, now)| now.selected && !before.state.is_stale() && now.state.is_stale());
    let lost: BTreeSet<&str> = lost.map(|(_, now)| cases[now.case].id.as_str()).collect();
    let ids: Vec<String> = lost.into_iter().map(str::to_owned).collect();
    (!ids.is_empty()).then(|| Request { selection: Selection::of(ids), ..asked.unforced() })
}
