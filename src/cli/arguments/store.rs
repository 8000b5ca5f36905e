//! What is to be removed, counted or checked.

use clap::{Args, Subcommand};

use super::{OutArgument, duration};

#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct CleanArguments {
    /// Suites by path or name.
    #[arg(value_name = "SUITE")]
    pub(in crate::cli) suites: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) out: OutArgument,
    /// Remove the store as well: every result is lost.
    #[arg(long)]
    pub(in crate::cli) results: bool,
}

#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct GcArguments {
    /// Remove results that ended longer ago.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(in crate::cli) max_age: Option<std::time::Duration>,
    /// Remove the oldest results until the store is no larger than this.
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    pub(in crate::cli) max_size: Option<u64>,
    /// Remove what was moved aside as damaged as well.
    #[arg(long)]
    pub(in crate::cli) damaged: bool,
    /// Print what would go; remove nothing.
    #[arg(short = 'n', long)]
    pub(in crate::cli) dry_run: bool,
}

#[derive(Debug, Clone, Subcommand)]
pub(in crate::cli) enum CacheVerb {
    /// Count results, attempts and blobs, and what `gc` would free.
    Stats,
    /// Read everything and check it; exit 1 if anything is wrong.
    Verify(VerifyArguments),
}

#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct VerifyArguments {
    /// Move what is bad aside; its runs are stale then.
    #[arg(long)]
    pub(in crate::cli) repair: bool,
}

fn bytes(text: &str) -> Result<u64, String> {
    crate::base::bytes::parse(text).ok_or_else(|| "expected a size such as 500MiB or 2GB".to_owned())
}
