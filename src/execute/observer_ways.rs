//! The ways to watch whose price is measured, and where those that send something send it: to where the workspace sends
//! its runs, else to a sink of howitzer's own.

use std::collections::BTreeMap;
use std::time::Duration;

use super::ExecuteError;
use super::live::Live;
use crate::base::environment::Environment;
use crate::base::interrupt::Interrupt;
use crate::base::mask::Mask;
use crate::k6::{Relaying, TakesAll, otlp_variables};
use crate::manifest::{Endpoint, Otlp, PrometheusExport, Workspace};
use crate::spec::Watch;
use crate::target::access;
use crate::target::prometheus::remote_write_client;

/// How long one request to Prometheus may take, as in a run.
const LIMIT: Duration = Duration::from_secs(5);

/// The label `suite` of what is sent; it is no suite.
const SUITE: &str = "doctor --observer";

/// A way to watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// As whoever does not watch.
    Unwatched,
    /// As suites say it.
    Watched(Watch),
    /// Its series is sent on to a Prometheus meanwhile.
    SentOn,
}

impl Way {
    /// All of them, the base first, then the cheapest.
    pub(super) const ALL: [Self; 6] = [
        Self::Unwatched,
        Self::Watched(Watch::Summary),
        Self::Watched(Watch::Otlp),
        Self::Watched(Watch::Series),
        Self::SentOn,
        Self::Watched(Watch::Samples),
    ];

    /// Its name.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Unwatched => "unwatched",
            Self::Watched(watch) => watch.word(),
            Self::SentOn => "series, sent on",
        }
    }

    /// How k6 is watched.
    pub(super) fn watch(self) -> Watch {
        match self {
            Self::Unwatched => Watch::Summary,
            Self::Watched(watch) => watch,
            Self::SentOn => Watch::Series,
        }
    }
}

/// Where what is sent goes, ready for any number of loads.
pub(super) struct Sent {
    relay: Live,
    otlp: Live,
    /// What lets us in there.
    secrets: Vec<Vec<u8>>,
    to: BTreeMap<&'static str, Option<String>>,
    /// Listens for as long.
    _sink: Option<TakesAll>,
}

impl Sent {
    /// Finds out where; what a workspace sends nothing to while a run goes on is not asked.
    pub(super) fn start(
        workspace: &Workspace,
        environment: &Environment,
        interrupt: &Interrupt,
    ) -> Result<Self, ExecuteError> {
        let configured = (workspace.prometheus().filter(|export| export.live), workspace.otlp());
        let sink = match configured {
            (Some(_), Some(_)) => None,
            _ => Some(TakesAll::start()?),
        };
        let own = sink.as_ref().map(TakesAll::url).unwrap_or_default();
        let allowed = |endpoint: &Endpoint| -> Result<_, ExecuteError> {
            let access = access(endpoint, &workspace.root, environment)?;
            Ok(access.stopped_by(interrupt))
        };
        let mut sent = Self {
            relay: Live::Nothing,
            otlp: Live::Nothing,
            secrets: Vec::new(),
            to: BTreeMap::new(),
            _sink: sink,
        };
        if let Some(export) = configured.0.cloned().or_else(|| PrometheusExport::of_address(&own)) {
            let access = allowed(&export.endpoint)?;
            sent.secrets.extend(access.all_secrets());
            sent.relay = Live::Relay(Box::new(Relaying {
                url: export.endpoint.url.clone(),
                client: remote_write_client(access, LIMIT)?,
                labels: labels(&export.labels),
                trends: export.trends.clone(),
                mask: Mask::default(),
            }));
            sent.to.insert(Way::SentOn.word(), configured.0.map(|_| export.endpoint.url));
        }
        if let Some(otlp) = configured.1.cloned().or_else(|| Otlp::of_address(&own)) {
            let access = allowed(&otlp.endpoint)?;
            sent.secrets.extend(access.all_secrets());
            let variables = otlp_variables(&otlp, &access, &labels(&otlp.labels), &workspace.root);
            sent.otlp = Live::Otlp(variables);
            sent.to.insert(Watch::Otlp.word(), configured.1.map(|_| otlp.endpoint.url));
        }
        Ok(sent)
    }

    /// What is sent of a load that is watched in this way.
    pub(super) fn live(&self, way: Way) -> &Live {
        match way {
            Way::SentOn => &self.relay,
            Way::Watched(Watch::Otlp) => &self.otlp,
            Way::Unwatched | Way::Watched(_) => &Live::Nothing,
        }
    }

    /// What must not be told.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &[u8]> {
        self.secrets.iter().map(Vec::as_slice)
    }

    /// Where each of `ways` that sends something sends it; none: to the own sink.
    pub(super) fn told(&self, ways: &[Way]) -> BTreeMap<&'static str, Option<String>> {
        let is_there = |word: &str| ways.iter().any(|way| way.word() == word);
        self.to.iter().filter(|(word, _)| is_there(word)).map(|(word, to)| (*word, to.clone())).collect()
    }
}

fn labels(further: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let own = std::iter::once(("suite".to_owned(), SUITE.to_owned()));
    further.clone().into_iter().chain(own).collect()
}
