//! A real Prometheus as a process of a test's own: Debian's package, unpacked without root. Where it cannot be
//! had the test fails.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// So long it may take to start and to look at its target.
const PATIENCE: Duration = Duration::from_mins(1);

/// `admin` with the password `test`, as the documentation of Prometheus has it
/// (<https://prometheus.io/docs/guides/basic-auth/>).
const USERS: &str =
    "basic_auth_users:\n  admin: $2b$12$hNf2lSsxfm0.i4a.1kVpSOVyBCfIB51VRjgBUyv6kdnyTlgWj81Ay\n";

pub(crate) struct RealPrometheus {
    process: Child,
    pub(crate) address: String,
    folder: tempfile::TempDir,
}

impl RealPrometheus {
    /// Looks at the metrics page at `target` each second; only `admin:test` may ask.
    pub(crate) fn start(target: &str) -> Self {
        let jobs = format!("  - job_name: digits\n    static_configs: [{{ targets: [\"{target}\"] }}]\n");
        let mut started = Self::spawn(&jobs, &[]);
        started.await_answer("up%3D%3D1", "\"instance\"");
        started
    }

    /// Looks at nothing and is started with further arguments, to be written to; only `admin:test` may.
    pub(crate) fn receiving(arguments: &[&str]) -> Self {
        let mut started = Self::spawn("", arguments);
        started.await_answer("vector(1)", "success");
        started
    }

    fn spawn(jobs: &str, arguments: &[&str]) -> Self {
        let binary = binary();
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).expect("written");
            path
        };
        let config = write(
            "prometheus.yml",
            &format!("global: {{ scrape_interval: 1s, scrape_timeout: 1s }}\nscrape_configs:\n{jobs}"),
        );
        let users = write("web.yml", USERS);
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("bound").to_string();
        drop(free);
        let log = fs::File::create(folder.path().join("log")).expect("a log");
        let process = Command::new(binary)
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--web.config.file={}", users.display()))
            .arg(format!("--web.listen-address={address}"))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("Prometheus starts");
        Self { process, address, folder }
    }

    /// Ready is not enough: its first look at the target comes up to 5 s later (its targets are taken over so often),
    /// and a window before it has no data.
    fn await_answer(&mut self, query: &str, part: &str) {
        let url = format!("http://admin:test@{}/api/v1/query?query={query}", self.address);
        let agent: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
        let has_looked = || {
            let answer = agent.get(&url).call().ok()?.body_mut().read_to_string().ok()?;
            Some(answer.contains(part))
        };
        let began = Instant::now();
        while has_looked() != Some(true) {
            let ended = self.process.try_wait().expect("a child");
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            let in_time = ended.is_none() && began.elapsed() < PATIENCE;
            assert!(in_time, "Prometheus has not looked at its target:\n{log}");
            thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for RealPrometheus {
    fn drop(&mut self) {
        // Both fail only where it has ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The binary in Debian's package, which is fetched once a target folder.
fn binary() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("prometheus");
    let binary = folder.join("usr/bin/prometheus");
    if !binary.exists() {
        let fetched = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        run("apt-get", &["download", "prometheus"], fetched.path());
        let package = fs::read_dir(fetched.path()).expect("a folder").flatten().map(|entry| entry.path());
        let package = package.filter(|path| path.extension().is_some_and(|ending| ending == "deb")).last();
        let package = package.expect("Prometheus cannot be had: `apt-get download` left no package");
        run("dpkg", &["-x", &package.to_string_lossy(), "unpacked"], fetched.path());
        // Another test may have been faster.
        let _ = fs::rename(fetched.path().join("unpacked"), &folder);
        assert!(binary.exists(), "Prometheus cannot be had: the package has no usr/bin/prometheus");
    }
    binary
}

fn run(program: &str, arguments: &[&str], folder: &Path) {
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    let output = output.unwrap_or_else(|error| panic!("Prometheus cannot be had: {program}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "Prometheus cannot be had: {program} {}: {said}", arguments.join(" "));
}
