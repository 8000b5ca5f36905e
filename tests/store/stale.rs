//! Results that do not do any more although nothing about them failed: too old, or damaged.

use std::fs;

use crate::fake::{SUMMARY, build, build_with, faulty};
use crate::space::Space;
use crate::stored;

/// Two tests, the results of one of which are too old at once.
fn two(script: &str) -> Space {
    let space = faulty(script);
    let test = |name: &str, more: &str| {
        format!("[[test]]\nname = \"{name}\"\ntemplate = \"plain.js\"\nk6 = {{ {more} }}\n")
    };
    let old = format!("{}max_age = \"1ms\"\n", test("old", "vus = 1, iterations = 1"));
    space.write("suites/digits.toml", &format!("{old}{}", test("other", "vus = 2, iterations = 1")));
    space
}

/// What `results.json` says of the first case.
fn first(space: &Space) -> serde_json::Value {
    let results: serde_json::Value =
        serde_json::from_str(&space.read("out/digits/results.json")).expect("JSON");
    results["cases"][0].clone()
}

#[test]
fn an_expired_result_is_stale_and_not_failed_and_outputs_do_not_tell_its_age() {
    let space = two(&format!("echo '{SUMMARY}' > $SUMMARY"));
    build(&space).expect_code(0);
    build_with(&space, &["other"]).expect_code(0);
    let entry = first(&space);
    assert_eq!(entry["state"], "stale", "{entry}");
    assert_eq!(entry["reason"], "expired", "{entry}");
    let outputs = space.files("out");
    std::thread::sleep(std::time::Duration::from_millis(150));
    fs::remove_dir_all(space.path("out")).expect("removes");
    build_with(&space, &["other"]).expect_code(0);
    assert_eq!(space.files("out"), outputs);
}

#[test]
fn a_damaged_result_is_stale_and_not_failed() {
    let space = two(&format!("echo '{SUMMARY}' > $SUMMARY"));
    space.edit("suites/digits.toml", "1ms", "never");
    build(&space).expect_code(0);
    fs::remove_file(stored(&space, "blobs", "\"vus\": 1")).expect("removes");
    build_with(&space, &["other"]).expect_code(0);
    let entry = first(&space);
    assert_eq!(entry["state"], "stale", "{entry}");
    assert_eq!(entry["reason"], "record damaged", "{entry}");
}

#[test]
fn a_threshold_counts_although_its_result_expires_before_the_build_ends() {
    let space = two(&format!("echo '{SUMMARY}' > $SUMMARY; exit 99"));
    build_with(&space, &["old"]).expect_code(99);
}
