//! Builds on real k6: the published shape, `--out`, and what happens after a failure.

use std::fs;

use super::contains;
use super::folder::Folder;
use super::space::{Space, wait_for};

/// The example target, ended with its test.
struct Server(std::process::Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(space: &Space) -> Server {
    let ports = ["--grpc", "127.0.0.1:0", "--http", &format!("127.0.0.1:{}", space.http)];
    let mut command = std::process::Command::new(space.path("bin/server"));
    let server = Server(command.args(ports).stdout(std::process::Stdio::null()).spawn().expect("starts"));
    wait_for(|| std::net::TcpStream::connect(("127.0.0.1", space.http)).is_ok());
    server
}

#[test]
fn the_published_shape_builds_into_the_folder_and_its_import_runs_nothing_again() {
    let space = Space::new();
    fs::remove_file(space.path("howitzer.toml")).expect("removes");
    fs::remove_dir_all(space.path("suites")).expect("removes");
    let repository = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let template = fs::read_to_string(repository.join("k6_templates/http/legacy.js")).expect("a template");
    space.write("k6_test/http/script.js", &template);
    let test = |name: &str, options: &str| {
        format!(
            r#"{{"name": "{name}", "description": "about {name}", "template": "http/script.js", "payload": "digits-1.json",
                "base_url": "http://127.0.0.1:{}", "model_name": "digits-svm", "k6_opts": {options}}}"#,
            space.http
        )
    };
    let tests = [
        test("0-warmup", r#"{"vus": [1], "duration": "1s"}"#),
        test(
            "small_vus",
            r#"{"vus": [1, 2], "duration": ["1s", "2s"], "thresholds": {"http_req_duration": ["avg<60000"], "check": ["value>0.5"]}}"#,
        ),
    ];
    let config = format!(
        r#"{{"rendering_configs": {{"title": "Inference tests", "description": "Groups of tests."}}, "test_configs": [{}]}}"#,
        tests.join(",")
    );
    space.write("perf_test/configs/inference-test.json", &config);
    let _server = serve(&space);
    let build = |arguments: &[&str]| {
        let mut command = space.command(arguments);
        command.env("CONFIG_FILE", "perf_test/configs/inference-test.json").env("TEMPLATE_DIR", "k6_test/");
        super::space::Said::of(command.output().expect("starts"))
    };
    let first = build(&["build", "--out", "."]).expect_code(0);
    let runs = first.runs();
    assert_eq!(runs.len(), 5, "{}", first.stderr);
    for (run, id) in
        runs.iter().zip(["0-warmup[vus=1]", "small_vus[vus=1,duration=1s]", "small_vus[vus=1,duration=2s]"])
    {
        assert!(run.contains(id), "not in the order of the file: {runs:?}");
    }
    let summary: serde_json::Value = serde_json::from_str(&space.read("summary.json")).expect("JSON");
    let keys: Vec<&String> = summary.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["0-warmup_0", "small_vus_0", "small_vus_1", "small_vus_2", "small_vus_3"]);
    let entry = &summary["small_vus_3"];
    assert_eq!(entry["test_configs"]["k6_opts"]["vus"], 2);
    assert_eq!(entry["test_configs"]["description"], "about small_vus");
    assert!(entry["test_results"]["metrics"]["http_reqs"]["count"].is_number());
    for key in keys {
        for file in [format!("render/{key}.js"), format!("results/{key}.txt"), format!("summary/{key}.json")]
        {
            assert!(space.path(&file).is_file(), "{file} is missing");
        }
    }
    contains(&space.read("output.md"), &["# Inference tests", "Groups of tests."]);
    let again = build(&["build", "--out", "."]).expect_code(0);
    assert!(again.runs().is_empty(), "{}", again.stderr);
    let import =
        ["import", "perf_test/configs/inference-test.json", "-o", "suites/inference.toml", "--verify"];
    build(&import).expect_code(0);
    let imported = space.run(&["build", "suites/inference.toml"]).expect_code(0);
    assert!(imported.runs().is_empty() && imported.stderr.contains("5 cached"), "{}", imported.stderr);
}

