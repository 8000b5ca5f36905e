//! Targets whose identity moves, and secrets of services.

use crate::space::{Said, Space};
use crate::{SUMMARY, build, executable, faulty};

/// A workspace whose one case loads `[target.own]`, described by `manifest`.
fn with_target(script: &str, manifest: &str) -> Space {
    let space = faulty(script);
    space.write("howitzer.toml", &format!("[target.own]\nbase_url = \"x\"\n{manifest}"));
    space.edit("suites/digits.toml", "name = \"plain\"", "name = \"plain\"\ntarget = \"own\"");
    space
}

fn passing() -> String {
    format!("echo '{SUMMARY}' > $SUMMARY")
}

#[test]
fn a_target_that_changes_during_a_run_makes_it_void_and_the_next_try_counts() {
    let space = with_target("", "identity = [{ file = \"version\" }]\n");
    let root = space.path("").display().to_string();
    let fake = space.read("fake-k6");
    let change_once = format!("[ -e {root}done ] || {{ echo 2 > {root}version; touch {root}done; }}");
    space.write("fake-k6", &format!("{fake}{change_once}\n{}\n", passing()));
    space.write("version", "1");
    let said = build(&space).expect_code(0);
    assert_eq!(said.runs().len(), 2, "{}", said.stderr);
    assert!(said.stderr.contains("target changed: file version"), "{}", said.stderr);
    assert!(build(&space).expect_code(0).runs().is_empty());
}

#[test]
fn a_file_identifies_a_service_too() {
    let service = "service = { command = [\"sleep\", \"60\"] }\nidentity = [{ file = \"version\" }]\n";
    let space = with_target(&passing(), service);
    space.write("version", "1");
    assert_eq!(build(&space).expect_code(0).runs().len(), 1);
    assert!(build(&space).expect_code(0).runs().is_empty());
    space.write("version", "2");
    let said = build(&space).expect_code(0);
    assert!(said.runs()[0].contains("target own changed: file version"), "{}", said.stderr);
}

#[test]
fn what_a_service_says_of_itself_is_part_of_its_identity() {
    let script = "#!/bin/sh\nexec sleep 60\n";
    let service = "service = { command = [\"./serve\"] }\nidentity = [{ command = [\"cat\", \"live\"] }]\n";
    let space = with_target(&passing(), service);
    space.write("serve", script);
    executable(&space, "serve");
    space.write("live", "one");
    assert_eq!(build(&space).expect_code(0).runs().len(), 1);
    assert!(build(&space).expect_code(0).runs().is_empty(), "asked only while it runs");
    // Another build of the service is started, and then answers as another version.
    space.write("serve", &format!("{script}# changed\n"));
    space.write("live", "two");
    let said = build(&space).expect_code(0);
    assert_eq!(said.runs().len(), 1, "{}", said.stderr);
    assert!(build(&space).expect_code(0).runs().is_empty());
    // The hint is lost: it is started once more to be asked, and then nothing has to run.
    std::fs::remove_dir_all(space.path(".howitzer/v1/stat")).expect("removes");
    let asked = build(&space).expect_code(0);
    assert!(asked.runs().is_empty() && asked.stderr.contains("start target own"), "{}", asked.stderr);
}

#[test]
fn inputs_of_a_service_that_mean_no_file_are_refused() {
    let space =
        with_target(&passing(), "service = { command = [\"sleep\", \"60\"], inputs = [\"srcc/*\"] }\n");
    let said = build(&space).expect_code(3);
    assert!(said.stderr.contains("no file matches `srcc/*`"), "{}", said.stderr);
}

#[test]
fn a_secret_of_a_service_is_in_no_log_and_no_message() {
    let service = "service = { command = [\"sh\", \"-c\", \"echo key $KEY; sleep 0.2; exit 3\"], env = { KEY = { from = \"OUTER\", secret = true } } }\nready = { tcp = \"127.0.0.1:1\" }\n";
    let space = with_target(&passing(), service);
    let with = |value: &str| {
        let mut command = space.command(&["build", "digits"]);
        command.env("HOWITZER_K6", space.path("fake-k6")).env("OUTER", value);
        Said::of(command.output().expect("starts")).expect_code(5)
    };
    let said = with("hunter2secret");
    assert!(said.stderr.contains("key ***"), "{}", said.stderr);
    for (path, bytes) in space.files(".howitzer") {
        assert!(!String::from_utf8_lossy(&bytes).contains("hunter2"), "{}", path.display());
    }
    assert!(with("").stderr.contains("`OUTER`"));
}

#[test]
fn a_declared_variable_must_be_there_before_anything_starts() {
    let space = with_target(&passing(), "service = { command = [\"sleep\", \"60\"] }\n");
    space.edit(
        "suites/digits.toml",
        "name = \"plain\"",
        "name = \"plain\"\nenv = { TOKEN = { from = \"OUTER\", secret = true } }",
    );
    let with = |value: &str| {
        let mut command = space.command(&["build", "digits"]);
        command.env("HOWITZER_K6", space.path("fake-k6")).env("OUTER", value);
        Said::of(command.output().expect("starts"))
    };
    for (value, expected) in
        [("", "`OUTER`, from which the suite takes `TOKEN`, is not set"), ("1", "shorter than 4")]
    {
        let said = with(value).expect_code(5);
        assert!(said.stderr.contains(expected) && !said.stderr.contains("start target"), "{}", said.stderr);
    }
    with("long enough").expect_code(0);
}

#[test]
fn a_target_is_an_axis_like_any_other() {
    let space = with_target(&passing(), "identity = [{ file = \"version\" }]\n");
    let manifest = space.read("howitzer.toml");
    space.write(
        "howitzer.toml",
        &format!("{manifest}[target.other]\nbase_url = \"y\"\nidentity = [{{ file = \"other\" }}]\n"),
    );
    space.write("k6_templates/plain.js", "{{ k6_opts }}\nexport default function () { '{{ base_url }}'; }\n");
    space.edit("suites/digits.toml", "target = \"own\"", "matrix.target = [\"own\", \"other\"]");
    space.write("version", "1");
    space.write("other", "1");
    let both = build(&space).expect_code(0);
    assert_eq!(both.runs().len(), 2, "{}", both.stderr);
    space.write("other", "2");
    let one = build(&space).expect_code(0);
    assert_eq!(one.runs().len(), 1, "{}", one.stderr);
    assert!(
        one.runs()[0].contains("plain[target=other] (target other changed: file other "),
        "{}",
        one.stderr
    );
}

#[test]
fn a_target_that_was_never_seen_is_unknown_and_not_changed() {
    let space = with_target(&passing(), "identity = [{ command = [\"cat\", \"live\"] }]\n");
    space.write("live", "1");
    build(&space).expect_code(0);
    std::fs::remove_dir_all(space.path(".howitzer/v1/stat")).expect("removes");
    let dry = |flags: &[&str]| crate::build_with(&space, &[&["-n"], flags].concat()).expect_code(0);
    assert!(dry(&[]).stdout.contains("plain (target own unknown)"), "{}", dry(&[]).stdout);
    assert_eq!(dry(&["--probe"]).stdout, "", "build's exact answer");
    assert!(build(&space).expect_code(0).runs().is_empty());
}
