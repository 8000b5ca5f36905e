//! k6 as a program: found or installed, told what to run, and its outputs read.

mod archive;
mod command;
mod error;
mod find;
mod install;
mod log;
mod progress;
mod summary;
mod version;

pub use archive::{Judgement, Standing, judge_archive};
pub use command::{RunFiles, run_command};
pub use error::K6Error;
pub use find::{Candidate, K6, Origin, Outcome, Places, Search, find, is_shim};
pub use install::{InstallStep, install, installable};
pub use log::{Log, read as read_log};
pub use progress::{Progress, ProgressReader};
pub use summary::{SummaryError, read as read_summary};
pub use version::Requirement;
