//! What does not fit is shown where it is, before any load.

use crate::kept::SHOP;
use crate::workspace;

const PLAIN: &str = "export default function () {}\n";

/// What a dry run says of the test `t` with these lines.
#[track_caller]
fn refused(scripts: &[(&str, &str)], lines: &str, parts: &[&str]) {
    let space = workspace(scripts, &format!("[[test]]\nname = \"t\"\n{lines}\n"));
    let said = space.run(&["build", "-n", "s"]).expect_code(3);
    for part in parts {
        assert!(said.stderr.contains(part), "{lines}\n`{part}` is missing in:\n{}", said.stderr);
    }
}

#[test]
fn a_script_that_is_not_there_is_told_with_the_nearest_name() {
    let scripts = [("load/shop.js", SHOP), ("k6_templates/plain.js", PLAIN)];
    let near = ["suites/s.toml:3:10", "no script `load/shp.js`", "did you mean `load/shop.js`?"];
    refused(&scripts, "script = \"load/shp.js\"", &near);
    refused(&scripts, "script = \"plan.js\"", &["did you mean `plain.js`?"]);
    refused(&scripts, "script = \"../shop.js\"", &["lies outside the workspace", "[workspace] allow"]);
    refused(&scripts, "script = \"/etc/shop.js\"", &["lies outside the workspace"]);
    refused(&scripts, "script = 5", &["expected a string"]);
    refused(&scripts, "vars = {}", &["has no `template`", "script = \"PATH\""]);
}

#[test]
fn a_script_beside_the_templates_is_found_by_its_name_unless_two_have_it() {
    let space = workspace(&[("k6_templates/a.js", PLAIN)], "[[test]]\nname = \"t\"\nscript = \"a.js\"\n");
    space.run(&["build", "s"]).expect_code(0);
    space.write("a.js", PLAIN);
    let said = space.run(&["build", "s"]).expect_code(3);
    assert!(said.stderr.contains("`a.js` is two files: `k6_templates/a.js` and `a.js`"), "{}", said.stderr);
    space.edit("suites/s.toml", "\"a.js\"", "\"./a.js\"");
    space.run(&["build", "s"]).expect_code(0);
}

#[test]
fn a_link_out_of_the_workspace_is_refused() {
    let outside = tempfile::tempdir().expect("a folder");
    std::fs::write(outside.path().join("a.js"), PLAIN).expect("writes");
    let space = workspace(&[], "[[test]]\nname = \"t\"\nscript = \"linked.js\"\n");
    std::os::unix::fs::symlink(outside.path().join("a.js"), space.path("linked.js")).expect("links");
    let said = space.run(&["build", "-n", "s"]).expect_code(3);
    assert!(said.stderr.contains("leads outside the workspace"), "{}", said.stderr);
}

#[test]
fn a_syntax_error_is_shown_in_the_script() {
    let wrong = "export default function () {\n  const = 5;\n}\n";
    refused(&[("a.js", wrong)], "script = \"a.js\"", &["a.js:2:9", "syntax error"]);
    let module = [("a.js", "export * from './b.js';\nexport default 1;\n"), ("b.js", "let = ;\n")];
    refused(&module, "script = \"a.js\"", &["b.js:1:7", "syntax error"]);
}

#[test]
fn a_test_has_a_template_or_a_script() {
    let both = ["suites/s.toml:4:1", "a test has a `template` or a `script`, not both"];
    refused(&[("a.js", PLAIN)], "script = \"a.js\"\ntemplate = \"grpc/infer.js\"", &both);
    let axis = "script = \"a.js\"\n[test.matrix]\ntemplate = [\"grpc/infer.js\"]";
    refused(&[("a.js", PLAIN)], axis, &["suites/s.toml:5:1", "not both"]);
    let some = "[[test.matrix.kind]]\nlabel = \"a\"\nset = { script = \"a.js\" }\n[[test.matrix.kind]]\nlabel = \"b\"\nset = { vus = 1 }";
    refused(&[("a.js", PLAIN)], some, &["some values of this axis name no `script`"]);
}

