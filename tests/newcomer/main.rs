//! What a newcomer sees, line by line, through the binary, on real k6 and the real example target.

mod computed;
mod measured;
mod payloads;
mod observer;
mod sampled;
mod schema;
mod space;
mod teaching;

use std::fs;
use std::io::Write;
use std::time::Duration;

use space::{Space, wait_for};

#[test]
fn the_first_build_runs_everything_and_the_second_nothing() {
    let space = Space::new();
    let planned = space.run(&["build", "digits", "-n"]).expect_code(0);
    assert_eq!(
        planned.stdout.lines().filter(|line| line.ends_with("(never built)")).count(),
        2,
        "{}",
        planned.stdout
    );
    let first = space.build().expect_code(0);
    assert_eq!(first.runs().len(), 2, "{}", first.stderr);
    assert!(
        first.stderr.contains("warm-up warmup") && first.stderr.contains("stop target digits"),
        "{}",
        first.stderr
    );
    for file in ["summary.json", "output.md", "results.json", "results.csv", "report.html", "build.json"] {
        assert!(space.path("out/digits").join(file).is_file(), "{file} is missing");
    }
    let results: serde_json::Value =
        serde_json::from_str(&space.read("out/digits/results.json")).expect("JSON");
    assert!(results.to_string().contains("grpc_req_duration"));
    let second = space.build().expect_code(0);
    assert!(second.runs().is_empty() && !second.stderr.contains("start target"), "{}", second.stderr);
    assert!(second.stderr.contains("2 cached") && second.stderr.contains("old"), "{}", second.stderr);
    assert_eq!(space.run(&["build", "digits", "--check"]).code, Some(0));
    wait_for(|| space.leftovers().is_empty());
}

#[test]
fn an_edited_payload_or_module_runs_only_its_cases_and_says_why() {
    let space = Space::new();
    space.build().expect_code(0);
    space.edit("payloads/digits-64.json", "\"predict\"", " \"predict\"");
    let after_payload = space.build().expect_code(0);
    assert_eq!(after_payload.runs().len(), 1, "{}", after_payload.stderr);
    assert!(
        after_payload.runs()[0].contains("digits-64.json] (payload digits-64.json changed)"),
        "{}",
        after_payload.stderr
    );
    space.edit("k6_templates/lib/checks.js", "one label a row", "a label a row");
    let after_module = space.run(&["build", "digits", "-n"]).expect_code(0);
    assert_eq!(
        after_module.stdout.matches("module k6_templates/lib/checks.js changed").count(),
        2,
        "{}",
        after_module.stdout
    );
    let explained = space.run(&["explain", "digits"]).expect_code(0);
    assert!(explained.stdout.contains("module k6_templates/lib/checks.js changed"), "{}", explained.stdout);
}

#[test]
fn only_a_comment_that_reaches_the_script_makes_it_stale() {
    let space = Space::new();
    space.build().expect_code(0);
    space.edit("k6_templates/grpc/infer.js", "{# One ModelInfer", "{# Exactly one ModelInfer");
    let unseen = space.build().expect_code(0);
    assert!(unseen.runs().is_empty(), "{}", unseen.stderr);
    space.edit("k6_templates/grpc/infer.js", "let connected = false;", "let connected = false; // not yet");
    let seen = space.run(&["build", "digits", "-n"]).expect_code(0);
    assert_eq!(seen.stdout.matches("template grpc/infer.js changed").count(), 2, "{}", seen.stdout);
}

#[test]
fn a_new_title_runs_nothing_and_deleted_outputs_come_back_equal() {
    let space = Space::new();
    space.build().expect_code(0);
    space.edit("suites/digits.toml", "title = \"Digits\"", "title = \"Other digits\"");
    let retitled = space.build().expect_code(0);
    assert!(retitled.runs().is_empty(), "{}", retitled.stderr);
    assert!(retitled.stderr.contains("wrote out/digits (title changed; "), "{}", retitled.stderr);
    assert!(space.read("out/digits/output.md").contains("Other digits"));
    let before = space.files("out");
    fs::remove_dir_all(space.path("out")).expect("removes");
    assert!(space.build().expect_code(0).runs().is_empty());
    assert!(!before.is_empty() && before == space.files("out"), "restored outputs differ");
}

