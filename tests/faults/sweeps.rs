//! Trials, the order of runs, retries, and running again what the user doubts.

use crate::fake::{SUMMARY, build, build_with, command, faulty, howitzer};
use crate::space::{Said, Space};

/// Three cases of two trials; the fake passes unless `more` ends it.
fn sweep(settings: &str, more: &str) -> Space {
    let space = faulty(&format!("{more}\necho '{SUMMARY}' > $SUMMARY"));
    space.write(
        "suites/digits.toml",
        &format!(
            "[[test]]\nname = \"t\"\ntemplate = \"plain.js\"\nrepeat = 2\nk6 = {{ duration = \"1s\" }}\n\
             matrix.vus = [1, 2, 3]\n{settings}\n"
        ),
    );
    space
}

/// The names of the runs that executed, in order.
fn order(said: &Said) -> Vec<String> {
    let name = |line: &&str| line.split_whitespace().nth(2).expect("a name").to_owned();
    said.runs().iter().map(name).collect()
}

#[test]
fn runs_execute_as_declared_or_interleaved_or_by_a_lot_that_can_be_drawn_again() {
    let space = sweep("", "");
    let declared = ["t[vus=1]", "t[vus=1]@2", "t[vus=2]", "t[vus=2]@2", "t[vus=3]", "t[vus=3]@2"];
    assert_eq!(order(&build(&space).expect_code(0)), declared);
    let outputs = space.files("out/digits/results.csv");
    let force = |flags: &[&str]| build_with(&space, &[&["--force"], flags].concat()).expect_code(0);
    let interleaved = ["t[vus=1]", "t[vus=2]", "t[vus=3]", "t[vus=1]@2", "t[vus=2]@2", "t[vus=3]@2"];
    assert_eq!(order(&force(&["--order", "interleaved"])), interleaved);
    let first = force(&["--order", "shuffled", "--seed", "11"]);
    assert!(first.stderr.contains("`--seed 11` repeats this order"), "{}", first.stderr);
    assert_eq!(order(&force(&["--order", "shuffled", "--seed", "11"])), order(&first));
    assert!(space.read("out/digits/build.json").contains("\"seed\": 11"));
    let others = (12..20).map(|seed| order(&force(&["--order", "shuffled", "--seed", &seed.to_string()])));
    assert!(others.into_iter().any(|other| other != order(&first)), "every seed gives one order");
    // The order is of the runs, not of the outputs.
    assert_eq!(space.files("out/digits/results.csv").len(), outputs.len());
    let planned = build_with(&space, &["-n", "--force", "--order", "interleaved"]).expect_code(0);
    let planned: Vec<&str> =
        planned.stdout.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(planned, interleaved);
}

#[test]
fn what_two_suites_share_is_planned_once_as_it_is_run_once() {
    let space = sweep("", "");
    space.write("suites/other.toml", &space.read("suites/digits.toml").replace("[1, 2, 3]", "[2, 3, 4]"));
    let both = |flags: &[&str]| howitzer(&space, &[&["build", "digits", "other"], flags].concat());
    let planned = both(&["-n"]).expect_code(0);
    assert_eq!(planned.stdout.lines().filter(|line| line.trim_start().starts_with("run")).count(), 8);
    assert_eq!(both(&[]).expect_code(0).runs().len(), 8);
    let forced = both(&["-n", "--force"]).expect_code(0);
    assert_eq!(forced.stdout.lines().filter(|line| line.trim_start().starts_with("run")).count(), 12);
    assert_eq!(both(&["--force"]).expect_code(0).runs().len(), 12);
}

#[test]
fn a_suite_says_its_order_and_a_wrong_one_is_told() {
    let space = sweep("sweep.order = \"interleaved\"", "");
    assert_eq!(order(&build(&space).expect_code(0))[1], "t[vus=2]");
    space.edit("suites/digits.toml", "interleaved", "interleavd");
    let said = build(&space).expect_code(3);
    assert!(said.stderr.contains("did you mean `interleaved`?"), "{}", said.stderr);
}

