//! The example server as a process of a test's own, on ports of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

pub(crate) struct RunningServer {
    process: Child,
    stdout: BufReader<ChildStdout>,
    /// What the server said of itself when it was ready.
    pub(crate) announcement: Value,
}

/// A status and the body that came with it.
pub(crate) struct HttpAnswer {
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl HttpAnswer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("the body is JSON")
    }
}

impl RunningServer {
    pub(crate) fn start(options: &[&str]) -> Self {
        let mut process = command(options).spawn().expect("the example server starts");
        let stdout = process.stdout.take().expect("stdout is piped");
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        stdout.read_line(&mut line).expect("stdout is text");
        let announcement = serde_json::from_str(&line).expect("the first line is JSON");
        Self { process, stdout, announcement }
    }

    pub(crate) fn grpc_address(&self) -> &str {
        self.announced("grpc")
    }

    pub(crate) fn get(&self, path: &str) -> HttpAnswer {
        read(agent().get(self.url(path)).call())
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> HttpAnswer {
        read(agent().post(self.url(path)).send(body.to_string()))
    }

    pub(crate) fn infer(&self, inputs: &Value) -> HttpAnswer {
        let body = serde_json::json!({ "inputs": inputs });
        self.post("/v2/models/digits-svm/infer", &body)
    }

    /// Sends a request and leaves its answer to come.
    pub(crate) fn begin_infer(&self, inputs: &Value) -> TcpStream {
        let body = serde_json::json!({ "inputs": inputs }).to_string();
        let head = "POST /v2/models/digits-svm/infer HTTP/1.1\r\nhost: localhost";
        let length = body.len();
        let mut stream = TcpStream::connect(self.announced("http")).expect("the server listens");
        write!(stream, "{head}\r\ncontent-length: {length}\r\n\r\n{body}").expect("it reads");
        stream
    }

    /// Sends the signal; returns how the server ended and the rest of its stdout.
    pub(crate) fn end_by(mut self, signal: Signal) -> (ExitStatus, String) {
        kill_process(Pid::from_child(&self.process), signal).expect("the server still runs");
        let status = self.process.wait().expect("the server is a child of this process");
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).expect("stdout is text");
        (status, rest)
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.announced("http"))
    }

    fn announced(&self, name: &str) -> &str {
        self.announcement[name].as_str().expect("the announcement is complete")
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        // Both fail only where the server has ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The example on free ports, unless the options say another address.
pub(crate) fn command(options: &[&str]) -> Command {
    let mut command = Command::new(executable());
    for name in ["--grpc", "--http"] {
        if !options.contains(&name) {
            command.args([name, "127.0.0.1:0"]);
        }
    }
    command.args(options).stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

/// Cargo builds the examples beside the tests, but only for a `cargo test`
/// that is not narrowed to some targets, and does not tell where.
fn executable() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let profile = test.ancestors().nth(2).expect("tests lie in `deps`");
    let name = format!("inference_server{}", std::env::consts::EXE_SUFFIX);
    let path = profile.join("examples").join(name);
    assert!(path.exists(), "no example server: run `cargo build --examples` before this test alone");
    path
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        // A proxy of the environment is not for this machine's own address.
        .proxy(None)
        .timeout_global(Some(Duration::from_mins(1)))
        .build()
        .into()
}

fn read(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> HttpAnswer {
    let mut answer = answer.expect("the server answers");
    HttpAnswer {
        status: answer.status().as_u16(),
        text: answer.body_mut().read_to_string().expect("the body is text"),
    }
}
