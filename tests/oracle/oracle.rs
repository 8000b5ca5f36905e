//! The oracle: which runs a build executes, by a model that shares nothing with howitzer's keys and plans.
//!
//! It knows results by a description: the plain text of everything that can change a measurement.
//! What the store lost is known by what the harness did to it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::cases::Case;
use crate::drive::{Request, Run};
use crate::verdict::Verdict;
use crate::world::{Age, Suite, World};

/// The results that are in the store, as far as the oracle knows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Oracle {
    /// By description.
    pub(crate) records: BTreeMap<String, Record>,
    /// The blobs that are there, by digest; false where the bytes are damaged and nobody noticed yet.
    pub(crate) blobs: BTreeMap<String, bool>,
    /// The keys that howitzer was seen to give to descriptions.
    pub(crate) keys: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    /// Oldest first.
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) is_damaged: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) verdict: Verdict,
    /// In milliseconds since the epoch; about now until it was read.
    pub(crate) ended: i64,
    /// The number that the fake gave to the run; 0 until it is known.
    pub(crate) serial: u64,
    /// The blobs that it needs; that of its summary is added once it was read.
    pub(crate) outputs: BTreeSet<String>,
    /// Those that reports read.
    pub(crate) shown: BTreeSet<String>,
    pub(crate) is_learned: bool,
}

/// What is to become of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum State {
    /// With the verdict and the serial of the result that is used.
    Fresh(Verdict, u64),
    Stale(Why),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Why {
    Missing,
    Damaged,
    Unusable,
    Expired,
    Forced,
}

/// What a build is to do.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    pub(crate) runs: Vec<(Run, Why)>,
    /// By suite and test.
    pub(crate) warm_ups: BTreeSet<(String, String)>,
    pub(crate) exit: u8,
    /// The suites that were begun before a failure ended the build.
    pub(crate) reached: Vec<String>,
}

pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_millis()).expect("fits")
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

impl Oracle {
    /// What stands for one trial now.
    pub(crate) fn state(&self, world: &World, suite: &Suite, case: &Case, trial: u32) -> State {
        let test = &suite.tests[case.test];
        let Some(record) = self.records.get(&world.description(suite, case, trial)) else {
            return State::Stale(Why::Missing);
        };
        if record.is_damaged {
            return State::Stale(Why::Damaged);
        }
        let usable = |attempt: &&Attempt| attempt.verdict.is_reusable(test.allows_invalid);
        let Some(newest) = record.attempts.iter().rev().filter(usable).find(|attempt| self.is_whole(attempt))
        else {
            let any = record.attempts.iter().any(|attempt| usable(&attempt));
            return State::Stale(if any { Why::Damaged } else { Why::Unusable });
        };
        let unidentified = world.is_unidentified(case).then_some(Age::Day);
        let limit = test.max_age.or(suite.max_age).or(unidentified).and_then(Age::milliseconds);
        let age = now() - newest.ended;
        // A minute more: until an attempt was read, only the time of its build is known.
        if limit.is_some_and(|limit| age > limit) || age < -60_000 {
            return State::Stale(Why::Expired);
        }
        State::Fresh(newest.verdict, newest.serial)
    }

    fn is_whole(&self, attempt: &Attempt) -> bool {
        attempt.outputs.iter().all(|digest| self.blobs.contains_key(digest))
    }

    /// The stale selected runs of one suite in order, as things stand.
    pub(crate) fn plan(&self, world: &World, suite: &Suite, request: &Request) -> Vec<(Case, u32, Why)> {
        let mut stale = Vec::new();
        for (case, trial) in suite.runs().into_iter().filter(|(case, _)| request.selects(suite, case)) {
            if request.forces_runs() {
                stale.push((case, trial, Why::Forced));
            } else if let State::Stale(why) = self.state(world, suite, &case, trial) {
                stale.push((case, trial, why));
            }
        }
        stale
    }

    /// Keeps an attempt, as howitzer's store would.
    pub(crate) fn keep(
        &mut self,
        world: &World,
        suite: &Suite,
        (case, trial): (&Case, u32),
        verdict: Verdict,
    ) {
        let script = world.script(suite, case);
        let mut shown = BTreeSet::from([digest(b"")]);
        if verdict != Verdict::Failed && verdict != Verdict::Interrupted {
            shown.insert(digest(format!("{}\n", crate::fake::checksum(script.as_bytes())).as_bytes()));
        }
        let outputs: BTreeSet<String> = shown.iter().cloned().chain([digest(script.as_bytes())]).collect();
        self.blobs.extend(outputs.iter().map(|digest| (digest.clone(), true)));
        let mut record = self.records.remove(&world.description(suite, case, trial)).unwrap_or_default();
        if std::mem::take(&mut record.is_damaged) {
            record.attempts.clear();
        }
        record.attempts.retain(|attempt| self.is_whole(attempt));
        record.attempts.push(Attempt { verdict, ended: now(), serial: 0, outputs, shown, is_learned: false });
        self.records.insert(world.description(suite, case, trial), record);
    }

