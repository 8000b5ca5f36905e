//! Payloads as parameters: listed by a pattern, built by repeating rows or from a template.

use serde_json::Value;

use crate::space::Space;

const ROWS: &str = "import http from 'k6/http';\nimport { check } from 'k6';\n{{ k6_opts }}\n\
    const rows = {{ payload_rows }};\nconst size = {{ payload_bytes }};\n\
    const inputs = JSON.parse(open('{{ payload_path }}')).inputs;\n\
    const flat = ({ name, shape, datatype, contents }) => ({ name, shape, datatype, data: contents.fp32_contents });\n\
    const body = JSON.stringify({ inputs: inputs.map(flat) });\n\
    export default function () {\n\
    const answer = http.post('{{ base_url }}/v2/models/digits-svm/infer', body, { headers: { 'Content-Type': 'application/json' } });\n\
    check(answer, { 'as many answers as rows': (r) => r.status === 200 && r.json('outputs.0.data').length === rows, size: () => size > 100 });\n}\n";

fn space(suite: &str) -> Space {
    let space = Space::new();
    space.write("k6_templates/rows.js", ROWS);
    let head = format!(
        "[defaults]\ntarget = \"digits\"\ntemplate = \"rows.js\"\nbase_url = \"http://127.0.0.1:{}\"\n",
        space.http
    );
    space.write("suites/rows.toml", &format!("{head}{suite}"));
    space
}

fn ids(space: &Space) -> Vec<String> {
    space.run(&["list", "rows"]).expect_code(0).stdout.lines().map(str::to_owned).collect()
}

const BUILT: &str = "[payload.batch]\nrepeat = \"digits-1.json\"\nrows = [1, 8]\n\
    [[test]]\nname = \"batch\"\n\
    k6 = { iterations = 5, thresholds = { checks = [\"rate==1\"] } }\n\
    matrix = { payload = { built = \"batch\" } }\n";

#[test]
fn a_payload_of_repeated_rows_is_sent_counted_kept_and_built_again_when_its_source_changes() {
    let space = space(BUILT);
    assert_eq!(ids(&space), ["batch[payload=batch-1.json]", "batch[payload=batch-8.json]"]);
    let first = space.run(&["build", "rows"]).expect_code(0);
    assert_eq!(first.runs().len(), 2, "{}", first.stderr);
    let results: Value = serde_json::from_str(&space.read("out/rows/results.json")).expect("JSON");
    let eight = &results["cases"][1]["payload"];
    let built = space.read("out/rows/payloads/batch-8.json");
    assert_eq!(eight["rows"], 8);
    assert_eq!(eight["bytes"], built.len());
    assert!(space.read("out/rows/results/batch[payload=batch-8.json].txt").contains(" bytes, 8 rows\n"));
    let script = space.read("out/rows/render/batch[payload=batch-8.json].js");
    assert!(script.contains("open('../out/rows/payloads/batch-8.json')"), "it runs by hand too: {script}");
    let graph = space.run(&["graph", "rows", "--level", "node"]).expect_code(0).stdout;
    assert!(graph.contains("batch-8.json"), "{graph}");

    let again = space.run(&["build", "rows"]).expect_code(0);
    assert!(again.runs().is_empty(), "{}", again.stderr);
    let source = space.read("payloads/digits-1.json");
    space.write("payloads/digits-1.json", &source.replacen("0,0,1,", "0,0,2,", 1));
    let changed = space.run(&["build", "rows", "-n"]).expect_code(0);
    let told: Vec<_> = changed.stdout.lines().chain(changed.stderr.lines()).collect();
    let told = told.join("\n");
    assert!(told.contains("(payload batch-8.json changed)"), "{told}");
    // Another number of rows runs that one only.
    space.write("payloads/digits-1.json", &source);
    space.edit("suites/rows.toml", "rows = [1, 8]", "rows = [1, 8, 16]");
    let more = space.run(&["build", "rows"]).expect_code(0);
    assert_eq!(more.runs().len(), 1, "{}", more.stderr);
    space.edit("suites/rows.toml", "rows = [1, 8, 16]", "rows = 8");
    space.run(&["build", "rows"]).expect_code(0);
    assert!(
        !space.path("out/rows/payloads/batch-16.json").exists(),
        "what no suite builds any more is removed"
    );
}

