//! A workspace whose results go to MLflow, with a fake k6 that measures sixty numbers without any load.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

pub(crate) struct Workspace {
    folder: tempfile::TempDir,
}

/// What a finished command said.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

const FAKE: &str = r#"#!/bin/bash
case $1 in
version) echo 'k6 v1.1.0 (commit/fake, go1, linux/amd64)'; exit;;
archive) while [ $# -gt 1 ]; do [ $1 = --archive-out ] && : | tar cf $2 -T -; shift; done; exit;;
esac
while [ $# -gt 1 ]; do [ "$1" = --summary-export ] && SUMMARY=$2; shift; done
echo 'METRICS' > $SUMMARY
"#;

/// Two cases of one trial, and one of two.
pub(crate) const SUITE: &str = "[defaults]\ntemplate = \"plain.js\"\nmax_age = \"never\"\nk6 = { duration = \"1s\" }\n\
    [[test]]\nname = \"load\"\n[test.matrix]\nvus = [1, 2]\n[[test]]\nname = \"twice\"\nrepeat = 2\n";

/// Ten trends with six statistics each, of which one is a sub-metric, and the iterations.
fn summary() -> String {
    let trend = r#"{"avg":1.5,"min":0.25,"med":1.25,"max":9.75,"p(90)":2.5,"p(95)":3.125}"#;
    let names = (0..9).map(|n| format!("trend_{n}")).chain(["trend_0{expected_response:true}".to_owned()]);
    let trends: Vec<String> = names.map(|name| format!("\"{name}\":{trend}")).collect();
    format!("{{\"metrics\":{{\"iterations\":{{\"count\":10,\"rate\":5}},{}}}}}", trends.join(","))
}

impl Workspace {
    pub(crate) fn new(uri: &str) -> Self {
        let space = Self { folder: tempfile::tempdir().expect("temporary folder") };
        space.write("k6_templates/plain.js", "{{ k6_opts }}\nexport default function () {}\n");
        space.write("suites/s.toml", SUITE);
        space.destination(uri, "");
        space.write("fake-k6", &FAKE.replace("METRICS", &summary()));
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(space.path("fake-k6"), executable).expect("executable");
        space
    }

    /// Names the server, with further lines of its table.
    pub(crate) fn destination(&self, uri: &str, lines: &str) {
        self.write("howitzer.toml", &format!("[export.mlflow]\nuri = \"{uri}\"\n{lines}"));
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        fs::write(path, text).expect("writes");
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_howitzer"));
        command
            .current_dir(self.folder.path())
            .args(arguments)
            .env("HOWITZER_K6", self.path("fake-k6"))
            .env("HOWITZER_LOAD_LOCK", self.path("load.lock"))
            // What an MLflow client would take for the run to log into: nesting must not mind.
            .env("MLFLOW_RUN_ID", "0123456789abcdef0123456789abcdef")
            .env("MLFLOW_EXPERIMENT_ID", "77")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for variable in ["USERNAME", "PASSWORD", "TOKEN", "URI"] {
            command.env_remove(format!("MLFLOW_TRACKING_{variable}"));
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        Said::of(self.command(arguments).output().expect("starts"))
    }

    /// Every file of the workspace.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut waiting = vec![self.folder.path().to_owned()];
        while let Some(folder) = waiting.pop() {
            for entry in fs::read_dir(folder).expect("a folder").flatten() {
                if entry.path().is_dir() {
                    waiting.push(entry.path());
                } else {
                    files.insert(entry.path(), fs::read(entry.path()).expect("reads"));
                }
            }
        }
        files
    }

    /// What the last build did.
    pub(crate) fn build_json(&self) -> serde_json::Value {
        let text = fs::read(self.path("out/s/build.json")).expect("an account");
        serde_json::from_slice(&text).expect("JSON")
    }

    /// Forgets what was sent.
    pub(crate) fn forget(&self) {
        let ledgers = self.path(".howitzer/v1/exports");
        if ledgers.exists() {
            fs::remove_dir_all(ledgers).expect("removes");
        }
    }
}

/// The summary export of a case, as it stands in the outputs.
pub(crate) fn output(space: &Workspace, name: &str) -> Vec<u8> {
    fs::read(space.path(&format!("out/s/{name}"))).unwrap_or_else(|error| panic!("{name}: {error}"))
}

impl Said {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    #[track_caller]
    pub(crate) fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn says(self, part: &str) -> Self {
        assert!(self.stderr.contains(part), "`{part}` is missing in:\n{}", self.stderr);
        self
    }
}
