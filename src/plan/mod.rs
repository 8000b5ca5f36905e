//! Graph, keys and store become a plan: which runs are fresh, which are stale and why, in which order.
//!
//! There is one planner. What `-n` prints is what `build` does, because `build` asks the same
//! function; it asks again when a target turns out to be another one than assumed.

mod state;

pub use state::{RunState, attempts};

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use crate::base::clock::Instant;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::preimage::Preimage;
use crate::expand::{Case, Selection};
use crate::graph::Graph;
use crate::key::{self, Key, RunInputs, TargetInputs, WarmUpInputs};
use crate::manifest::{EnvironmentValue, MaxAge};
use crate::render::Rendered;
use crate::result::Attempt;
use crate::spec::wall;
use crate::store::{Journal, Store, StoreError};
use crate::suite::{Form, Role, Suite, Test, TimeLimit};

/// How runs are watched in this version: the end-of-test summary with howitzer's statistics.
pub const WATCH: &str = "summary/1";

/// Without an identity of the target, results are trusted this long.
pub const UNIDENTIFIED_MAX_AGE: Duration = Duration::from_hours(24);

/// A suite, expanded and rendered: what planning and execution look at.
pub struct Compiled<'a> {
    /// The suite.
    pub suite: &'a Suite,
    /// Its cases.
    pub cases: &'a [Case],
    /// Its graph.
    pub graph: &'a Graph,
    /// The rendering of every case, by the case's index.
    pub rendered: &'a [Rendered],
}

/// What the plan stands on beside the suite.
pub struct Circumstances<'a> {
    /// k6's identity.
    pub k6: &'a [String],
    /// The targets by name.
    pub targets: &'a BTreeMap<String, TargetFacts>,
    /// The load generator's class.
    pub class: &'a str,
    /// What turns a declared environment variable into what keys may hold.
    pub shown_environment: &'a dyn Fn(&str, &EnvironmentValue) -> String,
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

/// What the user asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Which cases.
    pub selection: Selection,
    /// Whether runs execute although they are fresh.
    pub force_run: bool,
}

/// One trial of one case, with its key and what is to become of it.
#[derive(Debug, Clone)]
pub struct PlannedRun {
    /// The case's index.
    pub case: usize,
    /// From 1.
    pub trial: u32,
    /// The key.
    pub key: Key,
    /// What the key is made of.
    pub preimage: Preimage,
    /// Fresh or stale.
    pub state: RunState,
    /// Whether the user asked for it.
    pub selected: bool,
    /// How long the load is expected to take.
    pub estimate: Duration,
}

/// The runs of a suite in execution order.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// All of them.
    pub runs: Vec<PlannedRun>,
}

/// A plan that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The suite gives two cases that are one.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Plan {
    /// The selected runs that will execute.
    pub fn to_run(&self) -> impl Iterator<Item = &PlannedRun> {
        self.runs.iter().filter(|run| run.selected && run.state.is_stale())
    }

    /// The expected time of load.
    pub fn estimate(&self) -> Duration {
        self.to_run().map(|run| run.estimate).sum()
    }

    /// How many cases there are, how many of them have no stale selected run, and how many have one.
    pub fn counts(&self) -> (usize, usize, usize) {
        let mut stale_by_case: BTreeMap<usize, bool> = BTreeMap::new();
        for run in self.runs.iter().filter(|run| run.selected) {
            *stale_by_case.entry(run.case).or_default() |= run.state.is_stale();
        }
        let stale = stale_by_case.values().filter(|stale| **stale).count();
        (stale_by_case.len(), stale_by_case.len() - stale, stale)
    }
}

/// Makes the plan.
pub fn plan(
    compiled: &Compiled<'_>,
    circumstances: &Circumstances<'_>,
    store: &Store,
    journal: &Journal,
    request: &Request,
) -> Result<Plan, PlanError> {
    let mut runs = Vec::new();
    for (case, trial) in compiled.graph.runs() {
        let preimage = preimage_of(compiled, circumstances, case, trial);
        let test = &compiled.suite.tests[compiled.cases[case].test];
        let selected = request.selection.selects(compiled.suite, &compiled.cases[case]);
        let key = preimage.digest();
        let question = state::Question {
            key,
            preimage: &preimage,
            provenance: key::provenance(&compiled.rendered[case]),
            hint: journal.get(&compiled.cases[case].id, trial),
            max_age: max_age(test, target_of(compiled, circumstances, case)),
            longest: longest(test, &compiled.rendered[case]),
            allow_invalid: test.allow_invalid,
            forced: request.force_run && selected,
        };
        let state = question.answer(store)?;
        let hinted = question.hint.map(|hint| Duration::from_secs_f64(hint.wall_seconds.max(0.0)));
        let estimate = wall::expected(&compiled.rendered[case].options).or(hinted).unwrap_or_default();
        runs.push(PlannedRun { case, trial, key, preimage, state, selected, estimate });
    }
    check_distinct(compiled, &runs)?;
    Ok(Plan { runs })
}

