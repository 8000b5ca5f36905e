//! What is typed wrong, what fails half-way, and what a build says then.

use crate::space::Said;
use crate::{SUMMARY, build, build_with, faulty};

fn well_behaved() -> crate::space::Space {
    faulty(&format!("echo '{SUMMARY}' > $SUMMARY"))
}

#[test]
fn clean_takes_whole_suites_only() {
    let space = well_behaved();
    build(&space).expect_code(0);
    let said = space.run(&["clean", "digits", "plain"]).expect_code(2);
    assert!(said.stderr.contains("`plain` is no suite"), "{}", said.stderr);
    assert!(space.path("out/digits").is_dir());
    space.run(&["clean", "digits"]).expect_code(0);
    assert!(!space.path("out/digits").exists());
}

#[test]
fn two_files_that_would_share_outputs_are_refused_also_when_one_is_named() {
    let space = well_behaved();
    space.write("suites/digits.json", "{\"test_configs\": [{\"name\": \"a\", \"template\": \"plain.js\"}]}");
    for named in ["digits", "suites/digits.toml", "suites/digits.json"] {
        let said = space.run(&["build", "-n", named]).expect_code(3);
        assert!(said.stderr.contains("would share the folder `out/digits`"), "{}", said.stderr);
    }
}

#[test]
fn a_mistyped_suite_has_a_nearest_name() {
    let space = well_behaved();
    for named in ["digitz", "suites/digitz.toml"] {
        let said = space.run(&["build", named]).expect_code(2);
        assert!(said.stderr.contains("did you mean `digits`?"), "{}", said.stderr);
    }
    std::fs::create_dir(space.path("digits")).expect("a folder of the suite's name");
    build(&space).expect_code(0);
}

#[test]
fn a_suite_without_load_selects_nothing() {
    let space = well_behaved();
    space.edit("suites/digits.toml", "name = \"plain\"", "name = \"plain\"\nrole = \"warmup\"");
    let said = build(&space).expect_code(4);
    assert!(said.stderr.contains("nothing to run"), "{}", said.stderr);
}

#[test]
fn a_missed_expectation_is_named_by_every_build() {
    let space = well_behaved();
    let suite = space.read("suites/digits.toml");
    space.write(
        "suites/digits.toml",
        &format!("{suite}[test.expect]\n\"iterations.count\" = {{ above = 1 }}\n"),
    );
    for _ in 0..2 {
        let said = build(&space).expect_code(99);
        assert!(
            said.stderr.contains("missed plain: expected iterations.count above 1: 1"),
            "{}",
            said.stderr
        );
    }
    assert!(space.read("out/digits/output.md").contains("1 expectation missed"));
}

#[test]
fn a_failed_warm_up_ends_the_build_before_anything_is_measured() {
    let space = faulty(&format!("grep -q warm *.js && exit 107; echo '{SUMMARY}' > $SUMMARY"));
    space.write("k6_templates/warm.js", "{{ k6_opts }}\n// warm\nexport default function () {}\n");
    let suite = space.read("suites/digits.toml");
    let warm_up =
        "[[test]]\nname = \"w\"\nrole = \"warmup\"\ntemplate = \"warm.js\"\nk6 = { iterations = 1 }\n";
    space.write("suites/digits.toml", &format!("{warm_up}{suite}"));
    let said = build(&space).expect_code(100);
    assert!(said.runs().is_empty() && said.stderr.contains("exit 107"), "{}", said.stderr);
    assert!(said.stderr.contains("1 pending"), "{}", said.stderr);
}

#[test]
fn a_failure_ends_later_suites_too_unless_told_to_go_on() {
    let space = faulty("exit 107");
    space.write("suites/second.toml", &space.read("suites/digits.toml").replace("plain\"", "other\""));
    let both = |flags: &[&str]| {
        let mut command = space.command(&[&["build", "digits", "second"], flags].concat());
        Said::of(command.env("HOWITZER_K6", space.path("fake-k6")).output().expect("starts")).expect_code(100)
    };
    assert_eq!(both(&[]).runs().len(), 1);
    assert_eq!(both(&["-k"]).runs().len(), 2);
}

#[test]
fn a_script_that_k6_refuses_ends_the_build_and_with_keep_going_only_its_cases() {
    let space = well_behaved();
    let fake = space.read("fake-k6");
    let refusing = fake.replace(
        "archive) while",
        "archive) grep -q refused ${@: -1} && { echo 'no such thing' >&2; exit 107; }; while",
    );
    assert_ne!(fake, refusing);
    space.write("fake-k6", &refusing);
    space.write("k6_templates/bad.js", "{{ k6_opts }}\n// refused\nexport default function () {}\n");
    let suite = space.read("suites/digits.toml");
    let bad = suite.replace("name = \"plain\"", "name = \"bad\"").replace("plain.js", "bad.js");
    space.write("suites/digits.toml", &format!("{bad}{suite}"));
    let stopped = build(&space).expect_code(3);
    assert!(stopped.runs().is_empty() && stopped.stderr.contains("`bad`"), "{}", stopped.stderr);
    let kept_on = build_with(&space, &["-k"]).expect_code(3);
    assert_eq!(kept_on.runs().len(), 1, "{}", kept_on.stderr);
    assert!(kept_on.stderr.contains("k6 refuses the script of `bad`"), "{}", kept_on.stderr);
}

