//! k6 as a program: found or installed, told what to run, and its outputs read.

mod archive;
mod command;
mod error;
mod find;
mod grid;
mod inspect;
mod install;
mod log;
mod machine_summary;
mod otlp;
mod progress;
mod receiver;
mod relay;
mod remote_write;
mod samples;
mod summary;
mod version;
mod watching;

pub use archive::{Judgement, Standing, judge_archive};
pub use command::{RunFiles, run_command};
pub use error::K6Error;
pub use find::{Candidate, K6, Origin, Outcome, Places, Search, find, is_shim};
pub use grid::{Grid, take_grid};
pub use inspect::options_of;
pub use install::{InstallStep, install, installable};
pub use log::{Log, read as read_log};
pub use machine_summary::{UNSAID, to_flat};
pub use otlp::otlp_variables;
pub use progress::{Progress, ProgressReader};
pub use receiver::{Receiver, ReceiverError, TakesAll};
pub use relay::{Relay, Relayed, Relaying};
pub use remote_write::{RemoteWriteError, decode as decode_remote_write, encode as encode_remote_write};
pub use samples::{
    Clock, Keeping, KnownTags, Point, SampleLines, SamplePipe, SamplePipeError, SamplesRead, point,
};
pub use summary::{SummaryError, read as read_summary};
pub use version::Requirement;
pub use watching::{Watching, lacks_output};
