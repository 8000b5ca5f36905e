//! The metrics pages of one run: looked at while k6 runs, and kept with what it left.

use std::collections::BTreeMap;
use std::time::Duration;

use super::ExecuteError;
use super::page_watch::PageWatch;
use super::session::Session;
use crate::target::access;

/// How often a page is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// What a page's samples are kept as begins so.
pub(super) const OUTPUT: &str = "page ";

/// The pages that are being looked at, by name.
pub(super) struct Pages(Vec<(String, PageWatch)>);

impl Pages {
    /// Begins to look, before k6 is started.
    pub(super) fn start(session: &Session<'_>, case: usize) -> Result<Self, ExecuteError> {
        let pages = session.compiled.scrapes(case).filter(|scrape| scrape.is_page());
        let started = pages.map(|page| {
            let access =
                access(&page.endpoint, &session.surroundings.root, &session.surroundings.environment)?;
            Ok((page.name.clone(), PageWatch::start(page, &access, EVERY)?))
        });
        Ok(Self(started.collect::<Result<_, ExecuteError>>()?))
    }

    /// Takes a last look; what was seen, to be kept.
    pub(super) fn finish(self) -> BTreeMap<String, Vec<u8>> {
        let kept = |(name, watch): (String, PageWatch)| {
            let samples = serde_json::to_vec(&watch.finish()).unwrap_or_default();
            (format!("{OUTPUT}{name}"), samples)
        };
        self.0.into_iter().map(kept).collect()
    }
}
