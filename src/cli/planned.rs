//! The plan as `build` would make it, for the verbs that run nothing.

use std::collections::BTreeSet;

use super::context::{Context, keyed};
use super::failure::Failure;
use super::loaded::Loaded;
use super::output;
use crate::base::clock::Instant;
use crate::execute::{Probing, Targets, host_facts};
use crate::plan::{Circumstances, Plan, Request, plan};
use crate::store::{Journal, Store};

/// The plan of a suite, without installing anything; outside targets are asked only if `probe`.
pub(super) fn planned(
    context: &Context,
    suite: &Loaded,
    store: &Store,
    journal: &Journal,
    request: &Request,
    probe: bool,
) -> Result<(Plan, Targets), Failure> {
    let surroundings = context.surroundings(store, context.find_k6()?.as_ref());
    let selected = if probe { suite.targets_of(&context.selection) } else { BTreeSet::new() };
    let probing = Probing { asks: &|name| selected.contains(name), tries_others: probe, ..Probing::all() };
    let targets = Targets::look(&context.workspace, suite.targets(), &surroundings, store, &probing)?;
    let plan = under(context, store, &targets, |circumstances| {
        plan(&suite.compiled(), circumstances, store, journal, request)
    })?;
    Ok((plan?, targets))
}

/// Calls `what` with the circumstances as they are: k6 as it is found, these targets, this machine.
pub(super) fn under<T>(
    context: &Context,
    store: &Store,
    targets: &Targets,
    what: impl FnOnce(&Circumstances<'_>) -> T,
) -> Result<T, Failure> {
    let k6 = context.find_k6()?;
    if k6.is_none() {
        output::talk(&format!("{:>10} no k6 found; `howitzer build` installs one", "note"));
    }
    let identity = k6.as_ref().map(crate::k6::K6::identity).unwrap_or_default();
    let host = host_facts(context.workspace.host_class.as_deref(), &context.environment);
    let salt = store.salt()?;
    Ok(what(&Circumstances {
        k6: &identity,
        targets: targets.facts(),
        class: &host.class,
        as_of: Instant::now(),
        shown_environment: &|_, value| context.shown_variable(value, &salt),
        keyed: &|digest| keyed(digest, &salt),
    }))
}