#[test]
fn what_only_templates_see_is_refused_and_from_defaults_told() {
    for (line, hint) in [
        ("vars = { a = 1 }", "env = { NAME"),
        ("payload = \"digits-1.json\"", "`inputs`"),
        ("base_url = \"x\"", "BASE_URL"),
        ("model_name = \"x\"", "MODEL_NAME"),
        ("matrix.\"vars.a\" = [1, 2]", "env = { NAME"),
    ] {
        let lines = format!("script = \"a.js\"\n{line}");
        refused(&[("a.js", PLAIN)], &lines, &["suites/s.toml:4:", "does not reach a script", hint]);
    }
    let space = workspace(
        &[("a.js", PLAIN)],
        "[defaults]\ntemplate = \"grpc/infer.js\"\nvars = { a = 1 }\nmodel_name = \"x\"\n[[test]]\nname = \"t\"\nscript = \"a.js\"\n",
    );
    let said = space.run(&["build", "s"]).expect_code(0);
    let note = "[defaults] `vars`, `model_name` are for templates: the script of `t` does not see them";
    assert!(said.stderr.contains(note), "{}", said.stderr);
}

#[test]
fn options_that_would_have_no_effect_are_refused() {
    let shop = |lines: &str, parts: &[&str]| {
        refused(&[("shop.js", SHOP)], &format!("script = \"shop.js\"\n{lines}"), parts);
    };
    let no_effect = "`vus` has no effect beside the scenarios `browse`, `buy`";
    shop("[test.matrix]\nvus = [1, 2]", &["suites/s.toml:5:8", no_effect, "k6.scenarios.browse.vus"]);
    let unknown = "shop.js has no scenario `brows`";
    shop("[test.k6.scenarios.brows]\nvus = 1", &["suites/s.toml:4:20", unknown, "did you mean `browse`?"]);
    shop("k6.thresholds.checks = false", &["sets no `thresholds.checks`"]);
    shop("k6.scenarios.browse.vuss = 1", &["suites/s.toml:4:21", "did you mean `vus`?"]);
    shop("k6.vuss = 1", &["did you mean `vus`?"]);
    shop("k6.duration = \"2s\"", &["suites/s.toml:3:10", "exports no default function", "`browse`, `buy`"]);
    let function = "the scenario `buy` executes `bay`, which shop.js does not export";
    shop("k6.scenarios.buy.exec = \"bay\"", &["suites/s.toml:4:18", function, "did you mean `buy`?"]);
    let executor = "k6.scenarios.x = { executor = \"constant-vus\", exec = \"buy\" }";
    shop(executor, &["the scenario `x` has no `duration`"]);
    let field = "a shared-iterations scenario has no field `rate`";
    shop("k6.scenarios.buy.rate = 5", &["suites/s.toml:4:18", field, "`iterations`"]);
    let two = "k6.duration = \"2s\"\nk6.scenarios.buy.vus = 1";
    shop(two, &["`duration` cannot stand beside `scenarios`"]);
}

#[test]
fn options_that_only_k6_knows_are_refused_before_any_load() {
    let script = "\
const scenarios = __ENV.MANY ? { many: { executor: 'per-vu-iterations' } } : undefined;
export const options = { vus: 1, iterations: 1, ...(scenarios ? { iterations: undefined, scenarios } : {}) };
export default function () {}
";
    let space = workspace(
        &[("a.js", script)],
        "[[test]]\nname = \"t\"\nscript = \"a.js\"\nk6.vus = 2\nmatrix.\"env.MANY\" = [\"\", \"yes\"]\n",
    );
    let said = space.run(&["build", "s"]).expect_code(3);
    assert!(said.runs().is_empty() && said.stderr.contains("`vus` has no effect"), "{}", said.stderr);
    space.edit("suites/s.toml", "k6.vus = 2", "k6.scenarios.many.vus = 2");
    let said = space.run(&["build", "s"]).expect_code(3);
    assert!(said.stderr.contains("has no scenario `many`"), "{}", said.stderr);
    space.edit("suites/s.toml", "\"\", \"yes\"", "\"yes\", \"true\"");
    space.run(&["build", "s"]).expect_code(0);
}
