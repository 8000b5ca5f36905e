//! How a newcomer begins: a workspace that builds at once, completion, manual pages.

use std::path::Path;
use std::process::{Child, Command, Stdio};

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
        let mut process = Command::new(example_target())
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
fn a_case_is_completed_within_quotes_and_behind_what_a_shell_breaks_words_at() {
    let space = Space::new();
    let ids = ["grpc[vus=1,payload=digits-1.json]", "grpc[vus=1,payload=digits-64.json]"];
    for (shell, typed) in [
        ("fish", "'grpc[vus=1,"),
        ("fish", "grpc\\[vus=1,"),
        ("zsh", "'grpc[vus=1,"),
        ("zsh", "\"grpc[vus=1,"),
        ("zsh", "grpc\\[vus=1,"),
    ] {
        let mut command = space.command(&["--", "howitzer", "list", typed]);
        let output =
            command.env("COMPLETE", shell).env("_CLAP_COMPLETE_INDEX", "2").output().expect("starts");
        let offered = String::from_utf8_lossy(&output.stdout);
        assert_eq!(offered.lines().collect::<Vec<_>>(), ids, "{shell}: {typed}");
    }
    // Bash asks with the words as it took them apart, and puts the answer in place of the last of them.
    let asked = |words: &str, line: &str, last: &str| {
        let functions = space.run(&["completions", "bash"]).expect_code(0).stdout;
        let question = format!(
            "COMP_WORDS=({words}) COMP_LINE={line} COMP_TYPE=9\nCOMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)) COMP_POINT=${{#COMP_LINE}}\n_howitzer howitzer {last} list\nprintf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        let folder = Path::new(env!("CARGO_BIN_EXE_howitzer")).parent().expect("a folder");
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
        let mut bash = Command::new("bash");
        bash.args(["--norc", "-c", &format!("{functions}\n{question}")]);
        let output = bash.current_dir(space.path("")).env("PATH", path).output().expect("bash starts");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert_eq!(
        asked(
            "howitzer list 'grpc[vus' = '1,payload' = digits-6",
            "'howitzer list grpc[vus=1,payload=digits-6'",
            "digits-6"
        ),
        "digits-64.json]\n"
    );
    assert_eq!(
        asked("howitzer list digits 'grpc[vus' =", "'howitzer list digits grpc[vus='", "''"),
        "1,payload=digits-1.json]\n1,payload=digits-64.json]\n"
    );
    assert_eq!(asked("howitzer list di", "'howitzer list di'", "di"), "digits\n");
    assert_eq!(asked("howitzer --color = al", "'howitzer --color=al'", "al"), "always\n");
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

/// What `init --script` makes of the script `load/a.js` and what its first build says, on real k6.
#[track_caller]
fn adopted(script: &str) -> (Space, String) {
    let space = Space::new();
    space.write("mine/load/a.js", script);
    let made = space.run(&["init", "mine", "--script", "mine/load/a.js"]).expect_code(0);
    for part in ["created suites/a.toml", "next cd mine && howitzer build a"] {
        assert!(made.stderr.contains(part), "{part}: {}", made.stderr);
    }
    assert_eq!(space.read("mine/load/a.js"), script, "the script is not changed");
    let built = space.run(&["-C", "mine", "build", "a"]).expect_code(0);
    assert!(space.run(&["-C", "mine", "build", "a"]).expect_code(0).runs().is_empty());
    (space, built.stderr)
}

fn cases(space: &Space) -> String {
    space.run(&["-C", "mine", "list", "a"]).expect_code(0).stdout
}

#[test]
fn a_script_without_options_is_swept_at_once() {
    let script =
        "import { sleep } from 'k6';\nexport default function () { sleep(Number(__ENV.PAUSE || 0.1)); }\n";
    let space = Space::new();
    space.write("a.js", script);
    std::fs::remove_file(space.path("howitzer.toml")).expect("removed");
    let made = space.run(&["init", "--script", "a.js"]).expect_code(0);
    assert!(made.stderr.contains("next howitzer build a"), "{}", made.stderr);
    space.edit("suites/a.toml", "\"3s\"", "\"1s\"");
    let built = space.run(&["build", "a"]).expect_code(0);
    assert_eq!(built.runs().len(), 3, "{}", built.stderr);
    assert_eq!(space.run(&["list", "a"]).expect_code(0).stdout, "a[vus=1]\na[vus=2]\na[vus=4]\n");
    // What is offered as a comment is an axis once its mark is gone.
    space.edit("suites/a.toml", "# \"env.PAUSE\" = [\"…\", \"…\"]", "\"env.PAUSE\" = [\"0.1\", \"0.2\"]");
    let planned = space.run(&["build", "a", "-n"]).expect_code(0);
    assert!(planned.stderr.contains("6 to run"), "{}", planned.stderr);
}

#[test]
fn a_script_with_options_keeps_its_load() {
    let timed = "import { sleep } from 'k6';\nexport const options = { vus: 3, duration: '1s' };\nexport default function () { sleep(0.1); }\n";
    let (space, built) = adopted(timed);
    assert_eq!(cases(&space), "a[vus=1]\na[vus=2]\na[vus=4]\n", "{built}");
    assert!(!space.read("mine/suites/a.toml").contains("duration"));
    let few = "export const options = { vus: 2, iterations: 2 };\nexport default function () {}\n";
    let (space, built) = adopted(few);
    assert_eq!(cases(&space), "a[iterations=2]\na[iterations=4]\na[iterations=8]\n", "{built}");
    let ramp = "export const options = { stages: [{ duration: '1s', target: 1 }] };\nexport default function () {}\n";
    let (space, built) = adopted(ramp);
    assert_eq!(cases(&space), "a\n", "{built}");
    let computed =
        "export const options = { iterations: 1, ...JSON.parse('{}') };\nexport default function () {}\n";
    let (space, built) = adopted(computed);
    assert_eq!(cases(&space), "a\n", "{built}");
    let suite = space.read("mine/suites/a.toml");
    space.write(
        "mine/suites/a.toml",
        &suite.replace("# [test", "[test").replace("# vus = [1, 2, 4]", "iterations = [5]"),
    );
    assert_eq!(cases(&space), "a[iterations=5]\n");
}

#[test]
fn a_script_with_scenarios_is_offered_their_fields() {
    let script = "\
export const options = { scenarios: {
  browse: { executor: 'constant-vus', exec: 'browse', vus: 1, duration: '1s' },
  buy: { executor: 'shared-iterations', exec: 'buy', iterations: 2 },
} };
export function browse() { console.log(__ENV.SHOP || ''); }
export function buy() {}
";
    let (space, built) = adopted(script);
    assert_eq!(cases(&space), "a\n", "{built}");
    let suite = space.read("mine/suites/a.toml");
    for line in [
        "# [test.matrix]",
        "# \"k6.scenarios.browse.vus\" = [1, 2, 4]\n",
        "# \"k6.scenarios.buy.iterations\" = [10, 20, 40]\n",
        "# \"env.SHOP\" = [",
    ] {
        assert!(suite.contains(line), "{line} is missing in:\n{suite}");
    }
    space.write("mine/suites/a.toml", &suite.replace("# [", "[").replace("# \"k6.", "\"k6."));
    let planned = space.run(&["-C", "mine", "build", "a", "-n"]).expect_code(0);
    assert!(planned.stderr.contains("9 to run"), "every offered axis is one: {}", planned.stderr);
}

#[test]
fn a_script_that_cannot_be_adopted_is_told_what_to_do() {
    let space = Space::new();
    space.write("load/a.js", "export default function () {}\n");
    space.write("load/wrong.js", "export default function ( {}\n");
    let wrong: [(&[&str], i32, &[&str]); 6] = [
        (&["init", "new", "--script", "load/none.js"], 2, &["`load/none.js` is no file"]),
        (
            &["init", "new", "--script", "load/a.js"],
            2,
            &["does not lie below `new`", "hint: ", "howitzer init --script load/a.js load"],
        ),
        (&["init", "load", "--script", "load/wrong.js"], 3, &["wrong.js:1:", "syntax error"]),
        (&["init", "load", "--script", "load/a.js", "--template", "http"], 2, &["cannot be used with"]),
        (&["init", "load", "--script", "load/a.js", "--url", "http://a"], 2, &["cannot be used with"]),
        (&["init", "--script", "load/a.js"], 2, &["is a workspace already"]),
    ];
    for (arguments, code, messages) in wrong {
        let said = space.run(arguments).expect_code(code);
        for message in messages {
            assert!(said.stderr.contains(message), "{arguments:?}: {message}: {}", said.stderr);
        }
    }
    assert!(!space.path("load/howitzer.toml").exists() && !space.path("new").exists());
    space.run(&["init", "load", "--script", "load/a.js"]).expect_code(0);
    assert!(space.read("load/suites/a.toml").contains("script = \"a.js\""));
}
