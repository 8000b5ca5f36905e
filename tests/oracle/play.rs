//! One play: a world, its workspace and its oracle, step by step.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;

use crate::cases::Case;
use crate::drive::{Request, Run, Said, VERIFY, Workspace};
use crate::edit::edit;
use crate::fake::checksum;
use crate::oracle::{Expected, Oracle, Why};
use crate::random::Random;
use crate::world::{Suite, World};

pub(crate) struct Play {
    seed: u64,
    pub(crate) random: Random,
    pub(crate) world: World,
    pub(crate) oracle: Oracle,
    pub(crate) space: Workspace,
    /// Whether a file was damaged so that no stat of a folder shows it: until something else has the store
    /// looked at, it may go unnoticed.
    pub(crate) is_latent: bool,
    /// The suites whose outputs stay as they are but could not be made again: their journals were lost, which
    /// tell of older results, or the clock has jumped.
    pub(crate) unlike: BTreeSet<String>,
    /// How many builds were aborted.
    pub(crate) aborted: u64,
    last: Option<Request>,
    steps: Vec<String>,
    counts: BTreeMap<&'static str, usize>,
}

impl Play {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            random: Random(seed),
            world: World::first(),
            oracle: Oracle::default(),
            space: Workspace::new(),
            is_latent: false,
            unlike: BTreeSet::new(),
            aborted: 0,
            last: None,
            steps: Vec::new(),
            counts: BTreeMap::new(),
        }
    }

    pub(crate) fn counts(&self) -> String {
        let counts: Vec<String> = self.counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
        counts.join(", ")
    }

    pub(crate) fn count(&mut self, what: &'static str, more: usize) {
        *self.counts.entry(what).or_default() += more;
    }

    pub(crate) fn tell(&mut self, what: &str) {
        let _ = write!(self.steps.last_mut().expect("a step"), "; {what}");
    }

    /// Ends the play with everything that is needed to play it again.
    pub(crate) fn fail(&self, problem: &str, said: &Said) -> ! {
        let first = self.steps.len().saturating_sub(if std::env::var_os("HOWITZER_ORACLE_ALL").is_some() {
            usize::MAX
        } else {
            12
        });
        let steps = self.steps[first..].join("\n");
        let keep = self.space.keep(self.seed);
        panic!(
            "{problem}\n\nHOWITZER_ORACLE_SEED={} HOWITZER_ORACLE_STEPS={}, its last steps:\n{steps}\n\n\
             exit {:?}, standard error:\n{}\nkept in {}",
            self.seed,
            self.steps.len(),
            said.code,
            said.stderr,
            keep.display()
        )
    }

    #[track_caller]
    pub(crate) fn check(&self, holds: bool, said: &Said, problem: impl FnOnce() -> String) {
        if !holds {
            self.fail(&problem(), said);
        }
    }

    /// Edits, damages, builds, looks.
    pub(crate) fn step(&mut self) {
        self.steps.push(format!("step {}", self.steps.len() + 1));
        self.count("steps", 1);
        let before = self.world.clone();
        for _ in 0..[0, 1, 1, 1, 2, 3][self.random.below(6)] {
            let what = edit(&mut self.world, &mut self.random);
            self.tell(&what);
        }
        self.space.write(&self.world);
        if let Some(invalid) = self.world.suites.iter().find(|suite| is_invalid(&self.world, suite)).cloned()
        {
            self.refused(&invalid);
            self.world = before;
            self.space.write(&self.world);
            return;
        }
        let mut request = self.request();
        for _ in 0..[0, 0, 0, 1, 1, 2][self.random.below(6)] {
            let what = self.harm(&mut request);
            self.tell(&what);
        }
        let what = format!("{request:?}");
        self.tell(&what);
        if self.random.once_in(40) {
            self.nothing_selected(&request);
        }
        let planned = self.plan(&request);
        if planned > 0 && request.force.is_none() && self.random.once_in(6) {
            self.abort(&request);
        }
        self.build(&request);
        let unforced = Request { force: None, ..request };
        if self.random.once_in(2) {
            self.build(&unforced);
        } else {
            self.build_without_outputs(&unforced);
        }
    }

    /// Often the same as before: only then a stamp may answer.
    fn request(&mut self) -> Request {
        let last = self.last.clone().filter(|last| self.random.once_in(2) && last.selects_in(&self.world));
        let request = last.unwrap_or_else(|| self.new_request());
        self.last = Some(Request { force: None, ..request.clone() });
        request
    }

    fn new_request(&mut self) -> Request {
        let names: Vec<String> = self.world.suites.iter().map(|suite| suite.name.clone()).collect();
        let suites = match self.random.below(4) {
            0 => vec![names[0].clone()],
            1 => vec![names[1].clone()],
            _ => names,
        };
        let mut request = Request { suites, ..Request::default() };
        let cases: Vec<(String, Case)> = request.suites(&self.world).flat_map(with_names).collect();
        for _ in 0..[0, 0, 1, 1, 2][self.random.below(5)] {
            let (test, case) = self.random.of(&cases).clone();
            request.patterns.push(match self.random.below(5) {
                0 | 1 => case.id,
                2 => format!("{test}*"),
                3 => format!("*{}", case.id.split_once('[').map_or("", |(_, rest)| rest)),
                _ => test,
            });
        }
        request.keep_going = self.random.once_in(2);
        request.strict = self.random.once_in(8);
        if self.random.once_in(10) {
            request.force = Some(*self.random.of(&["--force", "--force=scrape", "--force=render", VERIFY]));
        }
        request
    }

    /// Two cases that are one measurement are refused, and nothing runs.
    fn refused(&mut self, suite: &Suite) {
        self.count("refused", 1);
        let request = Request { suites: vec![suite.name.clone()], ..Request::default() };
        for said in [self.space.plan(&self.world, &request), self.space.build(&self.world, &request)] {
            let told = said.stderr.contains("are one measurement");
            let holds = said.code == Some(3) && told && said.begun.is_empty();
            self.check(holds, &said, || format!("{} has two cases that are one measurement", suite.name));
        }
    }

    fn nothing_selected(&mut self, request: &Request) {
        let request = Request { patterns: vec!["nowhere[x=1]".to_owned()], ..request.clone() };
        for said in [self.space.plan(&self.world, &request), self.space.build(&self.world, &request)] {
            self.check(said.code == Some(4), &said, || "a pattern that selects nothing".to_owned());
        }
    }

    /// Compares the plan with the oracle's; says how many runs are planned.
    pub(crate) fn plan(&mut self, request: &Request) -> usize {
        let said = self.space.plan(&self.world, request);
        let (expected, planned) = (self.planned(request), said.plan());
        let may_be_quiet = self.is_latent && planned.is_empty();
        self.check(expected == planned || may_be_quiet, &said, || differs("-n plans", &expected, &planned));
        self.check(said.code == Some(0), &said, || "-n does not end with 0".to_owned());
        let silent = said.planned.iter().find(|(_, reason)| reason.is_empty());
        self.check(silent.is_none(), &said, || format!("planned without a reason: {silent:?}"));
        planned.len()
    }

    pub(crate) fn planned(&self, request: &Request) -> Vec<Run> {
        let mut seen = BTreeSet::new();
        let of_suite = |suite: &Suite| {
            let plan = self.oracle.plan(&self.world, suite, request);
            let first = |(case, trial, why): &(Case, u32, Why)| {
                // An earlier suite measures it first.
                seen.insert(self.world.description(suite, case, *trial)) || *why == Why::Forced
            };
            let plan: Vec<_> = plan.into_iter().filter(first).collect();
            plan.into_iter().map(|(case, trial, _)| (suite.name.clone(), case.id, trial)).collect::<Vec<_>>()
        };
        request.suites(&self.world).flat_map(of_suite).collect()
    }

    /// Builds, and compares everything with the oracle; says whether nothing was left to do.
    pub(crate) fn build(&mut self, request: &Request) -> bool {
        let _ = self.space.take_log();
        let said = self.space.build(&self.world, request);
        self.count("builds", 1);
        if self.is_latent && !request.verifies() && !said.wrote && said.begun.is_empty() {
            return true;
        }
        self.is_latent = false;
        let expected = self.oracle.build(&self.world, request);
        self.compare(&expected, &said);
        self.count("runs", expected.runs.len());
        let serials = self.look_at_log(&said);
        let is_quiet = expected.runs.is_empty() && expected.reached.len() == request.suites.len();
        let reached = Request { suites: expected.reached, ..request.clone() };
        if said.wrote {
            self.unlike.retain(|suite| !reached.suites.contains(suite));
        }
        self.learn(&reached, &said, &serials);
        self.look_at_results(&reached, &said);
        let replicas = self.space.read("state/replicas");
        self.check(replicas.as_deref() == Some("0\n"), &said, || format!("a set-up is left: {replicas:?}"));
        is_quiet
    }

    fn compare(&self, expected: &Expected, said: &Said) {
        let runs: Vec<Run> = expected.runs.iter().map(|(run, _)| run.clone()).collect();
        let told: Vec<&(Run, String)> = said.begun.iter().filter(|(run, _)| run.2 > 0).collect();
        let ran: Vec<Run> = told.iter().map(|(run, _)| run.clone()).collect();
        self.check(runs == ran, said, || differs("the build ran", &runs, &ran));
        for ((run, why), (_, reason)) in expected.runs.iter().zip(told) {
            self.check(is_said(*why, reason), said, || format!("{run:?}: {why:?} is said as `{reason}`"));
        }
        let warm_ups = said.begun.iter().filter(|(run, _)| run.2 == 0);
        let warm_ups: BTreeSet<_> =
            warm_ups.map(|((suite, test, _), _)| (suite.clone(), test.clone())).collect();
        self.check(warm_ups == expected.warm_ups, said, || {
            differs("warm-ups", &expected.warm_ups, &warm_ups)
        });
        let code = said.code == Some(i32::from(expected.exit));
        self.check(code, said, || format!("exit {:?} instead of {}", said.code, expected.exit));
    }

    /// What the fake ran is what the events say, with the scripts that the oracle knows. Returns the
    /// serials of the runs.
    fn look_at_log(&self, said: &Said) -> BTreeMap<Run, u64> {
        let log = self.space.take_log();
        let told = || format!("{} runs and warm-ups were told, k6 ran {}", said.begun.len(), log.len());
        self.check(log.len() == said.begun.len(), said, told);
        let mut serials = BTreeMap::new();
        for ((run, _), (serial, sum)) in said.begun.iter().zip(&log) {
            let (suite, case) = self.find(run);
            let script = self.world.script(suite, &case);
            let known = checksum(script.as_bytes()) == *sum;
            self.check(known, said, || format!("{run:?} ran another script than\n{script}"));
            serials.insert(run.clone(), *serial);
        }
        serials
    }

    pub(crate) fn find(&self, (suite, case, _): &Run) -> (&Suite, Case) {
        let suite = self.world.suites.iter().find(|other| other.name == *suite).expect("a suite");
        let case = suite.cases().into_iter().find(|other| other.id == *case);
        (suite, case.expect("a case"))
    }

    /// The outputs that a build makes from nothing are those that are there.
    fn build_without_outputs(&mut self, request: &Request) {
        let unlike = self.unlike.clone();
        let was_latent = self.is_latent;
        let before = self.space.snapshot("out");
        for suite in &request.suites {
            // A suite that no build has reached yet has none.
            let _ = fs::remove_dir_all(self.space.path(&format!("out/{suite}")));
        }
        if !self.build(request) || was_latent {
            return;
        }
        let after = self.space.snapshot("out");
        let names = || before.keys().chain(after.keys()).collect::<BTreeSet<_>>();
        let is_known = |name: &std::path::Path| {
            name.iter().nth(1).is_none_or(|suite| !unlike.contains(&*suite.to_string_lossy()))
        };
        let differing: Vec<_> = names()
            .into_iter()
            .filter(|name| is_known(name) && before.get(*name) != after.get(*name))
            .collect();
        self.check(differing.is_empty(), &Said::default(), || {
            let text = |files: &BTreeMap<_, Vec<u8>>| {
                files.get(differing[0]).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            };
            let (old, new) = (text(&before).unwrap_or_default(), text(&after).unwrap_or_default());
            let lines = old.lines().zip(new.lines()).filter(|(old, new)| old != new).take(3);
            let lines: Vec<String> = lines.map(|(old, new)| format!("{old}\ninstead of\n{new}")).collect();
            format!("{differing:?} are not those of a clean build:\n{}", lines.join("\n"))
        });
    }
}

fn with_names(suite: &Suite) -> Vec<(String, Case)> {
    suite.cases().into_iter().map(|case| (suite.tests[case.test].name.clone(), case)).collect()
}

/// Whether two cases are one measurement.
fn is_invalid(world: &World, suite: &Suite) -> bool {
    let runs = suite.runs();
    let all: BTreeSet<String> =
        runs.iter().map(|(case, trial)| world.description(suite, case, *trial)).collect();
    all.len() < runs.len()
}

/// Whether a reason has the word for what the oracle knows.
fn is_said(why: Why, reason: &str) -> bool {
    match why {
        Why::Damaged => reason.contains("record damaged") || reason.contains("record evicted"),
        Why::Unusable => reason.contains("last attempt"),
        Why::Expired => reason.contains("expired"),
        Why::Forced => reason == "forced",
        Why::Missing => {
            !reason.is_empty()
                && ["expired", "forced", "last attempt"].iter().all(|word| !reason.contains(word))
        }
    }
}

fn differs<T: std::fmt::Debug>(what: &str, expected: &T, found: &T) -> String {
    format!("{what}\n{found:?}\ninstead of\n{expected:?}")
}
