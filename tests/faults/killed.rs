//! Howitzer killed by SIGKILL: at every step of a build that changes the disk, and while k6 is at work.

use std::fs;
use std::time::Duration;

use crate::fake::{command, howitzer};
use crate::space::{Space, wait_for};
use crate::stopped::build_until;
use crate::{SUMMARY, build, faulty};

/// Two cases, whose every execution leaves a line in `ran`.
fn two_cases() -> Space {
    let space = faulty("");
    let ran = space.path("ran").display().to_string();
    let script = format!("echo $SUMMARY >> {ran}; echo mine > own.txt; echo '{SUMMARY}' > $SUMMARY\n");
    space.write("fake-k6", &format!("{}{script}", space.read("fake-k6")));
    let suite = space.read("suites/digits.toml");
    space.write("suites/digits.toml", &format!("{suite}[test.matrix]\nvus = [1, 2]\n"));
    space.edit("suites/digits.toml", "vus = 1, ", "");
    // What changed within a tick of a build's beginning leaves no stamp.
    std::thread::sleep(Duration::from_millis(50));
    space
}

fn executions(space: &Space) -> usize {
    fs::read_to_string(space.path("ran")).map_or(0, |text| text.lines().count())
}

/// Results whose record has its name.
fn finished(space: &Space) -> usize {
    let is_result = |(path, bytes): &(std::path::PathBuf, Vec<u8>)| {
        let name = path.file_name().expect("named").to_string_lossy();
        !name.starts_with('.') && String::from_utf8_lossy(bytes).contains("\"exit\"")
    };
    space.files(".howitzer/v1/records").iter().filter(|file| is_result(file)).count()
}

/// The next build runs what had no record, and leaves what a build from nothing but the store leaves.
#[track_caller]
fn expect_recovery(space: &Space, cases: usize, step: &str) {
    wait_for(|| space.leftovers().is_empty());
    let kept = finished(space);
    let said = build(space).expect_code(0);
    assert_eq!(said.runs().len(), cases - kept, "killed at {step} with {kept} finished: {}", said.stderr);
    let recovered = space.files("out");
    let again = build(space).expect_code(0);
    assert!(again.runs().is_empty(), "killed at {step}: {}", again.stderr);
    fs::remove_dir_all(space.path("out")).expect("removes");
    let clean = build(space).expect_code(0);
    assert!(clean.runs().is_empty(), "killed at {step}: {}", clean.stderr);
    let names = |files: &[(std::path::PathBuf, Vec<u8>)]| -> Vec<_> {
        files.iter().map(|(path, _)| path.clone()).collect()
    };
    let outputs = space.files("out");
    assert_eq!(names(&recovered), names(&outputs), "killed at {step}");
    assert!(recovered == outputs, "killed at {step}: the outputs differ from a clean build's");
}

#[test]
fn a_kill_before_any_step_loses_nothing_finished_and_reuses_nothing_half_done() {
    let space = two_cases();
    let mut interesting = 0;
    for number in 1.. {
        let Ok(stopped) = build_until(&space, &format!("#{number}")) else {
            assert!(number > 30, "a build has only {number} steps");
            break;
        };
        let executed = executions(&space);
        stopped.kill();
        interesting += usize::from(executed > finished(&space));
        expect_recovery(&space, 2, &format!("step {number}"));
        for folder in [".howitzer", "out", "ran"] {
            let path = space.path(folder);
            let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
    }
    assert!(interesting > 5, "few steps lay between a run and its record: {interesting}");
}

#[test]
fn each_phase_of_a_build_is_such_a_step() {
    for (step, executed, kept) in [
        ("start ", 0, 0),
        ("/stat/targets", 0, 0),
        ("/blobs/", 1, 0),
        ("/records/", 1, 0),
        ("/journal/digits", 1, 1),
        ("/results.json", 2, 2),
        ("/stat/outputs-", 2, 2),
        ("write STORE/stat/stamp-", 2, 2),
    ] {
        let space = two_cases();
        let root = space.path("").canonicalize().expect("exists");
        let wanted = step.replace("STORE", &format!("{}/.howitzer/v1", root.display()));
        let stopped = build_until(&space, &wanted).map_err(|said| said.stderr);
        let stopped = stopped.unwrap_or_else(|said| panic!("no step is `{wanted}`:\n{said}"));
        assert_eq!((executions(&space), finished(&space)), (executed, kept), "{step}");
        stopped.kill();
        expect_recovery(&space, 2, step);
    }
}

#[test]
fn a_kill_while_k6_is_half_way_through_its_summary_leaves_no_k6_no_guard_and_no_result() {
    let space = faulty("");
    let half = &SUMMARY[..SUMMARY.len() / 2];
    let (at, go) = (space.path("half"), space.path("go"));
    let script = format!(
        "printf '{half}' > $SUMMARY; touch {}; [ -e {} ] || sleep 600; echo '{SUMMARY}' > $SUMMARY\n",
        at.display(),
        go.display()
    );
    space.write("fake-k6", &format!("{}{script}", space.read("fake-k6")));
    let mut child = command(&space, &["build", "digits"]).spawn().expect("starts");
    wait_for(|| at.exists());
    assert!(space.leftovers().iter().any(|line| line.contains("__guard")), "{:?}", space.leftovers());
    child.kill().expect("it runs");
    child.wait().expect("ends");
    wait_for(|| space.leftovers().is_empty());
    assert_eq!(finished(&space), 0);
    space.write("go", "");
    expect_recovery(&space, 1, "half a summary");
    howitzer(&space, &["cache", "verify"]).expect_code(0);
}
