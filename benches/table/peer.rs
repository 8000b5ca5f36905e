//! The peers: ninja on the graph that a sweep is, and k6 alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use crate::measure::silently;
use crate::workspace::{PAYLOADS, TEMPLATE, payload};

/// ninja in a folder in which everything is built.
pub(crate) struct Ninja {
    program: PathBuf,
    folder: PathBuf,
}

impl Ninja {
    /// The graph of a sweep of `cases` cases, built: for each a render of one template and one of ten
    /// payloads, a run, a scrape, every one with an output file. The commands do nothing; their outputs
    /// are there before them. None where there is no ninja.
    pub(crate) fn built(scratch: &Path, cases: usize) -> Option<Self> {
        let ninja = Self { program: program(scratch)?, folder: scratch.join("ninja-graph") };
        ninja.write("infer.js", TEMPLATE);
        for index in 0..PAYLOADS {
            ninja.write(&format!("payloads/p{index}.json"), &payload(index));
        }
        let mut rules = String::new();
        for rule in ["render", "run", "scrape"] {
            rules.push_str(&format!("rule {rule}\n  command = :\n"));
        }
        for case in 0..cases {
            let payload = case * PAYLOADS / cases;
            let files = ["render/c#.js", "summary/c#.json", "results/c#.txt"]
                .map(|file| file.replace('#', &format!("{case:06}")));
            for file in &files {
                ninja.write(file, "made\n");
            }
            let [script, summary, result] = files;
            rules.push_str(&format!(
                "build {script}: render infer.js payloads/p{payload}.json\n\
                 build {summary}: run {script}\nbuild {result}: scrape {summary}\n"
            ));
        }
        ninja.write("build.ninja", &rules);
        assert_eq!(silently(&mut ninja.command(&[])), Some(0), "ninja cannot build its graph");
        let again = ninja.command(&[]).output().expect("ninja starts");
        let said = String::from_utf8_lossy(&again.stdout);
        assert!(said.contains("no work to do"), "ninja does not think its graph built: {said}");
        Some(ninja)
    }

    /// ninja with these arguments.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(&self.folder).args(arguments).stdin(Stdio::null());
        command
    }

    /// Makes the payload of a tenth of the edges new.
    pub(crate) fn touch_payload(&self) {
        let path = self.folder.join("payloads/p0.json");
        let file = fs::File::options().write(true).open(path).expect("the payload is there");
        file.set_modified(SystemTime::now() + Duration::from_secs(1)).expect("it can be touched");
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.folder.join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        fs::write(path, text).expect("writes");
    }
}

/// ninja on `PATH`, else unpacked from the Debian package.
fn program(scratch: &Path) -> Option<PathBuf> {
    let found = std::env::var_os("PATH").and_then(|path| {
        let mut candidates = std::env::split_paths(&path).map(|folder| folder.join("ninja"));
        candidates.find(|candidate| candidate.is_file())
    });
    found.or_else(|| {
        let folder = scratch.join("ninja-package");
        let unpacked = folder.join("usr/bin/ninja");
        if !unpacked.is_file() {
            fs::create_dir_all(&folder).expect("folder");
            let script = "apt-get download ninja-build && dpkg -x ninja-build*.deb .";
            let mut shell = Command::new("sh");
            silently(shell.current_dir(&folder).args(["-c", script]));
        }
        unpacked.is_file().then_some(unpacked)
    })
}
