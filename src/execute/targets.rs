//! The targets of a build: what is known of their identity, and the services that run.

use std::collections::{BTreeMap, BTreeSet};

use super::ExecuteError;
use crate::base::files;
use crate::key::TargetInputs;
use crate::manifest::{Restart, Service, Target, Workspace};
use crate::plan::{Certainty, TargetFacts};
use crate::store::{LockedStore, Store, decode, encode};
use crate::target::{
    Surroundings, TargetError, ask_probes, await_ready, identify_service, is_live, live_names,
};

/// The last-seen identities, a hint under `stat/`.
const LAST_SEEN: &str = "targets";

/// Called between two looks at a target that is not ready; its error ends the waiting.
pub(super) type Waiting<'a> = dyn Fn(&Target) -> Result<(), TargetError> + 'a;

/// Which outside targets are asked who they are, and what is done while they are awaited.
pub struct Probing<'a> {
    /// Whether a target is asked.
    pub asks: &'a dyn Fn(&str) -> bool,
    /// Whether the others are asked too, if they answer at once: nothing that is to be done needs them.
    pub tries_others: bool,
    /// Called while one is awaited.
    pub waiting: &'a Waiting<'a>,
}

impl Probing<'_> {
    /// Asks all of them.
    pub fn all() -> Self {
        Self { asks: &|_| true, tries_others: false, waiting: &|_| Ok(()) }
    }

    /// Asks none.
    pub fn none() -> Self {
        Self { asks: &|_| false, tries_others: false, waiting: &|_| Ok(()) }
    }
}

/// Does not wait.
fn not_now(target: &Target) -> Result<(), TargetError> {
    let (name, last) = (target.name.clone(), "not waited for".to_owned());
    Err(TargetError::NotReady { name, waited: std::time::Duration::ZERO, last })
}

/// What is known of the targets that a suite uses.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    facts: BTreeMap<String, TargetFacts>,
    /// The identities of all targets as they were last seen.
    seen: BTreeMap<String, BTreeMap<String, String>>,
    /// What targets answer as under the set-ups that are applied. That it is another identity is no
    /// change of the target: what a set-up does is in its runs' keys by its definition.
    under_set_ups: BTreeMap<String, BTreeMap<String, String>>,
}

impl Targets {
    /// Looks at the targets named `names`. Services are identified from files; an outside target is
    /// asked if `probing` says so, and otherwise assumed to be what it last was.
    pub fn look(
        workspace: &Workspace,
        names: impl IntoIterator<Item = String>,
        surroundings: &Surroundings,
        store: &Store,
        probing: &Probing<'_>,
    ) -> Result<Self, ExecuteError> {
        let seen = last_seen(store);
        let mut facts = BTreeMap::new();
        for name in names {
            let Some(target) = workspace.targets.get(&name) else { continue };
            let look = |asked| look_at(target, surroundings, seen.get(&name), asked, false);
            let found = if (probing.asks)(&name) {
                look(Some(probing.waiting))?
            } else if probing.tries_others {
                match look(Some(&not_now)) {
                    Err(ExecuteError::Interrupted) => return Err(ExecuteError::Interrupted),
                    found => found.or_else(|_| look(None))?,
                }
            } else {
                look(None)?
            };
            facts.insert(name.clone(), found);
        }
        Ok(Self { facts, seen, under_set_ups: BTreeMap::new() })
    }

    /// The facts by name.
    pub fn facts(&self) -> &BTreeMap<String, TargetFacts> {
        &self.facts
    }

    /// The targets whose identity is not known, in words for a plan.
    pub fn doubts(&self) -> Vec<String> {
        let doubt = |(name, facts): (&String, &TargetFacts)| match facts.certainty {
            // The plan says which of its runs that concerns.
            Certainty::Known | Certainty::Unidentified => None,
            Certainty::Assumed => Some(format!("assuming the target {name} unchanged")),
            Certainty::Unknown => Some(format!("target {name} is not known yet")),
        };
        self.facts.iter().filter_map(doubt).collect()
    }

