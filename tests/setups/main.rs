//! Set-ups and warm-ups: applied and run only where a run needs them, and undone whatever ends a build.
//!
//! A fake k6 and the commands of set-ups append to one `log`, so that their whole order is seen.

#[path = "../newcomer/space.rs"]
#[allow(dead_code, reason = "shared with the newcomer's tests, which use all of it")]
mod space;

#[path = "../faults/fake.rs"]
#[allow(dead_code, reason = "shared with the tests of faults")]
mod fake;

use fake::{SUMMARY, build, build_with, command, faulty};
use space::{Said, Space, wait_for};

/// Two cases for each of two numbers of replicas; the axis of the set-up varies fastest.
const SUITE: &str = r#"
[[test]]
name = "load"
template = "plain.js"
k6 = { duration = "1s" }
[test.matrix]
vus = [1, 2]
replicas = [1, 4]
[[test.setup]]
axis = "replicas"
apply = ["bash", "-c", "echo apply {{ value }} >> log"]
undo = ["bash", "-c", "echo undo {{ label }} >> log"]
"#;

/// What a fake k6 does that logs how many VUs it was to run, and then does `more`.
fn logged(more: &str) -> String {
    format!(
        "HERE=$(dirname \"$0\"); VUS=$(tr -dc '[:print:]' < \"$1\" | sed 's/.*vus\"*: *\\([0-9]*\\).*/\\1/')\n\
         echo run $VUS >> \"$HERE/log\"\n{more}\necho '{SUMMARY}' > $SUMMARY"
    )
}

fn space_of(suite: &str, more: &str) -> Space {
    let space = faulty(&logged(more));
    space.write("suites/digits.toml", suite);
    space
}

/// What happened since the last look, in order.
fn log(space: &Space) -> Vec<String> {
    let text = std::fs::read_to_string(space.path("log")).unwrap_or_default();
    space.write("log", "");
    text.lines().map(str::to_owned).collect()
}

fn signal(child: &std::process::Child, signal: rustix::process::Signal) {
    let id = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw).expect("a process id");
    rustix::process::kill_process(id, signal).expect("signals");
}

/// Begins a build whose k6 does not end by itself, and waits until it runs.
fn begun(space: &Space) -> std::process::Child {
    let child = command(space, &["build", "digits"]).spawn().expect("starts");
    wait_for(|| std::fs::read_to_string(space.path("log")).is_ok_and(|log| log.contains("run")));
    child
}

/// The part of a fake k6 that hangs as long as the file `hang` is there.
const HANG: &str = "while [ -e \"$HERE/hang\" ]; do sleep 0.05; done";

#[test]
fn a_value_is_applied_once_for_all_its_cases_and_undone_before_the_next() {
    let space = space_of(&SUITE.replace("name = \"load\"", "name = \"load\"\nrepeat = 2"), "");
    let planned = build_with(&space, &["-n"]).expect_code(0);
    let order: Vec<&str> = planned.stdout.lines().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(order[..2], ["load[vus=1,replicas=1]", "load[vus=1,replicas=1]@2"], "{}", planned.stdout);
    assert!(order[..4].iter().all(|name| name.contains("replicas=1")), "{}", planned.stdout);
    let first = build(&space).expect_code(0);
    let each = |value: &str| {
        [&format!("apply {value}"), "run 1", "run 1", "run 2", "run 2", &format!("undo {value}")]
            .map(str::to_owned)
    };
    assert_eq!(log(&space), [each("1"), each("4")].concat());
    for line in
        ["apply replicas=4: bash -c echo apply 4 >> log", "undo replicas=4: bash -c echo undo 4 >> log"]
    {
        assert!(first.stderr.contains(line), "{line} is missing in:\n{}", first.stderr);
    }
    assert!(!space.path(".howitzer/v1/stat/applied").exists());
    build(&space).expect_code(0);
    build_with(&space, &["--verbose"]).expect_code(0);
    assert!(log(&space).is_empty(), "nothing was stale, and something was applied");
}

#[test]
fn only_the_values_of_stale_runs_are_applied() {
    let space = space_of(SUITE, "");
    build_with(&space, &["*replicas=4*"]).expect_code(0);
    assert_eq!(log(&space), ["apply 4", "run 1", "run 2", "undo 4"]);
    space.edit("suites/digits.toml", "[1, 4]", "{ from = 2, to = 4, step = 2 }");
    build(&space).expect_code(0);
    assert_eq!(log(&space), ["apply 2", "run 1", "run 2", "undo 2"]);
}

