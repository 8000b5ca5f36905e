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
fn outputs_say_of_a_target_that_is_not_selected_too_that_it_changed() {
    let space = with_target(&passing(), "identity = [{ file = \"version\" }]\n");
    let manifest = space.read("howitzer.toml");
    space.write(
        "howitzer.toml",
        &format!(
            "{manifest}[target.other]\nbase_url = \"y\"\nidentity = [{{ command = [\"cat\", \"live\"] }}]\n"
        ),
    );
    space.write("k6_templates/plain.js", "{{ k6_opts }}\nexport default function () { '{{ base_url }}'; }\n");
    space.edit("suites/digits.toml", "target = \"own\"", "matrix.target = [\"own\", \"other\"]");
    space.write("version", "1");
    space.write("live", "1");
    build(&space).expect_code(0);
    let state = || {
        let results: serde_json::Value =
            serde_json::from_str(&space.read("out/digits/results.json")).expect("JSON");
        let cases = results["cases"].as_array().expect("cases").clone();
        let other = cases.iter().find(|case| case["case"] == "plain[target=other]").expect("it is there");
        other["state"].as_str().expect("a state").to_owned()
    };
    // Twice, so that the second is answered from the stamp.
    for _ in 0..2 {
        crate::build_with(&space, &["plain[target=own]"]).expect_code(0);
        assert_eq!(state(), "current");
    }
    space.write("live", "2");
    assert!(crate::build_with(&space, &["plain[target=own]"]).expect_code(0).runs().is_empty());
    assert_eq!(state(), "stale");
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

#[test]
fn a_variable_of_a_service_counts_also_where_nothing_else_changed() {
    let space = with_target(
        &passing(),
        "service = { command = [\"sleep\", \"60\"], env = { MODE = { from = \"OUTER\" } } }\n",
    );
    let with = |value: &str| {
        let mut command = crate::fake::command(&space, &["build", "digits"]);
        Said::of(command.env("OUTER", value).output().expect("starts")).expect_code(0)
    };
    assert_eq!(with("one").runs().len(), 1);
    std::thread::sleep(std::time::Duration::from_millis(1200));
    assert!(with("one").runs().is_empty());
    assert!(with("one").runs().is_empty(), "answered by the stamp");
    let other = with("two");
    assert!(other.runs()[0].contains("environment MODE one → two"), "{}", other.stderr);
}

#[test]
fn a_service_that_ends_during_a_run_leaves_nothing_that_is_reused() {
    let space = with_target(
        "",
        "service = { command = [\"sh\", \"-c\", \"while [ ! -e gone ]; do sleep 0.05; done; exit 7\"] }\n",
    );
    let gone = space.path("gone").display().to_string();
    let fake = space.read("fake-k6");
    space.write(
        "fake-k6",
        &format!("{fake}[ -e {gone}.once ] || {{ touch {gone}.once {gone}; sleep 0.5; }}\n{}\n", passing()),
    );
    let said = build(&space).expect_code(5);
    assert!(
        said.stderr.contains("target changed: the service of target `own` ended with exit 7"),
        "{}",
        said.stderr
    );
    std::fs::remove_file(&gone).expect("removes");
    let again = build(&space).expect_code(0);
    assert_eq!(again.runs().len(), 1, "{}", again.stderr);
    assert!(build(&space).expect_code(0).runs().is_empty());
}

#[test]
fn a_protected_target_is_not_loaded_by_a_plan_that_is_made_anew() {
    let space = with_target("", "identity = [{ file = \"version\" }]\n");
    let manifest = space.read("howitzer.toml");
    space.write("howitzer.toml", &format!("{manifest}[target.prod]\nbase_url = \"y\"\nprotected = true\n"));
    let suite = space.read("suites/digits.toml");
    let warm = suite
        .replace("\"plain\"", "\"w\"\nrole = \"warmup\"")
        .replace("\"own\"", "\"prod\"")
        .replace("vus = 1", "vus = 4");
    let two = suite.replace("\"plain\"", "\"two\"\nafter = [\"w\"]").replace("vus = 1", "vus = 2");
    space.write("suites/digits.toml", &format!("{suite}{warm}{two}"));
    let fake = space.read("fake-k6");
    space.write("fake-k6", &format!("{fake}{}\n", passing()));
    space.write("version", "1");
    crate::build_with(&space, &["--allow", "prod"]).expect_code(0);
    // The first test alone is stale; while it runs, its target becomes another one, and so is the second.
    space.edit("suites/digits.toml", "vus = 1", "vus = 3");
    let root = space.path("").display().to_string();
    space.write("fake-k6", &format!("{fake}echo 2 > {root}version\necho $* >> {root}runs\n{}\n", passing()));
    let said = build(&space).expect_code(5);
    assert!(said.stderr.contains("`prod` is protected"), "{}", said.stderr);
    assert_eq!(space.read("runs").lines().count(), 1, "{}", said.stderr);
}

#[test]
fn an_identity_that_is_another_one_at_each_look_ends_the_build() {
    let space = with_target(&passing(), "identity = [{ command = [\"date\", \"+%s%N\"] }]\n");
    let said = build(&space).expect_code(5);
    assert!(said.stderr.contains("target `own` answers as another one again and again"), "{}", said.stderr);
    // And so does one that changes with every run.
    let space = with_target("", "identity = [{ file = \"version\" }]\n");
    let fake = space.read("fake-k6");
    let version = space.path("version").display().to_string();
    space.write("fake-k6", &format!("{fake}echo x >> {version}\n{}\n", passing()));
    space.write("version", "");
    let said = build(&space).expect_code(5);
    assert!(said.stderr.contains("again and again") && said.runs().len() < 10, "{}", said.stderr);
}

#[test]
fn a_target_that_no_manifest_names_is_refused_in_an_axis_too() {
    let space = with_target(&passing(), "");
    space.edit("suites/digits.toml", "target = \"own\"", "matrix.target = [\"own\", \"onw\"]");
    let said = build(&space).expect_code(3);
    for part in ["unknown target `onw`", "did you mean `own`?", "suites/digits.toml:3:"] {
        assert!(said.stderr.contains(part), "{part} is missing in:\n{}", said.stderr);
    }
}

#[test]
fn a_target_without_identity_is_awaited_before_its_first_run_and_that_can_be_stopped() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let space = with_target(&passing(), &format!("ready = {{ tcp = \"{address}\" }}\nwait = \"60s\"\n"));
    let late = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(700));
        std::net::TcpListener::bind(address).expect("the port is still free")
    });
    let said = build(&space).expect_code(0);
    let waited = said.stderr.find("target own is not ready").expect("said");
    assert!(waited < said.stderr.find("passed").expect("a run"), "{}", said.stderr);
    drop(late.join().expect("ends"));
    space.edit("suites/digits.toml", "vus = 1", "vus = 2");
    let child = crate::fake::command(&space, &["build", "digits"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("starts");
    std::thread::sleep(std::time::Duration::from_millis(800));
    let id = rustix::process::Pid::from_raw(i32::try_from(child.id()).expect("an id")).expect("an id");
    rustix::process::kill_process(id, rustix::process::Signal::INT).expect("signals");
    let stopped = Said::of(child.wait_with_output().expect("ends"));
    assert_eq!(stopped.code, Some(130), "{}", stopped.stderr);
}

#[test]
fn a_selection_needs_only_the_targets_that_it_loads() {
    let space = with_target(&passing(), "identity = [{ file = \"version\" }]\n");
    let manifest = space.read("howitzer.toml");
    space.write(
        "howitzer.toml",
        &format!("{manifest}[target.away]\nbase_url = \"y\"\nready = {{ tcp = \"127.0.0.1:1\" }}\nidentity = [{{ command = [\"false\"] }}]\n"),
    );
    space.write("k6_templates/plain.js", "{{ k6_opts }}\nexport default function () { '{{ base_url }}'; }\n");
    space.edit("suites/digits.toml", "target = \"own\"", "matrix.target = [\"own\", \"away\"]");
    space.write("version", "1");
    let said = crate::build_with(&space, &["plain[target=own]"]).expect_code(0);
    assert_eq!(said.runs().len(), 1, "{}", said.stderr);
    assert!(crate::build_with(&space, &["plain[target=own]"]).expect_code(0).runs().is_empty());
    build(&space).expect_code(5);
}

#[test]
fn every_service_is_restarted_for_a_new_test_where_that_is_asked_for() {
    let service = "service = { command = [\"sleep\", \"60\"], restart = \"test\" }\n";
    let space = with_target(&passing(), service);
    let manifest = space.read("howitzer.toml");
    space.write("howitzer.toml", &format!("{manifest}[target.other]\nbase_url = \"y\"\n{service}"));
    space.write("k6_templates/plain.js", "{{ k6_opts }}\nexport default function () { '{{ base_url }}'; }\n");
    space.edit("suites/digits.toml", "target = \"own\"", "matrix.target = [\"own\", \"other\"]");
    let suite = space.read("suites/digits.toml");
    space.write(
        "suites/digits.toml",
        &format!("{suite}{}", suite.replace("\"plain\"", "\"two\"").replace("vus = 1", "vus = 2")),
    );
    let said = build(&space).expect_code(0);
    assert_eq!(said.stderr.matches("start target own").count(), 2, "{}", said.stderr);
    assert_eq!(said.stderr.matches("start target other").count(), 2, "{}", said.stderr);
}

#[test]
fn a_prometheus_that_cannot_be_asked_costs_no_result_and_an_unset_token_is_told_before_any_load() {
    let space = faulty(&passing());
    let manifest = space.read("howitzer.toml");
    let scrape = "[scrape.away]\nprometheus = \"http://127.0.0.1:1\"\nqueries = { up = \"up\" }\n";
    space.write("howitzer.toml", &format!("{manifest}{scrape}"));
    let said = build(&space).expect_code(0);
    assert_eq!(said.runs().len(), 1, "{}", said.stderr);
    let text = space.read("out/digits/results/plain.txt");
    assert!(text.contains("away.up: no data: "), "{text}");
    assert!(build(&space).expect_code(0).runs().is_empty());
    space.write("howitzer.toml", &format!("{manifest}{scrape}bearer = {{ env = \"NOT_SET_HERE\" }}\n"));
    space.edit("suites/digits.toml", "vus = 1", "vus = 2");
    let refused = build(&space).expect_code(5);
    assert!(refused.runs().is_empty() && refused.stderr.contains("NOT_SET_HERE"), "{}", refused.stderr);
}
