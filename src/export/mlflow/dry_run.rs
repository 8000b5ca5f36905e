//! What would be written, shown and not sent. What only the server can say stands in capitals: `EXPERIMENT`, `BUILD`,
//! `CASE` and `RUN` are ids of its own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::api::{Api, Run};
use super::content::{self, Content, Origin};
use super::{batches, builds, creation};
use crate::export::book::Book;
use crate::export::error::ExportError;
use crate::export::shipment::{CaseResult, Shipment};

const EXPERIMENT: &str = "EXPERIMENT";

/// Every request that writes, in the order of the sending but for cases of several trials, whose trials follow.
pub(super) fn show(
    api: &Api,
    (tags, shipment): (&BTreeMap<String, String>, &Shipment<'_>),
    book: &Book<'_>,
    show: &mut dyn FnMut(&Value),
) -> Result<(), ExportError> {
    let unsent = shipment.unsent.iter().map(|case| case.newest().attempt.build.as_str());
    let builds: BTreeSet<&str> = unsent.chain(builds::unfinished(shipment, book)).collect();
    let mut requests = Requests { api, show };
    for build in &builds {
        // A build whose first cases were sent has its run.
        if book.ledger().sent(&builds::digest(shipment, build)).is_none() {
            requests.create(&builds::begin(tags, shipment, build));
        }
    }
    for case in &shipment.unsent {
        let parent = Origin { shipment, tags, parent: Some("BUILD") };
        requests.whole(&content::of_case(&parent, case, book)?, "CASE");
        for content in trials(shipment, tags, case, book)? {
            requests.whole(&content, "RUN");
        }
    }
    for build in &builds {
        requests.fill(&builds::end(tags, shipment, build, book)?, "BUILD");
    }
    Ok(())
}

/// The trials below a case, where there are several and they were not sent before.
fn trials(
    shipment: &Shipment<'_>,
    tags: &BTreeMap<String, String>,
    case: &CaseResult<'_>,
    book: &Book<'_>,
) -> Result<Vec<Content>, ExportError> {
    let below = Origin { shipment, tags, parent: Some("CASE") };
    let several = case.trials.iter().filter(|_| case.trials.len() > 1);
    let unsent = several.filter(|trial| book.ledger().sent(&trial.digest).is_none());
    unsent.map(|trial| content::of_trial(&below, case.case, trial, book)).collect()
}

struct Requests<'a> {
    api: &'a Api,
    show: &'a mut dyn FnMut(&Value),
}

impl Requests<'_> {
    fn whole(&mut self, content: &Content, id: &str) {
        self.create(content);
        self.fill(content, id);
    }

    fn create(&mut self, content: &Content) {
        self.post("runs/create", &creation(EXPERIMENT, content));
    }

    /// All after the run is made.
    fn fill(&mut self, content: &Content, id: &str) {
        for batch in batches::of(id, content) {
            self.post("runs/log-batch", &batch);
        }
        let run = Run {
            id: id.to_owned(),
            status: String::new(),
            artifacts: format!("mlflow-artifacts:/{EXPERIMENT}/{id}/artifacts"),
            digest: None,
        };
        for (path, bytes) in &content.artifacts {
            let url = self.api.artifact_url(&run, path);
            (self.show)(&json!({ "PUT": url, "bytes": bytes.len() }));
        }
        let end = json!({ "run_id": id, "status": content.status, "end_time": content.end_ms });
        self.post("runs/update", &end);
    }

    fn post(&mut self, path: &str, body: &Value) {
        (self.show)(&json!({ "POST": self.api.url(path), "body": body }));
    }
}
