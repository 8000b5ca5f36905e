//! What `howitzer schema` prints says what the readers say: no key is in one and not in the other.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use howitzer::base::document::read_toml;
use howitzer::base::source::Source;
use howitzer::schema::{Shape, reference, report, results, suite, suite_shapes, workspace, workspace_shapes};
use serde_json::Value;

use crate::space::Space;

/// For every table a file in which `?` is a key that nobody knows, and all else is right.
fn probe(shape: &str) -> Option<(&'static str, String)> {
    let suite = |text: &str| Some(("suites/x.toml", text.to_owned()));
    let test = |field: &str| {
        Some(("suites/x.toml", format!("[[test]]\nname = \"a\"\nmatrix.vus = [1, 2]\n{field}\n")))
    };
    let workspace = |text: &str| Some(("howitzer.toml", text.to_owned()));
    let scenario = |text: &str| {
        Some(("suites/x.toml", format!("[[test]]\nname = \"a\"\nk6.scenarios.a = {{ {text} }}\n")))
    };
    match shape {
        "suite-file" => suite("? = 1\n[[test]]\nname = \"a\""),
        "suite" => suite("[suite]\n? = 1\n[[test]]\nname = \"a\""),
        "defaults" => suite("[defaults]\n? = 1\n[[test]]\nname = \"a\""),
        "test" => suite("[[test]]\nname = \"a\"\n? = 1"),
        "sweep" => test("sweep = { ? = 1 }"),
        "patch" => test("patch = [{ match = { vus = 1 }, set = { duration = \"1s\" }, ? = 1 }]"),
        "comparison" => test("exclude = [{ vus = { ge = 2, ? = 1 } }]"),
        "setup" => test("setup = [{ axis = \"vus\", apply = [\"x\"], ? = 1 }]"),
        "labelled" => test("matrix.m = [{ label = \"a\", set = { duration = \"1s\" }, ? = 1 }]"),
        "glob" => test("matrix.payload = { glob = \"*\", ? = 1 }"),
        "built" => test("matrix.payload = { built = \"x\", ? = 1 }"),
        "range" => test("matrix.rps = { from = 1, to = 2, step = 1, ? = 1 }"),
        "bound" => test("expect.\"http_req_duration.p95\" = { below = 1, ? = 1 }"),
        "window" => test("measure = { ? = 1 }"),
        "variable" => test("env.A = { from = \"A\", ? = 1 }"),
        "metric" => suite("[metric.m]\nof = \"vus\"\npercentile = 5\n? = 1\n[[test]]\nname = \"a\""),
        "payload" => suite("[payload.p]\nrepeat = \"x\"\nrows = 1\n? = 1\n[[test]]\nname = \"a\""),
        "stage" => test("k6.stages = [{ duration = \"1s\", target = 1, ? = 1 }]"),
        "threshold" => test("k6.thresholds.checks = [{ threshold = \"rate>0\", ? = 1 }]"),
        "dns" => test("k6.dns = { ? = 1 }"),
        "tls-versions" => test("k6.tlsVersion = { ? = 1 }"),
        "certificate" => test("k6.tlsAuth = [{ cert = { file = \"a\" }, key = { file = \"b\" }, ? = 1 }]"),
        "file-content" => test("k6.userAgent = { file = \"a\", ? = 1 }"),
        "scenario-options" => scenario("executor = \"constant-vus\", duration = \"1s\", options = { ? = 1 }"),
        "shared-iterations"
        | "per-vu-iterations"
        | "constant-vus"
        | "ramping-vus"
        | "constant-arrival-rate"
        | "ramping-arrival-rate"
        | "externally-controlled" => scenario(&format!("executor = \"{shape}\", ? = 1")),
        "howitzer.toml" => workspace("? = 1"),
        "workspace" => workspace("[workspace]\n? = 1"),
        "delimiters" => workspace("[workspace.delimiters]\n? = 1"),
        "k6" => workspace("[k6]\n? = 1"),
        "host" => workspace("[host]\n? = 1"),
        "target" => workspace("[target.t]\n? = 1"),
        "ready" => workspace("[target.t.ready]\ntcp = \"a:1\"\n? = 1"),
        "probe" => workspace("[target.t.identity]\nfile = \"a\"\n? = 1"),
        "service" => workspace("[target.t.service]\ncommand = [\"a\"]\n? = 1"),
        "profile" => workspace("[profile.p]\n? = 1"),
        "scrape-page" => workspace("[scrape.s]\nmetrics = \"http://a\"\n? = 1"),
        "scrape-prometheus" => workspace("[scrape.s]\nprometheus = \"http://a\"\nqueries.q = \"up\"\n? = 1"),
        "export" => workspace("[export]\n? = 1"),
        "export-mlflow" => workspace("[export.mlflow]\nuri = \"http://a\"\n? = 1"),
        "export-prometheus" => workspace("[export.prometheus]\nurl = \"http://a\"\n? = 1"),
        "export-otlp" => workspace("[export.otlp]\nurl = \"http://a\"\n? = 1"),
        "from-environment" => {
            workspace("[scrape.s]\nmetrics = \"http://a\"\nbearer = { env = \"A\", ? = 1 }")
        }
        "requests" => workspace("[scrape.s]\nmetrics = \"http://a\"\nrequests = { of = \"a\", ? = 1 }"),
        _ => None,
    }
}

