//! Fresh or stale: what the store holds under a key, and why that does not do.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Circumstances, Compiled, Doubted, Rerun};
use crate::base::clock::Instant;
use crate::base::digest::Digest;
use crate::key::{Key, Reason, changes};
use crate::result::{Attempt, Verdict};
use crate::store::{JournalEntry, Present, Record, RecordRead, Store, StoreError};

/// What is to become of a run.
#[derive(Debug, Clone)]
pub enum RunState {
    /// It has a usable result.
    Fresh(Fresh),
    /// It is to be executed, for these reasons; never empty.
    Stale {
        /// The weightiest first.
        reasons: Vec<Reason>,
    },
}

/// The newest usable attempt of a fresh run, in brief: [`usable_attempt`] reads the whole.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fresh {
    /// Its verdict.
    pub verdict: Verdict,
    /// When it had ended.
    pub ended: Instant,
    /// Its wall time in seconds.
    pub wall_seconds: f64,
    /// Whether no attempt came after it.
    pub is_newest: bool,
    /// How many attempts its key has.
    pub attempts: usize,
}

impl Fresh {
    /// What stands for a result that is about to be measured.
    pub(super) fn coming() -> Self {
        let verdict = Verdict::Passed;
        Self { verdict, ended: Instant::now(), wall_seconds: 0.0, is_newest: true, attempts: 1 }
    }
}

impl RunState {
    /// The result in brief, none where it is stale.
    pub fn fresh(&self) -> Option<&Fresh> {
        if let Self::Fresh(fresh) = self { Some(fresh) } else { None }
    }

    /// Whether it is to be executed.
    pub fn is_stale(&self) -> bool {
        matches!(self, Self::Stale { .. })
    }

    /// The reasons, none where it is fresh.
    pub fn reasons(&self) -> &[Reason] {
        match self {
            Self::Stale { reasons } => reasons,
            Self::Fresh(_) => &[],
        }
    }

    /// The first reason in words, and how many more there are.
    pub fn reason_text(&self) -> String {
        self.text(ToString::to_string)
    }

    /// The same for files that equal those of any other build: without an age.
    pub fn lasting_text(&self) -> String {
        self.text(Reason::lasting)
    }

    fn text(&self, worded: impl Fn(&Reason) -> String) -> String {
        match self.reasons() {
            [] => String::new(),
            [one] => worded(one),
            [first, rest @ ..] => format!("{} and {} more", worded(first), rest.len()),
        }
    }
}

/// Everything that decides over one run.
pub(super) struct Question<'a> {
    pub(super) compiled: &'a Compiled<'a>,
    pub(super) circumstances: &'a Circumstances<'a>,
    /// What the store holds, where that was listed.
    pub(super) present: Option<&'a Present>,
    /// What is known of the suite's results.
    pub(super) catalogue: Option<&'a HashMap<Key, Fresh>>,
    pub(super) case: usize,
    pub(super) trial: u32,
    pub(super) key: Key,
    pub(super) hint: Option<&'a JournalEntry>,
    pub(super) forced: bool,
    pub(super) rerun: &'a [Rerun],
    pub(super) doubted: Option<Doubted>,
}

