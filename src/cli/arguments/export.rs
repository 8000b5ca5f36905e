//! What is sent where.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;

use super::Suites;
use crate::cli::completions;

#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct ExportArguments {
    /// The destination: `[export.NAME]` of howitzer.toml.
    #[arg(value_name = "NAME", add = ArgValueCandidates::new(completions::exports))]
    pub(in crate::cli) name: String,
    #[command(flatten)]
    pub(in crate::cli) suites: Suites,
    /// Print what would be sent, one line of JSON a request; send nothing.
    #[arg(short = 'n', long)]
    pub(in crate::cli) dry_run: bool,
}