/// The longest a run of this test may take.
pub fn longest(test: &Test, rendered: &Rendered) -> Duration {
    match test.timeout {
        TimeLimit::Auto => wall::longest(&rendered.options),
        TimeLimit::Fixed(limit) => limit,
    }
}

/// The facts of a case's target, if it has one.
pub fn target_of<'c>(
    compiled: &Compiled<'_>,
    circumstances: &Circumstances<'c>,
    case: usize,
) -> Option<&'c TargetFacts> {
    circumstances.targets.get(target_name(&compiled.rendered[case])?)
}

/// The name of the target that a rendered case loads.
pub fn target_name(rendered: &Rendered) -> Option<&str> {
    rendered.fields.get("target")?.as_str()
}

/// When a reused attempt stops being usable, if ever.
pub fn expiry_of(
    compiled: &Compiled<'_>,
    circumstances: &Circumstances<'_>,
    case: usize,
    attempt: &Attempt,
) -> Option<Instant> {
    let test = &compiled.suite.tests[compiled.cases[case].test];
    max_age(test, target_of(compiled, circumstances, case)).map(|limit| attempt.ended.plus(limit))
}

fn max_age(test: &Test, target: Option<&TargetFacts>) -> Option<Duration> {
    let unidentified = target.is_none_or(|target| target.certainty == Certainty::Unidentified);
    match test.max_age {
        Some(MaxAge::Never) => None,
        Some(MaxAge::Limit(limit)) => Some(limit),
        None => unidentified.then_some(UNIDENTIFIED_MAX_AGE),
    }
}

fn preimage_of(
    compiled: &Compiled<'_>,
    circumstances: &Circumstances<'_>,
    case: usize,
    trial: u32,
) -> Preimage {
    let rendered = &compiled.rendered[case];
    let warm_ups = warm_ups_of(compiled, case);
    key::run_preimage(&RunInputs {
        script: rendered.digest,
        inputs: &rendered.inputs,
        k6: circumstances.k6,
        environment: &shown_environment(compiled, circumstances, case),
        target: target_of(compiled, circumstances, case).map(|target| &target.inputs),
        warm_ups: &warm_ups,
        class: circumstances.class,
        watch: WATCH,
        trial,
    })
}

fn shown_environment(
    compiled: &Compiled<'_>,
    circumstances: &Circumstances<'_>,
    case: usize,
) -> BTreeMap<String, String> {
    let declared = declared_environment(compiled, case);
    declared
        .iter()
        .map(|(name, value)| (name.clone(), (circumstances.shown_environment)(name, value)))
        .collect()
}

/// The environment variables that a case declares.
pub fn declared_environment(compiled: &Compiled<'_>, case: usize) -> BTreeMap<String, EnvironmentValue> {
    let case = &compiled.cases[case];
    let fields = case.fields(&compiled.suite.tests[case.test]);
    // Their form was checked when the suite was read.
    fields.get("env").and_then(|entry| crate::manifest::environment(&entry.item).ok()).unwrap_or_default()
}

/// The cases (one each) of the warm-ups that precede a case.
pub fn warm_up_cases(compiled: &Compiled<'_>, case: usize) -> Vec<usize> {
    let tests = compiled.graph.order().warm_ups_of(compiled.cases[case].test);
    tests.iter().filter_map(|test| compiled.cases.iter().position(|other| other.test == *test)).collect()
}

fn warm_ups_of(compiled: &Compiled<'_>, case: usize) -> Vec<WarmUpInputs> {
    let inputs = |warm_up: usize| WarmUpInputs {
        name: compiled.suite.tests[compiled.cases[warm_up].test].name.clone(),
        script: compiled.rendered[warm_up].digest,
        inputs: compiled.rendered[warm_up].inputs.clone(),
    };
    warm_up_cases(compiled, case).into_iter().map(inputs).collect()
}

/// Two cases with one key would be one measurement under two names. The ancestor's suites get a note instead.
fn check_distinct(compiled: &Compiled<'_>, runs: &[PlannedRun]) -> Result<(), PlanError> {
    if compiled.suite.form == Form::Legacy {
        return Ok(());
    }
    let mut first: HashMap<Key, usize> = HashMap::with_capacity(runs.len());
    for run in runs {
        if let Some(other) = first.insert(run.key, run.case) {
            let (one, two) = (&compiled.cases[other], &compiled.cases[run.case]);
            let test = &compiled.suite.tests[two.test];
            let message = format!("`{}` and `{}` render to the same script", one.id, two.id);
            let mistake = Mistake::at(&test.place, message)
                .label("an axis of this test reaches neither the script nor its inputs");
            return Err(Mistakes::from(mistake.hint("print it in the template, or remove the axis")).into());
        }
    }
    Ok(())
}

/// Whether a test's runs are measured.
pub fn is_measured(test: &Test) -> bool {
    test.role == Role::Load
}