#[test]
fn edits_that_cannot_change_a_result_run_nothing() {
    let space = Space::new();
    space.build().expect_code(0);
    let edits = [
        ("[suite]", "# a comment\n[suite]\ndescription = \"new\""),
        ("[defaults]", "[defaults]\ncooldown = \"1s\"\ntimeout = \"10m\"\nmax_age = \"never\""),
        (
            "name = \"grpc\"",
            "name = \"grpc\"\ndescription = \"also new\"\nexpect = { \"iterations.count\" = { above = 0 } }",
        ),
        (
            "payload = [\"digits-1.json\", \"digits-64.json\"]",
            "payload = [\"digits-64.json\", \"digits-1.json\"]",
        ),
    ];
    for (from, to) in edits {
        space.edit("suites/digits.toml", from, to);
        let built = space.build().expect_code(0);
        assert!(built.runs().is_empty(), "after `{to}`:\n{}", built.stderr);
    }
}

#[test]
fn the_ancestors_json_builds_as_it_is_without_a_manifest() {
    let space = Space::new();
    let repository = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: &str| fs::read_to_string(repository.join(file)).expect("the repository's file");
    fs::remove_file(space.path("howitzer.toml")).expect("removes");
    fs::remove_dir_all(space.path("suites")).expect("removes");
    let config = read("suites/legacy.json").replace("127.0.0.1:8008", &format!("127.0.0.1:{}", space.http));
    space.write("config.json", &config);
    space.write("k6_templates/http/legacy.js", &read("k6_templates/http/legacy.js"));
    let ports = ["--grpc", "127.0.0.1:0", "--http", &format!("127.0.0.1:{}", space.http)];
    let server = std::process::Command::new(space.path("bin/server"))
        .args(ports)
        .stdout(std::process::Stdio::null())
        .spawn();
    let mut server = server.expect("starts");
    wait_for(|| std::net::TcpStream::connect(("127.0.0.1", space.http)).is_ok());
    let first = space.run(&["build", "config.json"]);
    let second = space.run(&["build", "config.json"]);
    server.kill().and_then(|()| server.wait()).expect("ends");
    assert_eq!(first.expect_code(0).runs().len(), 2);
    assert!(second.expect_code(0).runs().is_empty());
    let summary: serde_json::Value =
        serde_json::from_str(&space.read("out/config/summary.json")).expect("JSON");
    for key in ["http_one_row_0", "http_one_row_1"] {
        assert!(summary[key]["test_results"]["metrics"]["http_reqs"].is_object(), "{key} has no results");
        assert_eq!(summary[key]["test_configs"]["model_name"], "digits-svm");
    }
}

#[test]
fn an_added_axis_value_runs_only_its_cases_and_renames_nothing() {
    let space = Space::new();
    space.build().expect_code(0);
    let before = space.run(&["list", "digits"]).expect_code(0).stdout;
    space.edit("suites/digits.toml", "vus = [1]", "vus = [1, 2]");
    let after = space.run(&["list", "digits"]).expect_code(0).stdout;
    assert!(before.lines().all(|id| after.lines().any(|line| line == id)), "{after}");
    let built = space.build().expect_code(0);
    assert_eq!(built.runs().len(), 2, "{}", built.stderr);
    assert!(
        built.runs().iter().all(|line| line.contains("vus=2") && line.contains("never built")),
        "{}",
        built.stderr
    );
}

#[test]
fn a_rebuilt_target_is_another_target() {
    let space = Space::new();
    space.build().expect_code(0);
    let mut binary = fs::OpenOptions::new().append(true).open(space.path("bin/server")).expect("opens");
    // Bytes behind an ELF file change its digest and not what it does, as another build may.
    binary.write_all(b"another build").expect("appends");
    drop(binary);
    let built = space.build().expect_code(0);
    assert_eq!(built.runs().len(), 2, "{}", built.stderr);
    assert!(
        built.runs().iter().all(|line| line.contains("target digits changed: executable")),
        "{}",
        built.stderr
    );
}

