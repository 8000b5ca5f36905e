//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::engine::{ArgValueCandidates, ArgValueCompleter};

use super::completions;
use super::context::{Context, Loaded};
use super::failure::Failure;
use crate::base::clock::Instant;
use crate::base::environment::Environment;
use crate::base::nearest::nearest;
use crate::execute::is_doubted;
use crate::expand::Selection;
use crate::manifest::Workspace;
use crate::plan::{Request, Rerun};

/// A build tool for k6 load tests: declarative sweeps, content-hashed reuse, one load test at a time.
#[derive(Debug, Parser)]
#[command(name = "howitzer", version, arg_required_else_help = true)]
pub(super) struct Arguments {
    /// Work as if started in this folder.
    #[arg(short = 'C', long = "directory", value_name = "DIR", default_value = ".", global = true)]
    pub(super) directory: PathBuf,
    /// Keep results in this folder instead of `.howitzer` in the workspace.
    #[arg(long = "store", value_name = "DIR", global = true)]
    pub(super) store: Option<PathBuf>,
    /// Print errors only.
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
    /// Print more: every reason, every cached case.
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,
    /// When to use colour.
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub(super) color: When,
    /// How events are printed: for people, or as one JSON object a line on standard output.
    #[arg(long, value_name = "FORMAT", default_value = "human", global = true)]
    pub(super) message_format: MessageFormat,
    /// What to do.
    #[command(subcommand)]
    pub(super) verb: Verb,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum MessageFormat {
    Human,
    Ndjson,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Run what is stale and write every output.
    Build(BuildArguments),
    /// List the cases; with `--trace` also where each of their fields comes from.
    List(ListArguments),
    /// Render every script, and build every payload, into `out/` without running anything.
    Render(RenderArguments),
    /// Say which cases are fresh and which are stale, without asking targets.
    Status(Suites),
    /// Say why cases are stale or why they last ran, old and new value side by side.
    Explain(ExplainArguments),
    /// Draw the graph.
    Graph(GraphArguments),
    /// Remove the outputs of suites, and with `--results` all results.
    Clean(CleanArguments),
    /// Make a suite of a JSON file with `test_configs`: lists become the matrix.
    Import(ImportArguments),
    /// Remove results beyond limits, and what no result needs.
    Gc(GcArguments),
    /// Count or check what is in the store.
    #[command(subcommand)]
    Cache(CacheVerb),
    /// Make a workspace that builds at once.
    Init(InitArguments),
    /// Print what a shell evaluates to complete commands, suites, tests and cases.
    Completions(CompletionsArguments),
    /// Print the JSON Schema of suites, of howitzer.toml or of results.json, for editors and programs.
    Schema(SchemaArguments),
    /// Print the manual page.
    Man(ManArguments),
    /// Say which k6 is found, and from where; with `--observer URL`, what watching costs it on this machine.
    Doctor(DoctorArguments),
}

/// Suites, and patterns that select some of their cases.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Suites {
    /// Suites by path or name; anything else selects cases: an id, a test's name, or a pattern with `*` and `?`.
    #[arg(value_name = "SELECTOR", add = ArgValueCompleter::new(completions::selectors))]
    pub(super) selectors: Vec<String>,
    /// Put `[profile.NAME]` of howitzer.toml over every test; of several the last is on top.
    #[arg(short = 'P', long, value_name = "NAME")]
    pub(super) profile: Vec<String>,
    /// Set a field of every test, over everything: `k6.duration=2s`. A swept field is left with this one value.
    #[arg(long, value_name = "FIELD=VALUE")]
    pub(super) set: Vec<String>,
    /// Give an axis these values, or sweep one more field: `vus=1,2,4` or `vus={from=1,to=8,factor=2}`.
    #[arg(long, value_name = "NAME=VALUES")]
    pub(super) axis: Vec<String>,
    /// Select the cases for which this holds: `vus>4`, `payload=one.json`, or a tera expression over the axes.
    #[arg(long = "where", value_name = "EXPR")]
    pub(super) conditions: Vec<String>,
}

