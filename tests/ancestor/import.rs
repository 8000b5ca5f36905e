//! `howitzer import`: the suite that it writes, and what it never does.

use super::folder::Folder;
use super::{PLAIN, contains};

/// Everything that a file of the ancestor's may hold.
const RICH: &str = r#"
{"name": "0-warmup", "description": "first", "template": "t.js", "base_url": "u", "model_name": "m", "who": "a", "k6_opts": {"userAgent": "x", "vus": [1], "duration": "1s"}},
{"name": "two words", "template": "t.js", "payload": "p.json", "base_url": "u", "model_name": "m", "who": "it's \"q\" é", "deep": {"a b": [1, 2.5, true]},
 "k6_opts": {"userAgent": "x", "duration": ["1s", "2s"], "vus": [2, 1], "vusMax": "5", "thresholds": {"check": ["value>0.5"], "iterations": ["count>0"]}}},
{"name": "all", "template": "t.js", "base_url": "u", "model_name": "other", "who": "a", "k6_opts": {"userAgent": "x", "vus": 1}}
"#;

fn rich() -> Folder {
    let folder = Folder::with(RICH);
    let config = folder.read("config.json");
    let shared = r#"{"rendering_configs": {"title": "A \"title\"", "description": "Two\nlines", "region": "here"}, "k6_opts": {"batch": 7}, "#;
    folder.write("config.json", &config.replacen('{', shared, 1));
    folder.write(
        "k6_test/t.js",
        "{{k6_opts}}\n// {{ name }} {{ region }} {{ payload }} {{ template }}\nconst who = '{{ who }}';\n{% if deep is defined %}const deep = {{ deep }};{% endif %}\n\
         export default function () {}\n",
    );
    folder
}

#[test]
fn an_imported_suite_gives_the_same_scripts_and_is_a_workspace_at_once() {
    let folder = rich();
    let said = folder.run(&["import", "config.json", "-o", "suites/new.toml", "--verify"]).expect_code(0);
    contains(
        &said.stderr,
        &[
            "wrote suites/new.toml (3 tests)",
            "wrote howitzer.toml",
            "verified 6 scripts, the same byte by byte",
        ],
    );
    let old = folder.run(&["list"]).expect_code(0).stdout;
    let new = folder.run_with(&["list", "new"], &[]).expect_code(0).stdout;
    assert_eq!(old, new);
    assert_eq!(old.lines().count(), 6);
    folder.run(&["render"]).expect_code(0);
    folder.run_with(&["render", "new"], &[]).expect_code(0);
    let scripts = |suite: &str| {
        let render = format!("out/{suite}/render");
        let mut scripts: Vec<String> =
            folder.names(&render).iter().map(|name| folder.read(&format!("{render}/{name}"))).collect();
        scripts.sort();
        scripts
    };
    assert_eq!(scripts("config"), scripts("new"), "not what `--verify` said");
    let text = folder.read("suites/new.toml");
    contains(
        &text,
        &[
            "title = \"A \\\"title\\\"\"",
            "rendering = \"ancestor\"",
            "[defaults]\ntemplate = \"t.js\"\nbase_url = \"u\"\n",
            "[defaults.vars]\nregion = \"here\"\n",
            "[defaults.k6]\nbatch = 7\nuserAgent = \"x\"\n",
            "# role = \"warmup\"",
            "[test.matrix]\nduration = [\"1s\", \"2s\"]\nvus = [2, 1]\n",
            "thresholds = { checks = [\"rate>0.5\"], iterations = [\"count>0\"] }",
        ],
    );
}

#[test]
fn without_a_file_it_is_printed_and_nothing_is_written() {
    let folder = rich();
    let before = folder.names(".");
    let printed = folder.run(&["import", "config.json"]).expect_code(0).stdout;
    assert!(printed.starts_with("# Imported from config.json by `howitzer import`.\n"), "{printed}");
    let said = folder.run(&["import", "config.json", "--verify"]).expect_code(0);
    assert_eq!(said.stdout, "");
    assert_eq!(folder.names("."), before);
}

#[test]
fn a_file_that_is_there_is_overwritten_only_by_force() {
    let folder = Folder::with(PLAIN);
    folder.write("suites/new.toml", "# mine\n");
    let import = ["import", "config.json", "-o", "suites/new.toml"];
    let said = folder.run(&import).expect_code(2);
    contains(&said.stderr, &["`suites/new.toml` is there already", "hint: `--force` overwrites it"]);
    assert_eq!(folder.read("suites/new.toml"), "# mine\n");
    assert!(!folder.path("howitzer.toml").exists());
    folder.run(&[&import[..], &["--force"]].concat()).expect_code(0);
    contains(&folder.read("suites/new.toml"), &["name = \"plain\""]);
    contains(
        &folder.run(&["import", "config.json", "-o", "new.json"]).expect_code(2).stderr,
        &["does not end with `.toml`"],
    );
}

