//! A temporary workspace with one suite `x` and a template that prints all that it sees.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

/// Prints options, variables and address so that they can be read back.
const TEMPLATE: &str = "{{ k6_opts }}\nconst seen = {{ vars | json }};\nconst url = {{ base_url | json }};\n\
                        const id = {{ case.id | json }};\nexport default function () {}\n";

pub(crate) struct Workspace {
    folder: tempfile::TempDir,
}

/// What a finished command said.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Workspace {
    pub(crate) fn with_suite(suite: &str) -> Self {
        let space = Self { folder: tempfile::tempdir().expect("temporary folder") };
        space.write("howitzer.toml", "");
        space.write("k6_templates/seen.js", TEMPLATE);
        space.write("suites/x.toml", suite);
        space
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        fs::write(path, text).expect("file");
    }

    pub(crate) fn path(&self, path: &str) -> std::path::PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_howitzer"));
        command.args(arguments).current_dir(self.folder.path());
        command
    }

    pub(crate) fn howitzer(&self, arguments: &[&str]) -> Said {
        Said::of(&mut self.command(arguments))
    }

    /// Options, variables and address in the script of a case.
    pub(crate) fn seen(&self, id: &str) -> Value {
        let script = fs::read_to_string(self.path(&format!("out/x/render/{id}.js"))).expect("a script");
        let between = |start: &str, end: &str| -> Value {
            let (_, rest) = script.split_once(start).expect(start);
            let (text, _) = rest.split_once(end).expect(end);
            serde_json::from_str(text).expect("JSON")
        };
        assert!(script.contains(&format!("const id = \"{id}\"")), "{script}");
        json!({
            "options": between("const options = ", ";\nconst seen"),
            "vars": between("const seen = ", ";\n"),
            "base_url": between("const url = ", ";\n"),
        })
    }
}

impl Said {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().expect("starts");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    #[track_caller]
    pub(crate) fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
        self
    }
}
