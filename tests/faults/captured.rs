//! Short programs that hang, while howitzer is killed or asked to stop: nothing outlives it, and nobody waits.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::fake::{command, howitzer};
use crate::space::{Said, Space, wait_for};
use crate::{SUMMARY, executable, faulty};

/// Where a program hangs that howitzer waits for.
const PLACES: [&str; 5] = ["k6 version", "k6 archive", "service build", "identity probe", "pip"];

/// A workspace in which the program at `place` says that it is there and then takes no signal.
fn hanging(place: &str) -> (Space, Command) {
    let space = faulty(&format!("echo '{SUMMARY}' > $SUMMARY"));
    let root = space.path("").canonicalize().expect("exists");
    let hang = format!("trap '' INT TERM; touch {}/there; while :; do sleep 600; done", root.display());
    space.write("hang", &format!("#!/bin/bash\n{hang}\n"));
    executable(&space, "hang");
    match place {
        "k6 version" => space.edit("fake-k6", "version) ", &format!("version) {hang};")),
        "k6 archive" => space.edit("fake-k6", "archive) ", &format!("archive) {hang};")),
        "service build" => {
            target(&space, "service = { command = [\"sleep\", \"600\"], build = [\"./hang\"] }");
        }
        "identity probe" => target(&space, "identity = [{ command = [\"./hang\"] }]"),
        _ => {}
    }
    let mut howitzer = command(&space, &["build", "digits"]);
    if place == "pip" {
        space.write("path/python3", &space.read("hang"));
        executable(&space, "path/python3");
        howitzer.env_remove("HOWITZER_K6").env("HOWITZER_TOOLS", space.path("tools"));
        // Its `sleep` is a builtin of no shell.
        std::os::unix::fs::symlink("/bin/sleep", space.path("path/sleep")).expect("links");
        std::os::unix::fs::symlink("/usr/bin/touch", space.path("path/touch")).expect("links");
        howitzer.env("PATH", space.path("path"));
    }
    (space, howitzer)
}

fn target(space: &Space, lines: &str) {
    space.write("howitzer.toml", &format!("[target.own]\nbase_url = \"x\"\n{lines}\n"));
    space.edit("suites/digits.toml", "name = \"plain\"", "name = \"plain\"\ntarget = \"own\"");
}

fn started(space: &Space, howitzer: &mut Command) -> Child {
    let child = howitzer.spawn().expect("starts");
    wait_for(|| space.path("there").exists());
    child
}

/// Asks it to stop and waits for its end, which must not take as long as the hanging program may.
#[track_caller]
fn stopped(child: Child, signal: Signal, place: &str) -> Said {
    let asked = Instant::now();
    kill_process(Pid::from_child(&child), signal).expect("it runs");
    let said = Said::of(child.wait_with_output().expect("ends"));
    assert!(asked.elapsed() < Duration::from_secs(9), "{place}: {:?}", asked.elapsed());
    said
}

#[test]
fn a_short_program_that_does_not_do_its_work_is_told_with_the_reason() {
    let refused = "`k6 archive` did not do its work: for the script of `plain` it";
    for (script, code, words) in [
        ("kill -9 $$", 5, format!("{refused} was killed by signal 9")),
        ("exit 0", 5, format!("{refused} ended with exit 0 and wrote no archive")),
        ("exit 4", 3, "k6 refuses the script of `plain`: exit 4".to_owned()),
    ] {
        let space = faulty("exit 1");
        space.edit("fake-k6", "archive) ", &format!("archive) {script};"));
        let said = howitzer(&space, &["build", "digits"]).expect_code(code);
        assert!(said.stderr.contains(&words), "{script}: {}", said.stderr);
    }
    let space = faulty("");
    space.edit("fake-k6", "#!/bin/bash", "#!/bin/absent");
    let said = howitzer(&space, &["build", "digits"]).expect_code(5);
    let reason = "fake-k6`: No such file or directory";
    assert!(said.stderr.contains("no usable k6: cannot start `"), "{}", said.stderr);
    assert!(said.stderr.contains(reason), "{}", said.stderr);
}

#[test]
fn a_kill_while_a_short_program_hangs_leaves_nothing_of_it() {
    for place in PLACES {
        let (space, mut howitzer) = hanging(place);
        let mut child = started(&space, &mut howitzer);
        assert!(!space.leftovers().is_empty(), "{place}");
        child.kill().expect("it runs");
        child.wait().expect("ends");
        wait_for(|| space.leftovers().is_empty());
    }
}

#[test]
fn a_signal_while_a_short_program_hangs_ends_it_and_the_build() {
    for (place, signal, code) in
        PLACES.into_iter().flat_map(|place| [(place, Signal::TERM, 143), (place, Signal::INT, 130)])
    {
        let (space, mut howitzer) = hanging(place);
        let child = started(&space, &mut howitzer);
        stopped(child, signal, place).expect_code(code);
        wait_for(|| space.leftovers().is_empty());
    }
}

#[test]
fn a_signal_while_a_probe_hangs_has_set_ups_undone_and_the_next_build_goes_on() {
    let space = faulty(&format!("echo '{SUMMARY}' > $SUMMARY"));
    space.write("hang", "[ -e applied ] && [ ! -e there ] && touch there && sleep 600\necho one\n");
    target(&space, "identity = [{ command = [\"sh\", \"hang\"] }]");
    let suite = space.read("suites/digits.toml");
    space.write(
        "suites/digits.toml",
        &format!(
            "{suite}[test.matrix]\nlevel = [1]\n[[test.setup]]\naxis = \"level\"\napply = [\"touch\", \"applied\"]\nundo = [\"rm\", \"applied\"]\n"
        ),
    );
    let child = started(&space, &mut command(&space, &["build", "digits"]));
    assert!(space.path("applied").exists());
    stopped(child, Signal::TERM, "probe under a set-up").expect_code(143);
    assert!(!space.path("applied").exists(), "the set-up is applied still");
    wait_for(|| space.leftovers().is_empty());
    assert_eq!(howitzer(&space, &["build", "digits"]).expect_code(0).runs().len(), 1);
}
