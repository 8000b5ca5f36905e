//! What `build` is told.

use clap::{Args, Command, FromArgMatches as _, ValueEnum};
use clap_complete::engine::ArgValueCandidates;

use super::{OutArgument, Suites, duration};
use crate::base::clock::Instant;
use crate::base::nearest::nearest;
use crate::cli::completions;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::loaded::Loaded;
use crate::execute::is_doubted;
use crate::expand::Selection;
use crate::manifest::Workspace;
use crate::plan::{Request, Rerun};

#[derive(Debug, Clone, Args)]
#[allow(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(in crate::cli) struct BuildArguments {
    #[command(flatten)]
    pub(in crate::cli) suites: Suites,
    #[command(flatten)]
    pub(in crate::cli) out: OutArgument,
    /// Print what would run and why; run nothing.
    #[arg(short = 'n', long)]
    pub(in crate::cli) dry_run: bool,
    /// With `-n` or `--check`, ask outside targets who they are: the answer is then exactly the build's.
    #[arg(long)]
    pub(in crate::cli) probe: bool,
    /// Run nothing; exit 6 if anything is stale.
    #[arg(long)]
    pub(in crate::cli) check: bool,
    /// Go on after a failed run.
    #[arg(short, long)]
    pub(in crate::cli) keep_going: bool,
    /// Execute nodes of the selected cases although they are fresh: runs, or scrapes, or renderings (whose
    /// inputs k6 is then asked about again).
    #[arg(long, value_name = "NODE", num_args = 0..=1, require_equals = true, default_missing_value = "run")]
    pub(in crate::cli) force: Option<Force>,
    /// Look at every output and at every blob of the store, and mend what is not right.
    #[arg(long)]
    pub(in crate::cli) verify: bool,
    /// Run again what was kept although its gate failed (`failed`), what may be wrong (`suspect`), what
    /// measured nothing (`invalid`), or the cases that a selector names.
    #[arg(long, value_name = "WHAT")]
    pub(in crate::cli) rerun: Vec<String>,
    /// How many trials each case has, whatever the suites say.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(in crate::cli) repeat: Option<u32>,
    /// The order in which the runs of each test execute, whatever the suites say.
    #[arg(long, value_name = "ORDER")]
    pub(in crate::cli) order: Option<Order>,
    /// What a shuffled order is drawn by; a new one each time unless given.
    #[arg(long, value_name = "N")]
    pub(in crate::cli) seed: Option<u32>,
    /// A suspect result ends the build with exit 100.
    #[arg(long)]
    pub(in crate::cli) strict: bool,
    /// Write what became of every selected case into this file, in the form of its ending: .md, .csv, .json, .html, .svg,
    /// or .xml for JUnit. May be given several times.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dry_run", "check"])]
    pub(in crate::cli) report: Vec<std::path::PathBuf>,
    /// How long a k6 that was asked to stop may take before it is killed.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub(in crate::cli) grace: std::time::Duration,
    /// Load this protected target all the same.
    #[arg(long, value_name = "TARGET", add = ArgValueCandidates::new(completions::targets))]
    pub(in crate::cli) allow: Vec<String>,
    /// Results must reach this `[export.NAME]`: where they do not, the build ends with exit 5. Without it, a failed
    /// sending is a warning.
    #[arg(long, value_name = "NAME", add = ArgValueCandidates::new(completions::exports))]
    pub(in crate::cli) export: Vec<String>,
    /// Send results nowhere, whatever `[export.NAME]` says.
    #[arg(long, conflicts_with = "export")]
    pub(in crate::cli) offline: bool,
    /// Do not wait for another build of this workspace.
    #[arg(long)]
    pub(in crate::cli) no_wait: bool,
}

/// What `watch` is told.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct WatchArguments {
    #[command(flatten)]
    pub(in crate::cli) suites: Suites,
    #[command(flatten)]
    pub(in crate::cli) out: OutArgument,
    /// Run what is stale; saves meanwhile are looked at after it.
    #[arg(long)]
    pub(in crate::cli) run: bool,
    /// With `--run`, go on after a failed run.
    #[arg(short, long, requires = "run")]
    pub(in crate::cli) keep_going: bool,
    /// With `--run`, load this protected target all the same.
    #[arg(long, value_name = "TARGET", requires = "run", add = ArgValueCandidates::new(completions::targets))]
    pub(in crate::cli) allow: Vec<String>,
}

impl WatchArguments {
    /// The build that runs what is stale.
    pub(in crate::cli) fn build(&self) -> BuildArguments {
        let command = BuildArguments::augment_args(Command::new("build")).no_binary_name(true);
        let untyped = command.get_matches_from(std::iter::empty::<&str>());
        BuildArguments {
            suites: self.suites.clone(),
            out: self.out.clone(),
            keep_going: self.keep_going,
            allow: self.allow.clone(),
            ..BuildArguments::from_arg_matches(&untyped).expect("every argument has a default")
        }
    }
}

/// The order of runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Order {
    Declared,
    Shuffled,
    Interleaved,
}

/// The kind of node that `--force` executes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Force {
    Render,
    Run,
    Scrape,
}

/// What `--allow` names must be there.
pub(in crate::cli) fn check_allowed(allow: &[String], workspace: &Workspace) -> Result<(), Failure> {
    let targets = &workspace.targets;
    let Some(name) = allow.iter().find(|name| !targets.contains_key(*name)) else { return Ok(()) };
    let near = nearest(name, targets.keys().map(String::as_str));
    let hint = near.map(|near| format!("\nhint: did you mean `{near}`?")).unwrap_or_default();
    Err(Failure::usage(format!("`--allow {name}`: there is no such target{hint}")))
}

impl BuildArguments {
    /// What is asked of a plan for `selection`.
    pub(in crate::cli) fn request(&self, selection: Selection) -> Request {
        Request {
            selection,
            force_run: self.force == Some(Force::Run),
            rerun: self.reruns(),
            order: self.order.map(Into::into),
            seed: self.seed.unwrap_or_else(|| Instant::now().milliseconds_of_day()),
            doubted: Some(is_doubted),
        }
    }

    /// What `--rerun` and `--allow` name must be there.
    pub(in crate::cli) fn check_names(&self, context: &Context, loaded: &[Loaded]) -> Result<(), Failure> {
        check_allowed(&self.allow, &context.workspace)?;
        for rerun in self.reruns() {
            if let Rerun::Cases(cases) = &rerun {
                context.check_selects(cases, loaded)?;
            }
        }
        Ok(())
    }

    fn reruns(&self) -> Vec<Rerun> {
        let rerun = |what: &String| match what.as_str() {
            "failed" => Rerun::Failed,
            "suspect" => Rerun::Suspect,
            "invalid" => Rerun::Invalid,
            selector => Rerun::Cases(Selection::of(vec![selector.to_owned()])),
        };
        self.rerun.iter().map(rerun).collect()
    }
}

impl From<Order> for crate::suite::Order {
    fn from(order: Order) -> Self {
        match order {
            Order::Declared => Self::Declared,
            Order::Shuffled => Self::Shuffled,
            Order::Interleaved => Self::Interleaved,
        }
    }
}
