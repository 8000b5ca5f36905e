//! Builds under different flags: none answers for another, and none costs another its results.

use crate::space::Said;
use crate::{fake::howitzer, layered};

/// How many runs executed.
fn ran(said: &Said) -> usize {
    said.runs().len()
}

#[test]
fn a_build_under_flags_neither_answers_for_the_plain_one_nor_loses_its_results() {
    let space = layered();
    let build = |flags: &[&str]| howitzer(&space, &[&["build", "x"], flags].concat()).expect_code(0);
    assert_eq!(ran(&build(&[])), 8, "two cases of two trials, four of one");
    assert_eq!(ran(&build(&[])), 0);
    let plain = space.read("out/x/results.json");
    for flags in [
        &["-P", "ci"][..],
        &["--set", "vars.new=1"],
        &["--set", "vars.new=2"],
        &["--axis", "vars.new=3,4"],
        &["-P", "many", "--set", "vars.new=5"],
    ] {
        assert_ne!(ran(&build(flags)), 0, "{flags:?}");
        assert_ne!(space.read("out/x/results.json"), plain, "{flags:?}");
        assert_eq!(ran(&build(flags)), 0, "{flags:?}");
        assert_eq!(ran(&build(&[])), 0, "after {flags:?}");
        assert_eq!(space.read("out/x/results.json"), plain, "after {flags:?}");
    }
}

#[test]
fn outputs_hold_the_cases_as_the_build_sees_them_and_those_of_others_go() {
    let space = layered();
    howitzer(&space, &["build", "x"]).expect_code(0);
    let shown = |name: &str| space.path(&format!("out/x/summary/{name}.json")).exists();
    let said = howitzer(&space, &["build", "x", "--axis", "vus=2,3", "plain"]).expect_code(0);
    assert_eq!(ran(&said), 2, "`plain[vus=2]` has its results: {}", said.stderr);
    assert!(shown("plain[vus=3]") && shown("plain[vus=2]") && !shown("plain[vus=1]"));
    howitzer(&space, &["render", "x", "--set", "vars.low=7"]).expect_code(0);
    assert!(space.read("out/x/render/plain[vus=2].js").contains("\"low\":7"));
    howitzer(&space, &["build", "x"]).expect_code(0);
    assert!(shown("plain[vus=1]") && !shown("plain[vus=3]"));
    assert!(space.read("out/x/render/plain[vus=2].js").contains("\"low\":1"), "the script that was measured");
}

#[test]
fn a_profile_that_changes_is_another_build() {
    let space = layered();
    howitzer(&space, &["build", "x", "-P", "many", "plain"]).expect_code(0);
    space.edit("howitzer.toml", "[10, 20]", "[10, 30]");
    let said = howitzer(&space, &["build", "x", "-P", "many", "plain"]).expect_code(0);
    assert_eq!(ran(&said), 2, "{}", said.stderr);
    assert!(said.stderr.contains("plain[vus=30]"), "{}", said.stderr);
}

#[test]
fn a_profile_runs_on_real_k6_and_shares_its_results_with_the_plain_build() {
    let space = crate::space::Space::new();
    let manifest = space.read("howitzer.toml");
    let profile = "[profile.small]\nset = { payload = \"digits-1.json\" }\n";
    space.write("howitzer.toml", &format!("{manifest}\n{profile}"));
    let said = space.run(&["build", "digits", "-P", "small"]).expect_code(0);
    assert_eq!(said.runs().len(), 1, "{}", said.stderr);
    let said = space.run(&["build", "digits"]).expect_code(0);
    assert!(said.stderr.contains("2 cases, 1 cached") && said.runs().len() == 1, "{}", said.stderr);
    let said = space.run(&["build", "digits", "-P", "small"]).expect_code(0);
    assert!(said.stderr.contains("1 case, 1 cached") && said.runs().is_empty(), "{}", said.stderr);
}

#[test]
fn a_condition_has_a_stamp_of_its_own() {
    let space = layered();
    howitzer(&space, &["build", "x", "--where", "vus=1"]).expect_code(0);
    let said = howitzer(&space, &["build", "x", "--where", "vus>1"]).expect_code(0);
    assert_eq!(ran(&said), 2, "{}", said.stderr);
}
