//! Two builds at once, readers during a build, and locks whose holder is gone.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

use crate::fake::{command, howitzer};
use crate::space::{Said, Space, wait_for};
use crate::stopped::until;
use crate::{SUMMARY, build, build_with, faulty};

/// Whose k6 touches `loading` and then waits until there is a `go`.
fn waiting() -> Space {
    let space = faulty("");
    let root = space.path("").display().to_string();
    let wait = format!("touch {root}loading; until [ -e {root}go ]; do sleep 0.02; done");
    space.write("fake-k6", &format!("{}{wait}\necho '{SUMMARY}' > $SUMMARY\n", space.read("fake-k6")));
    space
}

/// A build whose k6 is at work.
fn loading(space: &Space) -> Child {
    let child = command(space, &["build", "digits"]).spawn().expect("starts");
    wait_for(|| space.path("loading").exists());
    child
}

/// A build with its standard error in `said`, so that it can be read before its end.
fn speaking(space: &Space, arguments: &[&str], more: &[(&str, PathBuf)]) -> Child {
    let file = fs::File::create(space.path("said")).expect("creates");
    command(space, arguments).envs(more.iter().cloned()).stderr(file).spawn().expect("starts")
}

/// What it said at its end. It is ended after a minute: where its guard is gone it would wait for ever.
fn end(mut child: Child) -> Said {
    let begun = Instant::now();
    while child.try_wait().expect("a child").is_none() && begun.elapsed() < Duration::from_mins(1) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    Said::of(child.wait_with_output().expect("ends"))
}

/// Every file and folder below the workspace's own two folders, with its inode and times.
fn state(space: &Space) -> BTreeMap<PathBuf, (u64, i64, i64, i64, i64)> {
    let mut state = BTreeMap::new();
    let mut waiting = vec![space.path(".howitzer"), space.path("out")];
    while let Some(path) = waiting.pop() {
        let Ok(stat) = fs::symlink_metadata(&path) else { continue };
        if stat.is_dir() {
            waiting.extend(fs::read_dir(&path).expect("lists").flatten().map(|entry| entry.path()));
        }
        state.insert(path, (stat.ino(), stat.mtime(), stat.mtime_nsec(), stat.ctime(), stat.ctime_nsec()));
    }
    state
}

#[test]
fn the_second_of_two_builds_waits_says_for_whom_and_finds_everything_cached() {
    let space = waiting();
    let first = loading(&space);
    let holder = format!("waiting for another build: process {} since ", first.id());
    let second = speaking(&space, &["build", "digits"], &[]);
    wait_for(|| space.read("said").contains(&holder));
    let refused = build_with(&space, &["--no-wait"]).expect_code(5);
    assert!(
        refused.stderr.contains(&format!("another build holds the store: process {}", first.id())),
        "{}",
        refused.stderr
    );
    space.write("go", "");
    assert_eq!(end(first).expect_code(0).runs().len(), 1);
    end(second).expect_code(0);
    let said = space.read("said");
    assert!(
        said.contains("1 case, 1 cached (") && said.contains("0 to run") && !said.contains("run 1/1"),
        "{said}"
    );
    assert_eq!(said.matches("waiting for").count(), 1, "{said}");
}

#[test]
fn what_changes_while_a_build_waits_is_not_taken_for_what_it_read() {
    let space = waiting();
    space.write("payloads/one.json", "first");
    space.edit("suites/digits.toml", "name = \"plain\"", "name = \"plain\"\npayload = \"one.json\"");
    let first = loading(&space);
    let second = speaking(&space, &["build", "digits"], &[]);
    wait_for(|| space.read("said").contains("waiting for another build"));
    space.write("payloads/one.json", "second");
    space.write("go", "");
    end(first).expect_code(0);
    end(second);
    let third = build(&space).expect_code(0);
    let runs = third.runs().len() + space.read("said").matches("run 1/1").count();
    assert_eq!(runs, 1, "the second payload was never measured:\n{}\n{}", space.read("said"), third.stderr);
    assert!(build(&space).expect_code(0).runs().is_empty());
}

