//! A small server of MLflow's tracking API: what is sent is kept, and its limits hold
//! (<https://mlflow.org/docs/latest/api_reference/rest-api.html>).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::front::{Front, Request};

/// A run that is there.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Run {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) status: String,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) params: BTreeMap<String, String>,
    /// Key, step, time, value as it was sent: an equal one is no second one.
    pub(crate) metrics: BTreeSet<(String, i64, i64, String)>,
    pub(crate) artifacts: BTreeMap<String, Vec<u8>>,
}

impl Run {
    pub(crate) fn tag(&self, name: &str) -> &str {
        self.tags.get(name).map(String::as_str).unwrap_or_default()
    }
}

#[derive(Debug, Default)]
struct State {
    experiments: Vec<String>,
    runs: Vec<Run>,
}

pub(crate) struct Tracking {
    pub(crate) front: Front,
    state: Arc<Mutex<State>>,
}

impl Tracking {
    pub(crate) fn start() -> Self {
        Self::start_at("127.0.0.1:0")
    }

    pub(crate) fn start_at(address: &str) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let own = Arc::clone(&state);
        let front = Front::start_at(address, move |request| {
            let (status, body) = own.lock().expect("whole").answer(request);
            (status, body.to_string().into_bytes())
        });
        Self { front, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.front.address)
    }

    pub(crate) fn runs(&self) -> Vec<Run> {
        self.state.lock().expect("whole").runs.clone()
    }

    /// The runs of cases and trials, by the digest that they carry; two that carry the same one are doubles.
    #[track_caller]
    pub(crate) fn by_digest(&self) -> BTreeMap<String, Run> {
        let mut all = BTreeMap::new();
        for run in self.runs() {
            let digest = run.tag("howitzer.digest").to_owned();
            assert!(!digest.is_empty(), "a run without a digest: {run:?}");
            let double = all.insert(digest, run);
            assert!(double.is_none(), "twice: {double:?}");
        }
        all
    }

    #[track_caller]
    pub(crate) fn case(&self, name: &str) -> Run {
        let mut found = self.runs().into_iter().filter(|run| run.name == name);
        let one = found.next().unwrap_or_else(|| panic!("no run `{name}`"));
        assert!(found.next().is_none(), "several runs `{name}`");
        one
    }
}

fn refused(message: &str) -> (u16, Value) {
    (400, json!({ "error_code": "INVALID_PARAMETER_VALUE", "message": message }))
}

impl State {
    fn answer(&mut self, request: &Request) -> (u16, Value) {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        if let Some(artifact) = path.strip_prefix("/api/2.0/mlflow-artifacts/artifacts/") {
            return self.artifact(artifact, &request.body);
        }
        let Some(call) = path.strip_prefix("/api/2.0/mlflow/") else { return (404, json!({})) };
        let is_json = request.header("content-type") == Some("application/json");
        if request.method == "POST" && !is_json {
            return refused("Content-Type must be application/json");
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        match call {
            "experiments/get-by-name" => self.experiment(query),
            "experiments/create" => {
                self.experiments.push(body["name"].as_str().expect("a name").to_owned());
                (200, json!({ "experiment_id": self.experiments.len().to_string() }))
            }
            "runs/create" => self.create(&body),
            "runs/log-batch" => self.log(&body),
            "runs/update" => {
                let Some(run) = self.run(&body["run_id"]) else { return refused("no such run") };
                body["status"].as_str().expect("a status").clone_into(&mut run.status);
                (200, json!({}))
            }
            "runs/search" => self.search(&body),
            _ => (404, json!({})),
        }
    }

    fn experiment(&self, query: &str) -> (u16, Value) {
        let name = query.strip_prefix("experiment_name=").expect("a name");
        match self.experiments.iter().position(|known| known == name) {
            Some(at) => (200, json!({ "experiment": { "experiment_id": (at + 1).to_string() } })),
            None => (404, json!({ "error_code": "RESOURCE_DOES_NOT_EXIST", "message": "none" })),
        }
    }

    fn create(&mut self, body: &Value) -> (u16, Value) {
        let id = format!("run{}", self.runs.len() + 1);
        let tags = pairs(&body["tags"]);
        let name = body["run_name"].as_str().expect("a name").to_owned();
        let run = Run { id: id.clone(), name, status: "RUNNING".into(), tags, ..Run::default() };
        self.runs.push(run.clone());
        (200, json!({ "run": told(&run) }))
    }

    fn log(&mut self, body: &Value) -> (u16, Value) {
        let count = |key: &str| body[key].as_array().map_or(0, Vec::len);
        let [metrics, params, tags] = ["metrics", "params", "tags"].map(count);
        if metrics > 1000 || params > 100 || tags > 100 || metrics + params + tags > 1000 {
            return refused("too many in one batch");
        }
        let Some(run) = self.run(&body["run_id"]) else { return refused("no such run") };
        for (key, value) in pairs(&body["params"]) {
            if run.params.insert(key.clone(), value.clone()).is_some_and(|old| old != value) {
                return refused(&format!("param {key} is another one already"));
            }
        }
        run.tags.extend(pairs(&body["tags"]));
        for metric in body["metrics"].as_array().into_iter().flatten() {
            let key = metric["key"].as_str().expect("a key");
            if !key.chars().all(|c| c.is_ascii_alphanumeric() || "_-. :/".contains(c)) || key.len() > 250 {
                return refused(&format!("Invalid metric name: '{key}'"));
            }
            let whole = |name: &str| metric[name].as_i64().expect("a whole number");
            let value = metric["value"].to_string();
            run.metrics.insert((key.to_owned(), whole("step"), whole("timestamp"), value));
        }
        (200, json!({}))
    }

    fn artifact(&mut self, path: &str, body: &[u8]) -> (u16, Value) {
        let mut parts = path.splitn(4, '/');
        let (_, id) = (parts.next(), parts.next().unwrap_or_default());
        let name = parts.nth(1).expect("a path").to_owned();
        let Some(run) = self.run(&json!(id)) else { return refused("no such run") };
        run.artifacts.insert(name, body.to_vec());
        (200, json!({}))
    }

    /// `tags."KEY" = 'VALUE'`, in pages of two: so pages are always turned.
    fn search(&self, body: &Value) -> (u16, Value) {
        let filter = body["filter"].as_str().expect("a filter");
        let (key, value) = filter
            .strip_prefix("tags.\"")
            .and_then(|rest| rest.strip_suffix('\''))
            .and_then(|rest| rest.split_once("\" = '"))
            .expect("a filter of one tag");
        let found: Vec<Value> = self.runs.iter().filter(|run| run.tag(key) == value).map(told).collect();
        let from: usize = body["page_token"].as_str().map_or(0, |token| token.parse().expect("ours"));
        let page: Vec<Value> = found.iter().skip(from).take(2).cloned().collect();
        let mut answer = json!({ "runs": page });
        if from + 2 < found.len() {
            answer["next_page_token"] = json!((from + 2).to_string());
        }
        (200, answer)
    }

    fn run(&mut self, id: &Value) -> Option<&mut Run> {
        self.runs.iter_mut().find(|run| *id == run.id.as_str())
    }
}

fn told(run: &Run) -> Value {
    let tags: Vec<Value> =
        run.tags.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    json!({
        "info": {
            "run_id": run.id, "status": run.status,
            "artifact_uri": format!("mlflow-artifacts:/1/{}/artifacts", run.id),
        },
        "data": { "tags": tags },
    })
}

fn pairs(list: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    list.as_array().into_iter().flatten().map(|pair| (text(&pair["key"]), text(&pair["value"]))).collect()
}
