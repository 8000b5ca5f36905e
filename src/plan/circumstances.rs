//! What a plan stands on beside the suite: k6, targets, this machine.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use super::Compiled;
use crate::base::clock::Instant;
use crate::base::digest::Digest;
use crate::base::preimage::Preimage;
use crate::key::{self, Key, OwnInputs, RunInputs, SetUpInputs, SharedInputs, TargetInputs, WarmUpInputs};
use crate::manifest::{EnvironmentValue, MaxAge};
use crate::render::{Input, SetUpCommands};

/// Without an identity of the target, results are trusted this long.
pub const UNIDENTIFIED_MAX_AGE: Duration = Duration::from_hours(24);

/// What the plan stands on beside the suite.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    /// k6's identity.
    pub k6: &'a [String],
    /// The targets by name.
    pub targets: &'a BTreeMap<String, TargetFacts>,
    /// The load generator's class.
    pub class: &'a str,
    /// When ages are judged: one moment for all plans of a build, so that nothing expires between them.
    pub as_of: Instant,
    /// What turns a declared environment variable into what keys may hold.
    pub shown_environment: &'a (dyn Fn(&str, &EnvironmentValue) -> String + Sync),
    /// What turns the digest of a secret file into what keys may hold.
    pub keyed: &'a (dyn Fn(&Digest) -> Digest + Sync),
}

/// What is known of a target's identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetFacts {
    /// As keys see it.
    pub inputs: TargetInputs,
    /// How sure that is.
    pub certainty: Certainty,
}

/// How sure a target's identity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// Computed or probed just now.
    Known,
    /// As it was last seen.
    Assumed,
    /// It has none: results are trusted for [`UNIDENTIFIED_MAX_AGE`].
    Unidentified,
    /// It cannot be known before the service is built or the target answers.
    Unknown,
}