#[test]
fn a_killed_build_leaves_no_process_and_the_next_one_goes_on() {
    let space = Space::new();
    space.edit("suites/digits.toml", "vus = [1]", "vus = [1, 2]");
    let mut child = space.spawn(&["build", "digits"]);
    wait_for(|| space.files(".howitzer/v1/records").len() >= 2);
    std::thread::sleep(Duration::from_millis(300));
    child.kill().expect("kills");
    child.wait().expect("reaps");
    wait_for(|| space.leftovers().is_empty());
    let finished = space.build().expect_code(0);
    assert!((1..4).contains(&finished.runs().len()), "{}", finished.stderr);
    assert!(
        finished.stderr.contains("4 cases, ") && !finished.stderr.contains(" 0 cached"),
        "{}",
        finished.stderr
    );
}

#[test]
fn ctrl_c_stops_k6_cleanly_and_keeps_what_is_done() {
    let space = Space::new();
    space.edit("suites/digits.toml", "vus = [1]", "vus = [1, 2]");
    let child = space.spawn(&["build", "digits"]);
    wait_for(|| space.files(".howitzer/v1/records").len() >= 2);
    std::thread::sleep(Duration::from_millis(300));
    let pid =
        rustix::process::Pid::from_raw(i32::try_from(child.id()).expect("a process id")).expect("not zero");
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("signals");
    let output = child.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    wait_for(|| space.leftovers().is_empty());
    assert!(space.path("out/digits/summary.json").is_file(), "what is done is in the outputs");
    let next = space.build().expect_code(0);
    assert!((1..4).contains(&next.runs().len()), "{}", next.stderr);
}

#[test]
fn a_typo_is_shown_where_it_is_and_nothing_runs() {
    let space = Space::new();
    space.edit("suites/digits.toml", "name = \"grpc\"", "name = \"grpc\"\npaylod = \"x\"");
    let said = space.build().expect_code(3);
    let line = 1 + space
        .read("suites/digits.toml")
        .lines()
        .position(|line| line.starts_with("paylod"))
        .expect("the line");
    for part in [&format!("suites/digits.toml:{line}:1"), "unknown key `paylod`", "did you mean `payload`?"] {
        assert!(said.stderr.contains(part), "{part} is missing in:\n{}", said.stderr);
    }
    assert!(!space.path("out").exists() && !space.path(".howitzer").exists(), "something was done");
}

#[test]
fn an_undefined_name_in_a_template_is_shown_with_a_caret() {
    let space = Space::new();
    space.edit("k6_templates/grpc/infer.js", "{{ payload_path }}", "{{ payload_pth }}");
    let said = space.build().expect_code(3);
    for part in ["k6_templates/grpc/infer.js:", "^", "did you mean `payload_path`?"] {
        assert!(said.stderr.contains(part), "{part} is missing in:\n{}", said.stderr);
    }
}

#[test]
fn a_secret_reaches_the_script_and_nothing_else() {
    let secret = "s3cr3t \"of\" <this>&test";
    let spellings = [
        secret,
        r#"s3cr3t \"of\" <this>&test"#,
        r#"s3cr3t \"of\" \u003cthis\u003e\u0026test"#,
        "s3cr3t%20%22of",
    ];
    let space = Space::new();
    space.edit(
        "suites/digits.toml",
        "[test.k6]",
        "env = { TOKEN = { from = \"MY_TOKEN\", secret = true } }\n[test.k6]",
    );
    space.edit(
        "k6_templates/grpc/infer.js",
        "let connected = false;",
        "let connected = false;\nif (__ENV.TOKEN && __ENV.TOKEN.length !== 23) throw new Error('no token');\nconsole.log(`token ${__ENV.TOKEN}`, JSON.stringify(__ENV.TOKEN), encodeURIComponent(__ENV.TOKEN));",
    );
    let output = space.command(&["build", "digits"]).env("MY_TOKEN", secret).output().expect("starts");
    let said = [output.stdout, output.stderr].concat();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&said));
    assert!(!String::from_utf8_lossy(&said).contains(secret), "the secret was printed");
    let everything = [space.files("out"), space.files(".howitzer")].concat();
    assert!(everything.len() > 10);
    let masked = everything.iter().any(|(_, bytes)| String::from_utf8_lossy(bytes).contains("token ***"));
    assert!(masked, "the script never logged its token");
    for (path, bytes) in everything {
        for spelling in spellings {
            let found = String::from_utf8_lossy(&bytes).contains(spelling);
            assert!(!found, "the secret stands in {} as {spelling}", path.display());
        }
    }
}

