//! What was wrong with a live series, counted and told.

use serde::{Deserialize, Serialize};

/// Counts of what did not fit; all zero for a sound series.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problems {
    /// Posts, or lines of samples, that could not be decoded, the first reason of them in `first_undecodable`.
    pub undecodable: u64,
    /// Why the first of them could not.
    pub first_undecodable: Option<String>,
    /// Requests of others: another path, method or token, or no HTTP at all.
    pub foreign: u64,
    /// Posts that ended before their announced length, or a last line without its end.
    pub cut: u64,
    /// Times in which no post came for more than two and a half intervals.
    pub gaps: u64,
    /// Values that are no finite number.
    pub not_finite: u64,
    /// Samples sent twice.
    pub duplicates: u64,
    /// Samples older than what their label set had already said.
    pub out_of_order: u64,
    /// Histograms that held less than before.
    pub went_back: u64,
    /// Samples whose time is more than two seconds outside of their slot: k6 sent them late, as it does when it has
    /// too many label sets, or a clock was set.
    pub off_clock: u64,
    /// Samples of label sets that were folded into `(other)`.
    pub folded: u64,
    /// Samples of metrics that k6 did not describe, or beyond the limit of metrics; and folded samples that are lost, because what their label set had said before was not kept, or because
    /// they are shares without counts. Totals of the run are in k6's summary.
    pub lost: u64,
    /// Samples of labels whose kind of value changed within the run.
    pub mixed_kinds: u64,
}

impl Problems {
    /// Whether nothing was wrong.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether figures of this series may be wrong, rather than only less detailed.
    pub fn doubtful(&self) -> bool {
        let wrong = [self.undecodable, self.cut, self.gaps, self.went_back, self.off_clock, self.lost];
        wrong.iter().any(|count| *count > 0) || self.out_of_order > 0 || self.mixed_kinds > 0
    }

    /// One line for each, for people.
    pub(super) fn told(&self, what: &str) -> Vec<String> {
        let why = self.first_undecodable.as_deref().unwrap_or("no reason known");
        let undecodable = format!("{what} could not be read (the first: {why})");
        let cut = format!("{what} were cut");
        let counts = [
            (self.undecodable, undecodable.as_str()),
            (self.foreign, "requests did not come from this run's k6"),
            (self.cut, cut.as_str()),
            (self.gaps, "times no post came for long"),
            (self.not_finite, "values were no finite numbers"),
            (self.duplicates, "samples came twice"),
            (self.out_of_order, "samples came out of order"),
            (self.went_back, "histograms went back"),
            (
                self.off_clock,
                "samples have times far outside of their slot: k6 sent them late, or a clock was set",
            ),
            (self.folded, "samples were folded into `(other)`: too many label sets"),
            (self.lost, "samples are missing from the series"),
            (self.mixed_kinds, "samples changed their kind"),
        ];
        let present = counts.into_iter().filter(|(count, _)| *count > 0);
        present.map(|(count, what)| format!("{count} {what}")).collect()
    }
}
