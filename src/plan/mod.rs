//! Graph, keys and store become a plan: which runs are fresh, which are stale and why, in which order.
//!
//! There is one planner. What `-n` prints is what `build` does, because `build` asks the same
//! function; it asks again when a target turns out to be another one than assumed.

mod circumstances;
mod compiled;
mod reuse;
mod sequence;
mod state;

pub use circumstances::{Certainty, Circumstances, TargetFacts, UNIDENTIFIED_MAX_AGE};
pub use compiled::Compiled;
pub use state::{Fresh, RunState, attempts, usable_attempt};

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use rayon::prelude::*;

use crate::base::digest::Digest;
use crate::base::mistake::{Mistake, Mistakes};
use crate::expand::Selection;
use crate::key::{Key, Reason, WarmUpInputs};
use crate::render::{Rendered, Shape};
use crate::result::Attempt;
use crate::store::{Journal, Present, Store, StoreError};
use crate::suite::{Order, Rendering, Role, Test};

/// What the user asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Which cases.
    pub selection: Selection,
    /// Whether runs execute although they are fresh.
    pub force_run: bool,
    /// Which fresh runs execute all the same.
    pub rerun: Vec<Rerun>,
    /// The order of all tests, if it is not what each says.
    pub order: Option<Order>,
    /// What a shuffle is drawn by.
    pub seed: u32,
    /// Tells which results are suspect by what only their scrape knows.
    pub doubted: Option<Doubted>,
}

/// Whether the scrape of an attempt of a case doubts it.
pub type Doubted = fn(&Store, &Compiled<'_>, usize, &Attempt) -> bool;

/// Fresh runs that are to execute again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rerun {
    /// Those whose gate failed: a threshold was crossed, or the script failed the run itself.
    Failed,
    /// Those that may be wrong.
    Suspect,
    /// Those that measured nothing and are reused because the suite allows it.
    Invalid,
    /// Those of these cases.
    Cases(Selection),
}

impl Rerun {
    /// What kind of results they are, in a word; none where cases were named.
    fn word(&self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Suspect => "suspect",
            Self::Invalid => "invalid",
            Self::Cases(_) => "",
        }
    }
}

impl Request {
    /// The same, asking for no run that is fresh.
    #[must_use]
    pub fn unforced(&self) -> Self {
        Self { force_run: false, rerun: Vec::new(), ..self.clone() }
    }
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
    /// Fresh or stale.
    pub state: RunState,
    /// Whether the user asked for it.
    pub selected: bool,
    /// How long the load is expected to take, where that is known.
    pub estimate: Option<Duration>,
    /// Whether its results count for [`UNIDENTIFIED_MAX_AGE`] only: nothing identifies its target, and
    /// nobody wrote a `max_age`.
    pub unidentified: bool,
}

/// The runs of a suite.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// All of them, case by case: every plan of a suite has them in the same places.
    pub runs: Vec<PlannedRun>,
    /// Their places in execution order.
    pub sequence: Vec<usize>,
    /// The seed of the shuffle, if any test of selected runs is shuffled.
    pub shuffled: Option<u32>,
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
    /// The selected runs that will execute, in execution order.
    pub fn to_run(&self) -> impl Iterator<Item = &PlannedRun> {
        self.in_sequence().filter(|run| run.selected && run.state.is_stale())
    }

    /// All runs in execution order.
    pub fn in_sequence(&self) -> impl Iterator<Item = &PlannedRun> {
        self.sequence.iter().map(|place| &self.runs[*place])
    }

    /// What a person needs to repeat the order of the runs.
    pub fn shuffle_note(&self) -> Option<String> {
        self.shuffled.map(|seed| format!("runs are shuffled; `--seed {seed}` repeats this order"))
    }

    /// Takes what an earlier suite of the same build will have measured as there, and adds what this one
    /// will measure to `coming`. What the user asked to run again runs in each suite.
    pub fn after(&mut self, coming: &mut HashSet<Key>) {
        let asked = |reason: &Reason| matches!(reason, Reason::Forced | Reason::Rerun(_));
        let is_stale = |run: &&mut PlannedRun| run.selected && run.state.is_stale();
        let mut added = Vec::new();
        for run in self.runs.iter_mut().filter(is_stale) {
            if coming.contains(&run.key) && !run.state.reasons().iter().any(asked) {
                run.state = RunState::Fresh(Fresh::coming());
            } else {
                added.push(run.key);
            }
        }
        coming.extend(added);
    }

    /// The selected runs whose results are reused.
    pub fn reused(&self) -> impl Iterator<Item = &Fresh> {
        self.runs.iter().filter(|run| run.selected).filter_map(|run| run.state.fresh())
    }

    /// What a person should know: that results of unidentified targets do not last.
    pub fn doubt(&self) -> Option<String> {
        self.runs.iter().any(|run| run.selected && run.unidentified).then(|| {
            "target unidentified: without an identity results count for 24h, unless `max_age` says otherwise"
                .to_owned()
        })
    }

    /// The fresh results in brief, for the next plan. Where an unusable attempt came later, the record
    /// says more than its brief.
    pub fn catalogue(&self) -> Vec<(Key, Fresh)> {
        let fresh = self.runs.iter().filter_map(|run| Some((run.key, *run.state.fresh()?)));
        fresh.filter(|(_, fresh)| fresh.is_newest).collect()
    }

    /// The expected time of load.
    pub fn estimate(&self) -> Duration {
        self.to_run().filter_map(|run| run.estimate).sum()
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
    let runs: Vec<(usize, u32)> = compiled.graph.runs().collect();
    let (shared, catalogue) =
        rayon::join(|| shared_digests(compiled, circumstances), || store.catalogue(&compiled.suite.name));
    // Without a catalogue many runs are looked up in lists; for a few, the store is asked directly.
    let lists = catalogue.is_none() && runs.len() > FEW;
    let present = lists.then(|| store.present()).transpose()?;
    let (present, catalogue) = (present.as_ref(), catalogue.as_ref());
    let planner = Planner { compiled, circumstances, store, present, catalogue, journal, request, shared };
    let runs = runs
        .into_par_iter()
        .with_min_len(64)
        .map(|(case, trial)| planner.run(case, trial))
        .collect::<Result<Vec<_>, StoreError>>()?;
    check_distinct(compiled, &runs)?;
    let runs = reuse::together(compiled, runs);
    let sequence = sequence::sequence(compiled, &runs, request);
    let is_shuffled =
        |run: &PlannedRun| sequence::order_of(compiled.test(run.case), request) == Order::Shuffled;
    let shuffled = runs.iter().any(|run| run.selected && run.state.is_stale() && is_shuffled(run));
    Ok(Plan { runs, sequence, shuffled: shuffled.then_some(request.seed) })
}