/// The options themselves are looked up in the very table that the schema is made of; names of axes stand beside
/// the keys of these two.
const WITHOUT_A_LIST: [&str; 3] = ["k6-options", "exclude", "include"];

fn expected_by_the_reader(space: &Space, shape: &Shape) -> BTreeSet<String> {
    let (path, text) = probe(shape.name).unwrap_or_else(|| panic!("the table `{}` has no probe", shape.name));
    space.write("howitzer.toml", "");
    space.write("suites/x.toml", "[[test]]\nname = \"a\"\n");
    space.write(path, &text.replace('?', "zzzz"));
    let said = space.run(&["list", "x"]).expect_code(3).stderr;
    let line = said.split("expected one of ").nth(1);
    let line = line.unwrap_or_else(|| panic!("`{}` lists no keys:\n{said}", shape.name));
    let line = line.lines().next().unwrap_or_default();
    line.split(", ").map(|name| name.trim().to_owned()).collect()
}

#[test]
fn every_reader_knows_exactly_the_keys_of_its_table() {
    let space = Space::new();
    for shape in suite_shapes().iter().chain(&workspace_shapes()) {
        if !WITHOUT_A_LIST.contains(&shape.name) {
            let own: BTreeSet<String> = shape.keys.iter().map(|key| key.name.to_owned()).collect();
            assert_eq!(own, expected_by_the_reader(&space, shape), "{}", shape.name);
        }
    }
}

/// What the schema finds wrong; empty where nothing is.
fn wrong(schema: &Value, value: &Value) -> String {
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.add_resource("mem:///schema.json", schema.clone()).expect("a resource");
    let compiled = compiler.compile("mem:///schema.json", &mut schemas).expect("a schema of draft-07");
    schemas.validate(value, compiled).map_or_else(|error| format!("{error:#}"), |()| String::new())
}

fn toml_value(text: &str) -> Value {
    read(text).expect("TOML")
}

fn read(text: &str) -> Option<Value> {
    let source = Arc::new(Source { path: "x.toml".into(), text: text.to_owned() });
    Some(read_toml(&source).ok()?.to_json())
}

#[track_caller]
fn check(root: &Path) {
    let manifest = fs::read_to_string(root.join("howitzer.toml")).expect("howitzer.toml");
    assert_eq!(wrong(&workspace(), &toml_value(&manifest)), "", "{}", root.display());
    for entry in fs::read_dir(root.join("suites")).expect("suites").flatten() {
        let path = entry.path();
        // The ancestor's JSON is another form.
        if path.extension().is_some_and(|ending| ending == "toml") {
            let text = fs::read_to_string(&path).expect("a suite");
            assert_eq!(wrong(&suite(), &toml_value(&text)), "", "{}", path.display());
        }
    }
}

#[test]
fn what_is_right_fits_the_schemas_and_so_do_the_results_of_a_build() {
    check(Path::new(env!("CARGO_MANIFEST_DIR")));
    let space = Space::new();
    space.run(&["init", "fresh"]).expect_code(0);
    space.run(&["init", "grpc", "--template", "grpc", "--url", "127.0.0.1:1"]).expect_code(0);
    let model = ["--template", "kserve", "--model", "digits", "--url", "http://127.0.0.1:1"];
    space.run(&[&["init", "kserve"][..], &model].concat()).expect_code(0);
    space.write(
        "scripted/load.js",
        "export const options = { vus: 1, duration: '1s' };\nexport default () => {};\n",
    );
    space.run(&["-C", "scripted", "init", "--script", "load.js"]).expect_code(0);
    for made in ["fresh", "grpc", "kserve", "scripted"] {
        check(&space.path(made));
    }
    space.edit("fresh/suites/http.toml", "duration = \"3s\"", "duration = \"1s\"");
    space.run(&["-C", "fresh", "build", "http"]).expect_code(0);
    let built: Value = serde_json::from_str(&space.read("fresh/out/http/results.json")).expect("JSON");
    assert!(built["rows"].as_array().is_some_and(|rows| !rows.is_empty()));
    assert_eq!(wrong(&results(), &built), "");
    let printed = space.run(&["-C", "fresh", "report", "http", "--format", "json"]).expect_code(0).stdout;
    let mut printed: Value = serde_json::from_str(&printed).expect("JSON");
    assert_eq!(
        (printed["suites"].as_array().map(Vec::len), wrong(&report(), &printed)),
        (Some(1), String::new())
    );
    let schema = space.run(&["schema", "report"]).expect_code(0).stdout;
    assert_eq!(serde_json::from_str::<Value>(&schema).expect("JSON"), report());
    printed["suites"][0]["rows"][0]["more"] = 1.into();
    assert_ne!(wrong(&report(), &printed), "", "the schema knows every field");
}

