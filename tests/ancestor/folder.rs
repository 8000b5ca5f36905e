//! A folder as the ancestor's users have it, without `howitzer.toml`, and the built binary in it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::space::Said;

/// A template that prints everything that a test may say.
pub(crate) const EVERY_KEY: &str = "{{k6_opts}}\n// {{ name }}|{{ description }}|{{ template }}|{{ payload }}|{{ base_url }}|{{ model_name }}\nexport default function () {}\n";

pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    /// `config.json` with these tests, and `k6_test/t.js` that prints every key.
    pub(crate) fn with(tests: &str) -> Self {
        let folder = Self(tempfile::tempdir().expect("temporary folder"));
        folder.write("config.json", &format!("{{\"test_configs\": [{tests}]}}"));
        folder.write("k6_test/t.js", EVERY_KEY);
        folder
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        fs::write(path, text).expect("writes");
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    /// The names in a folder, sorted.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The binary here, with `CONFIG_FILE` and `TEMPLATE_DIR` as in the ancestor's documents.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, &[("CONFIG_FILE", "config.json"), ("TEMPLATE_DIR", "k6_test/")])
    }

    pub(crate) fn run_with(&self, arguments: &[impl AsRef<OsStr>], environment: &[(&str, &str)]) -> Said {
        let shared = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_howitzer"));
        command
            .current_dir(self.0.path())
            .args(arguments)
            .env("HOWITZER_TOOLS", shared.join("tools"))
            .env("HOWITZER_LOAD_LOCK", shared.join("load.lock"))
            .stdin(Stdio::null());
        for name in
            ["HOWITZER_K6", "CONFIG_FILE", "TEMPLATE_DIR", "EXIT_ON_FAILURE", "K6_PROMETHEUS_REMOTE_URL"]
        {
            command.env_remove(name);
        }
        Said::of(command.envs(environment.iter().copied()).output().expect("starts"))
    }

    /// The rendered script of `<name>_<n>`.
    #[track_caller]
    pub(crate) fn script(&self, name: &str) -> String {
        self.run(&["render"]).expect_code(0);
        self.read(&format!("out/config/render/{name}.js"))
    }
}