/// Up to this many runs the store is asked for each file.
const FEW: usize = 256;

/// For each case, the digest of what all cases of its test and shape share; computed once for all of them.
fn shared_digests(compiled: &Compiled<'_>, circumstances: &Circumstances<'_>) -> Vec<Digest> {
    let tests = 0..compiled.suite.tests.len();
    let warm_ups: Vec<Vec<WarmUpInputs>> = tests.map(|test| circumstances.warm_ups(compiled, test)).collect();
    let mut known: HashMap<(usize, *const Shape), Digest> = HashMap::new();
    let digest = |(case, rendered): (usize, &Rendered)| {
        let test = compiled.cases[case].test;
        let compute = || circumstances.shared_digest(compiled, case, &warm_ups[test]);
        *known.entry((test, std::ptr::from_ref(&*rendered.shape))).or_insert_with(compute)
    };
    compiled.rendered.iter().enumerate().map(digest).collect()
}

/// What every run is asked.
struct Planner<'a> {
    compiled: &'a Compiled<'a>,
    circumstances: &'a Circumstances<'a>,
    store: &'a Store,
    present: Option<&'a Present>,
    catalogue: Option<&'a HashMap<Key, Fresh>>,
    journal: &'a Journal,
    request: &'a Request,
    shared: Vec<Digest>,
}

impl Planner<'_> {
    fn run(&self, case: usize, trial: u32) -> Result<PlannedRun, StoreError> {
        let Self { compiled, circumstances, .. } = self;
        let shared = &self.shared[case];
        let key = circumstances.key(compiled, shared, case, trial);
        let selected = self.request.selection.selects(compiled.suite, &compiled.cases[case]);
        let hint = self.journal.get(&compiled.cases[case].id, trial);
        let question = state::Question {
            compiled,
            circumstances,
            present: self.present,
            catalogue: self.catalogue,
            case,
            trial,
            key,
            hint,
            forced: self.request.force_run && selected,
            rerun: if selected { &self.request.rerun } else { &[] },
            doubted: self.request.doubted,
        };
        let state = question.answer(self.store)?;
        let hinted = hint.map(|hint| Duration::from_secs_f64(hint.wall_seconds.max(0.0)));
        let estimate = compiled.rendered[case].expected.or(hinted);
        let unidentified = circumstances.is_unidentified(compiled, case);
        Ok(PlannedRun { case, trial, key, state, selected, estimate, unidentified })
    }
}

/// Two cases with one key would be one measurement under two names. The ancestor's suites get a note instead.
fn check_distinct(compiled: &Compiled<'_>, runs: &[PlannedRun]) -> Result<(), PlanError> {
    if compiled.suite.rendering == Rendering::Ancestor {
        return Ok(());
    }
    let mut by_key: Vec<(Key, usize)> = runs.iter().map(|run| (run.key, run.case)).collect();
    by_key.par_sort_unstable();
    let equal = by_key.windows(2).filter(|pair| pair[0].0 == pair[1].0).min_by_key(|pair| pair[1].1);
    let Some([(_, one), (_, two)]) = equal else { return Ok(()) };
    let (one, two) = (&compiled.cases[*one], &compiled.cases[*two]);
    let message = format!("`{}` and `{}` are one measurement: nothing that is run differs", one.id, two.id);
    let mistake = Mistake::at(&compiled.suite.tests[two.test].place, message);
    let mistake = if one.test == two.test {
        mistake
            .label("an axis of this test reaches neither the script nor its inputs")
            .hint("print it in the template or in a set-up, or remove the axis")
    } else {
        mistake
            .label("the same script, inputs, environment and target as an earlier test")
            .hint("remove one of them")
    };
    Err(Mistakes::from(mistake).into())
}

/// Whether a test's runs are measured.
pub fn is_measured(test: &Test) -> bool {
    test.role == Role::Load
}