#[test]
fn a_payload_is_built_from_a_template() {
    let template = "{\"inputs\": [{\"name\": \"predict\", \"shape\": [{{ rows }}, 64], \"datatype\": \"FP32\", \"contents\": \
        {\"fp32_contents\": [{% for row in range(end=rows) %}{% for column in range(end=64) %}{{ vars.pixel }}\
        {% if not loop.last %},{% endif %}{% endfor %}{% if not loop.last %},{% endif %}{% endfor %}]}}]}";
    let suite = "[payload.grey]\ntemplate = \"grey.json.tera\"\nrows = { from = 2, to = 4, factor = 2 }\n\
        vars = { pixel = 7 }\n[[test]]\nname = \"grey\"\nk6 = { iterations = 2, thresholds = { checks = [\"rate==1\"] } }\n\
        matrix = { payload = { built = \"grey\" } }\n";
    let space = space(suite);
    space.write("payloads/grey.json.tera", template);
    space.run(&["build", "rows"]).expect_code(0);
    let built: Value = serde_json::from_str(&space.read("out/rows/payloads/grey-4.json")).expect("JSON");
    assert_eq!(built["inputs"][0]["contents"]["fp32_contents"].as_array().map(Vec::len), Some(256));
    space.edit("payloads/grey.json.tera", "{{ vars.pixel }}", "{{ vars.pixl }}");
    let wrong = space.run(&["list", "rows"]).expect_code(3).stderr;
    assert!(wrong.contains("payloads/grey.json.tera:1:") && wrong.contains("vars.pixl"), "{wrong}");
}

#[test]
fn a_pattern_lists_payloads_and_a_new_file_is_a_new_case() {
    let suite = "[[test]]\nname = \"digits\"\nk6 = { iterations = 2 }\nmatrix = { payload = { glob = \"digits-*.json\" } }\n";
    let space = space(suite);
    assert_eq!(ids(&space), ["digits[payload=digits-1.json]", "digits[payload=digits-64.json]"]);
    space.run(&["build", "rows"]).expect_code(0);
    space.write("payloads/digits-2.json", &space.read("payloads/digits-1.json"));
    let more = space.run(&["build", "rows"]).expect_code(0);
    assert_eq!(more.runs().len(), 1, "{}", more.stderr);
    assert!(more.stderr.contains("digits[payload=digits-2.json] (never built)"), "{}", more.stderr);
}

#[test]
fn what_cannot_be_listed_or_built_is_told_at_its_place() {
    let test = |payload: &str| format!("[[test]]\nname = \"a\"\nmatrix = {{ payload = {payload} }}\n");
    let wrong = [
        (
            test("{ glob = \"none/*.json\" }"),
            "rows.toml:7:31",
            "no file matches `none/*.json` in `payloads/`",
        ),
        (test("{ glob = \"../*.json\" }"), "rows.toml:7:31", "leads out of the workspace"),
        (
            test("{ built = \"batsh\" }") + "[payload.batch]\nrepeat = \"digits-1.json\"\nrows = 2\n",
            "rows.toml:7:32",
            "did you mean `batch`?",
        ),
        (test("{ glob = \"*\", sort = true }"), "rows.toml:7:", "unknown key `sort`"),
        (
            "[payload.a]\nrepeat = \"digits-1.jsn\"\nrows = 1\n".to_owned() + &test("[\"a-1.json\"]"),
            "rows.toml:6:10",
            "no payload `digits-1.jsn`",
        ),
        (
            "[payload.a]\nrepeat = \"digits-1.json\"\n".to_owned() + &test("[\"a-1.json\"]"),
            "rows.toml:5:",
            "`rows` is missing",
        ),
        (
            "[payload.a]\nrepeat = \"odd.json\"\nrows = 1\n".to_owned() + &test("[\"a-1.json\"]"),
            "rows.toml:6:10",
            "cannot be repeated: it is no JSON array",
        ),
        (
            "[payload.digits]\nrepeat = \"digits-1.json\"\nrows = 64\n".to_owned()
                + &test("[\"digits-64.json\"]"),
            "rows.toml:5:",
            "`digits-64.json` is a file of `payloads/` already",
        ),
    ];
    for (suite, place, message) in wrong {
        let space = space(&suite);
        space.write("payloads/odd.json", "{}");
        let said = space.run(&["list", "rows"]).expect_code(3).stderr;
        assert!(said.contains(place) && said.contains(message), "{suite}\n{said}");
    }
}
