//! Whether the server of a run took requests of somebody else: what it counted against what k6 sent.

use super::scraped::Asking;
use crate::base::clock::Instant;
use crate::manifest::Scrape;
use crate::result::{Measured, PageSamples, ServerCount, counted_by_page, more_than_sent};
use crate::target::access;
use crate::target::prometheus::count_requests;

/// By a page that was looked at.
pub(super) fn compare_page(measured: &mut Measured, page: &Scrape, samples: &PageSamples) {
    let Some(counter) = &page.requests else { return };
    let counted = counted_by_page(samples, |name, labels| counter.is(name, labels));
    let missing = || format!("the page has no counter `{}`", counter.of);
    compare(measured, page, counted.ok_or_else(missing).map(Some));
}

/// By what a Prometheus says of the whole run.
pub(super) fn compare_query(
    measured: &mut Measured,
    scrape: &Scrape,
    (from, until): (Instant, Instant),
    Asking { root, environment }: Asking<'_>,
) {
    let Some(counter) = &scrape.requests else { return };
    let counted = access(&scrape.endpoint, root, environment)
        .map_err(|error| error.to_string())
        .and_then(|access| count_requests(scrape, counter, &access, from, until));
    compare(measured, scrape, counted);
}

/// Doubts a run whose server counted more than k6 sent; says so where they cannot be compared.
fn compare(measured: &mut Measured, scrape: &Scrape, counted: Result<Option<ServerCount>, String>) {
    let Some(counter) = &scrape.requests else { return };
    let name = format!("{}.{}", scrape.name, counter.of);
    let counted = counted.map_err(|why| format!("{name}: requests are not compared: {why}"));
    match counted.and_then(|counted| counted.map(|all| more_than_sent(&name, all, measured)).transpose()) {
        Ok(doubt) => measured.doubts.extend(doubt.flatten()),
        Err(why) => measured.notes.push(why),
    }
}
