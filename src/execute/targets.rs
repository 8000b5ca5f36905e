//! The targets of a build: what is known of their identity, and the services that run.

use std::collections::BTreeMap;

use super::ExecuteError;
use crate::base::files;
use crate::key::TargetInputs;
use crate::manifest::{Restart, Service, Target, Workspace};
use crate::plan::{Certainty, TargetFacts};
use crate::store::{LockedStore, Store, decode, encode};
use crate::target::{Surroundings, TargetError, await_ready, identify_service, probe_all};

/// The last-seen identities, a hint under `stat/`.
const LAST_SEEN: &str = "targets";

/// What is known of the targets that a suite uses.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    facts: BTreeMap<String, TargetFacts>,
    /// What targets answer as under the set-ups that are applied. That it is another identity is no
    /// change of the target: what a set-up does is in its runs' keys by its definition.
    under_set_ups: BTreeMap<String, BTreeMap<String, String>>,
}

impl Targets {
    /// Looks at the targets named `names`. Services are identified from files; an outside target is
    /// asked if `probe`, and otherwise assumed to be what it last was.
    pub fn look(
        workspace: &Workspace,
        names: impl IntoIterator<Item = String>,
        surroundings: &Surroundings,
        store: &Store,
        probe: bool,
    ) -> Result<Self, ExecuteError> {
        let seen = last_seen(store);
        let mut facts = BTreeMap::new();
        for name in names {
            let Some(target) = workspace.targets.get(&name) else { continue };
            facts.insert(name.clone(), look_at(target, surroundings, seen.get(&name), probe)?);
        }
        Ok(Self { facts, under_set_ups: BTreeMap::new() })
    }

    /// The facts by name.
    pub fn facts(&self) -> &BTreeMap<String, TargetFacts> {
        &self.facts
    }

    /// The targets whose identity is not known, in words for a plan.
    pub fn doubts(&self) -> Vec<String> {
        let doubt = |(name, facts): (&String, &TargetFacts)| match facts.certainty {
            Certainty::Known => None,
            Certainty::Assumed => Some(format!("assuming the target {name} unchanged")),
            Certainty::Unknown => Some(format!("target {name} is not known yet")),
            Certainty::Unidentified => {
                Some(format!("target unidentified: {name} has no identity, results count for 24h"))
            }
        };
        self.facts.iter().filter_map(doubt).collect()
    }

    /// Looks again at one target; says how its identity differs from what was known, under set-ups from
    /// what was first seen under them.
    pub(super) fn refresh(
        &mut self,
        target: &Target,
        surroundings: &Surroundings,
        under_set_ups: bool,
    ) -> Result<Option<String>, ExecuteError> {
        let now = look_at(target, surroundings, None, true)?;
        if under_set_ups {
            let before = self.under_set_ups.insert(target.name.clone(), now.inputs.identity.clone());
            return Ok(before.and_then(|before| difference(&before, &now.inputs.identity)));
        }
        let before = self.facts.insert(target.name.clone(), now.clone());
        Ok(before.and_then(|before| difference(&before.inputs.identity, &now.inputs.identity)))
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
    pub fn remember(&self, store: &LockedStore) -> Result<(), ExecuteError> {
        let mut seen = last_seen(store);
        let known = self.facts.iter().filter(|(_, facts)| facts.certainty == Certainty::Known);
        seen.extend(known.map(|(name, facts)| (name.clone(), facts.inputs.identity.clone())));
        Ok(store.write_stat(LAST_SEEN, &encode(&seen))?)
    }
}

fn last_seen(store: &Store) -> BTreeMap<String, BTreeMap<String, String>> {
    let bytes = files::read(&store.stat_path(LAST_SEEN)).ok();
    bytes.and_then(|bytes| decode(&bytes)).unwrap_or_default()
}

fn look_at(
    target: &Target,
    surroundings: &Surroundings,
    seen: Option<&BTreeMap<String, String>>,
    probe: bool,
) -> Result<TargetFacts, ExecuteError> {
    let restart = target.service.as_ref().map_or(Restart::Never, |service| service.restart).word();
    let facts = |identity, certainty| TargetFacts {
        inputs: TargetInputs { name: target.name.clone(), identity, restart },
        certainty,
    };
    if let Some(service) = &target.service {
        let identity = identify_service(service, surroundings)?;
        let certainty = if is_built(service, &identity) { Certainty::Known } else { Certainty::Unknown };
        return Ok(facts(identity, certainty));
    }
    if target.identity.is_empty() {
        return Ok(facts(BTreeMap::new(), Certainty::Unidentified));
    }
    if probe {
        await_ready(target, surroundings, &mut || Ok(()))?;
        return Ok(facts(probe_all(target, surroundings)?, Certainty::Known));
    }
    Ok(match seen {
        Some(identity) => facts(identity.clone(), Certainty::Assumed),
        None => facts(BTreeMap::new(), Certainty::Unknown),
    })
}

fn is_built(service: &Service, identity: &BTreeMap<String, String>) -> bool {
    service.build.is_none() || identity.contains_key("executable")
}

fn difference(before: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Option<String> {
    let names = before.keys().chain(now.keys().filter(|name| !before.contains_key(*name)));
    let shown = |value: Option<&String>| {
        value.map_or("none", |value| if value.len() == 64 { &value[..8] } else { value }).to_owned()
    };
    let changed = names.filter(|name| before.get(*name) != now.get(*name));
    let changed: Vec<_> = changed
        .map(|name| format!("{name} {} → {}", shown(before.get(name)), shown(now.get(name))))
        .collect();
    (!changed.is_empty()).then(|| changed.join(", "))
}

/// The services that a build has started.
#[derive(Default)]
pub(super) struct Services {
    running: BTreeMap<String, crate::target::Running>,
}

impl Services {
    pub(super) fn is_running(&self, name: &str) -> bool {
        self.running.contains_key(name)
    }

    pub(super) fn add(&mut self, name: &str, running: crate::target::Running) {
        self.running.insert(name.to_owned(), running);
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
