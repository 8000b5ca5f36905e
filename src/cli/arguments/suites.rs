//! Which suites and cases, and what lies over them.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use clap_complete::engine::ArgValueCompleter;

use crate::cli::completions;

/// Suites, and patterns that select some of their cases.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct Suites {
    /// Suites by path or name; anything else selects cases: an id, a test's name, or a pattern with `*` and `?`.
    #[arg(value_name = "SELECTOR", add = ArgValueCompleter::new(completions::selectors))]
    pub(in crate::cli) selectors: Vec<String>,
    /// Put `[profile.NAME]` of howitzer.toml over every test; of several the last is on top.
    #[arg(short = 'P', long, value_name = "NAME")]
    pub(in crate::cli) profile: Vec<String>,
    /// Set a field of every test, over everything: `k6.duration=2s`. A swept field is left with this one value.
    #[arg(long, value_name = "FIELD=VALUE")]
    pub(in crate::cli) set: Vec<String>,
    /// Give an axis these values, or sweep one more field: `vus=1,2,4` or `vus={from=1,to=8,factor=2}`.
    #[arg(long, value_name = "NAME=VALUES")]
    pub(in crate::cli) axis: Vec<String>,
    /// Select the cases for which this holds: `vus>4`, `payload=one.json`, or a tera expression over the axes.
    #[arg(long = "where", value_name = "EXPR")]
    pub(in crate::cli) conditions: Vec<String>,
}

#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct ListArguments {
    #[command(flatten)]
    pub(in crate::cli) suites: Suites,
    /// Print every field of each case with the layer, file and line it comes from.
    #[arg(long)]
    pub(in crate::cli) trace: bool,
    /// `human` prints an id a line, with `-v` its state too; `json` prints ids, axes and states.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: ListFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ListFormat {
    Human,
    Json,
}

/// Where outputs stand.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct OutArgument {
    /// The folder of outputs instead of `out/<suite>`, for one suite; what else stands there is left alone.
    #[arg(long = "out", value_name = "DIR")]
    pub(in crate::cli) folder: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct RenderArguments {
    #[command(flatten)]
    pub(in crate::cli) suites: Suites,
    #[command(flatten)]
    pub(in crate::cli) out: OutArgument,
}

#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct ImportArguments {
    /// The JSON file.
    #[arg(value_name = "OLD.json")]
    pub(in crate::cli) file: PathBuf,
    /// Where the suite is written; else it is printed.
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: Option<PathBuf>,
    /// Overwrite the file.
    #[arg(long, requires = "output")]
    pub(in crate::cli) force: bool,
    /// Compare the scripts of both, byte by byte; a file that is there already is compared as it is.
    #[arg(long)]
    pub(in crate::cli) verify: bool,
}
