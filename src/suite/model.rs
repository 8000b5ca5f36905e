//! The model of a suite, before anything is expanded.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::axis::Axis;
use super::destination::Destination;
use super::layers::Layers;
use super::overrides::Overrides;
use super::payload::BuiltPayload;
use super::rules::Rules;
use super::setup::SetUp;
use crate::base::document::{Item, Table};
use crate::base::source::Place;
use crate::manifest::MaxAge;
use crate::spec::{Definition, Expectation, Sending, Watch, Window};

/// A suite: one file of tests.
#[derive(Debug, Clone)]
pub struct Suite {
    /// The file's name without folder and ending.
    pub name: String,
    /// The file, as shown.
    pub path: String,
    /// As written, or the name.
    pub title: String,
    /// As written, or empty.
    pub description: String,
    /// Which form the file has.
    pub form: Form,
    /// How its templates become scripts.
    pub rendering: Rendering,
    /// Metrics of the user's own.
    pub definitions: Vec<Definition>,
    /// Payloads that it builds.
    pub payloads: Vec<BuiltPayload>,
    /// The patterns by which axes list files, relative to the workspace.
    pub globs: Vec<String>,
    /// The tests in file order.
    pub tests: Vec<Test>,
    /// What the reader noticed and did not refuse.
    pub notes: Vec<String>,
    /// What profiles and the command line put over its tests.
    pub overrides: Arc<Overrides>,
    /// The numbers of those changes that reach none of its tests.
    pub unreached: BTreeSet<usize>,
}

/// The form in which a suite is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Howitzer's own, in TOML or JSON.
    Own,
    /// The ancestor's JSON.
    Legacy,
}

/// How templates become scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rendering {
    /// Howitzer's own way: a script stands where its template does.
    #[default]
    Own,
    /// The ancestor's: every key is a variable, `k6_opts` has its text, scripts stand in `render/`.
    Ancestor,
}

/// One entry of a suite.
#[derive(Debug, Clone)]
pub struct Test {
    /// Its name, unique in the suite.
    pub name: String,
    /// Where it is defined.
    pub place: Place,
    /// Free text.
    pub description: String,
    /// Load that counts, or load that only warms up.
    pub role: Role,
    /// The tests that come before it.
    pub after: Vec<(String, Place)>,
    /// How many trials each case has.
    pub repeat: u32,
    /// Where that stands, where it does.
    pub repeat_place: Option<Place>,
    /// In which order its runs execute.
    pub order: Order,
    /// How often a run that measured nothing is tried again at once.
    pub retries: u32,
    /// What is reused together.
    pub reuse: Reuse,
    /// `template`, `script`, `target`, `payload`, `base_url`, `model_name`, `inputs`, `vars`, `env` and `k6`, with the
    /// suite's defaults below them.
    pub fields: Table,
    /// What it was put together from; empty in the ancestor's form.
    pub layers: Layers,
    /// What lies over its fields in every case, whatever an axis sets.
    pub overrides: Vec<(Destination, Item)>,
    /// The settings among what lies over it, as they were read.
    pub set_settings: Vec<(Destination, Item)>,
    /// The axes; the last varies fastest.
    pub axes: Vec<Axis>,
    /// How their combinations become its cases.
    pub rules: Rules,
    /// Whether a profile or the command line gave its axes other values than the suite: what names a value may
    /// then match none.
    pub is_swept_anew: bool,
    /// What is done to the system under test for a value of an axis; the first is the outermost group of runs.
    pub set_ups: Vec<SetUp>,
    /// The most cases that it may explode into.
    pub max_cases: usize,
    /// The pause between two runs.
    pub cooldown: Duration,
    /// When a run is killed.
    pub timeout: TimeLimit,
    /// How old its records may be.
    pub max_age: Option<MaxAge>,
    /// Howitzer's own thresholds.
    pub expectations: Vec<Expectation>,
    /// Whether invalid runs are reused all the same.
    pub allow_invalid: bool,
    /// How its runs are watched.
    pub watch: Watch,
    /// What of them is sent while they go on.
    pub sending: Sending,
    /// Whether every sample of its runs is kept as k6 wrote it.
    pub keep_samples: bool,
    /// The part of a run that its statistics are of.
    pub window: Window,
}

impl Test {
    /// What keys hold of how its runs are watched: keeping samples means compressing them while the load is on.
    pub fn watch_key(&self) -> &'static str {
        if self.keep_samples { Watch::KEY_OF_KEPT_SAMPLES } else { self.watch.key(self.sending) }
    }

    /// For every set-up the place of its axis in `axes`; the suite's reader has seen to it that it has one.
    pub fn set_up_axes(&self) -> impl Iterator<Item = usize> {
        let place = |axis: &str| self.axes.iter().position(|other| other.name == axis);
        self.set_ups.iter().filter_map(move |set_up| place(&set_up.axis))
    }
}

/// What a test's load is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It is measured.
    Load,
    /// It precedes measurements and is never counted.
    WarmUp,
}

/// The order in which the runs of a test execute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Case by case as the suite declares them, all trials of a case together.
    #[default]
    Declared,
    /// By lot; the seed is printed and kept.
    Shuffled,
    /// The first trial of every case, then the second of every case, …
    Interleaved,
}

impl Order {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Declared, Self::Shuffled, Self::Interleaved];

    /// The word in suites and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Shuffled => "shuffled",
            Self::Interleaved => "interleaved",
        }
    }
}

/// What is reused together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reuse {
    /// Each trial by itself: statistics may stand on trials of different builds, and say so.
    #[default]
    Trial,
    /// All trials of a case: one stale trial makes all of them stale.
    Case,
}

/// When a run that is still going is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeLimit {
    /// Computed from the options.
    Auto,
    /// This long.
    Fixed(Duration),
}
