//! Results that do not do any more although nothing about them failed: too old, or damaged.

use std::fs;

use howitzer::base::digest::Digest;

use crate::fake::{SUMMARY, build, build_with, faulty};
use crate::space::Space;
use crate::{built, stored};

/// Two tests, the results of one of which are too old at once.
fn two(script: &str) -> Space {
    let space = faulty(script);
    let test = |name: &str, more: &str| {
        format!("[[test]]\nname = \"{name}\"\ntemplate = \"plain.js\"\nk6 = {{ {more} }}\n")
    };
    let old = format!("{}max_age = \"1ms\"\n", test("old", "vus = 1, iterations = 1"));
    space.write("suites/digits.toml", &format!("{old}{}", test("other", "vus = 2, iterations = 2")));
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

/// Puts other bytes in the place of a file, so that its folder tells.
fn replace(path: &std::path::Path, bytes: &[u8]) {
    fs::remove_file(path).expect("removes");
    fs::write(path, bytes).expect("writes");
}

#[test]
fn a_whole_record_under_another_ones_key_is_damage_and_not_that_ones_result() {
    let space = two(&format!("echo '{SUMMARY}' > $SUMMARY"));
    space.edit("suites/digits.toml", "1ms", "never");
    build(&space).expect_code(0);
    let is_result = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("\"exit\"");
    let results: Vec<_> =
        space.files(".howitzer/v1/records").into_iter().filter(|(_, bytes)| is_result(bytes)).collect();
    assert_eq!(results.len(), 2);
    replace(&results[0].0, &results[1].1);
    let said = build(&space).expect_code(0);
    assert_eq!(said.runs().len(), 1, "{}", said.stderr);
    assert!(said.runs()[0].contains("(record damaged)"), "{}", said.stderr);
    assert!(build(&space).expect_code(0).runs().is_empty());
}

#[test]
fn a_result_that_ended_ahead_of_the_clock_is_stale() {
    let space = built();
    let path = stored(&space, "records", "\"exit\"");
    let text = fs::read_to_string(&path).expect("text");
    let (_, body) = text.split_once('\n').expect("a checksum");
    let year = body.find("\"ended\":\"").expect("an end") + "\"ended\":\"".len();
    let body = format!("{}2999{}", &body[..year], &body[year + 4..]);
    replace(&path, format!("{}\n{body}", Digest::of(body.as_bytes())).as_bytes());
    assert_eq!(build(&space).expect_code(0).runs().len(), 1);
    assert!(build(&space).expect_code(0).runs().is_empty());
}