#[test]
fn a_changed_command_makes_only_its_runs_stale_and_they_say_so() {
    let plain = "[[test]]\nname = \"plain\"\ntemplate = \"plain.js\"\nk6 = { vus = 9, duration = \"1s\" }\n";
    let space = space_of(&format!("{plain}{SUITE}"), "");
    build(&space).expect_code(0);
    assert_eq!(log(&space).len(), 9);
    space.edit(
        "suites/digits.toml",
        "echo apply {{ value }}",
        "echo apply {% if value == 4 %}four{% else %}1{% endif %}",
    );
    let changed = build(&space).expect_code(0);
    assert_eq!(log(&space), ["apply four", "run 1", "run 2", "undo 4"]);
    assert_eq!(changed.runs().len(), 2, "{}", changed.stderr);
    assert!(
        changed.runs().iter().all(|line| line.ends_with("(set-up replicas changed)")),
        "{}",
        changed.stderr
    );
    space.edit(
        "suites/digits.toml",
        "axis = \"replicas\"",
        "axis = \"replicas\"\nenv = { ZONE = \"b\" }\ntimeout = \"1m\"",
    );
    assert_eq!(build(&space).expect_code(0).runs().len(), 4);
}

#[test]
fn the_graph_shows_set_ups_and_whether_they_are_needed() {
    let space = space_of(SUITE, "");
    build_with(&space, &["*replicas=4*"]).expect_code(0);
    let graph = |level: &str| {
        Said::of(command(&space, &["graph", "digits", "--level", level]).output().expect("starts")).stdout
    };
    let cases = graph("case").split_whitespace().collect::<Vec<_>>().join(" ");
    for line in ["set-up replicas=1 pending", "set-up replicas=4 not needed"] {
        assert!(cases.contains(line), "{line} is missing in:\n{cases}");
    }
    assert!(graph("test").contains("4 cases   2 cached, 2 to run: never built"), "{}", graph("test"));
    assert!(graph("node").contains("set-up  replicas=1"), "{}", graph("node"));
}

#[test]
fn two_set_ups_are_nested_and_the_first_is_the_outer_one() {
    let inner = "[[test.setup]]\naxis = \"flag\"\napply = [\"bash\", \"-c\", \"echo flag {{ label }} $ZONE >> log\"]\nenv = { ZONE = \"b\" }\n";
    let suite = format!("{SUITE}{inner}")
        .replace("vus = [1, 2]", "flag = [{ label = \"on\" }, { label = \"off\" }]\nvus = [3]");
    let space = space_of(&suite, "");
    build(&space).expect_code(0);
    // `flag` has no undo.
    let within = ["flag on b", "run 3", "flag off b", "run 3"];
    assert_eq!(
        log(&space),
        [&["apply 1"][..], &within, &["undo 1", "apply 4"], &within, &["undo 4"]].concat()
    );
}

#[test]
fn a_failed_run_ends_the_build_and_the_set_up_is_undone() {
    let space = space_of(SUITE, "exit 107");
    build(&space).expect_code(100);
    assert_eq!(log(&space), ["apply 1", "run 1", "undo 1"]);
}

#[test]
fn ctrl_c_and_sigterm_undo_what_is_applied() {
    for (kind, code) in [(rustix::process::Signal::INT, 130), (rustix::process::Signal::TERM, 143)] {
        let space = space_of(SUITE, HANG);
        space.write("hang", "");
        let child = begun(&space);
        signal(&child, kind);
        Said::of(child.wait_with_output().expect("ends")).expect_code(code);
        assert_eq!(log(&space), ["apply 1", "run 1", "undo 1"]);
        wait_for(|| space.leftovers().is_empty());
    }
}

#[test]
fn a_second_ctrl_c_ends_the_undo_which_stays_recorded() {
    let space = space_of(
        &SUITE.replace("echo undo", "echo undoing >> log; [ -e ready ] || sleep 600; echo undo"),
        HANG,
    );
    space.write("hang", "");
    let child = begun(&space);
    signal(&child, rustix::process::Signal::INT);
    wait_for(|| space.read("log").contains("undoing"));
    signal(&child, rustix::process::Signal::INT);
    let said = Said::of(child.wait_with_output().expect("ends")).expect_code(130);
    assert!(said.stderr.contains("which undoes replicas=1, failed: a second signal"), "{}", said.stderr);
    assert_eq!(log(&space), ["apply 1", "run 1", "undoing"]);
    wait_for(|| space.leftovers().is_empty());
    space.write("ready", "");
    std::fs::remove_file(space.path("hang")).expect("removes");
    build(&space).expect_code(0);
    assert_eq!(log(&space)[..3], ["undoing", "undo 1", "apply 1"]);
}

