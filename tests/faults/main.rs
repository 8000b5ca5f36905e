//! Faults that real k6 cannot be made to show, played by a fake k6: a shell script behind `HOWITZER_K6`.

#[path = "../newcomer/space.rs"]
#[allow(dead_code, reason = "shared with the newcomer's tests, which use all of it")]
mod space;

use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

use space::{Said, Space};

/// A summary with one iteration, as k6 writes it.
const SUMMARY: &str = r#"{"metrics":{"iterations":{"count":1,"rate":1}}}"#;

/// A workspace with one case and a fake k6 whose `run` is `script`; `$SUMMARY` is where the summary goes.
fn faulty(script: &str) -> Space {
    let space = Space::new();
    space.write("k6_templates/plain.js", "{{ k6_opts }}\nexport default function () {}\n");
    space.write(
        "suites/digits.toml",
        "[[test]]\nname = \"plain\"\ntemplate = \"plain.js\"\ntimeout = \"2s\"\nk6 = { vus = 1, duration = \"1s\" }\n",
    );
    let fake = format!(
        "#!/bin/bash\ncase $1 in\nversion) echo 'k6 v1.1.0 (commit/fake, go1, linux/amd64)'; exit;;\n\
         archive) while [ $# -gt 1 ]; do [ $1 = --archive-out ] && : | tar cf $2 -T -; shift; done; exit;;\nesac\n\
         while [ $# -gt 1 ]; do [ \"$1\" = --summary-export ] && SUMMARY=$2; shift; done\n{script}\n"
    );
    space.write("fake-k6", &fake);
    std::fs::set_permissions(space.path("fake-k6"), std::fs::Permissions::from_mode(0o755))
        .expect("executable");
    space
}

fn build(space: &Space) -> Said {
    let mut command = space.command(&["build", "digits", "--grace", "1s"]);
    Said::of(command.env("HOWITZER_K6", space.path("fake-k6")).output().expect("starts"))
}

#[test]
fn a_well_behaved_fake_is_taken_for_k6() {
    let space = faulty(&format!("echo '{SUMMARY}' > $SUMMARY"));
    build(&space).expect_code(0);
    assert!(build(&space).expect_code(0).runs().is_empty());
}

#[test]
fn exit_zero_without_a_whole_summary_is_a_failure_and_never_reused() {
    for (script, said) in [
        ("exit 0", "no summary was written"),
        ("echo '{\"metrics\": {' > $SUMMARY", "no summary was written"),
    ] {
        let space = faulty(script);
        let first = build(&space).expect_code(100);
        assert!(first.stderr.contains(said), "{script}: {}", first.stderr);
        let second = build(&space).expect_code(100);
        assert_eq!(second.runs().len(), 1, "{}", second.stderr);
        assert!(second.runs()[0].contains("last attempt failed"), "{}", second.stderr);
    }
}

#[test]
fn a_k6_that_ignores_signals_is_killed_after_its_time_and_the_grace_period() {
    let space = faulty("trap '' INT TERM; sleep 600 & while true; do sleep 0.1; done");
    let started = Instant::now();
    let said = build(&space).expect_code(100);
    assert!(said.stderr.contains("timed out"), "{}", said.stderr);
    assert!(started.elapsed().as_secs() < 300, "it was waited for");
    assert!(space.leftovers().is_empty(), "{:?}", space.leftovers());
}

#[test]
fn grandchildren_of_an_ended_k6_are_ended_too() {
    let space = faulty(&format!("sleep 600 & echo '{SUMMARY}' > $SUMMARY"));
    build(&space).expect_code(0);
    assert!(space.leftovers().is_empty(), "{:?}", space.leftovers());
}

#[test]
fn endless_output_neither_fills_the_store_nor_stops_the_run() {
    let space = faulty(&format!("head -c 100000000 /dev/zero | tr '\\0' x; echo '{SUMMARY}' > $SUMMARY"));
    build(&space).expect_code(0);
    let stored: usize = space.files(".howitzer").iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(stored < 3_000_000, "{stored} bytes were kept");
}

#[test]
fn a_killed_k6_is_a_failure_with_its_signal() {
    let space = faulty("kill -9 $$");
    let said = build(&space).expect_code(100);
    assert!(said.stderr.contains("killed by signal 9"), "{}", said.stderr);
}
