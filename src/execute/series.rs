//! The live series of one run: received while k6 runs, compared with its summary, and kept.

use super::ExecuteError;
use crate::base::mask::Mask;
use crate::k6::{Receiver, Watching};
use crate::result::{Disagreement, Limits, Measured, disagreements};
use crate::spec::Watch;

/// A run that is being watched.
pub(super) struct SeriesWatch(Option<Receiver>);

/// What a series is worth.
#[derive(Debug, Default)]
pub(super) struct SeriesSeen {
    /// The series itself; none where nothing was received or asked for.
    pub(super) bytes: Option<Vec<u8>>,
    /// Why the measurement is doubted.
    pub(super) doubts: Vec<String>,
    /// What was odd.
    pub(super) notes: Vec<String>,
}

impl SeriesWatch {
    /// Listens, before k6 is started.
    pub(super) fn start(watch: Watch) -> Result<Self, ExecuteError> {
        let receiver = (watch >= Watch::Series).then(|| Receiver::start(Limits::default()));
        Ok(Self(receiver.transpose()?))
    }

    /// What k6 is told.
    pub(super) fn watching(&self) -> Watching {
        self.0.as_ref().map_or(Watching::Summary, |receiver| Watching::Series(receiver.url().to_owned()))
    }

    /// Takes in what is on its way, once k6 has ended.
    pub(super) fn finish(self, measured: Option<&Measured>, mask: &Mask) -> SeriesSeen {
        let Some(receiver) = self.0 else { return SeriesSeen::default() };
        let mut series = receiver.finish();
        series.relabel(|value| mask.text(value).into_owned());
        let mut seen = SeriesSeen { notes: series.problems().told(), ..SeriesSeen::default() };
        if let Some(measured) = measured {
            series.reconcile(measured);
            if series.is_empty() {
                seen.notes.push("k6 sent no live series".to_owned());
            } else {
                seen.doubts.extend(told(&disagreements(&series, measured)));
            }
        }
        seen.bytes = (!series.is_empty()).then(|| series.encode());
        seen
    }
}

fn told(found: &[Disagreement]) -> Option<String> {
    let Disagreement { metric, statistic, series, summary } = found.first()?;
    let more = if found.len() > 1 { format!(" and {} more", found.len() - 1) } else { String::new() };
    Some(format!("series and summary disagree: {metric}.{statistic} is {series} and {summary}{more}"))
}
