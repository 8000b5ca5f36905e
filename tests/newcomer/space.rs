//! A temporary workspace with the example target and real k6, driven through the built binary.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The suite that most tests begin with: two payloads, one second each, after a warm-up.
pub(crate) const SUITE: &str = r#"
[suite]
title = "Digits"

[defaults]
target = "digits"
template = "grpc/infer.js"
vars = { model_name = "digits-svm" }

[[test]]
name = "warmup"
role = "warmup"
payload = "digits-1.json"
k6 = { vus = 1, iterations = 1 }

[[test]]
name = "grpc"
[test.k6]
duration = "1s"
[test.matrix]
vus = [1]
payload = ["digits-1.json", "digits-64.json"]
"#;

pub(crate) struct Space {
    folder: tempfile::TempDir,
    pub(crate) http: u16,
}

/// What a finished command said.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// The lines in which runs execute.
    pub(crate) fn runs(&self) -> Vec<&str> {
        self.stderr.lines().map(str::trim).filter(|line| line.starts_with("run ")).collect()
    }

    #[track_caller]
    pub(crate) fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// The example target as cargo built it for this test run.
pub(crate) fn example_target() -> PathBuf {
    let own = std::env::current_exe().expect("this test's path");
    let profile = own.parent().and_then(Path::parent).expect("target/<profile>");
    let path = profile.join("examples/inference_server");
    assert!(
        path.is_file(),
        "`cargo test` builds the examples; run `cargo build --examples` before this test alone"
    );
    path
}

impl Space {
    /// A workspace whose target is a service on free ports, started by howitzer.
    pub(crate) fn new() -> Self {
        let (grpc, http) = (free_port(), free_port());
        let space = Self { folder: tempfile::tempdir().expect("temporary folder"), http };
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        for file in [
            "k6_templates/grpc/infer.js",
            "k6_templates/grpc/open_inference.proto",
            "k6_templates/lib/checks.js",
        ] {
            space.write(file, &fs::read_to_string(repository.join(file)).expect("the repository's file"));
        }
        for file in ["payloads/digits-1.json", "payloads/digits-64.json"] {
            space.write(file, &fs::read_to_string(repository.join(file)).expect("the repository's file"));
        }
        fs::create_dir_all(space.path("bin")).expect("folder");
        // By a process of its own: a file that this one had open for writing could be inherited by a child
        // that another test starts at that moment, and could not be executed then ("text file busy").
        let copied = Command::new("cp").arg(example_target()).arg(space.path("bin/server")).status();
        assert!(copied.is_ok_and(|status| status.success()), "the target cannot be copied");
        space.write(
            "howitzer.toml",
            &format!(
                "[host]\nshared = true\n[target.digits]\nbase_url = \"127.0.0.1:{grpc}\"\nready = {{ tcp = \"127.0.0.1:{grpc}\" }}\nwait = \"30s\"\n\
                 service = {{ command = [\"bin/server\", \"--grpc\", \"127.0.0.1:{grpc}\", \"--http\", \"127.0.0.1:{http}\"] }}\n"
            ),
        );
        space.write("suites/digits.toml", SUITE);
        space
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        fs::write(path, text).expect("writes");
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    #[track_caller]
    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let text = self.read(file);
        assert!(text.contains(from), "`{from}` is not in {file}");
        self.write(file, &text.replace(from, to));
    }

    /// The binary in this workspace. k6 is installed once for all tests; loads exclude each other by the load lock.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_howitzer"));
        let shared = Path::new(env!("CARGO_TARGET_TMPDIR"));
        command
            .current_dir(self.folder.path())
            .args(arguments)
            .env("HOWITZER_TOOLS", shared.join("tools"))
            .env("HOWITZER_LOAD_LOCK", shared.join("load.lock"))
            .env_remove("HOWITZER_K6")
            .env_remove("GITHUB_ACTIONS")
            .env_remove("GITHUB_STEP_SUMMARY")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        Said::of(self.command(arguments).output().expect("starts"))
    }

    pub(crate) fn build(&self) -> Said {
        self.run(&["build", "digits"])
    }

    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().expect("starts")
    }

    /// Processes of this workspace that are still there: k6 and services name it in their command line or folder.
    pub(crate) fn leftovers(&self) -> Vec<String> {
        let root = self.folder.path().canonicalize().expect("exists");
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let folder = fs::read_link(entry.path().join("cwd")).unwrap_or_default();
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            if folder.starts_with(&root) && !line.is_empty() {
                found.push(String::from_utf8_lossy(&line).replace('\0', " "));
            }
        }
        found
    }

    /// Every file under a folder with its bytes, `build.json` left out: it alone may tell builds apart.
    pub(crate) fn files(&self, folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut waiting = vec![self.path(folder)];
        while let Some(next) = waiting.pop() {
            for entry in fs::read_dir(next).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    waiting.push(path);
                } else if !path.ends_with("build.json") {
                    found.push((path.clone(), fs::read(&path).expect("reads")));
                }
            }
        }
        found.sort();
        found
    }
}

/// Waits for something that is sure to come; a minute is only there so that a failure ends.
#[track_caller]
pub(crate) fn wait_for(condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_mins(1), "it did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}