#[test]
fn more_or_fewer_trials_reuse_what_is_there() {
    let space = sweep("", "");
    build(&space).expect_code(0);
    let more = build_with(&space, &["--repeat", "3"]).expect_code(0);
    assert_eq!(order(&more), ["t[vus=1]@3", "t[vus=2]@3", "t[vus=3]@3"]);
    assert!(build_with(&space, &["--repeat", "3"]).expect_code(0).runs().is_empty());
    assert!(build_with(&space, &["--repeat", "1"]).expect_code(0).runs().is_empty());
    assert!(!space.path("out/digits/summary/t[vus=1]@2.json").exists());
    assert!(build(&space).expect_code(0).runs().is_empty());
    assert!(space.path("out/digits/summary/t[vus=1]@2.json").exists());
    build_with(&space, &["--repeat", "0"]).expect_code(2);
}

#[test]
fn trials_of_a_case_can_be_reused_only_together() {
    let space = sweep("reuse = \"case\"", "");
    build(&space).expect_code(0);
    let said = build_with(&space, &["--repeat", "3", "t[vus=2]"]).expect_code(0);
    assert_eq!(order(&said), ["t[vus=2]", "t[vus=2]@2", "t[vus=2]@3"]);
    assert!(said.stderr.contains("t[vus=2] (another trial of the case is stale)"), "{}", said.stderr);
    assert!(build_with(&space, &["--repeat", "3", "t[vus=2]"]).expect_code(0).runs().is_empty());
}

#[test]
fn a_run_that_measured_nothing_is_retried_as_often_as_its_test_says() {
    // The fake counts its runs and passes the third time.
    let failing = "HERE=$(dirname $0); echo x >> $HERE/tries; [ $(wc -l < $HERE/tries) -ge 3 ] || exit 107";
    let space = sweep("retries = 2", failing);
    let said = build_with(&space, &["t[vus=1]", "--repeat", "1"]).expect_code(0);
    let reasons: Vec<&str> =
        said.runs().iter().map(|line| line.split_once('(').expect("a reason").1).collect();
    assert_eq!(
        reasons,
        ["never built)", "retry 1 of 2: failed)", "retry 2 of 2: failed)"],
        "{}",
        said.stderr
    );
    assert!(space.read("out/digits/results/t[vus=1].txt").contains("attempts    3"), "all attempts count");
    let space = sweep("retries = 1", "exit 107");
    assert_eq!(build(&space).expect_code(100).runs().len(), 2);
}

#[test]
fn doubted_results_run_again_when_asked() {
    let crossed = r#"{"metrics":{"iterations":{"count":1,"rate":1,"thresholds":{"count<1":true}}}}"#;
    let space =
        sweep("", &format!("grep -q '\"vus\": 2' plain.js && {{ echo '{crossed}' > $SUMMARY; exit 99; }}"));
    assert_eq!(build(&space).expect_code(99).runs().len(), 6);
    assert!(build(&space).expect_code(99).runs().is_empty());
    let again = build_with(&space, &["--rerun", "failed"]).expect_code(99);
    assert_eq!(order(&again), ["t[vus=2]", "t[vus=2]@2"], "{}", again.stderr);
    assert!(again.runs()[0].contains("(rerun of failed)"), "{}", again.stderr);
    let named = build_with(&space, &["--rerun", "t[vus=3]"]).expect_code(99);
    assert_eq!(order(&named), ["t[vus=3]", "t[vus=3]@2"], "{}", named.stderr);
    assert!(build_with(&space, &["--rerun", "suspect"]).expect_code(99).runs().is_empty());
    let wrong = build_with(&space, &["--rerun", "t[vus=4]"]).expect_code(4);
    assert!(wrong.stderr.contains("`t[vus=4]` selects no"), "{}", wrong.stderr);
}

