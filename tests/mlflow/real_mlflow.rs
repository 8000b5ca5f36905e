//! A real MLflow as a process of a test's own: from PyPI, in a virtual environment that is made once a target
//! folder. Where it cannot be had the test fails.

use std::fs;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// With what its basic authentication needs.
const PACKAGE: &str = "mlflow[auth]==3.17.0";

/// So long it may take to start: it imports half of PyPI.
const PATIENCE: Duration = Duration::from_mins(4);

/// Of the administrator whom a new server makes (<https://mlflow.org/docs/latest/self-hosting/security/basic-http-auth/>).
pub(crate) const ADMIN: (&str, &str) = ("admin", "swordfish-of-a-test");

pub(crate) struct RealMlflow {
    process: Child,
    pub(crate) address: String,
    has_users: bool,
    folder: tempfile::TempDir,
}

impl RealMlflow {
    pub(crate) fn start(has_users: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("bound").to_string();
        drop(free);
        let port = address.rsplit_once(':').expect("a port").1;
        let log = fs::File::create(folder.path().join("log")).expect("a log");
        let mut command = Command::new(python());
        command.args(["-m", "mlflow", "server", "--host", "127.0.0.1", "--workers", "1", "--port", port]);
        command.args(["--backend-store-uri", "sqlite:///m.db", "--artifacts-destination", "./artifacts"]);
        if has_users {
            command.args(["--app-name", "basic-auth"]).env("MLFLOW_FLASK_SERVER_SECRET_KEY", "of a test");
            command.env("MLFLOW_AUTH_ADMIN_PASSWORD", ADMIN.1);
        }
        // It starts others: they are ended as one group.
        let process = command
            .env("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")
            .env("MLFLOW_DISABLE_TELEMETRY", "true")
            .current_dir(folder.path())
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("MLflow starts");
        let mut started = Self { process, address, has_users, folder };
        started.await_health();
        started
    }

    fn await_health(&mut self) {
        let began = Instant::now();
        while self.ask("GET", "/health", &Value::Null).is_none() {
            let ended = self.process.try_wait().expect("a child");
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(ended.is_none() && began.elapsed() < PATIENCE, "MLflow is not ready:\n{log}");
            thread::sleep(Duration::from_millis(200));
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The text of an answer with status 200.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> Option<String> {
        let user = if self.has_users { format!("{}:{}@", ADMIN.0, ADMIN.1) } else { String::new() };
        let url = format!("http://{user}{}{path}", self.address);
        let agent: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
        let answer = match method {
            "GET" => agent.get(&url).call(),
            _ => agent.post(&url).header("content-type", "application/json").send(body.to_string()),
        };
        answer.ok()?.body_mut().read_to_string().ok()
    }

    /// The answer of a call of its REST API.
    #[track_caller]
    pub(crate) fn call(&self, method: &str, call: &str, body: &Value) -> Value {
        let answer = self.ask(method, &format!("/api/2.0/mlflow/{call}"), body);
        serde_json::from_str(&answer.unwrap_or_else(|| panic!("{call} is refused"))).expect("JSON")
    }

    /// How many calls of its API it has answered, as its log says.
    pub(crate) fn requests(&self) -> usize {
        let log = fs::read_to_string(self.folder.path().join("log")).expect("a log");
        log.lines().filter(|line| line.contains('"') && line.contains(" /api/2.0/")).count()
    }

    /// All runs of all experiments.
    pub(crate) fn runs(&self) -> Vec<Value> {
        let all = self.call("POST", "experiments/search", &serde_json::json!({ "max_results": 100 }));
        let ids: Vec<&Value> =
            all["experiments"].as_array().expect("some").iter().map(|one| &one["experiment_id"]).collect();
        let asked = serde_json::json!({ "experiment_ids": ids, "max_results": 1000 });
        self.call("POST", "runs/search", &asked)["runs"].as_array().cloned().unwrap_or_default()
    }

    /// The bytes of a run's artifact, as the server gives them back.
    pub(crate) fn artifact(&self, run: &Value, path: &str) -> Vec<u8> {
        let folder = run["info"]["artifact_uri"].as_str().expect("a place");
        let folder = folder.strip_prefix("mlflow-artifacts:/").expect("proxied");
        let path = format!("/api/2.0/mlflow-artifacts/artifacts/{folder}/{path}");
        self.ask("GET", &path, &Value::Null).unwrap_or_else(|| panic!("no artifact {path}")).into_bytes()
    }
}

impl Drop for RealMlflow {
    fn drop(&mut self) {
        let group = rustix::process::Pid::from_child(&self.process);
        // Both fail only where it has ended by itself.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        let _ = self.process.wait();
    }
}

/// The Python of the virtual environment.
fn python() -> PathBuf {
    static MADE: Mutex<()> = Mutex::new(());
    let _one = MADE.lock().expect("no other failed");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mlflow-3.17.0");
    let python = folder.join("bin/python");
    if !python.exists() {
        let fetched = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let part = fetched.path().join("environment");
        run("python3", &["-m", "venv", &part.to_string_lossy()]);
        let own = part.join("bin/python");
        run(&own.to_string_lossy(), &["-m", "pip", "install", "--quiet", PACKAGE]);
        // Its scripts name the folder that it was made in; its Python does not mind.
        let _ = fs::rename(&part, &folder);
        assert!(python.exists(), "MLflow cannot be had: there is no {}", python.display());
    }
    python
}

fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("MLflow cannot be had: {program}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "MLflow cannot be had: {program} {}: {said}", arguments.join(" "));
}