    /// Looks again at one target, whose service may be running.
    pub(super) fn refresh(
        &mut self,
        target: &Target,
        surroundings: &Surroundings,
        running: bool,
        waiting: &Waiting<'_>,
    ) -> Result<Refreshed, ExecuteError> {
        let now = look_at(target, surroundings, self.seen.get(&target.name), Some(waiting), running)?;
        let before = self.facts.insert(target.name.clone(), now.clone());
        let Some(before) = before.filter(|before| before.inputs.identity != now.inputs.identity) else {
            return Ok(Refreshed::Same);
        };
        let change = difference(&before.inputs.identity, &now.inputs.identity);
        Ok(change.map_or(Refreshed::Learned, Refreshed::Changed))
    }

    /// Whether a service of this target that somebody else started answers as ours would.
    pub(super) fn answers_as_known(
        &self,
        target: &Target,
        surroundings: &Surroundings,
    ) -> Result<bool, ExecuteError> {
        let live = ask_probes(target, surroundings, is_live)?;
        let known = self.facts.get(&target.name).map(|facts| &facts.inputs.identity);
        let equal =
            |(name, value): (&String, &String)| known.and_then(|known| known.get(name)) == Some(value);
        Ok(!live.is_empty() && live.iter().all(equal))
    }

    /// Looks at a running target while set-ups are applied: only what differs from the first such look is
    /// a change.
    pub(super) fn refresh_under_set_ups(
        &mut self,
        target: &Target,
        surroundings: &Surroundings,
        waiting: &Waiting<'_>,
    ) -> Result<Refreshed, ExecuteError> {
        let now = look_at(target, surroundings, None, Some(waiting), true)?.inputs.identity;
        let before = self.under_set_ups.insert(target.name.clone(), now.clone());
        let change = before.and_then(|before| difference(&before, &now));
        Ok(change.map_or(Refreshed::Same, Refreshed::Changed))
    }

    /// Forgets what was seen under set-ups: another one is applied, or one was undone.
    pub(super) fn set_ups_changed(&mut self) {
        self.under_set_ups.clear();
    }

    /// The identity as it was last seen, also under set-ups.
    pub(super) fn identity_now(&self, name: &str) -> BTreeMap<String, String> {
        let known = self.facts.get(name).map(|facts| &facts.inputs.identity);
        self.under_set_ups.get(name).or(known).cloned().unwrap_or_default()
    }

    /// Keeps what was seen, for plans that do not ask.
    pub fn remember(&mut self, store: &LockedStore) -> Result<(), ExecuteError> {
        let known = self.facts.iter().filter(|(_, facts)| facts.certainty == Certainty::Known);
        self.seen.extend(known.map(|(name, facts)| (name.clone(), facts.inputs.identity.clone())));
        Ok(store.write_stat(LAST_SEEN, &encode(&self.seen))?)
    }
}

/// What a second look at a target found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refreshed {
    /// Nothing new.
    Same,
    /// Parts that were not known before; the plan stands on less than is known now.
    Learned,
    /// Parts that are other than known, in words.
    Changed(String),
}

fn last_seen(store: &Store) -> BTreeMap<String, BTreeMap<String, String>> {
    let bytes = files::read(&store.stat_path(LAST_SEEN)).ok();
    bytes.and_then(|bytes| decode(&bytes)).unwrap_or_default()
}

