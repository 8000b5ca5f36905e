//! MLflow: a run a build, nested in it a run a case, and below that one a trial where there are several.

mod access;
mod api;
mod batches;
mod builds;
mod content;
mod dry_run;
mod names;
mod series;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use super::book::Book;
use super::destination::Destination;
use super::error::ExportError;
use super::shipment::{CaseResult, Shipment};
use crate::base::digest::Digest;
use crate::base::environment::Environment;
use crate::base::interrupt::Interrupt;
use crate::manifest::MlflowExport;
use api::{Api, DIGEST, Run};
use content::{Content, Origin};

/// An MLflow tracking server.
pub(super) struct Mlflow {
    api: Api,
    name: String,
    tags: BTreeMap<String, String>,
    /// The experiment's id, once it is known.
    experiment: String,
    /// The runs of builds that this sending stands below, by build.
    parents: BTreeMap<String, Run>,
    /// Where the server keeps artifacts that it does not take itself.
    elsewhere: Option<String>,
}

impl Mlflow {
    pub(super) fn open(
        export: &MlflowExport,
        root: &Path,
        environment: &Environment,
        interrupt: &Interrupt,
    ) -> Result<Self, ExportError> {
        Ok(Self {
            api: Api::open(export, root, environment, interrupt)?,
            name: export.experiment.clone(),
            tags: export.tags.clone(),
            experiment: String::new(),
            parents: BTreeMap::new(),
            elsewhere: None,
        })
    }

    fn page(&self, run: &str) -> String {
        self.api.page(&self.experiment, Some(run))
    }

    /// What other stores know, or this one knew before it was lost: runs of this suite that carry a digest.
    fn adopt(&self, shipment: &Shipment<'_>, book: &mut Book<'_>) -> Result<(), ExportError> {
        let filter = format!("tags.\"howitzer.suite\" = '{}'", quoted(&shipment.suite.name));
        for run in self.api.search(&self.experiment, &filter)? {
            let Some(digest) = run.digest.as_ref().and_then(|digest| digest.parse::<Digest>().ok()) else {
                continue;
            };
            if run.status == "RUNNING" {
                book.begin(digest, &run.id)?;
            } else {
                book.sent(digest, "", &run.id, &self.page(&run.id))?;
            }
        }
        Ok(())
    }

    /// The run that carries `digest`, if its sending was begun before.
    fn begun(&self, digest: Digest, book: &Book<'_>) -> Result<Option<Run>, ExportError> {
        if !book.ledger().is_begun(&digest) {
            return Ok(None);
        }
        let filter = format!("tags.\"{DIGEST}\" = '{digest}'");
        Ok(self.api.search(&self.experiment, &filter)?.into_iter().next())
    }

    /// Makes the run, or finds it where that was begun.
    fn make(
        &self,
        digest: Digest,
        what: &str,
        content: &Content,
        book: &mut Book<'_>,
    ) -> Result<Run, ExportError> {
        if let Some(run) = self.begun(digest, book)? {
            return Ok(run);
        }
        book.begin(digest, what)?;
        self.api.create(&creation(&self.experiment, content))
    }

    /// Everything but the run itself and its end.
    fn fill(&mut self, run: &Run, content: &Content) -> Result<(), ExportError> {
        for batch in batches::of(&run.id, content) {
            self.api.log_batch(&batch)?;
        }
        if api::artifact_path(run, "").is_none() {
            self.elsewhere = Some(run.artifacts.clone());
            return Ok(());
        }
        content.artifacts.iter().try_for_each(|(path, bytes)| self.api.put_artifact(run, path, bytes))
    }

    /// Sends one run, whole; gives its id. What was sent before is only named.
    fn run(
        &mut self,
        digest: Digest,
        what: &str,
        content: &Content,
        book: &mut Book<'_>,
    ) -> Result<String, ExportError> {
        let run = self.make(digest, what, content, book)?;
        self.fill(&run, content)?;
        self.api.update(&run.id, content.status, content.end_ms)?;
        book.sent(digest, what, &run.id, &self.page(&run.id))?;
        Ok(run.id)
    }

    /// The run of the build that measured a case.
    fn parent(
        &mut self,
        shipment: &Shipment<'_>,
        build: &str,
        book: &mut Book<'_>,
    ) -> Result<String, ExportError> {
        if let Some(parent) = self.parents.get(build) {
            return Ok(parent.id.clone());
        }
        let digest = builds::digest(shipment, build);
        let known = book.ledger().sent(&digest).map(|entry| entry.id.clone());
        let run = if let Some(id) = known {
            let artifacts = format!("mlflow-artifacts:/{}/{id}/artifacts", self.experiment);
            Run { id, status: String::new(), artifacts, digest: None }
        } else {
            let content = builds::begin(&self.tags, shipment, build);
            self.make(digest, build, &content, book)?
        };
        let id = run.id.clone();
        self.parents.insert(build.to_owned(), run);
        Ok(id)
    }

