//! Mistakes in users' files, through the binary: exit 3, the place, what was expected; nothing ran. No k6 is needed.

mod corpus;
mod sweeps;

use std::fs;
use std::process::Command;

const OK: &str = "{{ k6_opts }}\nexport default function () {}\n";

/// Writes `files` into a new workspace and runs `howitzer build x -n` there: the exit code, and what was said.
fn build(files: &[(&str, &[u8])]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("temporary folder");
    for (path, bytes) in
        [("howitzer.toml", &b""[..]), ("k6_templates/ok.js", OK.as_bytes())].iter().chain(files)
    {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        fs::write(path, bytes).expect("file");
    }
    let said = Command::new(env!("CARGO_BIN_EXE_howitzer"))
        .args(["build", "x", "-n"])
        .current_dir(folder.path())
        .output()
        .expect("runs");
    assert!(!folder.path().join("out").exists(), "something ran");
    (said.status.code(), String::from_utf8_lossy(&said.stderr).into_owned())
}

#[track_caller]
fn refuses(files: &[(&str, &[u8])], parts: &[&str]) {
    let (code, said) = build(files);
    assert_eq!(code, Some(3), "{said}");
    for part in parts {
        assert!(said.contains(part), "{part} is missing in:\n{said}");
    }
}

#[track_caller]
fn suite_refused(fields: &str, parts: &[&str]) {
    let suite = format!("[[test]]\nname = \"a\"\ntemplate = \"ok.js\"\n{fields}\n");
    refuses(&[("suites/x.toml", suite.as_bytes())], parts);
}

#[test]
fn a_wrong_value_of_an_option_is_shown_at_the_value() {
    suite_refused("k6.vus = \"many\"", &["suites/x.toml:4:10", "expected a whole number", "\"many\""]);
    suite_refused("matrix.duration = [\"2s\", \"2x\"]", &["suites/x.toml:4:26", "a duration of at least 1s"]);
    suite_refused("repeat = 4000000", &["suites/x.toml:4:10", "at most 1000"]);
}

#[test]
fn a_default_that_is_wrong_is_told_once() {
    let suite = "[defaults]\nk6 = { vus = -1 }\ntemplate = \"ok.js\"\n[[test]]\nname = \"a\"\n[[test]]\nname = \"b\"\n";
    let (code, said) = build(&[("suites/x.toml", suite.as_bytes())]);
    assert_eq!((code, said.matches("error:").count()), (Some(3), 1), "{said}");
    assert!(said.contains("suites/x.toml:2:14"), "{said}");
}

#[test]
fn a_scenario_names_what_it_lacks() {
    let fields = "[test.k6.scenarios.load]\nexecutor = \"constant-arrival-rate\"\nduration = \"5s\"\n[test.matrix]\n\"k6.scenarios.load.rate\" = [5]";
    suite_refused(fields, &["suites/x.toml:4:20", "has no `preAllocatedVUs`"]);
}

#[test]
fn patterns_of_inputs_are_shown_where_they_stand() {
    suite_refused("inputs = [\"nothing/*\"]", &["suites/x.toml:4:11", "no file matches `nothing/*`"]);
    suite_refused("inputs = [\"*.toml\", \"../*\"]", &["suites/x.toml:4:21", "leads out of the workspace"]);
    suite_refused("inputs = [\"a[\"]", &["suites/x.toml:4:11", "is no pattern"]);
}

#[test]
fn an_undefined_name_is_told_with_those_that_there_are() {
    let template = "{{ k6_opts }}\nexport default function () { return '{{ bas_url }}' }\n";
    let suite = "[[test]]\nname = \"a\"\ntemplate = \"t.js\"\nbase_url = \"http://x\"\n";
    let files = [("k6_templates/t.js", template.as_bytes()), ("suites/x.toml", suite.as_bytes())];
    refuses(&files, &["k6_templates/t.js:2:41", "did you mean `base_url`?", "there are base_url, case"]);
    assert!(!build(&files).1.contains("__"), "an internal name is shown");
}

#[test]
fn files_that_are_no_text_or_loose_json_are_invalid() {
    let good = b"[[test]]\nname = \"a\"\ntemplate = \"ok.js\"\n";
    refuses(
        &[("howitzer.toml", b"[k6]\n# \xe9\n"), ("suites/x.toml", good)],
        &["howitzer.toml:2:3", "offset 7"],
    );
    refuses(
        &[("howitzer.toml", b"[k6]\nversion = \"^^1\"\n"), ("suites/x.toml", good)],
        &["howitzer.toml:2:11"],
    );
    refuses(
        &[("suites/x.toml", b"\xef\xbb\xbf[[test]]\nname = \"\xff\"\n")],
        &["suites/x.toml:2:9", "offset 20"],
    );
    refuses(&[("suites/x.json", b"{\"test_configs\": [{\"name\": 'a'}]}")], &["suites/x.json:1:28"]);
}

#[test]
fn a_mistake_in_a_script_is_shown_at_the_templates_line_where_that_can_be_told() {
    let suite = ("suites/x.toml", &b"[[test]]\nname = \"a\"\ntemplate = \"t.js\"\nk6.vus = 1\n"[..]);
    let shown_at = |template: &str, parts: &[&str]| {
        refuses(&[suite, ("k6_templates/t.js", template.as_bytes())], parts);
    };
    // `k6_opts` takes several lines: the rendered script has other line numbers than the template.
    let opts = "{{ k6_opts }}\n";
    shown_at(
        &format!("{opts}const a = ;\nexport default function () {{}}\n"),
        &["k6_templates/t.js:2:11", "syntax error", "in the script of `a`"],
    );
    shown_at(
        &format!("{opts}import x from './nowhere.js';\nexport default function () {{}}\n"),
        &["k6_templates/t.js:2:15", "`./nowhere.js` is no file of the workspace"],
    );
    // A line that rendering changed is shown as it was rendered.
    shown_at(
        &format!("{opts}const a = {{{{ options.vus }}}} ];\nexport default function () {{}}\n"),
        &["t.js (rendered for a):4:12", "const a = 1 ];"],
    );
    refuses(
        &[
            suite,
            ("k6_templates/t.js", b"{{ k6_opts }}\nimport './m.js';\nexport default function () {}\n"),
            ("k6_templates/m.js", b"const fine = 1;\nopen('gone.json');\n"),
        ],
        &["k6_templates/m.js:2:6", "`gone.json` is no file of the workspace"],
    );
}
