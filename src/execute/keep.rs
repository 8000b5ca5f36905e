//! What is kept of a run: blobs, then its record, then the hint that points to it.

use std::collections::BTreeMap;

use super::run::Ran;
use super::session::{Place, Session};
use super::{ExecuteError, scrape};
use crate::base::files;
use crate::base::preimage::Preimage;
use crate::key::Key;
use crate::plan::PlannedRun;
use crate::result::{Attempt, is_whole};
use crate::store::{Journal, JournalEntry, KEPT};

impl Session<'_> {
    pub(super) fn attempt(
        &self,
        next: &PlannedRun,
        ran: &Ran,
        place: &Place,
        target_identity: BTreeMap<String, String>,
    ) -> Attempt {
        Attempt {
            started: ran.started,
            ended: ran.ended,
            wall_seconds: ran.wall.as_secs_f64(),
            exit: ran.exit,
            verdict: ran.verdict,
            detail: ran.detail.clone(),
            outputs: BTreeMap::new(),
            k6: self.k6.line.clone(),
            host: self.host.clone(),
            target_identity,
            build: self.settings.build.clone(),
            position: place.position,
            predecessor: place.predecessor.clone(),
            cooldown_seconds: place.cooldown.as_secs_f64(),
            provenance: self.compiled.provenance(next.case),
        }
    }

    /// Blobs first, then the record, then the hint. Where the store refuses, the files stay and the
    /// error says where.
    pub(super) fn keep(
        &self,
        next: &PlannedRun,
        preimage: &Preimage,
        ran: &Ran,
        mut attempt: Attempt,
        journal: &mut Journal,
    ) -> Result<(), ExecuteError> {
        let store = || -> Result<Key, crate::store::StoreError> {
            for (name, bytes) in &ran.outputs {
                attempt.outputs.insert(name.clone(), self.store.put_blob(bytes)?);
            }
            let value = serde_json::to_value(&attempt).unwrap_or_default();
            self.store.append(preimage, value, &|attempt| is_whole(self.store, attempt))
        };
        let id = &self.compiled.cases[next.case].id;
        let mut store = store;
        let key = store().map_err(|source| {
            let name = format!("{KEPT}{}-{}", self.settings.build, next.key.short());
            let kept = ran.scratch.with_file_name(name);
            let kept = std::fs::rename(&ran.scratch, &kept).map_or_else(|_| ran.scratch.clone(), |()| kept);
            ExecuteError::Unstored { run: id.clone(), kept, source: Box::new(source) }
        })?;
        let before = journal.get(id, next.trial).and_then(|entry| entry.result);
        let result = if ran.verdict.is_reusable(false) { Some(key) } else { before };
        journal.set(id, next.trial, JournalEntry { key, result, wall_seconds: ran.wall.as_secs_f64() });
        self.store.write_journal(&self.compiled.suite.name, journal)?;
        scrape::refresh(self.store, &attempt, false)?;
        Ok(files::remove_folder(&ran.scratch)?)
    }
}