/// Three tests: the first fails in `setup()`, the others run.
fn failing(first: &str) -> Folder {
    let test = |name: &str| {
        format!(
            r#"{{"name": "{name}", "template": "t.js", "k6_opts": {{"vus": 1, "iterations": 1, "thresholds": {{"iterations": ["count>0"]}}}}}}"#
        )
    };
    let folder = Folder::with(&["bad", "good", "fine"].map(test).join(","));
    folder.write(
        "k6_test/t.js",
        &format!(
            "import exec from 'k6/execution';\nimport {{ sleep }} from 'k6';\n{{{{k6_opts}}}}\nexport function setup() {{ if ('{{{{ name }}}}' === 'bad') {first} }}\n\
             export default function () {{ sleep(0.01); }}\n"
        ),
    );
    folder
}

fn build(folder: &Folder, exit_on_failure: Option<&str>) -> super::space::Said {
    let mut environment = vec![("CONFIG_FILE", "config.json"), ("TEMPLATE_DIR", "k6_test")];
    environment.extend(exit_on_failure.map(|value| ("EXIT_ON_FAILURE", value)));
    folder.run_with(&["build"], &environment)
}

#[test]
fn a_build_goes_on_after_a_failure_unless_the_environment_says_otherwise() {
    for value in [None, Some("false")] {
        let folder = failing("{ exec.test.abort('down'); }");
        let said = build(&folder, value).expect_code(100);
        assert_eq!(said.runs().len(), 3, "{value:?}: {}", said.stderr);
    }
    let folder = failing("{ exec.test.abort('down'); }");
    let said = build(&folder, Some("true")).expect_code(100);
    assert_eq!(said.runs().len(), 1, "{}", said.stderr);
}

#[test]
fn a_crossed_threshold_ends_a_build_that_exits_on_failure() {
    let folder = failing("{}");
    let config = folder.read("config.json").replacen("count>0", "count>1", 1);
    folder.write("config.json", &config);
    assert_eq!(build(&folder, Some("1")).expect_code(99).runs().len(), 1);
    assert_eq!(build(&folder, None).expect_code(99).runs().len(), 2, "the first is cached by now");
}

#[test]
fn a_folder_with_other_files_keeps_them() {
    let test = |name: &str| {
        format!(r#"{{"name": "{name}", "template": "t.js", "k6_opts": {{"vus": 1, "iterations": 1}}}}"#)
    };
    let folder = Folder::with(&["a", "b"].map(test).join(","));
    folder.write("render/lib.js", "export const x = 1;\n");
    folder.write("summary/notes.txt", "mine");
    folder.write("results.csv", "mine");
    let refused = folder.run(&["build", "--out", "."]).expect_code(1);
    contains(&refused.stderr, &["holds `results.csv`, which howitzer did not write", "hint: move them away"]);
    assert!(refused.runs().is_empty() && folder.read("results.csv") == "mine", "{}", refused.stderr);
    fs::remove_file(folder.path("results.csv")).expect("removes");
    folder.run(&["build", "--out", "."]).expect_code(0);
    assert_eq!(folder.names("render"), ["a_0.js", "b_0.js", "lib.js"]);
    folder.write("config.json", &format!("{{\"test_configs\": [{}]}}", test("a")));
    let less = folder.run(&["build", "--out", "."]).expect_code(0);
    assert!(less.runs().is_empty(), "{}", less.stderr);
    assert_eq!(
        folder.names("render"),
        ["a_0.js", "lib.js"],
        "the vanished case's script is gone, the other file is not"
    );
    assert_eq!(folder.names("summary"), ["a_0.json", "notes.txt"]);
    fs::remove_file(folder.path("summary/a_0.json")).expect("removes");
    assert!(folder.run(&["build", "--out", "."]).expect_code(0).runs().is_empty());
    assert_eq!(folder.names("summary"), ["a_0.json", "notes.txt"], "a deleted output comes back");
    folder.write("other.json", &folder.read("config.json"));
    folder.write("k6_templates/t.js", super::folder::EVERY_KEY);
    let other = folder.run(&["render", "other.json", "--out", "."]).expect_code(1);
    contains(&other.stderr, &["holds the outputs of the suite `config`"]);
    let inside = folder.run(&["build", "--out", ".howitzer/v1/x"]).expect_code(2);
    contains(&inside.stderr, &["lies in the store"]);
    let two = folder.run(&["render", "config.json", "other.json", "--out", "."]).expect_code(2);
    contains(&two.stderr, &["`--out` is a folder for one suite"]);
    folder.run(&["clean", "--out", "."]).expect_code(0);
    assert_eq!(folder.names("render"), ["lib.js"]);
    assert_eq!(folder.names("summary"), ["notes.txt"]);
    assert!(!folder.path("results").exists() && !folder.path("summary.json").exists());
}