/// A service is known by its files; what it says of itself can be asked only while it runs, and is
/// otherwise taken to be what the same files said last time.
fn look_at(
    target: &Target,
    surroundings: &Surroundings,
    seen: Option<&BTreeMap<String, String>>,
    asked: Option<&Waiting<'_>>,
    running: bool,
) -> Result<TargetFacts, ExecuteError> {
    let restart = target.service.as_ref().map_or(Restart::Never, |service| service.restart).word();
    let facts = |identity, certainty| TargetFacts {
        inputs: TargetInputs { name: target.name.clone(), identity, restart },
        certainty,
    };
    if let Some(service) = &target.service {
        let mut identity = identify_service(target, service, surroundings)?;
        identity.extend(ask_probes(target, surroundings, |probe| !is_live(probe))?);
        let live = live_names(target);
        let is_live_part = |(name, _): &(&String, &String)| live.contains(*name);
        let same_files = |seen: &&BTreeMap<String, String>| {
            seen.iter().filter(|part| !is_live_part(part)).eq(identity.iter())
        };
        let mut known = is_built(service, &identity);
        if running {
            identity.extend(ask_probes(target, surroundings, is_live)?);
        } else if let Some(seen) = seen.filter(same_files) {
            let parts = seen.iter().filter(is_live_part).map(|(name, value)| (name.clone(), value.clone()));
            identity.extend(parts.collect::<Vec<_>>());
        }
        known &= live.iter().all(|name| identity.contains_key(name));
        return Ok(facts(identity, if known { Certainty::Known } else { Certainty::Unknown }));
    }
    if target.identity.is_empty() {
        return Ok(facts(BTreeMap::new(), Certainty::Unidentified));
    }
    if let Some(waiting) = asked {
        await_ready(target, surroundings, &mut || waiting(target))?;
        return Ok(facts(ask_probes(target, surroundings, |_| true)?, Certainty::Known));
    }
    // What stands in files needs no asking; what was asked in another way is another question.
    let mut identity = ask_probes(target, surroundings, |probe| !is_live(probe))?;
    let live = live_names(target);
    if live.is_empty() {
        return Ok(facts(identity, Certainty::Known));
    }
    let known = seen.filter(|seen| live.iter().all(|name| seen.contains_key(name)));
    let Some(known) = known else { return Ok(facts(BTreeMap::new(), Certainty::Unknown)) };
    identity.extend(
        known
            .iter()
            .filter(|(name, _)| live.contains(*name))
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    Ok(facts(identity, Certainty::Assumed))
}

fn is_built(service: &Service, identity: &BTreeMap<String, String>) -> bool {
    service.build.is_none() || identity.contains_key("executable")
}

/// The parts that were known and are other now; parts that come or go without an old value are none.
fn difference(before: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Option<String> {
    let shown = |value: Option<&String>| {
        value.map_or("none", |value| if value.len() == 64 { &value[..8] } else { value }).to_owned()
    };
    let changed = before.iter().filter(|(name, value)| now.get(*name) != Some(value));
    let changed: Vec<_> = changed
        .map(|(name, value)| format!("{name} {} → {}", shown(Some(value)), shown(now.get(name))))
        .collect();
    (!changed.is_empty()).then(|| changed.join(", "))
}

/// The services that a build uses.
#[derive(Default)]
pub(super) struct Services {
    /// Started by this build, and stopped by it.
    running: BTreeMap<String, crate::target::Running>,
    /// Somebody else's, with the identity of ours.
    adopted: BTreeSet<String>,
}

impl Services {
    pub(super) fn is_running(&self, name: &str) -> bool {
        self.running.contains_key(name) || self.adopted.contains(name)
    }

    pub(super) fn add(&mut self, name: &str, running: crate::target::Running) {
        self.running.insert(name.to_owned(), running);
    }

    pub(super) fn adopt(&mut self, name: &str) {
        self.adopted.insert(name.to_owned());
    }

    pub(super) fn check_alive(&mut self, name: &str) -> Result<(), TargetError> {
        self.running.get_mut(name).map_or(Ok(()), |running| running.check_alive(name))
    }

    /// Stops one; says whether it ran.
    pub(super) fn stop(&mut self, name: &str) -> Result<bool, TargetError> {
        match self.running.remove(name) {
            Some(running) => running.stop().map(|()| true),
            None => Ok(false),
        }
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.running.keys().cloned().collect()
    }
}
