//! A plan becomes events: targets are started, warm-ups and runs execute one after the other, what
//! they leave is judged, kept and scraped. Nothing here knows a screen.

mod applied;
mod build;
mod end_summary;
mod event;
mod figures;
mod generator;
mod host;
mod judge;
mod keep;
mod live;
mod load;
mod load_lock;
mod observer;
mod observer_load;
mod observer_step;
mod observer_ways;
mod page_watch;
mod pages;
mod provide;
mod requests;
mod run;
mod scrape;
mod scraped;
mod secrets;
mod series;
mod session;
mod set_up_command;
mod setups;
mod stage;
mod targets;
mod waiting;
mod wanted;
mod written;

pub use applied::{has_leftovers, undo_leftovers};
pub use event::{Event, Sink};
pub use figures::LastSecond;
pub use host::facts as host_facts;
pub use keep::tell_stuck;
pub use observer::{Observing, check_observed, measure_observer};
pub use observer_step::{ObserverPrices, ObserverStep};
pub use page_watch::PageWatch;
pub use scrape::{is_doubted, scrape};
pub use session::{Done, LeftOut, Session, Settings};
pub use set_up_command::{SetUpFailure, SetUpRunner};
pub use targets::{Probing, Targets};
pub use waiting::Waiting;
pub use wanted::Wanted;

use crate::base::files::FileError;
use crate::base::mask::SHORTEST;
use crate::base::mistake::Mistakes;
use crate::base::process::ProcessError;
use crate::k6::K6Error;
use crate::plan::PlanError;
use crate::store::StoreError;
use crate::target::TargetError;

/// A build that had to stop for another reason than a run's result.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// The target cannot be used.
    #[error(transparent)]
    Target(TargetError),
    /// A target is protected and was not allowed.
    #[error("target `{0}` is protected\nhint: say `--allow {0}` to load it all the same")]
    Protected(String),
    /// What watching costs cannot be measured there.
    #[error("`{url}` cannot be loaded: {why}")]
    NoObserverLoad {
        /// The address, without a user.
        url: String,
        /// Why.
        why: String,
    },
    /// A metrics page cannot be looked at.
    #[error(transparent)]
    Endpoint(#[from] crate::target::EndpointError),
    /// What lets us in there does not fit.
    #[error(transparent)]
    Access(#[from] crate::base::http::AccessError),
    /// Nothing can listen to k6.
    #[error(transparent)]
    Receiver(#[from] crate::k6::ReceiverError),
    /// Nothing can read k6's samples.
    #[error(transparent)]
    Samples(#[from] crate::k6::SamplePipeError),
    /// The plan cannot be made.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A script cannot be made again.
    #[error(transparent)]
    Render(#[from] crate::render::RenderError),
    /// A script opens what nobody declares.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    /// k6 cannot be used.
    #[error(transparent)]
    K6(K6Error),
    /// The store refused; a finished run's files are where the message says.
    #[error("the result of `{run}` could not be stored; its files are in `{}`", kept.display())]
    Unstored {
        /// The run.
        run: String,
        /// Where its files are.
        kept: std::path::PathBuf,
        /// What the store said.
        #[source]
        source: Box<StoreError>,
    },
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An input is not the file that was hashed while planning.
    #[error("`{0}` changed while the build was running\nhint: build again")]
    InputChanged(String),
    /// A declared variable is not set.
    #[error("`{variable}`, from which the suite takes `{name}`, is not set in the environment, or empty")]
    Unset {
        /// The suite's variable.
        name: String,
        /// Howitzer's.
        variable: String,
    },
    /// A secret that cannot be masked.
    #[error("the secret `{name}` is shorter than {SHORTEST} characters: masking it would destroy results")]
    ShortSecret {
        /// The suite's variable.
        name: String,
    },
    /// A secret file is so short that masking it would mask results.
    #[error(
        "the secret file `{path}` is shorter than {SHORTEST} characters: it would be found in results by chance"
    )]
    ShortSecretFile {
        /// Its path in the workspace.
        path: String,
    },
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A process could not be started.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// Another build loads from this host.
    #[error("another build loads from this host: {holder}")]
    LoadBusy {
        /// Who, in its own words.
        holder: String,
    },
    /// A set-up could not be applied.
    #[error("`{}`, which applies {}, failed: {}{}", .0.command, .0.name, .0.end, lines(&.0.tail))]
    NotApplied(SetUpFailure),
    /// A set-up could not be undone.
    #[error(
        "`{}`, which undoes {}, failed: {}{}\nhint: the next build tries again before it does anything else; to give it up, \
         undo it by hand and remove `.howitzer/v1/stat/applied`",
        .0.command, .0.name, .0.end, lines(&.0.tail)
    )]
    NotUndone(SetUpFailure),
    /// A signal asked the build to stop.
    #[error("interrupted")]
    Interrupted,
}

fn lines(tail: &[String]) -> String {
    tail.iter().map(|line| format!("\n  | {line}")).collect()
}

impl From<K6Error> for ExecuteError {
    fn from(error: K6Error) -> Self {
        match error {
            K6Error::Interrupted => Self::Interrupted,
            error => Self::K6(error),
        }
    }
}

impl From<TargetError> for ExecuteError {
    fn from(error: TargetError) -> Self {
        match error {
            TargetError::Interrupted => Self::Interrupted,
            error => Self::Target(error),
        }
    }
}
