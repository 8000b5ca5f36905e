//! `howitzer cache`: what is in the store, and what is wrong with it.

use std::fs;
use std::process::Command;

use crate::fake::{SUMMARY, build, build_with, command, faulty, howitzer};
use crate::space::Said;
use crate::{built, stored};

#[test]
fn a_store_is_counted() {
    let space = built();
    let said = howitzer(&space, &["cache", "stats"]).expect_code(0).stdout;
    for line in [
        "records      1, ",
        "attempts     1\n",
        "scrapes      1, ",
        "journal      1 hint\n",
        "damaged      0, 0 B\n",
    ] {
        assert!(said.contains(line), "{line} is missing in:\n{said}");
    }
    let json = howitzer(&space, &["cache", "stats", "--message-format", "ndjson"]).expect_code(0).stdout;
    let census: serde_json::Value = serde_json::from_str(&json).expect("one object");
    assert_eq!(census["records"]["count"], 1);
    assert_eq!(census["blobs"]["count"], space.files(".howitzer/v1/blobs").len());
    assert_eq!(census["reclaimable"]["bytes"], 0);
}

#[test]
fn a_whole_store_has_no_problems() {
    let space = built();
    let said = howitzer(&space, &["cache", "verify"]).expect_code(0);
    assert_eq!(said.stdout, "");
    assert!(said.stderr.contains("2 records, ") && said.stderr.contains("0 problems"), "{}", said.stderr);
}

#[test]
fn every_kind_of_damage_is_found_named_and_repaired() {
    type Harm = fn(&std::path::Path);
    let cut: Harm = |path| fs::write(path, "cut").expect("writes");
    let lose: Harm = |path| fs::remove_file(path).expect("removes");
    let lift: Harm = |path| {
        // A whole record under another key.
        let other =
            path.with_file_name(path.file_name().expect("named").to_string_lossy().replace(['0', '1'], "2"));
        fs::rename(path, other).expect("moves");
    };
    for (folder, part, harm, word, runs) in [
        ("records", "\"exit\"", cut, "damaged: checksum", 1),
        ("records", "\"definitions\"", cut, "damaged: checksum", 0),
        ("records", "\"exit\"", lift, "records/", 1),
        ("blobs", "\"iterations\"", cut, "damaged: its bytes", 1),
        ("blobs", "mine", lose, "missing: record", 1),
        ("journal", "plain@1", cut, "damaged: checksum", 0),
        ("stat", "outputs", cut, "damaged: checksum", 0),
    ] {
        let space = built();
        let path = if part == "outputs" {
            space.path(".howitzer/v1/stat/outputs-digits")
        } else {
            stored(&space, folder, part)
        };
        harm(&path);
        let what = format!("{folder} {part}");
        let before = space.files(".howitzer");
        let said = howitzer(&space, &["cache", "verify"]).expect_code(1);
        assert!(
            said.stdout.contains(word) && said.stdout.contains(&format!("v1/{folder}/")),
            "{what}: {}",
            said.stdout
        );
        assert_eq!(space.files(".howitzer"), before, "{what}: a reader wrote");

        howitzer(&space, &["cache", "verify", "--repair"]).expect_code(0);
        howitzer(&space, &["cache", "verify"]).expect_code(0);
        assert_eq!(build(&space).expect_code(0).runs().len(), runs, "{what}");
        howitzer(&space, &["cache", "verify"]).expect_code(0);
        assert!(build(&space).expect_code(0).runs().is_empty(), "{what}");
    }
}

#[test]
fn a_build_that_mended_damage_leaves_a_store_without_problems() {
    for (folder, part) in [("records", "\"exit\""), ("blobs", "\"iterations\""), ("blobs", "mine")] {
        let space = built();
        fs::write(stored(&space, folder, part), "cut").expect("writes");
        fs::remove_dir_all(space.path("out")).expect("removes");
        let said = build(&space).expect_code(0);
        assert_eq!(said.runs(), ["run 1/1 plain (record damaged)"], "{}", said.stderr);
        assert_eq!(said.stderr.matches("1 file of the store moved aside").count(), 1, "{}", said.stderr);
        assert_eq!(space.files(".howitzer/v1/damaged").len(), 1);
        howitzer(&space, &["cache", "verify"]).expect_code(0);
        let again = build(&space).expect_code(0);
        assert!(again.runs().is_empty() && !again.stderr.contains("aside"), "{}", again.stderr);
    }
}

