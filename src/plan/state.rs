//! Fresh or stale: what the store holds under a key, and why that does not do.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::base::clock::Instant;
use crate::base::preimage::Preimage;
use crate::key::{Key, Reason, changes};
use crate::result::Attempt;
use crate::store::{JournalEntry, Record, RecordRead, Store, StoreError};

/// What is to become of a run.
#[derive(Debug, Clone)]
pub enum RunState {
    /// It has a usable result.
    Fresh {
        /// The newest usable attempt.
        attempt: Box<Attempt>,
        /// How many attempts its key has.
        attempts: usize,
    },
    /// It is to be executed, for these reasons; never empty.
    Stale {
        /// The weightiest first.
        reasons: Vec<Reason>,
    },
}

impl RunState {
    /// Whether it is to be executed.
    pub fn is_stale(&self) -> bool {
        matches!(self, Self::Stale { .. })
    }

    /// The reasons, none where it is fresh.
    pub fn reasons(&self) -> &[Reason] {
        match self {
            Self::Stale { reasons } => reasons,
            Self::Fresh { .. } => &[],
        }
    }

    /// The first reason in words, and how many more there are.
    pub fn reason_text(&self) -> String {
        match self.reasons() {
            [] => String::new(),
            [one] => one.to_string(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        }
    }
}

/// Everything that decides over one run.
pub(super) struct Question<'a> {
    pub(super) key: Key,
    pub(super) preimage: &'a Preimage,
    pub(super) provenance: BTreeMap<String, String>,
    pub(super) hint: Option<&'a JournalEntry>,
    pub(super) max_age: Option<Duration>,
    pub(super) longest: Duration,
    pub(super) allow_invalid: bool,
    pub(super) forced: bool,
}

impl Question<'_> {
    pub(super) fn answer(&self, store: &Store) -> Result<RunState, StoreError> {
        if self.forced {
            return Ok(stale(Reason::Forced));
        }
        match store.record(&self.key)? {
            RecordRead::Found(record) => Ok(self.judge(&record, store)),
            RecordRead::Damaged => Ok(stale(Reason::Damaged)),
            RecordRead::Absent => Ok(RunState::Stale { reasons: self.differences(store)? }),
        }
    }

    fn judge(&self, record: &Record, store: &Store) -> RunState {
        let attempts = attempts(record);
        let usable = attempts.iter().rev().find(|attempt| attempt.verdict.is_reusable(self.allow_invalid));
        let Some(attempt) = usable else {
            return stale(attempts.last().map_or(Reason::Damaged, |last| Reason::Unusable(unusable(last))));
        };
        let age = attempt.ended.age();
        if self.max_age.is_some_and(|limit| age > limit) || attempt.ended > Instant::now() {
            return stale(Reason::Expired(age));
        }
        if attempt.wall_seconds > self.longest.as_secs_f64() {
            return stale(Reason::TooSlow);
        }
        if !attempt.outputs.values().all(|digest| store.has_blob(digest)) {
            return stale(Reason::Damaged);
        }
        RunState::Fresh { attempt: Box::new(attempt.clone()), attempts: attempts.len() }
    }

    /// Against the last result of this case and trial, which the journal remembers.
    fn differences(&self, store: &Store) -> Result<Vec<Reason>, StoreError> {
        let Some(hint) = self.hint else { return Ok(vec![Reason::NeverBuilt]) };
        if hint.key == self.key || hint.result == Some(self.key) {
            return Ok(vec![Reason::Evicted]);
        }
        let RecordRead::Found(old) = store.record(&hint.result.unwrap_or(hint.key))? else {
            return Ok(vec![Reason::Evicted]);
        };
        let provenance = attempts(&old).pop().map(|attempt| attempt.provenance).unwrap_or_default();
        let reasons = changes(&old.preimage, &provenance, self.preimage, &self.provenance);
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
    record.attempts.iter().filter_map(|value| serde_json::from_value(value.clone()).ok()).collect()
}