#[derive(Debug, Clone, Args)]
pub(super) struct ListArguments {
    #[command(flatten)]
    pub(super) suites: Suites,
    /// Print every field of each case with the layer, file and line it comes from.
    #[arg(long)]
    pub(super) trace: bool,
    /// `human` prints an id a line, with `-v` its state too; `json` prints ids, axes and states.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: ListFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    Human,
    Json,
}

/// Where outputs stand.
#[derive(Debug, Clone, Args)]
pub(super) struct OutArgument {
    /// The folder of outputs instead of `out/<suite>`, for one suite; what else stands there is left alone.
    #[arg(long = "out", value_name = "DIR")]
    pub(super) folder: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub(super) struct RenderArguments {
    #[command(flatten)]
    pub(super) suites: Suites,
    #[command(flatten)]
    pub(super) out: OutArgument,
}

#[derive(Debug, Clone, Args)]
pub(super) struct ImportArguments {
    /// The JSON file.
    #[arg(value_name = "OLD.json")]
    pub(super) file: PathBuf,
    /// Where the suite is written; else it is printed.
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Overwrite the file.
    #[arg(long, requires = "output")]
    pub(super) force: bool,
    /// Compare the scripts of both, byte by byte; a file that is there already is compared as it is.
    #[arg(long)]
    pub(super) verify: bool,
}

#[derive(Debug, Clone, Args)]
#[allow(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(super) struct BuildArguments {
    #[command(flatten)]
    pub(super) suites: Suites,
    #[command(flatten)]
    pub(super) out: OutArgument,
    /// Print what would run and why; run nothing.
    #[arg(short = 'n', long)]
    pub(super) dry_run: bool,
    /// With `-n` or `--check`, ask outside targets who they are: the answer is then exactly the build's.
    #[arg(long)]
    pub(super) probe: bool,
    /// Run nothing; exit 6 if anything is stale.
    #[arg(long)]
    pub(super) check: bool,
    /// Go on after a failed run.
    #[arg(short, long)]
    pub(super) keep_going: bool,
    /// Execute nodes of the selected cases although they are fresh: runs, or scrapes, or renderings (whose
    /// inputs k6 is then asked about again).
    #[arg(long, value_name = "NODE", num_args = 0..=1, require_equals = true, default_missing_value = "run")]
    pub(super) force: Option<Force>,
    /// Look at every output and at every blob of the store, and mend what is not right.
    #[arg(long)]
    pub(super) verify: bool,
    /// Run again what was kept although its gate failed (`failed`), what may be wrong (`suspect`), what
    /// measured nothing (`invalid`), or the cases that a selector names.
    #[arg(long, value_name = "WHAT")]
    pub(super) rerun: Vec<String>,
    /// How many trials each case has, whatever the suites say.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) repeat: Option<u32>,
    /// The order in which the runs of each test execute, whatever the suites say.
    #[arg(long, value_name = "ORDER")]
    pub(super) order: Option<Order>,
    /// What a shuffled order is drawn by; a new one each time unless given.
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u32>,
    /// A suspect result ends the build with exit 100.
    #[arg(long)]
    pub(super) strict: bool,
    /// How long a k6 that was asked to stop may take before it is killed.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub(super) grace: std::time::Duration,
    /// Load this protected target all the same.
    #[arg(long, value_name = "TARGET", add = ArgValueCandidates::new(completions::targets))]
    pub(super) allow: Vec<String>,
    /// Do not wait for another build of this workspace.
    #[arg(long)]
    pub(super) no_wait: bool,
}

/// The order of runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Order {
    Declared,
    Shuffled,
    Interleaved,
}

/// The kind of node that `--force` executes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Force {
    Render,
    Run,
    Scrape,
}

#[derive(Debug, Clone, Args)]
pub(super) struct ExplainArguments {
    #[command(flatten)]
    pub(super) suites: Suites,
    /// Say what differs between two runs: ids such as `grpc[vus=1]` or `grpc[vus=1]@2`, or keys.
    #[arg(long, num_args = 2, value_names = ["A", "B"])]
    pub(super) diff: Vec<String>,
}

