//! One run node: executed, judged, and kept as blobs, then as a record, then as the hint that points to it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::build::Build;
use super::event::{Event, Sink};
use super::figures::{Figures, LastSecond};
use super::run::{Ran, run};
use super::wanted::Wanted;
use super::{ExecuteError, scrape};
use crate::base::causes::with_causes;
use crate::base::preimage::Preimage;
use crate::key::{Key, Reason};
use crate::plan::PlannedRun;
use crate::result::{Attempt, Verdict, is_whole};
use crate::store::{JournalEntry, KEPT, LockedStore, StoreError};

impl Build<'_, '_> {
    /// Executes one run and keeps what it left.
    pub(super) fn execute_run(&mut self, next: &PlannedRun) -> Result<Verdict, ExecuteError> {
        let session = self.session;
        let id = session.compiled.cases[next.case].id.clone();
        let cooldown = self.cool_down(next.case)?;
        let reason = next.state.reason_text();
        let position = self.done.ran.len() + 1;
        self.tell(Event::RunStarted {
            case: id.clone(),
            trial: next.trial,
            position,
            of: position + self.remaining(),
            expected_seconds: self.expected_seconds(next.case),
            reason: reason.clone(),
            reasons: next.state.reasons().iter().map(Reason::explained).collect(),
        });
        // Before the run: afterwards the target may have turned out to be another one.
        let preimage =
            session.under(self.targets, |now| now.preimage(session.compiled, next.case, next.trial));
        let mut ran = self.run(next, &id)?;
        let mut attempt = self.attempt(next, &ran, position, cooldown);
        // A target that cannot be asked any more was not one target during the run; the attempt is kept.
        let looked = self.check_target_after(next.case, &mut ran);
        if let Err(error) = &looked {
            (ran.verdict, ran.detail) = match error {
                ExecuteError::Interrupted => {
                    (Verdict::Interrupted, "before its target was asked again".to_owned())
                }
                error => (Verdict::TargetChanged, error.to_string()),
            };
        }
        (attempt.verdict, attempt.detail) = (ran.verdict, ran.detail.clone());
        let Said { doubts, missed } = self.keep(next, &preimage, &ran, attempt)?;
        (ran.verdict, ran.detail) = ran.verdict.doubted(ran.detail, &doubts);
        if ran.verdict == Verdict::Suspect {
            self.done.told_doubts.extend(doubts.into_iter().map(|doubt| (id.clone(), doubt)));
        }
        for note in &ran.notes {
            self.tell(Event::Note { text: format!("{id}: {note}") });
        }
        self.last = Some((next.case, next.trial));
        self.loaded.extend(session.target(next.case).map(|target| (target.name.clone(), next.case)));
        self.done.ran.push((next.case, next.trial, reason, ran.verdict));
        self.tell(Event::RunFinished {
            case: id.clone(),
            trial: next.trial,
            verdict: ran.verdict.word().to_owned(),
            detail: ran.detail.clone(),
            missed,
            exit: ran.exit,
            wall_seconds: ran.wall.as_secs_f64(),
            figures: ran.measured.as_ref().map(Figures::of).unwrap_or_default(),
            log_tail: if ran.verdict.build_exit() == 100 { ran.log_tail.clone() } else { Vec::new() },
        });
        self.tell(Event::Scraped {
            case: id,
            trial: next.trial,
            reason: Reason::NewOutputs.to_string(),
            after_run: true,
        });
        looked?;
        self.check_service_after(next.case, &ran)?;
        Ok(ran.verdict)
    }

    fn run(&mut self, next: &PlannedRun, id: &str) -> Result<Ran, ExecuteError> {
        let expected = self.expected_seconds(next.case);
        let sink = &mut *self.sink;
        run(self.session, next.case, next.trial, &mut |said, latest| {
            sink(Event::RunProgress {
                case: id.to_owned(),
                elapsed_seconds: said.elapsed.as_secs_f64(),
                expected_seconds: expected,
                vus: said.vus,
                iterations: said.complete,
                last: latest.as_ref().and_then(LastSecond::of),
            });
        })
    }

    /// The length of a case's load, if it is known.
    pub(super) fn expected_seconds(&self, case: usize) -> Option<f64> {
        self.session.compiled.rendered[case].expected.map(|load| load.as_secs_f64())
    }

