//! The course of one run: its live series or all of its samples, received while k6 runs, compared with its summary,
//! and kept.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use super::ExecuteError;
use super::live::Live;
use crate::base::files;
use crate::base::mask::Mask;
use crate::k6::{Keeping, Receiver, ReceiverError, Relay, Relayed, SamplePipe, Watching};
use crate::result::{Disagreement, Latest, Limits, Measured, Series, disagreements, unposted};
use crate::spec::Watch;

/// The name of the compressed stream in a run's scratch folder.
pub(super) const KEPT: &str = "samples.ndjson.gz";

/// A run that is being watched.
pub(super) enum SeriesWatch {
    /// By its summary only.
    Unwatched,
    /// By its posts, which may be sent on.
    Posts(Receiver, Option<Relay>),
    /// By its summary, while k6 sends its metrics to a collector.
    Otlp(BTreeMap<String, String>),
    /// By its samples, and where they are kept.
    Samples(SamplePipe, Option<PathBuf>),
}

/// What a series is worth.
#[derive(Debug, Default)]
pub(super) struct SeriesSeen {
    /// The series itself; none where nothing was received or asked for.
    pub(super) bytes: Option<Vec<u8>>,
    /// The file in which all samples are, compressed.
    pub(super) kept: Option<PathBuf>,
    /// What became of what was sent on.
    pub(super) relayed: Option<Relayed>,
    /// Why the measurement is doubted.
    pub(super) doubts: Vec<String>,
    /// What was odd.
    pub(super) notes: Vec<String>,
}

impl SeriesWatch {
    /// Listens, before k6 is started. Samples are kept below `scratch`, if they are to be.
    pub(super) fn start(
        watch: Watch,
        live: &Live,
        keep: bool,
        scratch: &Path,
        mask: &Mask,
    ) -> Result<Self, ExecuteError> {
        Ok(match watch {
            Watch::Summary => Self::Unwatched,
            Watch::Otlp => match live {
                Live::Otlp(variables) => Self::Otlp(variables.clone()),
                Live::Nothing | Live::Relay(_) => Self::Unwatched,
            },
            Watch::Series => {
                let relay = match live {
                    Live::Relay(relaying) => {
                        Some(Relay::start((**relaying).clone()).map_err(ReceiverError::from)?)
                    }
                    Live::Nothing | Live::Otlp(_) => None,
                };
                Self::Posts(Receiver::start_with(Limits::default(), relay.as_ref())?, relay)
            }
            Watch::Samples => {
                let path = keep.then(|| scratch.join(KEPT));
                let keeping = path.as_deref().map(|path| keeping(path, mask)).transpose()?;
                Self::Samples(SamplePipe::start(Limits::default(), keeping)?, path)
            }
        })
    }

    /// What k6 is told.
    pub(super) fn watching(&self) -> Watching {
        match self {
            Self::Unwatched => Watching::Summary,
            Self::Posts(receiver, _) => Watching::Series(receiver.url().to_owned()),
            Self::Otlp(variables) => Watching::Otlp(variables.clone()),
            Self::Samples(..) => Watching::Samples,
        }
    }

    /// What k6 is handed, once.
    pub(super) fn hand(&mut self) -> Option<OwnedFd> {
        match self {
            Self::Samples(pipe, _) => pipe.take_end(),
            Self::Unwatched | Self::Otlp(_) | Self::Posts(..) => None,
        }
    }

    /// What was received last, while the run goes on; posts only.
    pub(super) fn latest(&self) -> Option<Latest> {
        match self {
            Self::Posts(receiver, _) => receiver.latest(),
            Self::Unwatched | Self::Samples(..) | Self::Otlp(_) => None,
        }
    }

    /// Takes in what is on its way, once k6 has ended.
    pub(super) fn finish(self, measured: Option<&Measured>, mask: &Mask) -> SeriesSeen {
        let mut seen = SeriesSeen::default();
        let mut series = match self {
            Self::Unwatched | Self::Otlp(_) => return seen,
            Self::Posts(receiver, relay) => {
                let series = receiver.finish();
                seen.relayed = relay.map(Relay::finish);
                series
            }
            Self::Samples(pipe, kept) => {
                let read = pipe.finish();
                seen.kept = kept.filter(|_| read.is_kept);
                seen.notes.extend(read.notes);
                read.series
            }
        };
        series.relabel(|value| mask.text(value).into_owned());
        seen.notes.extend(series.told().iter().map(|note| mask.text(note).into_owned()));
        if series.is_of_samples() {
            seen.doubts.extend(unread(&series));
        }
        if let Some(measured) = measured {
            series.reconcile(measured);
            if series.is_empty() {
                seen.notes.push("k6 sent no live series".to_owned());
            } else {
                seen.doubts.extend(told(&disagreements(&series, measured)));
                seen.notes.extend(unposted(&series, measured).as_ref().map(left_out));
            }
        }
        seen.bytes = (!series.is_empty()).then(|| series.encode());
        seen
    }
}

fn keeping(path: &Path, mask: &Mask) -> Result<Keeping, ExecuteError> {
    let told = files::told("create", path);
    let keeping = File::create(path).and_then(|file| Keeping::start(file, mask.clone()));
    Ok(keeping.map_err(told)?)
}

/// Lines that say nothing that can be counted: what they were about is missing, whatever the summary says.
fn unread(series: &Series) -> Option<String> {
    let problems = series.problems();
    let lines = problems.undecodable + problems.cut;
    (lines > 0).then(|| format!("{lines} lines of samples could not be read"))
}

/// No reason to doubt, and whoever compares numbers wants to know it.
fn left_out(found: &Disagreement) -> String {
    let Disagreement { metric, statistic, summary, .. } = found;
    format!("k6 left {} of {summary} out of its posts ({metric}.{statistic})", found.lacks())
}

fn told(found: &[Disagreement]) -> Option<String> {
    let Disagreement { metric, statistic, series, summary } = found.first()?;
    let more = if found.len() > 1 { format!(" and {} more", found.len() - 1) } else { String::new() };
    Some(format!("series and summary disagree: {metric}.{statistic} is {series} and {summary}{more}"))
}