#[test]
fn a_crossed_threshold_is_kept_and_fails_the_build_again() {
    let space = Space::new();
    space.edit(
        "suites/digits.toml",
        "duration = \"1s\"",
        "duration = \"1s\"\nthresholds = { iterations = [\"count<1\"] }",
    );
    let first = space.build().expect_code(99);
    assert!(first.stderr.contains("threshold crossed: iterations count<1"), "{}", first.stderr);
    let second = space.build().expect_code(99);
    assert!(second.runs().is_empty(), "{}", second.stderr);
}

#[test]
fn expectations_are_judged_without_running_anything() {
    let space = Space::new();
    space.build().expect_code(0);
    let suite = space.read("suites/digits.toml");
    space.write(
        "suites/digits.toml",
        &format!("{suite}[test.expect]\n\"iterations.count\" = {{ above = 1e9 }}\n"),
    );
    let judged = space.build().expect_code(99);
    assert!(judged.runs().is_empty(), "{}", judged.stderr);
}

#[test]
fn events_are_json_lines_from_the_first_to_the_last() {
    let space = Space::new();
    let said = space.run(&["build", "digits", "--message-format", "ndjson"]).expect_code(0);
    let events: Vec<serde_json::Value> =
        said.stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let names: Vec<&str> = events.iter().filter_map(|event| event["event"].as_str()).collect();
    assert_eq!(names.iter().filter(|name| **name == "run.finished").count(), 2, "{names:?}");
    assert!(names.first() == Some(&"build.started") && names.last() == Some(&"build.finished"), "{names:?}");
}

#[test]
fn while_real_k6_runs_its_live_series_is_drawn() {
    let space = Space::new();
    space.edit("suites/digits.toml", "duration = \"1s\"", "duration = \"4s\"");
    let said = space.run(&["build", "digits", "--progress", "block", "--color", "never"]).expect_code(0);
    let drawn = |line: &&str| {
        let rate = line.split("/s").next().and_then(|text| text.split_whitespace().last());
        line.contains("1 VU, ")
            && rate.and_then(|rate| rate.parse::<f64>().ok()).is_some_and(|rate| rate > 0.0)
    };
    let figures: Vec<&str> = said.stderr.lines().filter(drawn).collect();
    let whole = figures.iter().filter(|line| line.contains("ms, 0 % failed ") && line.contains('█'));
    assert!(whole.count() > 1, "{}", said.stderr);
}

#[test]
fn k6_0_57_does_the_main_job_too_and_is_another_k6() {
    let space = Space::new();
    space.build().expect_code(0);
    let manifest = space.read("howitzer.toml");
    space.write("howitzer.toml", &format!("[k6]\nversion = \"0.57\"\n{manifest}"));
    let built = space.build().expect_code(0);
    assert_eq!(built.runs().len(), 2, "{}", built.stderr);
    assert!(
        built.runs().iter().all(|line| line.contains("(k6 ") && line.contains("v0.57.0")),
        "{}",
        built.stderr
    );
}

