//! How a run is watched. The observer changes the measurement, so the way is part of a run's key.

use crate::base::document::Item;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::table::text;

/// What is read off a running k6; each way holds all that the one before it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Watch {
    /// The summary at the end, with the whole distribution of every trend.
    Summary,
    /// Also counters, rates and histograms of each second, by k6's remote write to a receiver on loopback.
    #[default]
    Series,
    /// The same of every sample, by k6's JSON output to a pipe: percentiles by label set are exact.
    Samples,
}

impl Watch {
    /// All of them, the cheapest first.
    pub const ALL: [Self; 3] = [Self::Summary, Self::Series, Self::Samples];

    /// What keys hold where samples are also kept, which costs the generator a processor's time.
    pub const KEY_OF_KEPT_SAMPLES: &str = "samples/1, kept";

    /// The word in suites.
    pub fn word(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Series => "series",
            Self::Samples => "samples",
        }
    }

    /// What keys hold: the number is raised when the same way costs k6 something else.
    pub fn key(self) -> &'static str {
        match self {
            Self::Summary => "summary/2",
            Self::Series => "series/2",
            Self::Samples => "samples/1",
        }
    }

    /// Reads the word.
    pub fn read(item: &Item) -> Result<Self, Mistakes> {
        let word = text(item)?;
        Self::ALL.into_iter().find(|way| way.word() == word).ok_or_else(|| {
            Mistake::at(&item.place, format!("unknown way to watch `{word}`"))
                .label("expected \"summary\", \"series\" or \"samples\"")
                .nearest(word, Self::ALL.map(Self::word))
                .into()
        })
    }
}
