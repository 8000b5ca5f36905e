//! The run of a build: what stands above the cases that it measured, and links those that it reused.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::content::{self, Content, Origin};
use crate::base::digest::Digest;
use crate::base::preimage::Preimage;
use crate::export::book::Book;
use crate::export::error::ExportError;
use crate::export::shipment::{CaseResult, Shipment};
use crate::report::html::html;
use crate::report::{output_md, results_json};

/// What the run is made with, before its cases.
pub(super) fn begin(tags: &BTreeMap<String, String>, shipment: &Shipment<'_>, build: &str) -> Content {
    let all = shipment.unsent.iter().chain(&shipment.sent);
    let cases: Vec<&CaseResult<'_>> = all.filter(|case| case.newest().attempt.build == build).collect();
    let origin = Origin { shipment, tags, parent: None };
    content::of_build(&origin, build, digest(shipment, build), &cases)
}

/// What it gets at its end: which run each of its cases has, also those that an earlier build has measured.
pub(super) fn end(
    tags: &BTreeMap<String, String>,
    shipment: &Shipment<'_>,
    build: &str,
    book: &Book<'_>,
) -> Result<Content, ExportError> {
    let mut content = begin(tags, shipment, build);
    let (links, cached) = links(shipment, build, book);
    let links = serde_json::to_string_pretty(&links).unwrap_or_default() + "\n";
    content.artifacts = BTreeMap::from([
        ("cases.json".to_owned(), links.into_bytes()),
        ("output.md".to_owned(), output_md::text(shipment.suite)?.into_bytes()),
        ("report.html".to_owned(), html(shipment.suite)?),
        ("results.json".to_owned(), results_json::bytes(shipment.suite)?),
    ]);
    if cached > 0 {
        content.more_tags.push(("howitzer.cached".to_owned(), cached.to_string()));
    }
    Ok(content)
}

/// The digest that a build's run carries.
pub(super) fn digest(shipment: &Shipment<'_>, build: &str) -> Digest {
    let mut all = Preimage::default();
    all.push("export build", "1");
    all.push("suite", shipment.suite.name.as_str());
    all.push("build", build);
    all.digest()
}

/// Stands in the ledger once what the server knew of a suite is in it.
pub(super) fn suite_digest(suite: &str) -> Digest {
    let mut all = Preimage::default();
    all.push("export suite", "1");
    all.push("suite", suite);
    all.digest()
}

/// The builds whose runs were begun and did not get their end.
pub(super) fn unfinished<'a>(shipment: &Shipment<'a>, book: &Book<'_>) -> BTreeSet<&'a str> {
    let all = shipment.unsent.iter().chain(&shipment.sent);
    let builds: BTreeSet<&str> = all.map(|case| case.newest().attempt.build.as_str()).collect();
    builds.into_iter().filter(|build| book.ledger().is_begun(&digest(shipment, build))).collect()
}

/// The run of every case that belongs to a build: measured by it, or reused by the one that sends now. And how
/// many of them are reused.
fn links(shipment: &Shipment<'_>, build: &str, book: &Book<'_>) -> (Value, usize) {
    let is_current = shipment.build == Some(build);
    let mut cached = 0;
    let mut all = Vec::new();
    for case in shipment.unsent.iter().chain(&shipment.sent) {
        let measured_in = &case.newest().attempt.build;
        let Some(entry) = book.ledger().sent(&case.digest) else { continue };
        if measured_in != build && !is_current {
            continue;
        }
        cached += usize::from(measured_in != build);
        all.push(json!({
            "case": case.case.id,
            "run_id": entry.id,
            "url": entry.url,
            "measured_in": measured_in,
            "cached": measured_in != build,
        }));
    }
    (Value::from(all), cached)
}