#[test]
fn an_outside_target_that_answers_as_another_version_is_another_target() {
    let space = Space::new();
    let http = space.http;
    let base = space.read("howitzer.toml");
    let address = base
        .split("base_url = \"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("an address")
        .to_owned();
    space.write(
        "howitzer.toml",
        &format!(
            "[target.digits]\nbase_url = \"{address}\"\nready = {{ http = \"http://127.0.0.1:{http}/v2/health/ready\" }}\nwait = \"20s\"\n\
             identity = [{{ http = \"http://127.0.0.1:{http}/v2\", json = \"$.version\" }}]\n"
        ),
    );
    let serve = |version: &str| {
        let ports = ["--grpc", &address, "--http", &format!("127.0.0.1:{http}"), "--model-version", version];
        let server = std::process::Command::new(space.path("bin/server"))
            .args(ports)
            .stdout(std::process::Stdio::null())
            .spawn();
        server.expect("starts")
    };
    let mut server = serve("1");
    let first = space.build().expect_code(0);
    let cached = space.build().expect_code(0);
    server.kill().and_then(|()| server.wait()).expect("ends");
    let mut server = serve("2");
    let assumed = space.run(&["build", "digits", "-n"]).expect_code(0);
    let second = space.build();
    server.kill().and_then(|()| server.wait()).expect("ends");
    assert_eq!((first.runs().len(), cached.runs().len()), (2, 0), "{}", cached.stderr);
    assert!(assumed.stderr.contains("assuming the target digits unchanged"), "{}", assumed.stderr);
    let second = second.expect_code(0);
    assert!(second.runs().iter().all(|line| line.contains("$.version 1 → 2")), "{}", second.stderr);
    assert_eq!(second.runs().len(), 2);
}

#[test]
fn a_target_may_be_awaited_by_grpc_health() {
    let space = Space::new();
    space.edit("howitzer.toml", "ready = { tcp", "ready = { grpc");
    let built = space.run(&["build", "digits", "*digits-1.json*"]).expect_code(0);
    assert_eq!(built.runs().len(), 1, "{}", built.stderr);
    assert!(built.stderr.contains("ready target digits after"), "{}", built.stderr);
}

#[test]
fn the_graph_is_drawn_in_every_form() {
    let space = Space::new();
    let text = space.run(&["graph", "digits"]).expect_code(0).stdout;
    assert!(text.contains("warm-up of grpc") && text.contains("2 to run: never built"), "{text}");
    assert!(
        space.run(&["graph", "digits", "--format", "dot", "--level", "node"]).stdout.starts_with("digraph")
    );
    assert!(
        space
            .run(&["graph", "digits", "--format", "mermaid", "--level", "case"])
            .stdout
            .starts_with("flowchart")
    );
    let json = space.run(&["graph", "digits", "--format", "json", "--level", "node"]).expect_code(0).stdout;
    let graph: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    // A warm-up, render, run and scrape of two cases, and the aggregate.
    assert_eq!(graph["nodes"].as_array().map(Vec::len), Some(8), "{json}");
}

#[test]
fn hostile_values_are_in_real_javascript_exactly_what_the_suite_says() {
    let space = Space::new();
    space.write(
        "k6_templates/values.js",
        "{{ k6_opts }}\nconst values = ['{{ vars.x }}', \"{{ vars.x }}\", `{{ vars.x }}`, {{ vars.x | json }}, '{{ base_url }}'];\n\
         export default function () {}\nexport function handleSummary() { return { 'own.json': JSON.stringify([...values, __ENV.X]) }; }\n",
    );
    let all: String = (0..0x180).chain(0x2020..0x2030).filter_map(char::from_u32).collect();
    let values = [
        all.replace('\0', "") + "\u{feff}😀\u{fffd}\u{10ffff}e\u{301}",
        "'\"`${1}\\\n\r\n</script><!-- */ // \\u0041 \\x41 \\0 {{ x }} {% if %} {# #} \u{2028}".to_owned(),
        "'`\\".repeat(20_000),
    ];
    let suite = |value: &str| {
        let value = serde_json::to_string(value).expect("a string").replace('\u{7f}', "\\u007f");
        format!(
            "[[test]]\nname = \"values\"\ntemplate = \"values.js\"\nbase_url = {value}\nvars = {{ x = {value} }}\n\
             env = {{ X = {value} }}\nk6 = {{ vus = 1, iterations = 1 }}\n"
        )
    };
    for value in values {
        space.write("suites/values.toml", &suite(&value));
        space.run(&["build", "values"]).expect_code(0);
        let own: Vec<String> =
            serde_json::from_str(&space.read("out/values/files/values/own.json")).expect("JSON");
        assert_eq!(own.len(), 6);
        for (place, found) in own.iter().enumerate() {
            assert!(*found == value, "place {place}: {found:?}");
        }
    }
}
