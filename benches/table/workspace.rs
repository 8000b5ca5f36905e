//! Synthetic workspaces in a temporary folder, always laid out in the same way.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use howitzer::base::environment::Environment;

use crate::measure::silently;

/// The payloads of a sweep.
pub(crate) const PAYLOADS: usize = 10;

/// The numbers of virtual users of a sweep.
pub(crate) const USERS: usize = 100;

/// The template of a sweep: one import of k6's own, one payload, the options, one variable.
pub(crate) const TEMPLATE: &str = r"import http from 'k6/http';
import { check, sleep } from 'k6';

{{ k6_opts }}

const inputs = JSON.parse(open('{{ payload_path }}')).inputs;
const body = JSON.stringify({
  inputs: inputs.map(({ name, shape, datatype, contents }) => ({ name, shape, datatype, data: contents })),
});
const url = '{{ base_url }}/v2/models/digits/infer?user={{ vars.user }}';

export default function () {
  const response = http.post(url, body, { headers: { 'Content-Type': 'application/json' } });
  check(response, { answered: (seen) => seen.status === 200 });
  sleep(0.1);
}
";

/// The target's address of a sweep; nobody listens there.
pub(crate) const BASE_URL: &str = "http://127.0.0.1:9";

/// Room that the largest workspace needs: 100,000 cases with a store and outputs.
const ROOM: u64 = 8 << 30;

/// Everything that the table makes, removed at its end. In memory where there is room: seeding the
/// store syncs every file, and no row is about the disk.
pub(crate) fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let roomy = rustix::fs::statvfs(memory).is_ok_and(|stat| stat.f_bavail * stat.f_frsize >= ROOM);
    let made = if roomy { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a temporary folder")
}

/// A workspace, and how its howitzer is called.
pub(crate) struct Space {
    pub(crate) root: PathBuf,
    tools: PathBuf,
    load_lock: PathBuf,
}

impl Space {
    /// An empty workspace at `root`. k6 is the one that the tests install.
    pub(crate) fn new(root: PathBuf) -> Self {
        let shared = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let load_lock = root.join("load.lock");
        let space = Self { root, tools: shared.join("tools"), load_lock };
        space.write("howitzer.toml", "[k6]\nversion = \"1.1\"\n");
        space
    }

    /// A sweep of `cases` cases (a multiple of 1,000) named `sweep`: payloads × virtual users × a variable.
    pub(crate) fn sweep(root: PathBuf, cases: usize) -> Self {
        let space = Self::new(root);
        space.write("k6_templates/infer.js", TEMPLATE);
        for index in 0..PAYLOADS {
            space.write(&format!("payloads/p{index}.json"), &payload(index));
        }
        let payloads: Vec<String> = (0..PAYLOADS).map(|index| format!("\"p{index}.json\"")).collect();
        let last = cases / PAYLOADS / USERS;
        space.write(
            "suites/sweep.toml",
            &format!(
                "[[test]]\nname = \"sweep\"\ntemplate = \"infer.js\"\nbase_url = \"{BASE_URL}\"\n\
                 cooldown = \"0s\"\n[test.k6]\nduration = \"1s\"\n[test.sweep]\nmax_cases = {cases}\n\
                 [test.matrix]\npayload = [{}]\nvus = {{ from = 1, to = {USERS}, step = 1 }}\n\
                 \"vars.user\" = {{ from = 1, to = {last}, step = 1 }}\n",
                payloads.join(", ")
            ),
        );
        space
    }

    /// The example workspace of this repository, its target's executable a placeholder.
    pub(crate) fn example(root: PathBuf) -> Self {
        let space = Self::new(root);
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        for part in [
            "howitzer.toml",
            "Cargo.lock",
            "suites/inference.toml",
            "k6_templates",
            "payloads",
            "examples/inference_server",
        ] {
            copy(&repository.join(part), &space.root.join(part));
        }
        let server = "target/example/release/examples/inference_server";
        space.write(server, "#!/bin/sh\n");
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(space.root.join(server), executable).expect("executable");
        space
    }

    /// Writes one file of the workspace.
    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.root.join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        fs::write(path, text).expect("writes");
    }

    /// The folder in which k6 is installed.
    pub(crate) fn tools(&self) -> &Path {
        &self.tools
    }

    /// The environment of its howitzer.
    pub(crate) fn environment(&self) -> Environment {
        let own = ["HOWITZER_K6", "HOWITZER_TOOLS", "HOWITZER_LOAD_LOCK"];
        let inherited = std::env::vars_os().filter(|(name, _)| own.iter().all(|own| name != own));
        let set = [("HOWITZER_TOOLS", &self.tools), ("HOWITZER_LOAD_LOCK", &self.load_lock)]
            .map(|(name, path)| (name.into(), path.clone().into_os_string()));
        Environment::of(inherited.chain(set))
    }

    /// The binary under test in this workspace.
    pub(crate) fn howitzer(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_howitzer"));
        let environment = self.environment();
        command.current_dir(&self.root).args(arguments).env_clear().envs(environment.variables());
        command
    }

    /// Runs the binary; returns its exit code.
    pub(crate) fn run(&self, arguments: &[&str]) -> Option<i32> {
        silently(&mut self.howitzer(arguments))
    }
}

/// The text of a payload; of about the size of one row of digits.
pub(crate) fn payload(index: usize) -> String {
    let numbers = vec![index.to_string(); 64].join(", ");
    format!(
        "{{\"inputs\": [{{\"name\": \"x\", \"shape\": [1, 64], \"datatype\": \"FP32\", \"contents\": [{numbers}]}}]}}\n"
    )
}

fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        fs::create_dir_all(to.parent().expect("a folder")).expect("folder");
        fs::copy(from, to).expect("copies a file of the repository");
        return;
    }
    for entry in fs::read_dir(from).expect("a folder of the repository").flatten() {
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}
