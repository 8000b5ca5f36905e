//! What is to be explained or drawn.

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

#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct GraphArguments {
    #[command(flatten)]
    pub(in crate::cli) suites: Suites,
    /// How it is drawn.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: GraphFormat,
    /// How fine it is.
    #[arg(long, value_name = "LEVEL", default_value = "test")]
    pub(in crate::cli) level: GraphLevel,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum GraphFormat {
    Text,
    Dot,
    Mermaid,
    Json,
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