#[derive(Debug, Clone, Args)]
pub(super) struct GraphArguments {
    #[command(flatten)]
    pub(super) suites: Suites,
    /// How it is drawn.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: GraphFormat,
    /// How fine it is.
    #[arg(long, value_name = "LEVEL", default_value = "test")]
    pub(super) level: GraphLevel,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum GraphFormat {
    Text,
    Dot,
    Mermaid,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum GraphLevel {
    Suite,
    Test,
    Case,
    Node,
}

#[derive(Debug, Clone, Args)]
pub(super) struct DoctorArguments {
    /// Measure what each way of watching a run costs here: k6 loads this address with GET, at saturation and below,
    /// unwatched and in every way that `watch` can have, in rounds. About a minute and a half of load.
    #[arg(long, value_name = "URL")]
    pub(super) observer: Option<String>,
    /// How often each way has its turn.
    #[arg(long, value_name = "N", default_value_t = 6, requires = "observer",
        value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub(super) rounds: u32,
    /// How long each load lasts.
    #[arg(long, value_name = "DURATION", default_value = "2s", requires = "observer", value_parser = load_duration)]
    pub(super) duration: std::time::Duration,
    /// How many virtual users saturate.
    #[arg(long, value_name = "N", default_value_t = 10, requires = "observer",
        value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) vus: u32,
    /// Requests per second below saturation, for p95 and p99; a fifth of what saturation shows unless given.
    #[arg(long, value_name = "N", requires = "observer", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) rate: Option<u32>,
    /// What the order within each round is drawn by; a new one each time unless given.
    #[arg(long, value_name = "N", requires = "observer")]
    pub(super) seed: Option<u32>,
    /// Load this protected target all the same.
    #[arg(long, value_name = "TARGET", requires = "observer")]
    pub(super) allow: Vec<String>,
    /// Do not wait for another load on this machine.
    #[arg(long, requires = "observer")]
    pub(super) no_wait: bool,
}

#[derive(Debug, Clone, Args)]
pub(super) struct CleanArguments {
    /// Suites by path or name.
    #[arg(value_name = "SUITE")]
    pub(super) suites: Vec<String>,
    #[command(flatten)]
    pub(super) out: OutArgument,
    /// Remove the store as well: every result is lost.
    #[arg(long)]
    pub(super) results: bool,
}

#[derive(Debug, Clone, Args)]
pub(super) struct GcArguments {
    /// Remove results that ended longer ago.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) max_age: Option<std::time::Duration>,
    /// Remove the oldest results until the store is no larger than this.
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    pub(super) max_size: Option<u64>,
    /// Remove what was moved aside as damaged as well.
    #[arg(long)]
    pub(super) damaged: bool,
    /// Print what would go; remove nothing.
    #[arg(short = 'n', long)]
    pub(super) dry_run: bool,
}

#[derive(Debug, Clone, Subcommand)]
pub(super) enum CacheVerb {
    /// Count results, attempts and blobs, and what `gc` would free.
    Stats,
    /// Read everything and check it; exit 1 if anything is wrong.
    Verify(VerifyArguments),
}

#[derive(Debug, Clone, Args)]
pub(super) struct VerifyArguments {
    /// Move what is bad aside; its runs are stale then.
    #[arg(long)]
    pub(super) repair: bool,
}

#[derive(Debug, Clone, Args)]
pub(super) struct InitArguments {
    /// The folder, made where there is none.
    #[arg(value_name = "FOLDER", default_value = ".")]
    pub(super) folder: PathBuf,
    /// What is loaded: a page over HTTP, a gRPC server, or a model behind the Open Inference Protocol.
    #[arg(long, value_name = "WHAT", default_value = "http")]
    pub(super) template: Starter,
    /// A k6 script below FOLDER, which is neither moved nor changed: a suite sweeps it as it is.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["template", "url", "model"])]
    pub(super) script: Option<PathBuf>,
    /// Where the server listens: http://HOST:PORT, for gRPC HOST:PORT. Without one, `http` loads a server of its own.
    #[arg(long, value_name = "URL")]
    pub(super) url: Option<String>,
    /// The model to ask, for `kserve`.
    #[arg(long, value_name = "NAME")]
    pub(super) model: Option<String>,
}

/// What a new workspace begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Starter {
    Http,
    Grpc,
    Kserve,
}

