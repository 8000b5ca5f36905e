//! A fake k6: a shell script behind `HOWITZER_K6`.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::space::{Said, Space};

/// A summary with one iteration, as k6 writes it.
pub(crate) const SUMMARY: &str = r#"{"metrics":{"iterations":{"count":1,"rate":1}}}"#;

/// A workspace with one case and a fake k6 whose `run` is `script`; `$SUMMARY` is where the summary goes.
pub(crate) fn faulty(script: &str) -> Space {
    let space = Space::new();
    space.write("k6_templates/plain.js", "{{ k6_opts }}\nexport default function () {}\n");
    space.write(
        "suites/digits.toml",
        "[[test]]\nname = \"plain\"\ntemplate = \"plain.js\"\ntimeout = \"2m\"\nk6 = { vus = 1, duration = \"1s\" }\n",
    );
    let fake = format!(
        "#!/bin/bash\ncase $1 in\nversion) echo 'k6 v1.1.0 (commit/fake, go1, linux/amd64)'; exit;;\n\
         archive) while [ $# -gt 1 ]; do [ $1 = --archive-out ] && : | tar cf $2 -T -; shift; done; exit;;\nesac\n\
         while [ $# -gt 1 ]; do [ \"$1\" = --summary-export ] && SUMMARY=$2; shift; done\n{script}\n"
    );
    space.write("fake-k6", &fake);
    executable(&space, "fake-k6");
    space
}

pub(crate) fn executable(space: &Space, file: &str) {
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(space.path(file), mode).expect("executable");
}

/// `howitzer` with the fake k6. It loads nothing, so it waits for no other test's load.
pub(crate) fn command(space: &Space, arguments: &[&str]) -> Command {
    let mut command = space.command(arguments);
    command.env("HOWITZER_K6", space.path("fake-k6")).env("HOWITZER_LOAD_LOCK", space.path("load.lock"));
    command
}

pub(crate) fn howitzer(space: &Space, arguments: &[&str]) -> Said {
    Said::of(command(space, arguments).output().expect("starts"))
}

pub(crate) fn build(space: &Space) -> Said {
    howitzer(space, &["build", "digits", "--grace", "1s"])
}

pub(crate) fn build_with(space: &Space, flags: &[&str]) -> Said {
    howitzer(space, &[&["build", "digits"], flags].concat())
}

/// `command` as another program starts it, in the same folder and environment.
pub(crate) fn started_by(words: &[&str], command: &Command) -> Command {
    let mut other = Command::new(words[0]);
    other.args(&words[1..]).arg(command.get_program()).args(command.get_args());
    other.current_dir(command.get_current_dir().expect("a folder"));
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => other.env(name, value),
            None => other.env_remove(name),
        };
    }
    other
}

/// A build that is ended after a minute: where its guard is gone it would hang.
pub(crate) fn build_in_time(space: &Space) -> Said {
    let own = command(space, &["build", "digits", "--grace", "1s"]);
    let said = Said::of(started_by(&["timeout", "-k", "5", "60"], &own).output().expect("starts"));
    assert!(!matches!(said.code, Some(124 | 137)), "it did not end: {}", said.stderr);
    said
}
