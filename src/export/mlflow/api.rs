//! MLflow's REST API, as far as results need it
//! (<https://mlflow.org/docs/latest/api_reference/rest-api.html>).

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::access;
use crate::base::environment::Environment;
use crate::base::http::{Answer, Client};
use crate::base::interrupt::Interrupt;
use crate::export::answer::taken;
use crate::export::error::ExportError;
use crate::manifest::MlflowExport;
use crate::target::EndpointError;

/// So long a request may take: a server that is busy with others answers late.
const LIMIT: Duration = Duration::from_secs(30);

/// The largest answer: a page of runs with all their metrics and tags.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// How many runs a page has: 1,000 with 100 tags each would be slow to make.
const PAGE: usize = 500;

/// A tracking server.
pub(super) struct Api {
    client: Client,
    /// Without a slash at its end.
    base: String,
}

/// A run that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) id: String,
    /// `RUNNING`, `FINISHED`, `FAILED` or `KILLED`.
    pub(super) status: String,
    /// Where its artifacts are kept, as the server says it.
    pub(super) artifacts: String,
    /// The digest that it carries.
    pub(super) digest: Option<String>,
}

/// The tag that carries the digest of what was sent.
pub(super) const DIGEST: &str = "howitzer.digest";

impl Api {
    pub(super) fn open(
        export: &MlflowExport,
        root: &Path,
        environment: &Environment,
        interrupt: &Interrupt,
    ) -> Result<Self, ExportError> {
        let access = access::of(&export.endpoint, root, environment)?.stopped_by(interrupt);
        let client = Client::new(&access, LIMIT, MOST_BYTES).map_err(EndpointError::from)?;
        Ok(Self { client, base: export.endpoint.url.trim_end_matches('/').to_owned() })
    }

    /// The page of a run in MLflow's own pages.
    pub(super) fn page(&self, experiment: &str, run: Option<&str>) -> String {
        let run = run.map(|run| format!("/runs/{run}")).unwrap_or_default();
        format!("{}/#/experiments/{experiment}{run}", self.base)
    }

    /// The experiment's id, and whether it was made now.
    pub(super) fn experiment(&self, name: &str) -> Result<(String, bool), ExportError> {
        if let Some(id) = self.experiment_by_name(name)? {
            return Ok((id, false));
        }
        match self.post("experiments/create", &json!({ "name": name })) {
            Ok(made) => Ok((self.named(&made, "/experiment_id", "experiments/create")?, true)),
            // Another sender was faster.
            Err(ExportError::Refused { status: 400, said, .. }) if said.contains("ALREADY_EXISTS") => {
                let found = self.experiment_by_name(name)?;
                found.map(|id| (id, false)).ok_or_else(|| {
                    strange(self.url("experiments/create"), "it knows an experiment, and not by its name")
                })
            }
            Err(error) => Err(error),
        }
    }

