//! What of a run is sent while it goes on, and whether it arrived: k6 exits 0 also where nothing did.

use std::collections::BTreeMap;
use std::time::Duration;

use super::ExecuteError;
use super::session::Session;
use crate::base::clock::Instant;
use crate::base::http::Access;
use crate::base::mask::Mask;
use crate::k6::{Relayed, Relaying, otlp_variables};
use crate::manifest::{Endpoint, PrometheusExport};
use crate::spec::Sending;
use crate::target::access;
use crate::target::prometheus::{Answered, Prometheus, remote_write_client};

/// How long one request to Prometheus may take.
const LIMIT: Duration = Duration::from_secs(5);

/// What is sent while a run goes on.
#[derive(Clone)]
pub(super) enum Live {
    /// Nothing.
    Nothing,
    /// The series that is received, on to a Prometheus.
    Relay(Box<Relaying>),
    /// k6's metrics, by itself, as these variables say.
    Otlp(BTreeMap<String, String>),
}

impl Live {
    /// What is sent of a trial of `case`.
    pub(super) fn of(
        session: &Session<'_>,
        case: usize,
        trial: u32,
        mask: &Mask,
    ) -> Result<Self, ExecuteError> {
        let labels = |further: &BTreeMap<String, String>| {
            let own = [
                ("suite", session.compiled.suite.name.clone()),
                ("case", session.compiled.cases[case].id.clone()),
                ("trial", trial.to_string()),
                ("build", session.settings.build.clone()),
            ];
            let own = own.map(|(name, value)| (name.to_owned(), value));
            further.clone().into_iter().chain(own).collect::<BTreeMap<_, _>>()
        };
        let workspace = session.workspace;
        if session.settings.offline {
            return Ok(Self::Nothing);
        }
        Ok(match session.compiled.test(case).sending {
            Sending::RemoteWrite => match workspace.prometheus() {
                Some(export) => Self::Relay(Box::new(Relaying {
                    url: export.endpoint.url.clone(),
                    client: remote_write_client(allowed(session, &export.endpoint)?, LIMIT)?,
                    labels: labels(&export.labels),
                    trends: export.trends.clone(),
                    mask: mask.clone(),
                })),
                None => Self::Nothing,
            },
            Sending::OtlpOverHttp | Sending::OtlpOverGrpc => match workspace.otlp() {
                Some(otlp) => {
                    let access = allowed(session, &otlp.endpoint)?;
                    let root = &session.surroundings.root;
                    Self::Otlp(otlp_variables(otlp, &access, &labels(&otlp.labels), root))
                }
                None => Self::Nothing,
            },
            Sending::Nothing => Self::Nothing,
        })
    }

