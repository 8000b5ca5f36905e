//! The ancestor's suites and folders beside what suites of Howitzer's own form know: flags over tests, options checked
//! as a whole, built payloads, kept samples, patterns for inputs.

use super::contains;
use super::folder::Folder;
use super::space::Space;

const SWEPT: &str =
    r#"{"name": "a", "template": "t.js", "model_name": "m", "k6_opts": {"vus": [10, 2], "rps": 5}}"#;

#[test]
fn flags_lie_over_the_ancestors_tests_and_its_text_keeps_their_order() {
    let folder = Folder::with(SWEPT);
    folder.run(&["render", "--set", "k6.vus=7", "--set", "model_name=other"]).expect_code(0);
    assert_eq!(folder.names("out/config/render"), ["a_0.js"], "a swept option is left with one value");
    let expected = "export let options = {\n    'vus': '7',\n    'rps': '5'\n};\n// a||t.js|||other\n";
    contains(&folder.read("out/config/render/a_0.js"), &[expected]);
    let swept = folder.run(&["list", "--axis", "rps=1,2", "--where", "vus>5"]).expect_code(0);
    assert_eq!(swept.stdout, "a[vus=10,rps=1]\na[vus=10,rps=2]\n");
    let refused = folder.run(&["list", "--set", "repeat=3"]).expect_code(2);
    contains(&refused.stderr, &["`repeat` reaches no test"]);
}

#[test]
fn a_suite_without_an_ending_is_json_and_what_is_a_suite_already_is_not_imported() {
    let folder = Folder::with(SWEPT);
    std::fs::rename(folder.path("config.json"), folder.path("config")).expect("renames");
    let environment = [("CONFIG_FILE", "config"), ("TEMPLATE_DIR", "k6_test")];
    let said = folder.run_with(&["list"], &environment).expect_code(0);
    assert_eq!(said.stdout, "a[vus=10]\na[vus=2]\n");
    folder.write("own.json", r#"{"test": [{"name": "a", "template": "t.js"}]}"#);
    let refused = folder.run(&["import", "own.json"]).expect_code(3);
    contains(&refused.stderr, &["own.json:1:1", "is a suite of Howitzer's own form already"]);
}

#[test]
fn what_options_mean_together_is_left_to_k6_where_the_ancestor_left_it() {
    let options = r#"{"scenarios": {"s": {"executor": "shared-iterations", "vus": 5, "iterations": 2, "exec": "absent"}}}"#;
    let folder = Folder::with(&format!(r#"{{"name": "a", "template": "t.js", "k6_opts": {options}}}"#));
    folder.run(&["list"]).expect_code(0);
    folder.run(&["import", "config.json", "-o", "new.toml"]).expect_code(0);
    folder.run(&["list", "new.toml"]).expect_code(0);
    let imported = folder.read("new.toml");
    let own = imported.replace("rendering = \"ancestor\"\n", "");
    folder.write("new.toml", &format!("{own}\n"));
    folder.write("k6_test/t.js", "{{ k6_opts }}\nexport default function () {}\n");
    let refused = folder.run(&["list", "new.toml"]).expect_code(3);
    contains(&refused.stderr, &["5 virtual users cannot share 2 iterations"]);
}

const ROWS: &str = "[[test]]\nname = \"own\"\ntemplate = \"rows.js\"\ntarget = \"digits\"\nwatch = \"samples\"\nkeep_samples = true\n\
    k6 = { iterations = 2 }\nmatrix = { payload = { glob = \"**/*.json\" } }\n\
    [[test]]\nname = \"built\"\ntemplate = \"rows.js\"\ntarget = \"digits\"\nk6 = { iterations = 2 }\npayload = \"batch-2.json\"\n\
    [payload.batch]\nrepeat = \"digits-1.json\"\nrows = 2\n";

fn rows() -> Space {
    let space = Space::new();
    let script = "import { sleep } from 'k6';\n{{ k6_opts }}\nconst rows = JSON.parse(open('{{ payload_path }}'));\n\
                  export default function () { sleep(0.1); return rows.inputs.length; }\n";
    space.write("k6_templates/rows.js", script);
    space.write("suites/rows.toml", ROWS);
    space
}

#[test]
fn built_payloads_stand_among_the_outputs_wherever_those_are_and_change_no_script() {
    let space = rows();
    space.run(&["render", "rows"]).expect_code(0);
    space.write("elsewhere/notes.txt", "mine");
    space.run(&["render", "rows", "--out", "elsewhere"]).expect_code(0);
    let script = space.read("out/rows/render/built.js");
    contains(&script, &["open('../out/rows/payloads/batch-2.json')"]);
    assert_eq!(space.read("elsewhere/render/built.js"), script);
    assert_eq!(space.read("elsewhere/payloads/batch-2.json"), space.read("out/rows/payloads/batch-2.json"));
    space.run(&["clean", "rows", "--out", "elsewhere"]).expect_code(0);
    let left: Vec<_> = std::fs::read_dir(space.path("elsewhere")).expect("lists").flatten().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(space.read("elsewhere/notes.txt"), "mine");
}

#[test]
fn outputs_and_results_inside_the_workspace_are_no_inputs() {
    let space = rows();
    let ids = "own[payload=digits-1.json]\nown[payload=digits-64.json]\nbuilt\n";
    assert_eq!(space.run(&["list", "rows"]).expect_code(0).stdout, ids);
    let folders = ["--out", "payloads/seen", "--store", "payloads/kept"];
    let build = |arguments: &[&str]| space.run(&[&["build", "rows"], &folders[..], arguments].concat());
    let first = build(&[]).expect_code(0);
    assert_eq!(first.runs().len(), 3, "{}", first.stderr);
    let samples = "payloads/seen/samples/own[payload=digits-1.json].ndjson.gz";
    for file in ["payloads/seen/payloads/batch-2.json", samples, "payloads/seen/results.json"] {
        assert!(space.path(file).is_file(), "{file} is missing");
    }
    assert!(!space.path("out").exists());
    assert_eq!(space.run(&["list", "rows"]).expect_code(0).stdout, ids, "no case of what was written");
    let again = build(&[]).expect_code(0);
    assert!(again.runs().is_empty(), "{}", again.stderr);
    std::fs::remove_file(space.path(samples)).expect("removes");
    let mended = build(&[]).expect_code(0);
    assert!(mended.runs().is_empty() && space.path(samples).is_file(), "{}", mended.stderr);
    let usual = space.run(&["build", "rows", "--store", "payloads/kept"]).expect_code(0);
    assert!(usual.runs().is_empty(), "where outputs stand runs nothing: {}", usual.stderr);
    assert!(space.path("out/rows/payloads/batch-2.json").is_file());
    space.write(samples, "mine");
    std::fs::remove_file(space.path("payloads/seen/.howitzer-outputs")).expect("removes");
    let refused = build(&[]).expect_code(1);
    contains(&refused.stderr, &["which howitzer did not write"]);
}
