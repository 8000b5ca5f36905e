//! What can be typed: a file for what belongs together.

mod begin;
mod build;
mod doctor;
mod export;
mod graph;
mod report;
mod store;
mod suites;

pub(in crate::cli) use begin::{
    CompletionsArguments, InitArguments, ManArguments, SchemaArguments, SchemaOf, Starter,
};
pub(in crate::cli) use build::{BuildArguments, Force, WatchArguments, check_allowed};
pub(in crate::cli) use doctor::DoctorArguments;
pub(in crate::cli) use export::ExportArguments;
pub(in crate::cli) use graph::{ExplainArguments, GraphArguments};
pub(in crate::cli) use report::ReportArguments;
pub(in crate::cli) use store::{CacheVerb, CleanArguments, GcArguments, VerifyArguments};
pub(in crate::cli) use suites::{
    ImportArguments, ListArguments, ListFormat, OutArgument, RenderArguments, Suites,
};

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::base::environment::Environment;
use crate::report::console::Progress;

/// A build tool for k6 load tests: declarative sweeps, content-hashed reuse, one load test at a time.
#[derive(Debug, Parser)]
#[command(name = "howitzer", version, arg_required_else_help = true)]
pub(in crate::cli) struct Arguments {
    /// Work as if started in this folder.
    #[arg(short = 'C', long = "directory", value_name = "DIR", default_value = ".", global = true)]
    pub(in crate::cli) directory: PathBuf,
    /// Keep results in this folder instead of `.howitzer` in the workspace.
    #[arg(long = "store", value_name = "DIR", global = true)]
    pub(in crate::cli) store: Option<PathBuf>,
    /// Print errors only.
    #[arg(short, long, global = true)]
    pub(in crate::cli) quiet: bool,
    /// Print more: every reason, every cached case.
    #[arg(short, long, global = true)]
    pub(in crate::cli) verbose: bool,
    /// When to use colour.
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub(in crate::cli) color: When,
    /// How a build shows what goes on: by a block that is drawn over and over (on a terminal), by a line now and then
    /// (elsewhere), or not at all.
    #[arg(long, value_name = "HOW", default_value = "auto", global = true)]
    pub(in crate::cli) progress: ProgressWhen,
    /// How events are printed: for people, or as one JSON object a line on standard output.
    #[arg(long, value_name = "FORMAT", default_value = "human", global = true)]
    pub(in crate::cli) message_format: MessageFormat,
    /// What to do.
    #[command(subcommand)]
    pub(in crate::cli) verb: Verb,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum When {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ProgressWhen {
    Auto,
    Block,
    Lines,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum MessageFormat {
    Human,
    Ndjson,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Verb {
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
    /// Look again after every save: say what became stale and why, render, and with `--run` run it.
    Watch(WatchArguments),
    /// Draw the graph: what is cached, what would run, why, and how long that takes.
    Graph(GraphArguments),
    /// Make one document of the kept results of suites; run nothing.
    Report(ReportArguments),
    /// Send the results that a destination does not have yet, older ones too.
    Export(ExportArguments),
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

impl Arguments {
    /// Whether standard error is to be coloured.
    pub(in crate::cli) fn wants_color(&self, environment: &Environment) -> bool {
        match self.color {
            When::Always => true,
            When::Never => false,
            When::Auto => !is_set(environment, "NO_COLOR") && can_draw(environment),
        }
    }

    /// Whether standard output is to be coloured.
    pub(in crate::cli) fn wants_colored_data(&self, environment: &Environment) -> bool {
        use std::io::IsTerminal;
        let can =
            environment.text("TERM").is_some_and(|term| term != "dumb") && std::io::stdout().is_terminal();
        match self.color {
            When::Always => true,
            When::Never => false,
            When::Auto => can && environment.get("NO_COLOR").is_none(),
        }
    }

    /// How what goes on is shown.
    pub(in crate::cli) fn progress(&self, environment: &Environment) -> Progress {
        match self.progress {
            ProgressWhen::Block => Progress::Block,
            ProgressWhen::None => Progress::None,
            // CI gives some jobs a terminal, and keeps what is written to it as a log.
            ProgressWhen::Auto if can_draw(environment) && !is_set(environment, "CI") => Progress::Block,
            ProgressWhen::Lines | ProgressWhen::Auto => Progress::Lines,
        }
    }
}

/// Whether standard error is a terminal on which something can be drawn over.
fn can_draw(environment: &Environment) -> bool {
    use std::io::IsTerminal;
    environment.text("TERM").is_some_and(|term| term != "dumb") && std::io::stderr().is_terminal()
}

/// Whether a variable says yes, as <https://no-color.org> has it: an empty one says nothing.
fn is_set(environment: &Environment, name: &str) -> bool {
    environment.get(name).is_some_and(|value| !value.is_empty() && value != "false")
}

/// Reads a duration.
fn duration(text: &str) -> Result<std::time::Duration, String> {
    crate::base::duration::parse(text).ok_or_else(|| "expected a duration such as 30s".to_owned())
}
