//! How a newcomer begins: a workspace that builds at once, completion, manual pages.

use std::process::{Child, Stdio};

use serde_json::Value;

use crate::space::{Space, example_target};

/// The example target on ports of its own, ended with the test.
struct Serving {
    process: Child,
    grpc: String,
    http: String,
}

impl Serving {
    fn start() -> Self {
        let mut process = std::process::Command::new(example_target())
            .args(["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut line = String::new();
        let mut said = std::io::BufReader::new(process.stdout.take().expect("a pipe"));
        std::io::BufRead::read_line(&mut said, &mut line).expect("it announces itself");
        let announced: Value = serde_json::from_str(&line).expect("JSON");
        let address = |name: &str| announced[name].as_str().expect("an address").to_owned();
        Self { grpc: address("grpc"), http: format!("http://{}", address("http")), process }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Both fail only where it has ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn quick(space: &Space, suite: &str) {
    space.edit(suite, "duration = \"3s\"", "duration = \"1s\"");
}

#[test]
fn a_new_workspace_builds_at_once_and_says_how() {
    let space = Space::new();
    let made = space.run(&["init", "fresh"]).expect_code(0);
    for part in
        ["created howitzer.toml", "next cd fresh && howitzer build http", "a small server of Python's own"]
    {
        assert!(made.stderr.contains(part), "{part}: {}", made.stderr);
    }
    assert_eq!(space.read("fresh/.gitignore"), "/out/\n");
    quick(&space, "fresh/suites/http.toml");
    // On a machine under load a result may be suspect, and is one all the same.
    let built = space.run(&["-C", "fresh", "build", "http"]).expect_code(0);
    assert_eq!(built.runs().len(), 3, "{}", built.stderr);
    let again = space.run(&["-C", "fresh", "build", "http"]).expect_code(0);
    assert!(again.runs().is_empty(), "{}", again.stderr);
    space.edit("fresh/site/index.html", "load", "measure");
    let changed = space.run(&["-C", "fresh", "build", "http", "-n"]).expect_code(0);
    assert!(
        changed.stderr.contains("0 cached, 3 to run"),
        "the page is part of what the server is: {}",
        changed.stderr
    );
}

#[test]
fn a_model_is_asked_what_it_takes() {
    let (space, server) = (Space::new(), Serving::start());
    let arguments = ["init", "model", "--template", "kserve", "--model", "digits-svm", "--url", &server.http];
    space.run(&arguments).expect_code(0);
    let payload: Value = serde_json::from_str(&space.read("model/payloads/one.json")).expect("JSON");
    assert_eq!(payload["inputs"][0]["shape"], serde_json::json!([1, 64]));
    quick(&space, "model/suites/kserve.toml");
    let built = space.run(&["-C", "model", "build", "kserve"]).expect_code(0);
    assert_eq!(built.runs().len(), 4, "{}", built.stderr);
    assert!(!built.stderr.contains("unidentified"), "its version is its identity: {}", built.stderr);
}

#[test]
fn a_grpc_server_is_asked_for_its_health() {
    let (space, server) = (Space::new(), Serving::start());
    space.run(&["init", "health", "--template", "grpc", "--url", &server.grpc]).expect_code(0);
    quick(&space, "health/suites/grpc.toml");
    let built = space.run(&["-C", "health", "build", "grpc"]).expect_code(0);
    assert_eq!(built.runs().len(), 3, "{}", built.stderr);
}

#[test]
fn init_writes_over_nothing_and_says_what_it_needs() {
    let space = Space::new();
    space.write("taken/k6_templates/http.js", "mine");
    let wrong: [(&[&str], &str); 6] = [
        (&["init"], "is a workspace already"),
        (&["init", "taken"], "`k6_templates/http.js` would be overwritten"),
        (&["init", "x", "--url", "example.org"], "begins with http:// or https://"),
        (&["init", "x", "--template", "grpc"], "needs `--url HOST:PORT`"),
        (&["init", "x", "--template", "grpc", "--url", "http://a:1"], "expected HOST:PORT"),
        (&["init", "x", "--template", "kserve", "--url", "http://127.0.0.1:9"], "needs `--model NAME`"),
    ];
    for (arguments, message) in wrong {
        let said = space.run(arguments).expect_code(2);
        assert!(said.stderr.contains(message), "{arguments:?}: {}", said.stderr);
    }
    assert_eq!(space.read("taken/k6_templates/http.js"), "mine");
    assert!(!space.path("taken/howitzer.toml").exists() && !space.path("x").exists());
    let guessed =
        space.run(&["init", "y", "--template", "kserve", "--model", "m", "--url", "http://127.0.0.1:9"]);
    let guessed = guessed.expect_code(0).stderr;
    assert!(guessed.contains("payloads/one.json holds a guess"), "{guessed}");
}

#[test]
fn a_shell_is_offered_commands_suites_tests_and_cases() {
    let space = Space::new();
    let offered = |words: &[&str]| {
        let mut command = space.command(&["--", "howitzer"]);
        command.args(words).env("COMPLETE", "fish");
        let output = command.output().expect("starts");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(offered(&["bui"]).starts_with("build\t"), "{}", offered(&["bui"]));
    assert_eq!(offered(&["build", "d"]).trim(), "digits");
    let cases = offered(&["list", "grpc"]);
    let cases: Vec<&str> = cases.lines().collect();
    assert_eq!(cases, ["grpc", "grpc[vus=1,payload=digits-1.json]", "grpc[vus=1,payload=digits-64.json]"]);
    assert_eq!(offered(&["build", "--allow", ""]).trim(), "digits");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = space.run(&["completions", shell]).expect_code(0).stdout;
        assert!(script.contains("howitzer"), "{shell}: {script}");
    }
    assert!(space.run(&["completions", "bsh"]).expect_code(2).stderr.contains("'bash'"));
}

#[test]
fn every_command_has_a_manual_page() {
    let space = Space::new();
    space.run(&["man", "--output", "pages"]).expect_code(0);
    let help = space.run(&["--help"]).expect_code(0).stdout;
    let listed = help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
    let verbs: Vec<&str> = listed
        .take_while(|line| !line.is_empty())
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(verbs.len() > 10, "{help}");
    for verb in verbs.into_iter().filter(|verb| *verb != "help") {
        let page = space.read(&format!("pages/howitzer-{verb}.1"));
        assert!(page.contains(".SH NAME") && page.contains(verb), "{verb}");
    }
    assert!(space.run(&["man"]).expect_code(0).stdout.contains(".TH howitzer 1"));
    assert!(space.path("pages/howitzer.1").is_file());
}