#[test]
fn a_suite_may_name_its_schema_in_either_form() {
    let space = Space::new();
    let named = r#"{ "$schema": "./suite.schema.json", "test": [{ "name": "a", "template": "ok.js" }] }"#;
    assert_eq!(wrong(&suite(), &serde_json::from_str(named).expect("JSON")), "");
    space.write("k6_templates/ok.js", "export default function () {}\n");
    space.write("suites/named.json", named);
    assert_eq!(space.run(&["list", "named"]).expect_code(0).stdout, "a\n");
    let toml = "\"$schema\" = \"./suite.schema.json\"\n[[test]]\nname = \"b\"\ntemplate = \"ok.js\"\n";
    assert_eq!(wrong(&suite(), &toml_value(toml)), "");
    space.write("suites/other.toml", toml);
    assert_eq!(space.run(&["list", "other"]).expect_code(0).stdout, "b\n");
    space.write(
        "suites/old.json",
        r#"{ "$schema": "x", "test_configs": [{ "name": "c", "template": "ok.js" }] }"#,
    );
    let old = space.run(&["list", "old"]).expect_code(0);
    assert_eq!((old.stdout.as_str(), old.stderr.as_str()), ("c\n", ""), "no note tells of it");
}

#[test]
fn mistakes_of_structure_are_refused() {
    for field in [
        "k6.vus = \"many\"",
        "k6.vuss = 1",
        "k6.thresholds.checks = \"rate>0.5\"",
        "k6.scenarios.load = { executor = \"constant-vu\" }",
        "k6.scenarios.load = { executor = \"constant-vus\", rate = 1 }",
        "k6.stages = [{ duration = \"1s\" }]",
        "matrix.vus = []",
        "matrix.vus = 3",
        "matrix.vus = { from = 1, to = 2 }",
        "matrix.vus = { from = 1, to = 9, step = 2, points = 3 }",
        "matrix.vus = [1, \"many\"]",
        "repeat = 4000000",
        "cooldown = 5",
        "cooldown = \"5 sec\"",
        "role = \"warm\"",
        "watch = \"all\"",
        "payloud = \"a\"",
        "env.A = { secret = true }",
        "setup = [{ axis = \"vus\" }]",
        "patch = [{ match = { vus = 1 } }]",
        "patch = [{ match = { vus = 1 }, set = { durations = 1 } }]",
        "measure = { skip = 1 }",
        "exclude = [{ vus = { gee = 2 } }]",
        "matrix.vus = [{ label = \"a\", value = 1, sett = {} }]",
        "inputs = \"a\"",
    ] {
        let text = format!("[[test]]\nname = \"a\"\n{field}\n");
        assert_ne!(wrong(&suite(), &toml_value(&text)), "", "{field}");
    }
}

fn page() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference.md")
}

#[test]
fn the_reference_says_what_the_tables_of_the_schemas_say() {
    let written = fs::read_to_string(page()).expect("docs/reference.md");
    let hint = "run `cargo test --test newcomer -- --ignored the_reference_is_written`";
    assert!(written == reference(), "docs/reference.md is not what the tables give: {hint}");
}

#[test]
#[ignore = "it writes docs/reference.md, for whoever changed the tables"]
fn the_reference_is_written() {
    fs::write(page(), reference()).expect("writes");
}

/// Blocks of TOML in documents.
fn blocks(text: &str) -> impl Iterator<Item = Value> {
    // What stands behind `toml` on the fence is the file's name.
    text.split("```toml").skip(1).filter_map(|rest| read(rest.split("```").next()?.split_once('\n')?.1))
}

/// A block as a whole file, and whether that is a suite: what belongs to a test stands in one.
fn as_file(mut block: Value) -> (Value, bool) {
    let of_workspace = ["workspace", "k6", "host", "target", "scrape", "profile"];
    if of_workspace.iter().any(|key| block.get(key).is_some()) {
        return (block, false);
    }
    let of_suite = ["suite", "defaults", "test", "metric", "payload"];
    if !of_suite.iter().any(|key| block.get(key).is_some()) {
        block = serde_json::json!({ "test": [block] });
    }
    let mut tests = match block.get("test") {
        Some(Value::Array(tests)) => tests.clone(),
        Some(test) => vec![test.clone()],
        None => vec![serde_json::json!({})],
    };
    for test in &mut tests {
        if test.get("name").is_none() {
            test["name"] = "a".into();
        }
    }
    block["test"] = tests.into();
    (block, true)
}

#[test]
fn the_examples_of_the_documents_fit_the_schemas() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for page in ["README.md", "docs/suites.md", "docs/cookbook.md", "docs/measurement.md"] {
        for block in blocks(&fs::read_to_string(root.join(page)).expect("a page")) {
            let shown = block.to_string();
            let (file, is_suite) = as_file(block);
            let schema = if is_suite { suite() } else { workspace() };
            assert_eq!(wrong(&schema, &file), "", "{page}:\n{shown}");
            seen += 1;
        }
    }
    assert!(seen > 8, "only {seen} examples were found");
}
