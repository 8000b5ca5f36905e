//! The summary that k6 writes at its end: read, masked, and taken apart into what is kept.

use std::collections::BTreeMap;
use std::path::Path;

use super::ExecuteError;
use crate::base::bytes;
use crate::base::files::{self, Bounded};
use crate::base::mask::Mask;
use crate::k6::{Grid, SummaryError, UNSAID, read_summary, take_grid, to_flat};
use crate::result::{Distribution, Distributions, Measured, NO_SUMMARY, encode_distributions};

/// A summary has a few kB a metric; nothing larger is taken for one.
const LONGEST_SUMMARY: u64 = 64 << 20;

/// What a summary gives.
#[derive(Default)]
pub(super) struct EndSummary {
    /// What is to be kept of it: `summary` and `distributions`; secrets masked.
    pub(super) outputs: BTreeMap<String, Vec<u8>>,
    /// The metrics in it, if they can be read.
    pub(super) measured: Option<Measured>,
    /// Why a summary that is there cannot be read: said instead of that there is none.
    pub(super) broken: Option<String>,
    /// What its form does not say.
    pub(super) remark: Option<String>,
}

impl EndSummary {
    /// Reads the file at `path`; `user` are the statistics that the script asks for itself.
    pub(super) fn read(path: &Path, mask: &Mask, user: &[String]) -> Result<Self, ExecuteError> {
        let summary = match files::read_bounded(path, LONGEST_SUMMARY, 0)? {
            Bounded::Absent => return Ok(Self::default()),
            Bounded::Ends(..) => {
                let limit = bytes::human(LONGEST_SUMMARY);
                let broken = format!("{NO_SUMMARY}; a summary larger than {limit} is not read");
                return Ok(Self { broken: Some(broken), ..Self::default() });
            }
            Bounded::Whole(bytes) => bytes,
        };
        let flat = to_flat(&summary);
        let remark = flat.is_some().then(|| UNSAID.to_owned());
        let outputs = split(&mask.json(flat.unwrap_or(summary)), user);
        let (measured, broken) = match outputs.get("summary").map(|bytes| read_summary(bytes)) {
            Some(Ok(measured)) => (Some(measured), None),
            Some(Err(error @ SummaryError::Form(_))) => (None, Some(error.to_string())),
            Some(Err(SummaryError::Json(_))) => (None, Some("the summary is no whole summary".to_owned())),
            None => (None, None),
        };
        Ok(Self { outputs, measured, broken, remark })
    }
}

/// A summary as it is kept: what the user asked k6 for, and the distributions of all trends.
fn split(summary: &[u8], user: &[String]) -> BTreeMap<String, Vec<u8>> {
    let Some((rest, grids)) = take_grid(summary, user) else {
        return BTreeMap::from([("summary".to_owned(), summary.to_vec())]);
    };
    let of_grid = |(name, grid): (String, Grid)| {
        let Grid { count, mean, min, max, points } = grid;
        Some((name, Distribution::of_grid(count, mean, min, max, &points).ok()?))
    };
    let distributions: Distributions = grids.into_iter().filter_map(of_grid).collect();
    let mut outputs = BTreeMap::from([("summary".to_owned(), rest)]);
    if !distributions.is_empty() {
        outputs.insert("distributions".to_owned(), encode_distributions(&distributions));
    }
    outputs
}