    fn attempt(&self, next: &PlannedRun, ran: &Ran, position: usize, cooldown: Duration) -> Attempt {
        let session = self.session;
        let target = session.target(next.case);
        Attempt {
            started: ran.started,
            ended: ran.ended,
            wall_seconds: ran.wall.as_secs_f64(),
            exit: ran.exit,
            verdict: ran.verdict,
            detail: ran.detail.clone(),
            doubts: ran.doubts.clone(),
            watched: ran.watched.clone(),
            notes: ran.notes.iter().cloned().chain(ran.remark.map(str::to_owned)).collect(),
            generator: ran.generator.clone(),
            outputs: BTreeMap::new(),
            k6: session.k6.line.clone(),
            host: session.host.clone(),
            target_identity: target.map(|target| self.targets.identity_now(&target.name)).unwrap_or_default(),
            build: session.settings.build.clone(),
            commit: session.settings.commit.clone(),
            position,
            predecessor: self.last.map(|(case, _)| session.compiled.cases[case].id.clone()),
            cooldown_seconds: cooldown.as_secs_f64(),
            reasons: next.state.reasons().iter().map(Reason::explained).collect(),
            provenance: session.compiled.provenance(next.case),
        }
    }

    /// Blobs first, then the record, then the hint; returns what its scrape says of it. Where the store refuses, the
    /// files stay and the error says where.
    fn keep(
        &mut self,
        next: &PlannedRun,
        preimage: &Preimage,
        ran: &Ran,
        mut attempt: Attempt,
    ) -> Result<Said, ExecuteError> {
        let session = self.session;
        let id = &session.compiled.cases[next.case].id;
        let key = store(session.store, preimage, ran, &mut attempt).map_err(|source| {
            let name = format!("{KEPT}{}-{}", session.settings.build, next.key.short());
            let kept = ran.scratch.with_file_name(name);
            let kept = std::fs::rename(&ran.scratch, &kept).map_or_else(|_| ran.scratch.clone(), |()| kept);
            let why = with_causes(&source);
            let error = ExecuteError::Unstored { run: id.clone(), kept, source: Box::new(source) };
            self.done.unstored = Some(format!("{error}: {why}"));
            error
        })?;
        let before = self.journal.get(id, next.trial).and_then(|entry| entry.result);
        let result = if ran.verdict.is_reusable(false) { Some(key) } else { before };
        let entry = JournalEntry { key, result, wall_seconds: ran.wall.as_secs_f64() };
        self.journal.set(id, next.trial, entry);
        self.keep_journal()?;
        let wanted = Wanted::of(session.compiled, next.case);
        scrape::refresh(session.store, &attempt, &wanted, None, false)?;
        session.store.discard(&ran.scratch);
        tell_stuck(session.store, self.sink);
        let doubts = scrape::doubts(session.store, &attempt, &wanted)?;
        let is_measured = ran.verdict.is_reusable(true);
        let expectations =
            if is_measured { session.compiled.test(next.case).expectations.as_slice() } else { &[] };
        Ok(Said { doubts, missed: scrape::missed(session.store, &attempt, &wanted, expectations)? })
    }
}

/// What the scrape of a run says of it.
struct Said {
    /// Why it is doubted.
    doubts: Vec<String>,
    /// The expectations that it misses.
    missed: Vec<String>,
}

/// Tells which scratch trees could not be removed since the last time.
pub fn tell_stuck(store: &LockedStore, sink: &mut Sink<'_>) {
    for path in store.take_stuck() {
        let text = format!("`{}` cannot be removed; nothing needs it any more", path.display());
        sink(Event::Note { text });
    }
}

impl Build<'_, '_> {
    /// Keeps the hints, unless that would take more than a twentieth of the time: losing the last ones
    /// loses no result, and the end of the build keeps all of them.
    fn keep_journal(&mut self) -> Result<(), ExecuteError> {
        if self.journal_kept.is_some_and(|(at, took)| at.elapsed() < took * 20) {
            return Ok(());
        }
        let begun = Instant::now();
        self.session.store.write_journal(&self.session.compiled.suite.name, self.journal)?;
        self.journal_kept = Some((Instant::now(), begun.elapsed()));
        Ok(())
    }
}

fn store(
    store: &LockedStore,
    preimage: &Preimage,
    ran: &Ran,
    attempt: &mut Attempt,
) -> Result<Key, StoreError> {
    for (name, bytes) in &ran.outputs {
        attempt.outputs.insert(name.clone(), store.put_blob(bytes)?);
    }
    let value = serde_json::to_value(&*attempt).unwrap_or_default();
    store.append(preimage, value, &|attempt| is_whole(store, attempt))
}