#[test]
fn scripts_that_differ_are_shown_and_the_file_is_compared_as_it_is() {
    let folder = Folder::with(PLAIN);
    folder.run(&["import", "config.json", "-o", "suites/new.toml"]).expect_code(0);
    let edited = folder.read("suites/new.toml").replace("[10, 2]", "[10, 3]").replace("\"2s\"", "\"3s\"");
    folder.write("suites/new.toml", &edited);
    let said = folder.run(&["import", "config.json", "-o", "suites/new.toml", "--verify"]).expect_code(1);
    contains(
        &said.stdout,
        &[
            "--- old plain[vus=10]\n+++ new plain[vus=10]\n",
            "-    'duration': '2s'\n+    'duration': '3s'\n",
            "only in config.json: plain[vus=2]\n",
            "only in suites/new.toml: plain[vus=3]\n",
        ],
    );
    contains(&said.stderr, &["1 script changed, 2 cases in one of them only"]);
    assert_eq!(folder.read("suites/new.toml"), edited);
    let own = edited.replace("rendering = \"ancestor\"\n", "").replace("[10, 3]", "[10, 2]");
    folder.write("suites/new.toml", &own.replace("model_name", "payload = \"\"\nmodel_name"));
    folder.run(&["import", "config.json", "-o", "suites/new.toml", "--verify"]).expect_code(3);
}

#[test]
fn promised_lists_become_axes() {
    let folder = Folder::with(
        r#"{"name": "a", "template": "t.js", "base_url": ["u", "v"], "model_name": "m", "payload": ["p"], "k6_opts": {"vus": [1, 2]}}"#,
    );
    folder.run(&["import", "config.json", "-o", "suites/new.toml", "--verify"]).expect_code(0);
    let ids = folder.run_with(&["list", "new"], &[]).expect_code(0).stdout;
    assert_eq!(ids.lines().count(), 4, "{ids}");
    contains(&ids, &["a[payload=p,base_url=v,vus=2]"]);
    contains(
        &folder.read("suites/new.toml"),
        &["# a list of `base_url` never exploded before\nbase_url = [\"u\", \"v\"]\n"],
    );
}

#[test]
fn a_large_test_says_how_many_cases_it_may_have() {
    let vus: Vec<String> = (1..=501).map(|vus| vus.to_string()).collect();
    let folder = Folder::with(&format!(
        r#"{{"name": "a", "template": "t.js", "k6_opts": {{"vus": [{}]}}}}"#,
        vus.join(", ")
    ));
    folder.run(&["import", "config.json", "-o", "suites/new.toml"]).expect_code(0);
    contains(&folder.read("suites/new.toml"), &["max_cases = 501"]);
    assert_eq!(folder.run_with(&["list", "new"], &[]).expect_code(0).stdout.lines().count(), 501);
}

#[test]
fn what_toml_cannot_say_is_a_mistake_at_its_place() {
    let folder =
        Folder::with(r#"{"name": "a", "template": "t.js", "x": {"y": null}, "k6_opts": {"vus": 1}}"#);
    let said = folder.run(&["import", "config.json", "-o", "suites/new.toml"]).expect_code(3);
    contains(&said.stderr, &["config.json:1:", "`y` is null, which a suite in TOML cannot say", "hint:"]);
    assert!(!folder.path("suites").exists());
}

#[test]
fn templates_that_are_elsewhere_are_told() {
    let folder = Folder::with(PLAIN);
    folder.write("howitzer.toml", "");
    let said = folder.run(&["import", "config.json", "-o", "suites/new.toml", "--verify"]).expect_code(0);
    contains(
        &said.stderr,
        &[
            "there is no `t.js` in `k6_templates/`",
            "copy the templates there, or say where they are in howitzer.toml",
            "verified 2 scripts",
        ],
    );
    assert_eq!(folder.read("howitzer.toml"), "", "the manifest of a person stays as it is");
}

#[test]
fn two_suites_of_one_name_are_refused_before_anything_is_written() {
    let folder = Folder::with(PLAIN);
    folder.write("suites/old.json", &folder.read("config.json"));
    let said = folder.run(&["import", "suites/old.json", "-o", "suites/old.toml"]).expect_code(2);
    contains(&said.stderr, &["would share their outputs", "hint: give the new suite another name"]);
    assert_eq!(folder.names("suites"), ["old.json"]);
}

#[test]
fn an_unknown_rendering_is_shown_where_it_stands() {
    let folder = Folder::with(PLAIN);
    folder.write("howitzer.toml", "");
    folder.write(
        "suites/new.toml",
        "[suite]\nrendering = \"ancestors\"\n[[test]]\nname = \"a\"\ntemplate = \"t.js\"\n",
    );
    let said = folder.run_with(&["list", "new"], &[]).expect_code(3).stderr;
    contains(&said, &["suites/new.toml:2:13", "unknown `rendering` `ancestors`", "did you mean `ancestor`?"]);
}
