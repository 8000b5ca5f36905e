//! TOML and JSON are one model.

use std::sync::Arc;

use howitzer::base::document::read_toml;
use howitzer::base::source::Source;

use crate::fake::howitzer;
use crate::space::Space;
use crate::{SUITE, layered, refused};

/// The same suite as JSON.
fn as_json(toml: &str) -> String {
    let source = Arc::new(Source { path: "x.toml".into(), text: toml.to_owned() });
    let read = read_toml(&source).unwrap_or_else(|mistakes| panic!("{mistakes}\n{toml}"));
    format!("{:#}", read.to_json())
}

/// What is made of the suite: cases with axes, keys, fields and layers, and every script.
fn made(space: &Space, ending: &str, text: &str) -> (serde_json::Value, Vec<(String, String)>) {
    for other in ["toml", "json"] {
        let _ = std::fs::remove_file(space.path(&format!("suites/x.{other}")));
    }
    let _ = std::fs::remove_dir_all(space.path("out"));
    space.write(&format!("suites/x.{ending}"), text);
    let said = howitzer(space, &["list", "x", "--format", "json", "--trace"]).expect_code(0);
    let mut listed: serde_json::Value = serde_json::from_str(&said.stdout).expect("JSON");
    for field in
        listed.as_array_mut().into_iter().flatten().filter_map(|case| case["fields"].as_array_mut()).flatten()
    {
        for place in ["file", "line", "column"] {
            field[place] = serde_json::Value::Null;
        }
    }
    howitzer(space, &["render", "x"]).expect_code(0);
    let entries =
        std::fs::read_dir(space.path("out/x/render")).expect("rendered").map(|entry| entry.expect("entry"));
    let name = |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let mut scripts: Vec<(String, String)> =
        entries.map(|entry| (name(&entry), std::fs::read_to_string(entry.path()).expect("script"))).collect();
    scripts.sort();
    (listed, scripts)
}

#[track_caller]
fn same(space: &Space, toml: &str) {
    let of_toml = made(space, "toml", toml);
    let of_json = made(space, "json", &as_json(toml));
    assert!(!of_toml.1.is_empty(), "something was rendered:\n{toml}");
    assert!(of_toml == of_json, "{toml}\n{of_toml:#?}\n{of_json:#?}");
}

/// Numbers by a linear congruence: the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[usize::try_from(self.below(of.len() as u64)).unwrap_or_default()]
    }
}

const VALUES: [&str; 12] = [
    "1",
    "-7",
    "2.5",
    "1e3",
    "0.1",
    "true",
    "\"text\"",
    "\"é \\\" \\\\ \\u0007 </script>\"",
    "'''two\nlines'''",
    "[1, \"b\", [2.0]]",
    "{ a = 1, b = { c = \"d\" } }",
    "9007199254740993",
];

const AXES: [&str; 8] = [
    "vus = [1, 2]\niterations = [9]",
    "vus = { from = 1, to = 9, step = 4 }\niterations = [9, 10]",
    "duration = { from = \"1s\", to = \"4s\", factor = 2 }",
    "\"vars.x\" = [1, 2.5, \"three\", [4]]",
    "\"k6.tags.team\" = [\"p\", \"q\"]",
    "model = [{ label = \"one\", set = { \"vars.m\" = 1, rps = 5 } }, { label = \"two\", set = { \"vars.m\" = 2 } }]",
    "model_name = [{ value = \"svm\", label = \"s\" }]",
    "\"env.MODE\" = [\"p\"]",
];

fn generated(numbers: &mut Numbers) -> String {
    let mut text = String::from("[suite]\ntitle = \"Generated\"\nmax_age = \"never\"\n");
    text.push_str(&format!(
        "[defaults.vars]\nlow = {}\n\"a b\" = {}\n",
        numbers.one(&VALUES),
        numbers.one(&VALUES)
    ));
    for test in 0..=numbers.below(2) {
        text.push_str(&format!("[[test]]\nname = \"t{test}\"\nrepeat = {}\n", numbers.below(3) + 1));
        text.push_str(&format!("vars.own = {}\nvars.x = 0\n", numbers.one(&VALUES)));
        text.push_str("k6.thresholds = { checks = [\"rate>0.5\"] }\n");
        let (first, second) = (numbers.one(&AXES), numbers.one(&AXES));
        text.push_str(&format!("[test.matrix]\n{first}\n"));
        let key = |axis: &str| axis.split(['=', ' ']).next().unwrap_or_default().to_owned();
        let clash = key(first) == key(second) || [first, second].iter().all(|axis| axis.contains("model"));
        if !clash {
            text.push_str(&format!("{second}\n"));
        }
        text.push_str(
            "[test.sweep]\norder = \"interleaved\"\n[test.expect]\n\"checks.rate\" = { above = 0.9 }\n",
        );
    }
    text
}

#[test]
fn the_same_suite_in_toml_and_json_gives_the_same_cases_scripts_and_keys() {
    let space = layered();
    space.write(
        "k6_templates/t.js",
        &format!("{}// {{{{ vars | json }}}}\n", space.read("k6_templates/t.js")),
    );
    same(&space, SUITE);
    let mut numbers = Numbers(7);
    for _ in 0..20 {
        same(&space, &generated(&mut numbers));
    }
}

#[test]
fn the_example_suite_of_this_repository_is_the_same_in_json() {
    let space = layered();
    let repository = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: &str| std::fs::read_to_string(repository.join(file)).expect("the repository's file");
    space.write("k6_templates/http/infer.js", &read("k6_templates/http/infer.js"));
    space.write("howitzer.toml", "[target.digits]\nbase_url = \"127.0.0.1:8033\"\n");
    same(&space, &read("suites/inference.toml"));
}

#[test]
fn a_mistake_in_json_is_shown_where_it_stands() {
    let space = layered();
    std::fs::remove_file(space.path("suites/x.toml")).expect("removes");
    for (text, parts) in [
        (
            "{\"test\": [{\"name\": \"a\", \"k6\": {\"vuss\": 1}}]}",
            &["suites/x.json:1:32", "did you mean `vus`?"][..],
        ),
        ("{\"test\": [{\"name\": \"a\", \"repeat\": null}]}", &["suites/x.json:1:35", "found null"]),
        ("{\"test\": {\"name\": \"a\"}}", &["suites/x.json:1:10", "expected a list of tables"]),
        ("{\"tests\": [], \"suite\": {}}", &["suites/x.json:1:2", "did you mean `test`?"]),
        (
            "{\"defaults\": {\"k6\": {\"vus\": -1}}, \"test\": [{\"name\": \"a\"}, {\"name\": \"b\"}]}",
            &["suites/x.json:1:29"],
        ),
    ] {
        std::fs::write(space.path("suites/x.json"), text).expect("writes");
        refused(&space, &[], 3, parts);
    }
}