    /// Plays a build: what it executes, what stands then, how it ends.
    pub(crate) fn build(&mut self, world: &World, request: &Request) -> Expected {
        let mut expected = Expected::default();
        if request.verifies() {
            self.examine();
        }
        for suite in request.suites(world) {
            expected.reached.push(suite.name.clone());
            let ended = self.build_suite(world, suite, request, &mut expected);
            if ended {
                break;
            }
        }
        expected
    }

    /// `--verify` reads everything: what is damaged goes, and every attempt that is not whole.
    fn examine(&mut self) {
        self.blobs.retain(|_, is_good| *is_good);
        let mut records = std::mem::take(&mut self.records);
        records.retain(|_, record| {
            record.attempts.retain(|attempt| self.is_whole(attempt));
            !record.is_damaged && !record.attempts.is_empty()
        });
        self.records = records;
    }

    /// Says whether a failure ends the whole build.
    fn build_suite(
        &mut self,
        world: &World,
        suite: &Suite,
        request: &Request,
        expected: &mut Expected,
    ) -> bool {
        let mut ran = Vec::new();
        let first = self.plan(world, suite, request);
        let mut stopped = self.execute(world, suite, request, first, &mut ran, expected);
        // What is read for the reports and found damaged is lost, and run again at once.
        let unforced = Request { force: None, ..request.clone() };
        let ids = |stale: &[(Case, u32, Why)]| {
            stale.iter().map(|(case, trial, _)| (case.id.clone(), *trial)).collect::<BTreeSet<_>>()
        };
        loop {
            let before = ids(&self.plan(world, suite, &unforced));
            if !self.notice(world, suite) || stopped {
                break;
            }
            let stale = self.plan(world, suite, &unforced);
            let lost: BTreeSet<String> =
                ids(&stale).difference(&before).map(|(case, _)| case.clone()).collect();
            let again: Vec<_> = stale.into_iter().filter(|(case, _, _)| lost.contains(&case.id)).collect();
            if !again.is_empty() {
                stopped = self.execute(world, suite, request, again, &mut ran, expected);
            }
        }
        self.judge(world, suite, request, &ran, expected);
        stopped
    }

    /// Says whether a failure ends the build.
    fn execute(
        &mut self,
        world: &World,
        suite: &Suite,
        request: &Request,
        stale: Vec<(Case, u32, Why)>,
        ran: &mut Vec<(Case, u32)>,
        expected: &mut Expected,
    ) -> bool {
        for (case, trial, why) in stale {
            let mut is_warm = true;
            for warm_up in suite.warm_ups(case.test) {
                expected.warm_ups.insert((suite.name.clone(), warm_up.id.clone()));
                is_warm = Verdict::of(warm_up.fields.mode).is_reusable(false);
                if !is_warm {
                    break;
                }
            }
            if !is_warm {
                expected.exit = expected.exit.max(100);
                if request.keep_going {
                    continue;
                }
                return true;
            }
            let verdict = Verdict::of(case.fields.mode);
            self.keep(world, suite, (&case, trial), verdict);
            expected.runs.push(((suite.name.clone(), case.id.clone(), trial), why));
            ran.push((case, trial));
            if verdict == Verdict::Failed && !request.keep_going {
                return true;
            }
        }
        false
    }

    /// Reports read the shown blobs of every trial, selected or not; says whether any was damaged.
    fn notice(&mut self, world: &World, suite: &Suite) -> bool {
        let mut damaged = BTreeSet::new();
        for (case, trial) in suite.runs() {
            let allows_invalid = suite.tests[case.test].allows_invalid;
            let state = self.state(world, suite, &case, trial);
            let Some(record) = self.records.get(&world.description(suite, &case, trial)) else { continue };
            if record.is_damaged {
                continue;
            }
            let usable =
                |attempt: &&Attempt| attempt.verdict.is_reusable(allows_invalid) && self.is_whole(attempt);
            let shown = match state {
                State::Fresh(..) => record.attempts.iter().rev().find(usable),
                State::Stale(_) => record.attempts.last(),
            };
            let read = shown.into_iter().flat_map(|attempt| &attempt.shown);
            damaged.extend(read.filter(|digest| self.blobs.get(*digest) == Some(&false)).cloned());
        }
        self.blobs.retain(|digest, _| !damaged.contains(digest));
        !damaged.is_empty()
    }

    fn judge(
        &self,
        world: &World,
        suite: &Suite,
        request: &Request,
        ran: &[(Case, u32)],
        expected: &mut Expected,
    ) {
        for (case, trial) in suite.runs() {
            let test = &suite.tests[case.test];
            let did_run = ran.iter().any(|(other, number)| other.id == case.id && *number == trial);
            if !request.selects(suite, &case) {
                continue;
            }
            let verdict = match self.state(world, suite, &case, trial) {
                State::Fresh(verdict, _) => verdict,
                State::Stale(_) if did_run => Verdict::of(case.fields.mode),
                State::Stale(_) => continue,
            };
            let measured = verdict != Verdict::Failed && verdict.is_reusable(test.allows_invalid);
            // The fake counts 7 iterations, or none in an invalid run.
            let missed = |holds: bool| holds == (verdict == Verdict::Invalid);
            let gate = measured && test.expects.is_some_and(missed);
            let exit = verdict.exit(request.strict).max(if gate { 99 } else { 0 });
            expected.exit = expected.exit.max(exit);
        }
    }
}