impl Question<'_> {
    pub(super) fn answer(&self, store: &Store) -> Result<RunState, StoreError> {
        if self.forced {
            return Ok(stale(Reason::Forced));
        }
        let allow_invalid = self.compiled.test(self.case).allow_invalid;
        let known = self.catalogue.and_then(|catalogue| catalogue.get(&self.key));
        if let Some(fresh) = known.filter(|fresh| fresh.verdict.is_reusable(allow_invalid)) {
            return self.again(self.in_time(*fresh), store);
        }
        let may_be_there = self.present.is_none_or(|present| present.records.contains(&self.key));
        match if may_be_there { store.record(&self.key)? } else { RecordRead::Absent } {
            RecordRead::Found(record) => self.again(self.judge(&record, store), store),
            RecordRead::Damaged => Ok(stale(Reason::Damaged)),
            RecordRead::Absent => Ok(RunState::Stale { reasons: self.differences(store)? }),
        }
    }

    /// A fresh run that the user wants again is stale.
    fn again(&self, state: RunState, store: &Store) -> Result<RunState, StoreError> {
        let RunState::Fresh(fresh) = state else { return Ok(state) };
        let is_suspect = fresh.verdict == Verdict::Suspect
            || self.rerun.contains(&Rerun::Suspect) && self.is_doubted(store)?;
        let wanted = self.rerun.iter().find(|rerun| match rerun {
            Rerun::Failed => matches!(fresh.verdict, Verdict::Threshold | Verdict::Aborted),
            Rerun::Suspect => is_suspect,
            Rerun::Invalid => fresh.verdict == Verdict::Invalid,
            Rerun::Cases(cases) => cases.selects(self.compiled.suite, &self.compiled.cases[self.case]),
        });
        Ok(wanted.map_or(state, |rerun| stale(Reason::Rerun(rerun.word()))))
    }

    /// Whether its result is doubted by what its scrape found.
    fn is_doubted(&self, store: &Store) -> Result<bool, StoreError> {
        let Some(doubted) = self.doubted else { return Ok(false) };
        let found = usable_attempt(store, &self.key, self.compiled.test(self.case).allow_invalid)?;
        Ok(found.is_some_and(|(attempt, _)| doubted(store, self.compiled, self.case, &attempt)))
    }

    fn judge(&self, record: &Record, store: &Store) -> RunState {
        let attempts = attempts(record);
        let there = |digest: &Digest| {
            self.present.map_or_else(|| store.has_blob(digest), |present| present.blobs.contains(digest))
        };
        let usable = usable(&attempts, self.compiled.test(self.case).allow_invalid);
        let Some(attempt) = usable.clone().find(|attempt| attempt.outputs.values().all(there)) else {
            let damaged = usable.count() > 0;
            let last = attempts.last().filter(|_| !damaged);
            return stale(last.map_or(Reason::Damaged, |last| Reason::Unusable(unusable(last))));
        };
        self.in_time(Fresh {
            verdict: attempt.verdict,
            ended: attempt.ended,
            wall_seconds: attempt.wall_seconds,
            is_newest: attempts.last() == Some(attempt),
            attempts: attempts.len(),
        })
    }

    /// Fresh, unless it is too old or took too long.
    fn in_time(&self, fresh: Fresh) -> RunState {
        let age = self.circumstances.as_of.since(fresh.ended);
        let limit = self.circumstances.max_age(self.compiled, self.case);
        if limit.is_some_and(|limit| age > limit) || fresh.ended > Instant::now() {
            return stale(Reason::Expired(age));
        }
        let longest = self.compiled.longest(self.case);
        if longest.is_some_and(|longest| fresh.wall_seconds > longest.as_secs_f64()) {
            return stale(Reason::TooSlow);
        }
        RunState::Fresh(fresh)
    }

    /// Against the last result of this case and trial, which the journal remembers.
    fn differences(&self, store: &Store) -> Result<Vec<Reason>, StoreError> {
        let Some(hint) = self.hint else { return Ok(vec![Reason::NeverBuilt]) };
        if let Some(name) = self.circumstances.unknown_target(self.compiled, self.case) {
            return Ok(vec![Reason::TargetUnknown(name.to_owned())]);
        }
        if hint.key == self.key || hint.result == Some(self.key) {
            let was_damaged = store.was_damaged(&self.key);
            return Ok(vec![if was_damaged { Reason::Damaged } else { Reason::Evicted }]);
        }
        let older = hint.result.unwrap_or(hint.key);
        let RecordRead::Found(old) = store.record(&older)? else {
            return Ok(vec![if store.was_damaged(&older) { Reason::Damaged } else { Reason::Outdated }]);
        };
        let provenance = attempts(&old).pop().map(|attempt| attempt.provenance).unwrap_or_default();
        let preimage = self.circumstances.preimage(self.compiled, self.case, self.trial);
        let reasons = changes(&old.preimage, &provenance, &preimage, &self.compiled.provenance(self.case));
        Ok(if reasons.is_empty() { vec![Reason::Script] } else { reasons })
    }
}

fn stale(reason: Reason) -> RunState {
    RunState::Stale { reasons: vec![reason] }
}

fn unusable(attempt: &Attempt) -> String {
    match attempt.detail.as_str() {
        "" => attempt.verdict.word().to_owned(),
        detail => format!("{}: {detail}", attempt.verdict.word()),
    }
}

/// The attempts of a record, oldest first; what is no attempt of this version is left out.
pub fn attempts(record: &Record) -> Vec<Attempt> {
    record.attempts.iter().filter_map(|value| Attempt::deserialize(value).ok()).collect()
}

/// The newest whole attempt under `key` that can be reused, and how many attempts there are.
pub fn usable_attempt(
    store: &Store,
    key: &Key,
    allow_invalid: bool,
) -> Result<Option<(Attempt, usize)>, StoreError> {
    let RecordRead::Found(record) = store.record(key)? else { return Ok(None) };
    let attempts = attempts(&record);
    let whole = |attempt: &&Attempt| attempt.outputs.values().all(|digest| store.has_blob(digest));
    Ok(usable(&attempts, allow_invalid).find(whole).map(|attempt| (attempt.clone(), attempts.len())))
}

/// The attempts that can be reused, the newest first.
fn usable(attempts: &[Attempt], allow_invalid: bool) -> impl Iterator<Item = &Attempt> + Clone {
    attempts.iter().rev().filter(move |attempt| attempt.verdict.is_reusable(allow_invalid))
}
