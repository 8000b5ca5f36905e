//! What is to be explained or drawn.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Suites;

#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct ExplainArguments {
    #[command(flatten)]
    pub(in crate::cli) suites: Suites,
    /// Say what differs between two runs: ids such as `grpc[vus=1]` or `grpc[vus=1]@2`, or keys.
    #[arg(long, num_args = 2, value_names = ["A", "B"])]
    pub(in crate::cli) diff: Vec<String>,
}

/// What `graph` is for, by examples.
const EXAMPLES: &str = "\
Examples:
  howitzer graph                              a few lines a test: what is cached, what is to run, for how long
  howitzer graph --stale                      only what would run, by reason
  howitzer graph -v 'grpc[vus=1*'             every case that a selector selects
  howitzer graph -o graph.html                a page to zoom, search and click, for any browser
  howitzer graph -o graph.svg --level test    a picture, without Graphviz
  howitzer graph --format json --level node   for programs";

#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct GraphArguments {
    #[command(flatten)]
    pub(in crate::cli) suites: Suites,
    /// Show only what would run, and why.
    #[arg(long)]
    pub(in crate::cli) stale: bool,
    /// How it is drawn, whatever the endings of files say; without files, and without a word here, as text.
    #[arg(long, value_name = "FORMAT")]
    pub(in crate::cli) format: Option<GraphFormat>,
    /// How fine it is. Text, pictures and pages are as fine as is readable where nobody says.
    #[arg(long, value_name = "LEVEL")]
    pub(in crate::cli) level: Option<GraphLevel>,
    /// Write it into this file, in the form of its ending: .txt, .dot, .mmd, .json, .svg or .html; `-` is standard
    /// output. May be given several times; without one it is printed.
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum GraphFormat {
    Text,
    Dot,
    Mermaid,
    Json,
    Svg,
    Html,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum GraphLevel {
    Suite,
    Test,
    Case,
    Node,
}

impl From<GraphFormat> for crate::report::drawing::Format {
    fn from(format: GraphFormat) -> Self {
        match format {
            GraphFormat::Text => Self::Text,
            GraphFormat::Dot => Self::Dot,
            GraphFormat::Mermaid => Self::Mermaid,
            GraphFormat::Json => Self::Json,
            GraphFormat::Svg => Self::Svg,
            GraphFormat::Html => Self::Html,
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