    /// The end of a build's run: which run each case of it has, also those that an earlier build has measured.
    fn finish(
        &mut self,
        shipment: &Shipment<'_>,
        (build, run): (&str, &Run),
        book: &mut Book<'_>,
    ) -> Result<(), ExportError> {
        let content = builds::end(&self.tags, shipment, build, book)?;
        self.fill(run, &content)?;
        self.api.update(&run.id, content.status, content.end_ms)?;
        book.sent(builds::digest(shipment, build), build, &run.id, &self.page(&run.id))
    }
}

impl Destination for Mlflow {
    fn prepare(&mut self, shipment: &Shipment<'_>, book: &mut Book<'_>) -> Result<(), ExportError> {
        let (experiment, is_new) = self.api.experiment(&self.name)?;
        self.experiment = experiment;
        // A ledger of several suites may know some of them only.
        let suite = builds::suite_digest(&shipment.suite.name);
        if !book.ledger().is_begun(&suite) {
            if !is_new {
                self.adopt(shipment, book)?;
            }
            book.begin(suite, &shipment.suite.name)?;
        }
        for build in builds::unfinished(shipment, book) {
            self.parent(shipment, build, book)?;
        }
        Ok(())
    }

    fn is_unfinished(&self, shipment: &Shipment<'_>, book: &Book<'_>) -> bool {
        !builds::unfinished(shipment, book).is_empty()
    }

    fn send(
        &mut self,
        shipment: &Shipment<'_>,
        case: &CaseResult<'_>,
        book: &mut Book<'_>,
    ) -> Result<(), ExportError> {
        let parent = self.parent(shipment, &case.newest().attempt.build, book)?;
        let tags = self.tags.clone();
        let origin = Origin { shipment, tags: &tags, parent: Some(&parent) };
        let mut content = content::of_case(&origin, case, book)?;
        if case.trials.len() < 2 {
            return self.run(case.digest, &case.case.id, &content, book).map(drop);
        }
        // Its end waits for the trials below it: a case that says that it is finished is.
        let run = self.make(case.digest, &case.case.id, &content, book)?;
        let below = Origin { shipment, tags: &tags, parent: Some(&run.id) };
        let mut runs = Vec::new();
        for trial in &case.trials {
            let number = trial.trial.number;
            let known = book.ledger().sent(&trial.digest).map(|entry| entry.id.clone());
            let id = if let Some(id) = known {
                id
            } else {
                let content = content::of_trial(&below, case.case, trial, book)?;
                self.run(trial.digest, &content.name.clone(), &content, book)?
            };
            runs.push((format!("howitzer.trial.{number}"), id));
        }
        // They were not known when the run was made, so they go with the batches.
        content.more_tags.extend(runs);
        self.fill(&run, &content)?;
        self.api.update(&run.id, content.status, content.end_ms)?;
        book.sent(case.digest, &case.case.id, &run.id, &self.page(&run.id))
    }

    fn verify(
        &mut self,
        shipment: &Shipment<'_>,
        sent: &[&CaseResult<'_>],
        book: &mut Book<'_>,
    ) -> Result<(), ExportError> {
        let mut there = BTreeSet::new();
        for (build, run) in self.parents.clone() {
            self.finish(shipment, (&build, &run), book)?;
            let filter = format!("tags.\"mlflow.parentRunId\" = '{}'", quoted(&run.id));
            let nested = self.api.search(&self.experiment, &filter)?;
            there.extend(nested.into_iter().filter(|run| run.status != "RUNNING").map(|run| run.id));
        }
        let is_missing = |case: &&&CaseResult<'_>| {
            book.ledger().sent(&case.digest).is_none_or(|entry| !there.contains(&entry.id))
        };
        let missing: Vec<&str> = sent.iter().filter(is_missing).map(|case| case.case.id.as_str()).collect();
        match missing.first() {
            None => Ok(()),
            Some(first) => Err(ExportError::Missing {
                missing: missing.len(),
                of: sent.len(),
                first: (*first).to_owned(),
            }),
        }
    }

    fn payload(
        &self,
        shipment: &Shipment<'_>,
        book: &Book<'_>,
        show: &mut dyn FnMut(&Value),
    ) -> Result<(), ExportError> {
        dry_run::show(&self.api, (&self.tags, shipment), book, show)
    }

    fn place(&self) -> String {
        if self.experiment.is_empty() { String::new() } else { self.api.page(&self.experiment, None) }
    }

    fn notes(&self) -> Vec<String> {
        let told = |place: &String| {
            format!(
                "the server keeps artifacts at `{place}` and takes none itself: scripts, summaries and results were not sent"
            )
        };
        self.elsewhere.iter().map(told).collect()
    }
}

/// `runs/create`, with as many of the tags as a request may have.
fn creation(experiment: &str, content: &Content) -> Value {
    let tags: Value = content.tags.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    json!({
        "experiment_id": experiment,
        "run_name": content.name,
        "start_time": content.start_ms,
        "tags": tags,
    })
}

/// Text in a filter.
fn quoted(text: &str) -> String {
    text.replace('\'', "''")
}