#[derive(Debug, Clone, Args)]
pub(super) struct CompletionsArguments {
    /// For which shell.
    #[arg(value_name = "SHELL")]
    pub(super) shell: Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

impl Shell {
    /// The name by which clap's engine knows it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Elvish => "elvish",
            Self::Fish => "fish",
            Self::Powershell => "powershell",
            Self::Zsh => "zsh",
        }
    }
}

#[derive(Debug, Clone, Args)]
pub(super) struct SchemaArguments {
    /// Of which file.
    #[arg(value_name = "FILE")]
    pub(super) of: SchemaOf,
    /// Write it into this file.
    #[arg(short, long, value_name = "PATH")]
    pub(super) output: Option<PathBuf>,
}

/// The files that have a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaOf {
    Suite,
    Workspace,
    Results,
}

#[derive(Debug, Clone, Args)]
pub(super) struct ManArguments {
    /// Write the pages of all commands into this folder.
    #[arg(short, long, value_name = "FOLDER")]
    pub(super) output: Option<PathBuf>,
}

fn bytes(text: &str) -> Result<u64, String> {
    crate::base::bytes::parse(text).ok_or_else(|| "expected a size such as 500MiB or 2GB".to_owned())
}

fn duration(text: &str) -> Result<std::time::Duration, String> {
    crate::base::duration::parse(text).ok_or_else(|| "expected a duration such as 30s".to_owned())
}

/// k6 takes no shorter one.
const SHORTEST_LOAD: std::time::Duration = std::time::Duration::from_secs(1);

fn load_duration(text: &str) -> Result<std::time::Duration, String> {
    let read = duration(text)?;
    if read < SHORTEST_LOAD || read > std::time::Duration::from_hours(1) {
        return Err("expected a duration from 1s to 1h".to_owned());
    }
    Ok(read)
}

/// What `--allow` names must be there.
pub(super) fn check_allowed(allow: &[String], workspace: &Workspace) -> Result<(), Failure> {
    let targets = &workspace.targets;
    let Some(name) = allow.iter().find(|name| !targets.contains_key(*name)) else { return Ok(()) };
    let near = nearest(name, targets.keys().map(String::as_str));
    let hint = near.map(|near| format!("\nhint: did you mean `{near}`?")).unwrap_or_default();
    Err(Failure::usage(format!("`--allow {name}`: there is no such target{hint}")))
}

impl BuildArguments {
    /// What is asked of a plan for `selection`.
    pub(super) fn request(&self, selection: Selection) -> Request {
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
    pub(super) fn check_names(&self, context: &Context, loaded: &[Loaded]) -> Result<(), Failure> {
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

impl Arguments {
    pub(super) fn wants_color(&self, environment: &Environment) -> bool {
        use std::io::IsTerminal;
        match self.color {
            When::Always => true,
            When::Never => false,
            When::Auto => environment.get("NO_COLOR").is_none() && std::io::stderr().is_terminal(),
        }
    }
}

impl From<GraphFormat> for crate::report::drawing::Format {
    fn from(format: GraphFormat) -> Self {
        match format {
            GraphFormat::Text => Self::Text,
            GraphFormat::Dot => Self::Dot,
            GraphFormat::Mermaid => Self::Mermaid,
            GraphFormat::Json => Self::Json,
        }
    }
}

impl From<GraphLevel> for crate::report::drawing::Level {
    fn from(level: GraphLevel) -> Self {
        match level {
            GraphLevel::Suite => Self::Suite,
            GraphLevel::Test => Self::Test,
            GraphLevel::Case => Self::Case,
            GraphLevel::Node => Self::Node,
        }
    }
}