impl Circumstances<'_> {
    /// How old a result of `case` may be, if there is a limit.
    pub fn max_age(&self, compiled: &Compiled<'_>, case: usize) -> Option<Duration> {
        match compiled.test(case).max_age {
            Some(MaxAge::Never) => None,
            Some(MaxAge::Limit(limit)) => Some(limit),
            None => self.is_unidentified(compiled, case).then_some(UNIDENTIFIED_MAX_AGE),
        }
    }

    /// Whether results of `case` do not last because nothing identifies its target.
    pub(super) fn is_unidentified(&self, compiled: &Compiled<'_>, case: usize) -> bool {
        let target = compiled.target(case).and_then(|name| self.targets.get(name));
        let unidentified = target.is_none_or(|target| target.certainty == Certainty::Unidentified);
        unidentified && compiled.test(case).max_age.is_none()
    }

    /// The target of `case`, if its identity cannot be known yet.
    pub(super) fn unknown_target<'r>(&self, compiled: &Compiled<'r>, case: usize) -> Option<&'r str> {
        let name = compiled.target(case)?;
        self.targets.get(name).filter(|target| target.certainty == Certainty::Unknown).map(|_| name)
    }

    /// When a result of `case` that ended at `ended` stops being usable, if ever.
    pub fn expiry(&self, compiled: &Compiled<'_>, case: usize, ended: Instant) -> Option<Instant> {
        self.max_age(compiled, case).map(|limit| ended.plus(limit))
    }

    /// The preimage of one trial of a case.
    pub fn preimage(&self, compiled: &Compiled<'_>, case: usize, trial: u32) -> Preimage {
        let environment = self.environment(compiled, case);
        let warm_ups = self.warm_ups(compiled, compiled.cases[case].test);
        let (set_ups, pages) = (self.set_ups(compiled, case), pages(compiled, case));
        let inputs = self.inputs(compiled, case);
        key::run_preimage(&RunInputs {
            shared: self.shared(compiled, case, &inputs, &environment, &warm_ups, &pages),
            own: OwnInputs { script: compiled.rendered[case].digest, set_ups: &set_ups, trial },
        })
    }

    /// The key of one trial of a case: the digest of its preimage.
    pub(super) fn key(&self, compiled: &Compiled<'_>, shared: &Digest, case: usize, trial: u32) -> Key {
        let set_ups = self.set_ups(compiled, case);
        key::run_key(shared, &OwnInputs { script: compiled.rendered[case].digest, set_ups: &set_ups, trial })
    }

    /// The digest of what a case shares with all cases of its test and shape.
    pub(super) fn shared_digest(
        &self,
        compiled: &Compiled<'_>,
        case: usize,
        warm_ups: &[WarmUpInputs],
    ) -> Digest {
        let environment = self.environment(compiled, case);
        let inputs = self.inputs(compiled, case);
        self.shared(compiled, case, &inputs, &environment, warm_ups, &pages(compiled, case)).digest()
    }

    /// The warm-ups that precede a test, as keys see them.
    pub(super) fn warm_ups(&self, compiled: &Compiled<'_>, test: usize) -> Vec<WarmUpInputs> {
        let inputs = |warm_up: usize| WarmUpInputs {
            name: compiled.test(warm_up).name.clone(),
            script: compiled.rendered[warm_up].digest,
            inputs: self.inputs(compiled, warm_up).into_owned(),
            environment: self.environment(compiled, warm_up),
        };
        compiled.warm_up_cases(test).into_iter().map(inputs).collect()
    }

    /// The declared variables of a case as keys see them.
    pub(super) fn environment(&self, compiled: &Compiled<'_>, case: usize) -> BTreeMap<String, String> {
        let declared = compiled.environment(case).iter();
        declared.map(|(name, value)| (name.clone(), (self.shown_environment)(name, value))).collect()
    }

    /// The inputs of a case as keys see them: of a secret file that it is there, or a keyed hash.
    pub(super) fn inputs<'r>(
        &self,
        compiled: &Compiled<'r>,
        case: usize,
    ) -> Cow<'r, BTreeMap<String, Input>> {
        let shape = &compiled.rendered[case].shape;
        let mut inputs = Cow::Borrowed(&shape.inputs);
        for (path, in_key) in &shape.secrets {
            if let Some(input) = inputs.to_mut().get_mut(path) {
                input.digest = if *in_key { (self.keyed)(&input.digest) } else { Digest::of(b"secret") };
            }
        }
        inputs
    }

    /// The set-ups of a case as keys see them.
    fn set_ups<'r>(&self, compiled: &Compiled<'r>, case: usize) -> Vec<SetUpInputs<'r>> {
        let shown = |commands: &'r SetUpCommands| {
            let declared = commands.environment.iter();
            let environment =
                declared.map(|(name, value)| (name.clone(), (self.shown_environment)(name, value)));
            SetUpInputs { commands, environment: environment.collect() }
        };
        compiled.set_ups(case).map(shown).collect()
    }

    fn shared<'r>(
        &'r self,
        compiled: &Compiled<'r>,
        case: usize,
        inputs: &'r BTreeMap<String, Input>,
        environment: &'r BTreeMap<String, String>,
        warm_ups: &'r [WarmUpInputs],
        pages: &'r BTreeMap<String, String>,
    ) -> SharedInputs<'r> {
        let target = compiled.target(case).and_then(|name| self.targets.get(name));
        SharedInputs {
            inputs,
            k6: self.k6,
            environment,
            target: target.map(|target| &target.inputs),
            warm_ups,
            class: self.class,
            watch: compiled.test(case).watch_key(),
            pages,
        }
    }
}

/// The pages that are looked at while a case runs, as keys see them.
fn pages(compiled: &Compiled<'_>, case: usize) -> BTreeMap<String, String> {
    let pages = compiled.scrapes(case).filter(|scrape| scrape.is_page());
    pages.map(|page| (page.name.clone(), serde_json::json!(page.seen()).to_string())).collect()
}