#[test]
fn ctrl_c_while_a_set_up_is_applied_ends_and_undoes_it() {
    let space = space_of(&SUITE.replace("echo apply {{ value }} >> log", "echo run >> log; sleep 600"), "");
    let child = begun(&space);
    signal(&child, rustix::process::Signal::INT);
    Said::of(child.wait_with_output().expect("ends")).expect_code(130);
    assert_eq!(log(&space), ["run", "undo 1"]);
    wait_for(|| space.leftovers().is_empty());
}

#[test]
fn the_next_build_undoes_what_a_killed_one_has_left() {
    let space = space_of(SUITE, HANG);
    space.write("hang", "");
    let mut child = begun(&space);
    child.kill().and_then(|()| child.wait()).expect("kills");
    wait_for(|| space.leftovers().is_empty());
    std::fs::remove_file(space.path("hang")).expect("removes");
    assert_eq!(log(&space), ["apply 1", "run 1"]);
    let planned = build_with(&space, &["-n"]).expect_code(0);
    assert!(planned.stderr.contains("left set-ups applied"), "{}", planned.stderr);
    assert!(
        space.run(&["clean", "digits", "--results"]).code == Some(5),
        "the store forgot what it must undo"
    );
    let next = build(&space).expect_code(0);
    assert!(next.stderr.contains("undo replicas=1 left by an earlier build"), "{}", next.stderr);
    assert_eq!(log(&space)[..3], ["undo 1", "apply 1", "run 1"]);
}

#[test]
fn a_build_that_is_killed_while_it_applies_has_recorded_it_before() {
    let space = space_of(&SUITE.replace("echo apply {{ value }} >> log", "echo run >> log; sleep 600"), "");
    let mut child = begun(&space);
    child.kill().and_then(|()| child.wait()).expect("kills");
    wait_for(|| space.leftovers().is_empty());
    space.edit("suites/digits.toml", "echo run >> log; sleep 600", "echo apply {{ value }} >> log");
    build(&space).expect_code(0);
    assert_eq!(log(&space)[..3], ["run", "undo 1", "apply 1"]);
}

#[test]
fn also_a_build_of_another_suite_with_nothing_to_run_undoes_it() {
    let space = space_of(SUITE, HANG);
    let other = "[[test]]\nname = \"other\"\ntemplate = \"plain.js\"\nmax_age = \"never\"\nk6 = { vus = 7, duration = \"1s\" }\n";
    space.write("suites/other.toml", other);
    let build_other = || Said::of(command(&space, &["build", "other"]).output().expect("starts"));
    build_other().expect_code(0);
    build_other().expect_code(0);
    space.write("hang", "");
    let _ = log(&space);
    let mut child = begun(&space);
    child.kill().and_then(|()| child.wait()).expect("kills");
    let _ = log(&space);
    let said = build_other().expect_code(0);
    assert!(said.runs().is_empty(), "{}", said.stderr);
    assert!(said.stderr.contains("undo replicas=1 left by an earlier build"), "{}", said.stderr);
    assert_eq!(log(&space), ["undo 1"]);
    build_other().expect_code(0);
    assert!(log(&space).is_empty(), "it was undone twice");
}

#[test]
fn a_damaged_list_of_what_is_applied_is_moved_aside_and_told() {
    let space = space_of(SUITE, "");
    space.write(".howitzer/v1/stat/applied", "torn");
    let said = build(&space).expect_code(0);
    assert!(said.stderr.contains("moved aside and is not undone"), "{}", said.stderr);
    assert_eq!(space.read(".howitzer/v1/damaged/stat-applied"), "torn");
}

#[test]
fn a_failed_apply_ends_the_build_and_is_undone() {
    let space = space_of(&SUITE.replace("echo apply {{ value }} >> log", "echo quota exceeded; exit 3"), "");
    let said = build(&space).expect_code(100);
    for part in ["which applies replicas=1, failed: exit 3", "| quota exceeded"] {
        assert!(said.stderr.contains(part), "{part} is missing in:\n{}", said.stderr);
    }
    assert_eq!(log(&space), ["undo 1"]);
}

#[test]
fn with_k_only_the_cases_of_a_value_that_cannot_be_applied_are_left_out() {
    let apply = "[ {{ value }} = 4 ] || { echo quota exceeded; exit 3; }; echo apply {{ value }} >> log";
    let space = space_of(&SUITE.replace("echo apply {{ value }} >> log", apply), "");
    let said = build_with(&space, &["-k"]).expect_code(100);
    for part in ["skipped replicas=1: ", "| quota exceeded", "2 ran, 0 cached, 2 pending"] {
        assert!(said.stderr.contains(part), "{part} is missing in:\n{}", said.stderr);
    }
    assert_eq!(log(&space), ["undo 1", "apply 4", "run 1", "run 2", "undo 4"]);
}