    /// What is odd about what became of it: `unsent` is why k6 could not send its last totals itself.
    pub(super) fn told(
        &self,
        session: &Session<'_>,
        relayed: Option<&Relayed>,
        unsent: Option<String>,
    ) -> Vec<String> {
        match (self, relayed) {
            (Self::Relay(relaying), Some(relayed)) => arrival(session, relaying, relayed),
            (Self::Otlp(_), _) => {
                let told = |why| format!("not all of the run reached the collector: {why}");
                unsent.map(told).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// What a script could say of it that must not be kept: k6's environment is the script's.
    pub(super) fn secrets(session: &Session<'_>, case: usize) -> Result<Vec<Vec<u8>>, ExecuteError> {
        match (session.compiled.test(case).sending, session.workspace.otlp()) {
            (Sending::OtlpOverHttp | Sending::OtlpOverGrpc, Some(otlp)) => {
                Ok(allowed(session, &otlp.endpoint)?.all_secrets())
            }
            _ => Ok(Vec::new()),
        }
    }
}

fn allowed(session: &Session<'_>, endpoint: &Endpoint) -> Result<Access, ExecuteError> {
    let surroundings = session.surroundings;
    let access = access(endpoint, &surroundings.root, &surroundings.environment)?;
    Ok(access.stopped_by(session.interrupt))
}

/// Whether everything that lets a run's sending in is there, before anything is started.
pub(super) fn check(session: &Session<'_>, case: usize) -> Result<(), ExecuteError> {
    Live::of(session, case, 1, &Mask::default()).map(drop)
}

/// What is told at the beginning of an execution: sending is a part of how runs are watched.
pub(super) fn announcement(
    session: &Session<'_>,
    cases: impl Iterator<Item = usize>,
) -> impl Iterator<Item = String> {
    let sendings: std::collections::BTreeSet<&'static str> = cases
        .filter_map(|case| match session.compiled.test(case).sending {
            Sending::Nothing => None,
            Sending::RemoteWrite => Some("prometheus"),
            Sending::OtlpOverHttp | Sending::OtlpOverGrpc => Some("otlp"),
        })
        .collect();
    let workspace = session.workspace;
    let sendings = if session.settings.offline { std::collections::BTreeSet::new() } else { sendings };
    sendings.into_iter().filter_map(move |kind| match kind {
        "prometheus" => workspace.prometheus().map(|export| {
            format!(
                "runs are sent on to `{}` while they go on, which is part of how they are watched",
                export.endpoint.url
            )
        }),
        _ => workspace.otlp().map(|otlp| {
            format!(
                "k6 sends its metrics to `{}` ({}) while runs go on, which is part of how they are watched",
                otlp.endpoint.url,
                otlp.protocol.word()
            )
        }),
    })
}

/// What is odd about what became of a relay, in words; nothing where all of it is there.
fn arrival(session: &Session<'_>, relaying: &Relaying, relayed: &Relayed) -> Vec<String> {
    let Some(export) = session.workspace.prometheus() else { return Vec::new() };
    let mut notes = Vec::new();
    if relayed.folded > 0 {
        notes.push(format!(
            "{} label sets were sent to Prometheus joined with others, to keep them few",
            relayed.folded
        ));
    }
    let url = &export.endpoint.url;
    if !relayed.is_whole {
        let why = relayed.why.as_deref().unwrap_or("no reason was given");
        let part = if relayed.taken == 0 { "nothing of the run" } else { "not all of the run" };
        notes.push(format!("{part} reached Prometheus at `{url}`: {why}"));
        return notes;
    }
    notes.extend(missing(session, export, relaying, relayed));
    notes
}

/// Asks whether the counters stand where they stood at the end; what does not, in words.
fn missing(
    session: &Session<'_>,
    export: &PrometheusExport,
    relaying: &Relaying,
    relayed: &Relayed,
) -> Option<String> {
    let last_ms = relayed.last_ms.filter(|_| !relayed.totals.is_empty())?;
    let Some(base) = &export.query else {
        return Some(
            "whether the run reached Prometheus is not known: `query` does not say where to ask".into(),
        );
    };
    let asked = allowed(session, &export.endpoint)
        .map_err(|error| error.to_string())
        .and_then(|access| Prometheus::new(base, &access).map_err(|error| error.to_string()));
    let prometheus = match asked {
        Ok(prometheus) => prometheus,
        Err(why) => return Some(format!("whether the run reached Prometheus is not known: {why}")),
    };
    let labels = selector(&relaying.labels);
    let counters = format!("{{__name__=~\"k6_.*_total\",{labels}}}");
    let named = format!("label_replace({counters}, \"counter\", \"$1\", \"__name__\", \"(.+)\")");
    let query = format!("sum by (counter) ({named})");
    let at = Instant::from_milliseconds(last_ms);
    let Answered { series, .. } = match prometheus.query_range(&query, at, at) {
        Ok(answered) => answered,
        Err(why) => return Some(format!("Prometheus took the run and does not have it: {why}")),
    };
    let found: BTreeMap<&str, f64> = series
        .iter()
        .filter_map(|(labels, points)| Some((labels.get("counter")?.as_str(), points.last()?.1)))
        .collect();
    relayed.totals.iter().find_map(|(metric, sent)| {
        let there = found.get(metric.as_str()).copied().unwrap_or(0.0);
        let is_there = (there - sent).abs() <= sent.abs() * 1e-9;
        (!is_there).then(|| format!("Prometheus has {there} of {metric}, and {sent} were sent"))
    })
}

/// Label matchers for exactly these labels.
fn selector(labels: &BTreeMap<String, String>) -> String {
    let matcher = |(name, value): (&String, &String)| format!("{name}={}", serde_json::json!(value));
    labels.iter().map(matcher).collect::<Vec<_>>().join(",")
}