#[test]
fn a_lost_summary_is_never_scraped_as_an_empty_one() {
    let space = built();
    fs::write(stored(&space, "blobs", "\"iterations\""), "cut").expect("writes");
    fs::remove_file(stored(&space, "records", "\"definitions\"")).expect("removes");
    // The summary of the fake k6 is the same each time, so the new run's scrape has the key of the lost one.
    build(&space).expect_code(0);
    assert!(
        space.read("out/digits/results.csv").contains("iterations"),
        "{}",
        space.read("out/digits/results.csv")
    );
}

#[test]
fn a_run_that_measures_what_a_rotten_blob_should_hold_replaces_it() {
    let space = faulty(&format!("echo '{SUMMARY}' > $SUMMARY"));
    build(&space).expect_code(0);
    fs::write(stored(&space, "blobs", "\"iterations\""), "rotten").expect("writes");
    assert_eq!(build_with(&space, &["--force"]).expect_code(0).runs().len(), 1);
    howitzer(&space, &["cache", "verify"]).expect_code(0);
    assert!(build(&space).expect_code(0).runs().is_empty());
}

#[test]
fn another_binary_looks_at_the_outputs_where_this_one_need_not() {
    let space = built();
    assert!(!build(&space).expect_code(0).stderr.contains("wrote"));
    // As an older version would have left it: with a file that it did not know.
    let view = space.path("out/digits/results/plain.txt");
    let written = fs::read(&view).expect("reads");
    fs::write(&view, "as the last version wrote it").expect("writes");
    assert!(!build(&space).expect_code(0).stderr.contains("wrote"), "this binary has seen all");
    let other = space.path("bin/howitzer");
    let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_howitzer")).arg(&other).status();
    assert!(copied.is_ok_and(|status| status.success()));
    let command = command(&space, &["build", "digits", "--grace", "1s"]);
    let mut same = Command::new(other);
    same.args(command.get_args()).current_dir(space.path(""));
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => same.env(name, value),
            None => same.env_remove(name),
        };
    }
    let said = Said::of(same.output().expect("starts")).expect_code(0);
    assert!(said.runs().is_empty() && said.stderr.contains("wrote out/digits"), "{}", said.stderr);
    assert_eq!(fs::read(&view).expect("reads"), written);
}

#[test]
fn a_verified_build_looks_at_every_output_and_everything_in_the_store() {
    let space = built();
    let verify = || howitzer(&space, &["build", "digits", "--verify"]).expect_code(0);
    let outputs = space.files("out");
    assert!(verify().runs().is_empty());
    // A view edited in place leaves the stat of its folder as it is.
    let view = space.path("out/digits/results/plain.txt");
    fs::write(&view, "edited").expect("writes");
    assert!(!build(&space).expect_code(0).stderr.contains("wrote"), "a plain build looks at folders only");
    let mended = verify();
    assert!(mended.runs().is_empty(), "{}", mended.stderr);
    assert!(mended.stderr.contains("wrote out/digits (files missing or edited; "), "{}", mended.stderr);
    assert_eq!(outputs, space.files("out"));
    let quiet = verify();
    assert!(!quiet.stderr.contains("wrote"), "{}", quiet.stderr);
    // A blob that no output shows is looked at too.
    let blob = stored(&space, "blobs", "said");
    fs::write(&blob, "cut").expect("writes");
    assert!(build(&space).expect_code(0).runs().is_empty());
    let said = verify();
    assert_eq!(said.runs(), ["run 1/1 plain (record damaged)"], "{}", said.stderr);
    assert!(said.stderr.contains("2 files of the store moved aside"), "{}", said.stderr);
    assert!(verify().runs().is_empty());
}