#[test]
fn the_account_of_a_build_has_the_exit_code_of_the_process() {
    let space = well_behaved();
    let manifest = space.read("howitzer.toml");
    space.write("howitzer.toml", &format!("{manifest}[target.live]\nbase_url = \"x\"\nprotected = true\n"));
    space.edit("suites/digits.toml", "name = \"plain\"", "name = \"plain\"\ntarget = \"live\"");
    let said = build_with(&space, &["--message-format", "ndjson"]).expect_code(5);
    let last = said.stdout.lines().last().expect("an event");
    assert!(last.contains("\"exit\":5"), "{last}");
    assert!(space.read("out/digits/build.json").contains("\"exit\": 5"));
    build_with(&space, &["--allow", "live"]).expect_code(0);
}

#[test]
fn a_plan_is_data_also_as_events() {
    let space = well_behaved();
    let said = build_with(&space, &["-n", "-q"]).expect_code(0);
    assert_eq!(said.stdout, "run plain (never built; target unidentified)\n");
    assert_eq!(said.stderr, "");
    let said = build_with(&space, &["-n", "--message-format", "ndjson"]).expect_code(0);
    let planned = said.stdout.lines().find(|line| line.contains("\"plan.run\"")).expect("an event");
    let planned: serde_json::Value = serde_json::from_str(planned).expect("JSON");
    assert_eq!(planned["reasons"], serde_json::json!(["never built"]));
    build(&space).expect_code(0);
    assert_eq!(build_with(&space, &["-n"]).expect_code(0).stdout, "");
    let all = build_with(&space, &["-n", "-v"]).expect_code(0);
    assert!(all.stdout.starts_with("cached plain ("), "{}", all.stdout);
}

#[test]
fn a_named_k6_that_is_none_is_told_with_where_it_was_looked_for() {
    let space = well_behaved();
    let mut command = space.command(&["doctor"]);
    let said = Said::of(command.env("HOWITZER_K6", "/nowhere/k6").output().expect("starts")).expect_code(5);
    assert!(said.stdout.contains("candidate     /nowhere/k6 (HOWITZER_K6): broken"), "{}", said.stdout);
}

#[test]
fn a_shim_that_starts_another_k6_is_noticed() {
    let space = well_behaved();
    // The fake is a script that takes its version from another file: its own stat stays as it is.
    let line = space.path("line").display().to_string();
    let fake = space.read("fake-k6").replace("echo 'k6 v1.1.0", &format!("cat {line}; echo 'k6 v1.1.0"));
    space.write("fake-k6", &fake);
    space.write("line", "");
    assert_eq!(build(&space).expect_code(0).runs().len(), 1);
    assert_eq!(build(&space).expect_code(0).runs().len(), 0);
    space.write("line", "k6 v1.1.1 (commit/fake, go1, linux/amd64)\n");
    assert_eq!(build(&space).expect_code(0).runs().len(), 1);
}

#[test]
fn a_changed_option_is_named_to_its_last_part_with_the_values_that_differ() {
    let space = well_behaved();
    space.edit(
        "suites/digits.toml",
        "k6 = { vus = 1, duration = \"1s\" }",
        "[test.k6.scenarios.load]\nexecutor = \"constant-arrival-rate\"\nrate = 5\nduration = \"1s\"\npreAllocatedVUs = 2\n\
         [test.k6.tags]\nlong = \"a-rather-long-value-that-is-cut-somewhere-in-the-middle-one\"\n",
    );
    build(&space).expect_code(0);
    space.edit("suites/digits.toml", "rate = 5", "rate = 6");
    let said = build(&space).expect_code(0);
    assert!(said.runs()[0].contains("(k6 option scenarios.load.rate 5 → 6)"), "{}", said.stderr);
    space.edit("suites/digits.toml", "middle-one", "middle-two");
    let said = build(&space).expect_code(0);
    let change = "k6 option tags.long …-the-middle-one\" → …-the-middle-two\"";
    assert!(said.runs()[0].contains(change), "{}", said.stderr);
}

#[test]
fn a_selector_that_equals_an_id_with_a_slash_selects_it() {
    let space = well_behaved();
    space.edit("suites/digits.toml", "k6 =", "matrix.\"vars.x\" = [\"a/b\", \"a/c\"]\nk6 =");
    space.edit("k6_templates/plain.js", "export", "// {{ vars.x }}\nexport");
    let planned = build_with(&space, &["-n", "plain[x=a/b]"]).expect_code(0);
    assert_eq!(planned.stdout.matches("plain[").count(), 1, "{}", planned.stdout);
    assert!(build_with(&space, &["-n", "plain[x=a/*]"]).expect_code(0).stdout.matches("plain[").count() == 2);
    build_with(&space, &["-n", "suites/nowhere"]).expect_code(2);
}

#[test]
fn a_target_that_is_allowed_and_does_not_exist_is_told() {
    let space = well_behaved();
    let manifest = space.read("howitzer.toml");
    space.write("howitzer.toml", &format!("{manifest}[target.live]\nbase_url = \"x\"\nprotected = true\n"));
    let said = build_with(&space, &["--allow", "liev"]).expect_code(2);
    assert!(
        said.stderr.contains("there is no such target") && said.stderr.contains("did you mean `live`?"),
        "{}",
        said.stderr
    );
}
