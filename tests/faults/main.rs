//! Faults that real k6 cannot be made to show, played by a fake k6: a shell script behind `HOWITZER_K6`.

#[path = "../newcomer/space.rs"]
#[allow(dead_code, reason = "shared with the newcomer's tests, which use all of it")]
mod space;

mod captured;
mod concurrent;
mod disk;
mod fake;
mod hostile;
mod killed;
mod links;
mod misbehaving;
mod observer;
mod stopped;
mod remote;
mod samples;
mod scratch;
mod replaced;
mod sweeps;
mod targets;
mod unsettled;
mod usage;
mod written;

use fake::{SUMMARY, build, build_in_time, build_with, executable, faulty};
use space::wait_for;

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
        ("echo '{\"metrics\": {' > $SUMMARY", "the summary is no whole summary"),
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
    space.edit("suites/digits.toml", "timeout = \"2m\"", "timeout = \"2s\"");
    let said = build_in_time(&space).expect_code(100);
    assert!(said.stderr.contains("timed out"), "{}", said.stderr);
    wait_for(|| space.leftovers().is_empty());
}

#[test]
fn grandchildren_of_an_ended_k6_are_ended_too() {
    let space = faulty(&format!("sleep 600 & echo '{SUMMARY}' > $SUMMARY"));
    build(&space).expect_code(0);
    wait_for(|| space.leftovers().is_empty());
}

#[test]
fn a_killed_k6_is_a_failure_with_its_signal() {
    let space = faulty("kill -9 $$");
    let said = build(&space).expect_code(100);
    assert!(said.stderr.contains("killed by signal 9"), "{}", said.stderr);
}

#[test]
fn every_executed_node_says_why_and_each_kind_can_be_forced() {
    let space = faulty(&format!("echo '{SUMMARY}' > $SUMMARY"));
    let first = build_with(&space, &["-v"]).expect_code(0);
    for line in
        ["run 1/1 plain (never built)", "scrape plain (new outputs)", "wrote out/digits (never built; "]
    {
        assert!(first.stderr.contains(line), "{line} is missing in:\n{}", first.stderr);
    }
    let scraped = build_with(&space, &["--force=scrape"]).expect_code(0);
    assert!(scraped.runs().is_empty(), "{}", scraped.stderr);
    assert!(scraped.stderr.contains("scrape plain (forced)"), "{}", scraped.stderr);
    let forced = build_with(&space, &["--force"]).expect_code(0);
    assert_eq!(forced.runs(), ["run 1/1 plain (forced)"], "{}", forced.stderr);
    let rendered = build_with(&space, &["--force=render"]).expect_code(0);
    assert!(rendered.runs().is_empty() && rendered.stderr.contains("(forced; "), "{}", rendered.stderr);
    let wrong = build_with(&space, &["--force=runs"]).expect_code(2);
    assert!(wrong.stderr.contains("run"), "{}", wrong.stderr);
}

#[test]
fn a_lost_scrape_is_made_again_without_load() {
    let space = faulty(&format!("echo '{SUMMARY}' > $SUMMARY"));
    build(&space).expect_code(0);
    let outputs = space.files("out");
    for (path, bytes) in space.files(".howitzer/v1/records") {
        if String::from_utf8_lossy(&bytes).contains("\"definitions\"") {
            std::fs::remove_file(path).expect("removes");
        }
    }
    let again = build(&space).expect_code(0);
    assert!(again.runs().is_empty(), "{}", again.stderr);
    assert!(
        again.stderr.contains("scrape plain (not scraped by the present definitions)"),
        "{}",
        again.stderr
    );
    assert_eq!(outputs, space.files("out"));
}

#[test]
fn a_template_full_of_braces_has_delimiters_of_its_own() {
    let space = faulty(&format!("echo '{SUMMARY}' > $SUMMARY"));
    let manifest = space.read("howitzer.toml");
    space.write("howitzer.toml", &format!("[workspace.delimiters]\nvariable = [\"<<\", \">>\"]\n{manifest}"));
    space.write("k6_templates/plain.js", "<< k6_opts >>\nexport default function () { return `{{}}`; }\n");
    build(&space).expect_code(0);
    assert!(space.read("out/digits/render/plain.js").contains("return `{{}}`;"));
}
