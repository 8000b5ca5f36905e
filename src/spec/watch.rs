//! How a run is watched. The observer changes the measurement, so the way is part of a run's key.

use crate::base::document::Item;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::table::text;

/// What is read off a running k6; each way holds all that the ones before it do for the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Watch {
    /// The summary at the end, with the whole distribution of every trend.
    Summary,
    /// The same; k6 itself sends its metrics to an OpenTelemetry collector meanwhile.
    Otlp,
    /// Also counters, rates and histograms of each second, by k6's remote write to a receiver on loopback.
    #[default]
    Series,
    /// The same of every sample, by k6's JSON output to a pipe: percentiles by label set are exact.
    Samples,
}

impl Watch {
    /// All of them, the cheapest first.
    pub const ALL: [Self; 4] = [Self::Summary, Self::Otlp, Self::Series, Self::Samples];

    /// What keys hold where samples are also kept, which costs the generator a processor's time.
    pub const KEY_OF_KEPT_SAMPLES: &str = "samples/1, kept";

    /// The word in suites.
    pub fn word(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Otlp => "otlp",
            Self::Series => "series",
            Self::Samples => "samples",
        }
    }

    /// What keys hold: the number is raised when the same way costs k6 something else.
    pub fn key(self, sending: Sending) -> &'static str {
        match (self, sending) {
            (Self::Summary, _) => "summary/2",
            (Self::Otlp, Sending::OtlpOverGrpc) => "otlp/2, gRPC",
            (Self::Otlp, _) => "otlp/2, HTTP",
            (Self::Series, Sending::RemoteWrite) => "series/2, sent on",
            (Self::Series, _) => "series/2",
            (Self::Samples, _) => "samples/1",
        }
    }

    /// Reads the word.
    pub fn read(item: &Item) -> Result<Self, Mistakes> {
        let word = text(item)?;
        Self::ALL.into_iter().find(|way| way.word() == word).ok_or_else(|| {
            Mistake::at(&item.place, format!("unknown way to watch `{word}`"))
                .label("expected \"summary\", \"otlp\", \"series\" or \"samples\"")
                .nearest(word, Self::ALL.map(Self::word))
                .into()
        })
    }
}

/// What of a run is sent while it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Sending {
    /// Nothing.
    #[default]
    Nothing,
    /// The series that howitzer receives, on to a Prometheus.
    RemoteWrite,
    /// k6's metrics, by itself, over HTTP.
    OtlpOverHttp,
    /// The same over gRPC.
    OtlpOverGrpc,
}
