//! What stands there while a build waits: for a command, a target, a lock.

use std::collections::BTreeSet;
use std::fs::File;
use std::net::TcpListener;
use std::time::Duration;

use serde_json::Value;

use crate::screen::Screen;
use crate::workspace::Said;
use crate::{NDJSON, SUITE, command, space};

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

/// What was waited for, of the events of a build.
fn awaited(said: &Said) -> BTreeSet<String> {
    let events = said.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
    let waits = events.filter(|event| event["event"] == "waiting");
    let waits = waits.map(|wait| {
        assert!(wait["elapsed_seconds"].as_f64().is_some_and(|seconds| seconds >= 1.0), "{wait}");
        wait["what"].as_str().expect("text").to_owned()
    });
    waits.collect()
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
    let late = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(1300));
        drop(lock);
        std::thread::sleep(Duration::from_millis(1300));
        // The system takes the connections; nobody has to.
        TcpListener::bind(address).expect("the port is still free")
    });
    let said = Said::of(&mut command(&space, &[&["build", "x"], &NDJSON[..]].concat())).expect_code(0);
    drop(late.join());
    let awaited = awaited(&said);
    for what in ["the load of somebody", "target late", "set-up flag=1", "the cooldown"] {
        assert!(awaited.iter().any(|wait| wait.starts_with(what)), "{what}: {awaited:?}");
    }
    assert!(said.stdout.contains("\"last_line\":\"applying\""), "{}", said.stdout);
}
