//! The binary in a workspace of its own, and what it said.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::fake;
use crate::world::World;

/// Looks at every output and at everything in the store, and mends it.
pub(crate) const VERIFY: &str = "--verify";

/// A run by suite, case and trial.
pub(crate) type Run = (String, String, u32);

pub(crate) struct Workspace {
    folder: tempfile::TempDir,
    /// The sources as they were written last.
    written: BTreeMap<String, String>,
}

/// What is asked of `howitzer build`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) suites: Vec<String>,
    pub(crate) patterns: Vec<String>,
    /// `--force`, `--force=NODE` or `--verify`.
    pub(crate) force: Option<&'static str>,
    pub(crate) keep_going: bool,
    pub(crate) strict: bool,
}

impl Request {
    fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["build".to_owned()];
        arguments.extend(self.suites.iter().chain(&self.patterns).cloned());
        arguments.extend(self.force.map(str::to_owned));
        arguments.extend(self.keep_going.then(|| "-k".to_owned()));
        arguments.extend(self.strict.then(|| "--strict".to_owned()));
        arguments.extend(["--message-format", "ndjson"].map(str::to_owned));
        arguments
    }

    pub(crate) fn forces_runs(&self) -> bool {
        self.force == Some("--force")
    }

    pub(crate) fn verifies(&self) -> bool {
        self.force == Some(VERIFY)
    }
}

/// What a command said, in the order in which it said it.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stderr: String,
    /// With their reasons.
    pub(crate) planned: Vec<(Run, String)>,
    /// Runs and warm-ups (trial 0) that began, with the reason.
    pub(crate) begun: Vec<(Run, String)>,
    /// Runs that ended, with their verdict.
    pub(crate) ended: Vec<(Run, String)>,
    /// Whether any outputs were written: nothing was answered from a stamp.
    pub(crate) wrote: bool,
}

impl Said {
    pub(crate) fn read(code: Option<i32>, stdout: &[u8], stderr: &[u8]) -> Self {
        let mut said = Self { code, stderr: String::from_utf8_lossy(stderr).into_owned(), ..Self::default() };
        let mut suite = String::new();
        for line in String::from_utf8_lossy(stdout).lines() {
            // The last line of a killed process may be cut.
            let Ok(event) = serde_json::from_str::<Value>(line) else { continue };
            let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
            let trial = u32::try_from(event["trial"].as_u64().unwrap_or_default()).expect("small");
            let run = |name: &str| (suite.clone(), text(name), trial);
            match event["event"].as_str().unwrap_or_default() {
                "suite.planned" => suite = text("suite"),
                "plan.run" => {
                    let reasons = event["reasons"].as_array().into_iter().flatten();
                    let reasons: Vec<&str> = reasons.filter_map(Value::as_str).collect();
                    said.planned.push((run("case"), reasons.join("; ")));
                }
                "run.started" => said.begun.push((run("case"), text("reason"))),
                "warm-up.started" => said.begun.push((run("test"), "warm-up".to_owned())),
                "run.finished" => said.ended.push((run("case"), text("verdict"))),
                "outputs.written" => said.wrote = true,
                _ => {}
            }
        }
        said
    }

    pub(crate) fn plan(&self) -> Vec<Run> {
        self.planned.iter().map(|(run, _)| run.clone()).collect()
    }
}

impl Workspace {
    pub(crate) fn new() -> Self {
        // In memory where that is possible: the store has every result on disk before it goes on.
        let shared = Path::new("/dev/shm");
        let place = if shared.is_dir() { shared.to_owned() } else { std::env::temp_dir() };
        let folder = tempfile::Builder::new().prefix("howitzer-oracle-").tempdir_in(place);
        let workspace = Self { folder: folder.expect("temporary folder"), written: BTreeMap::new() };
        for (path, text) in [("fake-k6", fake::SCRIPT), ("state/replicas", "0\n"), ("k6/serial", "0\n")] {
            workspace.put(path, text);
        }
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(workspace.path("fake-k6"), mode).expect("executable");
        workspace
    }

    /// Leaves the folder where it is, for a look.
    pub(crate) fn keep(&self, seed: u64) -> PathBuf {
        let kept = std::env::temp_dir().join(format!("howitzer-oracle-{seed}-{}", std::process::id()));
        let copied = Command::new("cp").arg("-r").arg(self.folder.path()).arg(&kept).status();
        assert!(copied.is_ok_and(|status| status.success()), "the workspace cannot be kept");
        kept
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    pub(crate) fn put(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        fs::write(path, text).expect("writes");
    }

    pub(crate) fn read(&self, file: &str) -> Option<String> {
        fs::read_to_string(self.path(file)).ok()
    }

    /// Makes the sources those of `world`; what did not change is not touched.
    pub(crate) fn write(&mut self, world: &World) {
        let files = world.files();
        for (path, text) in &files {
            if self.written.get(path) != Some(text) {
                self.put(path, text);
            }
        }
        for gone in self.written.keys().filter(|path| !files.contains_key(*path)) {
            fs::remove_file(self.path(gone)).expect("removes");
        }
        self.written = files;
    }

    fn command(&self, world: &World, arguments: &[String]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_howitzer"));
        command
            .current_dir(self.folder.path())
            .args(arguments)
            .env("HOWITZER_K6", self.path("fake-k6"))
            .env("HOWITZER_TOOLS", self.path("tools"))
            .env("HOWITZER_LOAD_LOCK", self.path("load.lock"))
            .env("HOWITZER_HOST_CLASS", world.class_name())
            .env("ORACLE_REGION", world.region.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, world: &World, arguments: &[&str]) -> Said {
        let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
        self.output(world, &arguments)
    }

    fn output(&self, world: &World, arguments: &[String]) -> Said {
        let output = self.command(world, arguments).output().expect("starts");
        Said::read(output.status.code(), &output.stdout, &output.stderr)
    }

    pub(crate) fn plan(&self, world: &World, request: &Request) -> Said {
        let asked = ["-n", "--probe"].map(str::to_owned);
        self.output(world, &[request.arguments(), asked.to_vec()].concat())
    }

    pub(crate) fn build(&self, world: &World, request: &Request) -> Said {
        self.output(world, &request.arguments())
    }

    pub(crate) fn spawn(&self, world: &World, request: &Request) -> Child {
        self.command(world, &request.arguments()).spawn().expect("starts")
    }

    /// What the fake logged since the last look: serial and checksum of each script that it ran.
    pub(crate) fn take_log(&self) -> Vec<(u64, u32)> {
        let text = self.read("k6/log").unwrap_or_default();
        self.put("k6/log", "");
        let line = |line: &str| {
            let (serial, sum) = line.split_once(' ')?;
            Some((serial.parse().ok()?, sum.parse().ok()?))
        };
        text.lines().filter_map(line).collect()
    }

    /// Every file under a folder with its bytes, `build.json` left out: it alone may tell builds apart.
    pub(crate) fn snapshot(&self, folder: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut waiting = vec![self.path(folder)];
        while let Some(next) = waiting.pop() {
            for entry in fs::read_dir(next).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    waiting.push(path);
                } else if !path.ends_with("build.json") {
                    let inside = path.strip_prefix(self.folder.path()).expect("inside").to_owned();
                    found.insert(inside, fs::read(&path).expect("reads"));
                }
            }
        }
        found
    }
}
