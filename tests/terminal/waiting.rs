//! What stands there while a build waits: for a command, a target, a lock.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::Stdio;

use serde_json::Value;

use crate::screen::Screen;
use crate::{FAKE, NDJSON, SUITE, command, space};

/// A build of a target that takes its time, and prints a secret.
const BUILT: &str = r#"
[target.slow]
base_url = "http://127.0.0.1:1"
[target.slow.service]
build = ["bash", "-c", "echo Compiling one; echo token $TOKEN; echo Compiling two; printf half; sleep 1.5"]
command = ["sleep", "60"]
env = { TOKEN = { from = "SLOW_TOKEN", secret = true } }
"#;

#[test]
fn the_last_line_of_a_targets_build_stands_below_what_is_waited_for() {
    let space = space();
    space.write("howitzer.toml", BUILT);
    space.write("suites/x.toml", &SUITE.replace("template =", "target = \"slow\"\ntemplate ="));
    let mut command = command(&space, &["build", "x"]);
    command.env("SLOW_TOKEN", "hunter2hunter2");
    let shown = Screen::new(24, 100).run(command, |_| {});
    assert_eq!(shown.code, Some(0), "{}", shown.all());
    let waiting = "   waiting for the build of target slow 1s\n         | Compiling two";
    assert!(shown.frames.iter().any(|frame| frame.contains(waiting)), "{}", shown.all());
    assert!(!shown.text().contains("waiting"), "{}", shown.text());
    assert!(!shown.all().contains("hunter2"), "{}", shown.all());
}

#[test]
fn k6_that_looks_at_the_scripts_before_any_load_is_waited_for() {
    let space = space();
    space.write("fake-k6", &FAKE.replace("archive) ", "archive) sleep 1.1; "));
    space.write("k6_templates/other.js", "{{ k6_opts }}\nexport default function () {}\n");
    space.write(
        "suites/x.toml",
        &format!("{SUITE}\n{}", SUITE.replace("sweep", "b").replace("seen", "other")),
    );
    let said = command(&space, &[&["build", "x"], &NDJSON[..]].concat()).output().expect("it starts");
    let said = String::from_utf8(said.stdout).expect("text");
    let events = said.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let waits: Vec<Value> = events.filter(|event| event["what"] == "k6 to look at the scripts").collect();
    assert!(!waits.is_empty(), "{said}");
    assert_eq!((&waits[0]["event"], &waits[0]["last_line"]), (&"waiting".into(), &"1 of 2".into()));
}

/// What is waited for, where the event says that something is.
fn awaited(event: &Value) -> Option<String> {
    (event["event"] == "waiting").then(|| {
        assert!(event["elapsed_seconds"].as_f64().is_some_and(|seconds| seconds >= 1.0), "{event}");
        event["what"].as_str().expect("text").to_owned()
    })
}

#[test]
fn locks_targets_set_ups_and_cooldowns_are_told_while_they_are_waited_for() {
    let space = space();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    drop(listener);
    let target = format!(
        "[target.late]\nbase_url = \"http://{address}\"\nready = {{ tcp = \"{address}\" }}\nwait = \"30s\"\n"
    );
    space.write("howitzer.toml", &target);
    let suite = r#"
[[test]]
name = "sweep"
target = "late"
template = "seen.js"
cooldown = "1500ms"
k6 = { duration = "5s" }
[test.matrix]
flag = [1, 2]
[[test.setup]]
axis = "flag"
apply = ["bash", "-c", "echo applying; sleep 1.3"]
undo = ["true"]
"#;
    space.write("suites/x.toml", suite);
    space.write("load.lock", "somebody");
    let lock = File::options().write(true).open(space.path("load.lock")).expect("a lock");
    lock.lock().expect("free");
    let mut build = command(&space, &[&["build", "x"], &NDJSON[..]].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    // Each is there once it was waited for.
    let (mut lock, mut late) = (Some(lock), None);
    let mut seen = BTreeSet::new();
    let mut is_applying_told = false;
    for line in BufReader::new(build.stdout.take().expect("piped")).lines() {
        let event: Value = serde_json::from_str(&line.expect("text")).expect("JSON");
        is_applying_told |= event["last_line"] == "applying";
        let Some(what) = awaited(&event) else { continue };
        if what.starts_with("the load of somebody") {
            lock = None;
        } else if what.starts_with("target late") && late.is_none() {
            // The system takes the connections; nobody has to.
            late = Some(TcpListener::bind(address).expect("the port is still free"));
        }
        seen.insert(what);
    }
    assert_eq!(build.wait().expect("ends").code(), Some(0), "{seen:?}");
    assert!(lock.is_none() && is_applying_told, "{seen:?}");
    for what in ["the load of somebody", "target late", "set-up flag=1", "the cooldown"] {
        assert!(seen.iter().any(|wait| wait.starts_with(what)), "{what}: {seen:?}");
    }
}