#[test]
fn readers_during_a_build_see_a_whole_state_and_write_nothing() {
    let space = waiting();
    let suite = space.read("suites/digits.toml").replace("plain\"", "done\"");
    let template = suite.replace("vus = 1", "vus = 2");
    space.write("suites/digits.toml", &format!("{template}{}", space.read("suites/digits.toml")));
    space.write("go", "");
    howitzer(&space, &["build", "digits", "done"]).expect_code(0);
    for file in ["go", "loading"] {
        fs::remove_file(space.path(file)).expect("removes");
    }
    let building = loading(&space);
    let before = state(&space);
    assert!(before.len() > 20, "{before:?}");
    for arguments in [
        &["status", "digits"][..],
        &["list", "digits"],
        &["explain", "digits"],
        &["graph", "digits"],
        &["build", "digits", "-n"],
        &["build", "digits", "-n", "-v", "--probe"],
        &["cache", "stats"],
        &["cache", "verify"],
        &["gc", "-n"],
        &["doctor"],
    ] {
        let said = howitzer(&space, arguments).expect_code(0);
        if arguments.contains(&"-v") {
            assert!(
                said.stdout.contains("cached done") && said.stdout.contains("run plain"),
                "{}",
                said.stdout
            );
        }
    }
    howitzer(&space, &["build", "digits", "--check"]).expect_code(6);
    assert_eq!(state(&space), before, "a reader wrote");
    space.write("go", "");
    assert_eq!(end(building).expect_code(0).runs().len(), 1);
    assert!(build(&space).expect_code(0).runs().is_empty());
}

#[test]
fn a_killed_holder_leaves_neither_lock_locked() {
    let space = waiting();
    let mut first = loading(&space);
    let second = speaking(&space, &["build", "digits"], &[]);
    wait_for(|| space.read("said").contains("waiting for another build"));
    first.kill().expect("it runs");
    first.wait().expect("ends");
    space.write("go", "");
    end(second).expect_code(0);
    assert!(space.read("said").contains("run 1/1"), "{}", space.read("said"));
    build_with(&space, &["--no-wait"]).expect_code(0);
    wait_for(|| space.leftovers().is_empty());
}

#[test]
fn one_load_a_host_whatever_the_workspace_and_the_other_says_for_which_it_waits() {
    let (one, other) = (waiting(), waiting());
    let shared = ("HOWITZER_LOAD_LOCK", one.path("load.lock"));
    other.write("go", "");
    build(&other).expect_code(0);
    fs::remove_file(other.path("loading")).expect("removes");

    let mut first = loading(&one);
    let holder = format!(
        "process {}, workspace {}",
        first.id(),
        one.path("").canonicalize().expect("exists").display()
    );
    // Nothing stale: the host's lock does not matter, with or without a stamp.
    let quiet = |arguments: &[&str]| {
        Said::of(command(&other, arguments).env(shared.0, &shared.1).output().expect("starts")).expect_code(0)
    };
    quiet(&["build", "digits"]);
    quiet(&["build", "digits", "--force=scrape"]);

    let mut impatient = command(&other, &["build", "digits", "--force", "--no-wait"]);
    let refused = Said::of(impatient.env(shared.0, &shared.1).output().expect("starts")).expect_code(5);
    assert!(refused.stderr.contains(holder.trim_end_matches('/')), "{}", refused.stderr);
    assert!(refused.runs().is_empty() && !other.path("loading").exists(), "{}", refused.stderr);

    let second = speaking(&other, &["build", "digits", "--force"], std::slice::from_ref(&shared));
    let line = format!("waiting for the load of {holder} on this host");
    wait_for(|| other.read("said").contains(line.trim_end_matches('/')));
    assert!(!other.path("loading").exists(), "two loads at once");
    first.kill().expect("it runs");
    first.wait().expect("ends");
    end(second).expect_code(0);
    assert!(other.path("loading").exists());
    wait_for(|| one.leftovers().is_empty());
}

#[test]
fn nobody_builds_before_all_results_are_removed() {
    let space = faulty(&format!("echo '{SUMMARY}' > $SUMMARY"));
    for step in ["/v1/stat", "/v1/records", "/v1/blobs", "/v1/lock"] {
        build(&space).expect_code(0);
        let Ok(stopped) = until(&space, &["clean", "digits", "--results"], step) else {
            panic!("no such step: {step}")
        };
        let refused = build_with(&space, &["--no-wait", "--force"]).expect_code(5);
        assert!(
            refused.stderr.contains("another build holds the store: clean, process "),
            "{}",
            refused.stderr
        );
        stopped.go_on().expect_code(0);
        assert!(!space.path(".howitzer/v1").exists(), "something is left");
    }
}