#[test]
fn an_apply_that_does_not_end_is_ended_after_its_timeout() {
    let suite = SUITE.replace("echo apply {{ value }} >> log", "sleep 600 & wait");
    let space =
        space_of(&suite.replace("axis = \"replicas\"", "axis = \"replicas\"\ntimeout = \"200ms\""), "");
    let said = build(&space).expect_code(100);
    assert!(said.stderr.contains("failed: no end within 200ms"), "{}", said.stderr);
    assert_eq!(log(&space), ["undo 1"]);
    wait_for(|| space.leftovers().is_empty());
}

#[test]
fn what_cannot_be_undone_stays_recorded_until_it_can() {
    let space = space_of(&SUITE.replace("echo undo", "[ -e ready ] || exit 4; echo undo"), "");
    let first = build(&space).expect_code(100);
    assert!(first.stderr.contains("which undoes replicas=1, failed: exit 4"), "{}", first.stderr);
    assert_eq!(log(&space), ["apply 1", "run 1", "run 2"]);
    let second = build(&space).expect_code(100);
    assert!(second.stderr.contains("undo replicas=1 left by an earlier build"), "{}", second.stderr);
    assert!(log(&space).is_empty(), "something ran on a system that is not as the suite says");
    space.write("ready", "");
    build(&space).expect_code(0);
    assert_eq!(log(&space), ["undo 1", "apply 4", "run 1", "run 2", "undo 4"]);
}

#[test]
fn wrong_set_ups_are_shown_where_they_are_and_nothing_runs() {
    let wrong = [
        (
            "axis = \"replicas\"",
            "axis = \"replica\"",
            "the test has no axis `replica`",
            "did you mean `replicas`?",
        ),
        ("{{ value }}", "{{ valeu }}", "valeu", "did you mean `value`?"),
        ("undo = ", "undoo = ", "unknown key `undoo`", "did you mean `undo`?"),
        ("apply = [", "apply = []#", "expected a command", "suites/digits.toml:11:9"),
        ("axis = \"replicas\"\n", "", "the set-up has no `axis`", "suites/digits.toml:9:1"),
    ];
    for (from, to, message, more) in wrong {
        let space = space_of(&SUITE.replace(from, to), "");
        let said = build(&space).expect_code(3);
        assert!(said.stderr.contains("suites/digits.toml:"), "{to}: {}", said.stderr);
        assert!(said.stderr.contains(message) && said.stderr.contains(more), "{to}: {}", said.stderr);
        assert_eq!(said.stderr.matches("error: ").count(), 1, "{to}: {}", said.stderr);
        assert!(log(&space).is_empty());
    }
    let unused = SUITE.replace("{{ value }}", "one").replace("{{ label }}", "one");
    let said = build(&space_of(&unused, "")).expect_code(3);
    assert!(said.stderr.contains("are one measurement"), "{}", said.stderr);
}

#[test]
fn a_secret_reaches_the_commands_and_is_not_shown() {
    let apply = "echo apply ${#TOKEN} >> log; echo no $TOKEN; exit 1";
    let suite = SUITE.replace("echo apply {{ value }} >> log", apply);
    let env = "axis = \"replicas\"\nenv = { TOKEN = { from = \"MY_TOKEN\", secret = true } }";
    let space = space_of(&suite.replace("axis = \"replicas\"", env), "");
    let built = command(&space, &["build", "digits"]).env("MY_TOKEN", "hunter2").output().expect("starts");
    let said = Said::of(built).expect_code(100);
    assert!(said.stderr.contains("| no ***") && !said.stderr.contains("hunter2"), "{}", said.stderr);
    assert_eq!(log(&space), ["apply 7", "undo 1"]);
    for (path, bytes) in space.files(".howitzer") {
        assert!(!String::from_utf8_lossy(&bytes).contains("hunter2"), "it stands in {}", path.display());
    }
    let unset = build(&space).expect_code(5);
    assert!(unset.stderr.contains("`MY_TOKEN`"), "{}", unset.stderr);
    assert!(log(&space).is_empty());
}