#[test]
fn a_load_of_another_workspace_is_waited_for_unless_told_not_to() {
    let (busy, other) = (sweep("", "sleep 1"), sweep("", ""));
    let lock = busy.path("load.lock");
    let holder = command(&busy, &["build", "digits", "t[vus=1]"]).spawn().expect("starts");
    crate::space::wait_for(|| busy.path(".howitzer/v1/scratch/run").exists());
    let with = |flags: &[&str]| {
        let mut command = command(&other, &[&["build", "digits"], flags].concat());
        Said::of(command.env("HOWITZER_LOAD_LOCK", &lock).output().expect("starts"))
    };
    let refused = with(&["--no-wait"]).expect_code(5);
    assert!(refused.stderr.contains("another build loads from this host: process "), "{}", refused.stderr);
    let waited = with(&[]).expect_code(0);
    assert!(waited.stderr.contains("waiting for the load of process "), "{}", waited.stderr);
    assert_eq!(waited.runs().len(), 6);
    assert!(holder.wait_with_output().expect("ends").status.success());
}

#[test]
fn why_runs_are_stale_or_last_ran_is_explained_with_old_and_new_values() {
    let space = sweep("env = { MODE = \"a\" }", "");
    build(&space).expect_code(0);
    let explain = |more: &[&str]| {
        let arguments = [&["explain", "digits"], more].concat();
        Said::of(command(&space, &arguments).output().expect("starts"))
    };
    let fresh = explain(&["t[vus=1]"]).expect_code(0).stdout;
    assert!(
        fresh.contains("t[vus=1]\n  fresh: passed at ") && fresh.contains("it ran because: never built"),
        "{fresh}"
    );
    space.edit("suites/digits.toml", "MODE = \"a\"", "MODE = \"b\"");
    space.edit("suites/digits.toml", "duration = \"1s\"", "duration = \"2s\"");
    let stale = explain(&["t[vus=1]"]).expect_code(0).stdout;
    for line in ["  environment MODE changed: a → b\n", "  k6 option duration \"1s\" → \"2s\"\n"] {
        assert!(stale.contains(line), "{line} is missing in:\n{stale}");
    }
    let built = build_with(&space, &["-v", "t[vus=1]"]).expect_code(0);
    assert!(built.stderr.contains("because environment MODE changed: a → b"), "{}", built.stderr);
    let after = explain(&["t[vus=1]"]).expect_code(0).stdout;
    assert!(after.contains("it ran because: environment MODE changed: a → b"), "{after}");
    let diff = explain(&["--diff", "t[vus=1]", "t[vus=3]@2"]).expect_code(0).stdout;
    assert!(diff.contains("k6 option vus 1 → 3") && diff.contains("trial 1 → 2"), "{diff}");
    let same = explain(&["--diff", "t[vus=1]", "t[vus=1]"]).expect_code(0).stdout;
    assert!(same.contains("no difference"), "{same}");
    let wrong = explain(&["--diff", "t[vus=1]", "t[vus=4]"]).expect_code(4).stderr;
    assert!(wrong.contains("did you mean `t[vus="), "{wrong}");
}

#[test]
fn a_declaration_of_what_is_an_input_anyway_changes_nothing() {
    let space = sweep("inputs = [\"protos/*.proto\"]", "");
    space.write("protos/a.proto", "syntax = \"proto3\";\nimport \"b.proto\";\n");
    space.write("protos/b.proto", "syntax = \"proto3\";\n");
    space.edit("k6_templates/plain.js", "export", "client.load(['../protos'], 'a.proto');\nexport");
    assert_eq!(build(&space).expect_code(0).runs().len(), 6);
    space.edit("suites/digits.toml", "inputs = [\"protos/*.proto\"]", "");
    assert!(build(&space).expect_code(0).runs().is_empty());
    // Declared or not, what a definition imports counts.
    space.edit("suites/digits.toml", "name = \"t\"", "name = \"t\"\ninputs = [\"protos/a.proto\"]");
    assert!(build(&space).expect_code(0).runs().is_empty());
    space.write("protos/b.proto", "syntax = \"proto3\";\n// other\n");
    let said = build(&space).expect_code(0);
    assert!(said.runs()[0].contains("proto protos/b.proto changed"), "{}", said.stderr);
}