    fn experiment_by_name(&self, name: &str) -> Result<Option<String>, ExportError> {
        let encoded = encoded(name);
        let path = format!("experiments/get-by-name?experiment_name={encoded}");
        let found = match self.get(&path) {
            Ok(found) => found,
            Err(ExportError::Refused { status: 404, said, .. }) if said.contains("DOES_NOT_EXIST") => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        if text(&found, "/experiment/lifecycle_stage") == "deleted" {
            let (what, base) = ("restore it or name another one", &self.base);
            return Err(ExportError::Unusable(format!(
                "the experiment `{name}` is deleted at {base}; {what}"
            )));
        }
        self.named(&found, "/experiment/experiment_id", &path).map(Some)
    }

    /// The id of an experiment in an answer: with none, runs would land somewhere else.
    fn named(&self, answer: &Value, pointer: &str, path: &str) -> Result<String, ExportError> {
        let id = text(answer, pointer);
        if id.is_empty() { Err(strange(self.url(path), "it names no experiment")) } else { Ok(id) }
    }

    /// Makes a run.
    pub(super) fn create(&self, run: &Value) -> Result<Run, ExportError> {
        let made = self.post("runs/create", run)?;
        let run = read_run(&made["run"]);
        if run.id.is_empty() {
            let what = format!("POST {}", self.url("runs/create"));
            return Err(strange(what, "it names no run"));
        }
        Ok(run)
    }

    /// All runs of an experiment that `filter` takes.
    pub(super) fn search(&self, experiment: &str, filter: &str) -> Result<Vec<Run>, ExportError> {
        let mut runs = Vec::new();
        let mut token = String::new();
        loop {
            let mut asked = json!({ "experiment_ids": [experiment], "filter": filter, "max_results": PAGE });
            if !token.is_empty() {
                asked["page_token"] = json!(token);
            }
            let page = self.post("runs/search", &asked)?;
            runs.extend(page["runs"].as_array().into_iter().flatten().map(read_run));
            token = text(&page, "/next_page_token");
            if token.is_empty() {
                return Ok(runs);
            }
        }
    }

    pub(super) fn log_batch(&self, batch: &Value) -> Result<(), ExportError> {
        self.post("runs/log-batch", batch).map(drop)
    }

    pub(super) fn update(&self, run: &str, status: &str, end_ms: i64) -> Result<(), ExportError> {
        let update = json!({ "run_id": run, "status": status, "end_time": end_ms });
        self.post("runs/update", &update).map(drop)
    }

    /// Puts an artifact of a run through the server; `path` has its parts encoded already.
    pub(super) fn put_artifact(&self, run: &Run, path: &str, bytes: &[u8]) -> Result<(), ExportError> {
        let url = self.artifact_url(run, path);
        let answer = self.client.put(&url, "application/octet-stream", bytes);
        self.read(&format!("PUT {url}"), answer).map(drop)
    }

    /// Where an artifact of a run is put; `path` has its parts encoded already.
    pub(super) fn artifact_url(&self, run: &Run, path: &str) -> String {
        format!("{}/{}", self.base, artifact_path(run, path).unwrap_or_default())
    }

    /// Where a call of the API is answered.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}/api/2.0/mlflow/{path}", self.base)
    }

    fn get(&self, path: &str) -> Result<Value, ExportError> {
        let url = self.url(path);
        self.read(&format!("GET {url}"), self.client.get(&url))
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, ExportError> {
        let url = self.url(path);
        let body = body.to_string();
        self.read(&format!("POST {url}"), self.client.post(&url, "application/json", body.as_bytes()))
    }

    fn read(&self, what: &str, answer: Result<Answer, String>) -> Result<Value, ExportError> {
        let answer = taken(&self.client, what, answer)?;
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&answer.body)
            .map_err(|error| strange(self.client.masked(what), &format!("it is no JSON ({error})")))
    }
}

fn strange(what: String, why: &str) -> ExportError {
    ExportError::Strange { what, of: "MLflow", why: why.to_owned() }
}

/// Where an artifact is put, below the server's address; none where the server does not take any itself.
pub(super) fn artifact_path(run: &Run, path: &str) -> Option<String> {
    let folder = run.artifacts.strip_prefix("mlflow-artifacts:/")?;
    // Two slashes more begin another server's name.
    let folder = (!folder.starts_with('/')).then_some(folder)?;
    Some(format!("api/2.0/mlflow-artifacts/artifacts/{folder}/{path}"))
}

/// A part of a URL.
pub(super) fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn read_run(run: &Value) -> Run {
    let tags = run["data"]["tags"].as_array().into_iter().flatten();
    let digest = tags.filter(|tag| tag["key"] == DIGEST).map(|tag| text(tag, "/value")).next();
    Run {
        id: text(run, "/info/run_id"),
        status: text(run, "/info/status"),
        artifacts: text(run, "/info/artifact_uri"),
        digest,
    }
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_server_that_takes_artifacts_itself_gets_them() {
        let run = |artifacts: &str| Run {
            id: "1".into(),
            status: "RUNNING".into(),
            artifacts: artifacts.into(),
            digest: None,
        };
        let path = artifact_path(&run("mlflow-artifacts:/1/abc/artifacts"), "a%20b.js");
        let expected = "api/2.0/mlflow-artifacts/artifacts/1/abc/artifacts/a%20b.js";
        assert_eq!(path.as_deref(), Some(expected));
        for elsewhere in ["s3://bucket/1", "/srv/mlruns/1", "mlflow-artifacts://other:5000/1", ""] {
            assert_eq!(artifact_path(&run(elsewhere), "a"), None, "{elsewhere}");
        }
    }
}