#[test]
fn a_variable_of_a_set_up_counts_also_for_a_build_that_has_nothing_to_do() {
    let env = "axis = \"replicas\"\nenv = { ZONE = { from = \"ZONE\" } }";
    let space = space_of(
        &SUITE.replace("axis = \"replicas\"", env).replace("[[test]]", "[[test]]\nmax_age = \"never\""),
        "",
    );
    let in_zone = |zone: &str| {
        let output = command(&space, &["build", "digits"]).env("ZONE", zone).output().expect("starts");
        Said::of(output).expect_code(0).runs().len()
    };
    assert_eq!([in_zone("a"), in_zone("a"), in_zone("b"), in_zone("a")], [4, 0, 4, 0]);
}

/// An outside target whose identity is a file, which the set-up may change.
const IDENTIFIED: &str = "[target.digits]\nbase_url = \"127.0.0.1:1\"\nidentity = [{ file = \"version\" }]\n";

#[test]
fn what_a_set_up_changes_of_a_targets_identity_is_no_change_of_the_target() {
    let suite = SUITE.replace("k6 = {", "target = \"digits\"\nk6 = {");
    let suite =
        suite.replace(">> log\"]\nundo", ">> log; mv version saved; echo {{ value }} > version\"]\nundo");
    let space = space_of(&suite.replace("echo undo", "mv saved version; echo undo"), "");
    space.write("howitzer.toml", IDENTIFIED);
    space.write("version", "base\n");
    build(&space).expect_code(0);
    assert_eq!(log(&space), ["apply 1", "run 1", "run 2", "undo 1", "apply 4", "run 1", "run 2", "undo 4"]);
    build(&space).expect_code(0);
    assert!(log(&space).is_empty());
    space.write("version", "next\n");
    let other = build_with(&space, &["-k", "load?vus=1*"]).expect_code(0);
    assert!(other.runs().iter().all(|line| line.contains("target digits changed")), "{}", other.stderr);
    assert_eq!(other.runs().len(), 2);
}

#[test]
fn a_target_that_changes_under_a_set_up_is_looked_at_without_it_and_its_run_repeated() {
    let suite = SUITE.replace("k6 = {", "target = \"digits\"\nk6 = {").replace("[1, 2]", "[1]");
    let space = space_of(&suite, "[ -e \"$HERE/swap\" ] && mv \"$HERE/swap\" \"$HERE/version\"");
    space.write("howitzer.toml", IDENTIFIED);
    space.write("version", "one");
    space.write("swap", "two");
    let said = build(&space);
    assert_eq!(
        log(&space),
        ["apply 1", "run 1", "undo 1", "apply 1", "run 1", "undo 1", "apply 4", "run 1", "undo 4"],
        "{}",
        said.stderr
    );
    assert!(build(&space).expect_code(0).runs().is_empty());
}

/// A warm-up (9 VUs) and two cases on a service that howitzer starts.
const WARM: &str = r#"
[defaults]
template = "plain.js"
target = "digits"
[[test]]
name = "warmup"
role = "warmup"
k6 = { vus = 9, iterations = 9 }
[[test]]
name = "load"
k6 = { duration = "1s" }
[test.matrix]
vus = [1, 2]
"#;

#[test]
fn a_warm_up_runs_only_before_a_run_that_executes_and_again_after_a_restart() {
    let space = space_of(WARM, "");
    build(&space).expect_code(0);
    assert_eq!(log(&space), ["run 9", "run 1", "run 2"]);
    build(&space).expect_code(0);
    assert!(log(&space).is_empty(), "nothing was stale, and it was warmed up");
    space.edit("suites/digits.toml", "[1, 2]", "[1, 3]");
    build(&space).expect_code(0);
    assert_eq!(log(&space), ["run 9", "run 3"]);
    space.edit("howitzer.toml", "service = {", "service = { restart = \"case\",");
    build(&space).expect_code(0);
    assert_eq!(log(&space), ["run 9", "run 1", "run 9", "run 3"]);
}

#[test]
fn a_set_up_is_followed_by_a_warm_up_and_undone_before_its_service_stops() {
    let set_up = SUITE.split_once("[[test.setup]]").expect("a set-up").1;
    let space = space_of(&format!("{WARM}replicas = [1, 4]\n[[test.setup]]{set_up}"), "");
    let said = build(&space).expect_code(0);
    let each = |value: &str| {
        [&format!("apply {value}"), "run 9", "run 1", "run 2", &format!("undo {value}")].map(str::to_owned)
    };
    assert_eq!(log(&space), [each("1"), each("4")].concat());
    let at = |line: &str| said.stderr.find(line).unwrap_or_else(|| panic!("{line}: {}", said.stderr));
    assert!(at("ready target") < at("apply replicas=1"), "{}", said.stderr);
    assert!(at("undo replicas=4") < at("stop target"), "{}", said.stderr);
}
