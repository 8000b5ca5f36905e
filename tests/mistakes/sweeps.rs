//! Mistakes in zip, exclude, patch, include, id and ranges.

use crate::suite_refused;

/// Three axes: `vus` (1, 2), `vars.rate` (10, 20, 30) and the labelled `model` (svm, big). What follows begins
/// in line 11.
const AXES: &str = "k6 = { duration = \"2s\" }\n[test.matrix]\nvus = [1, 2]\n\"vars.rate\" = [10, 20, 30]\nmodel = [\n\
                    { label = \"svm\", set = { \"vars.m\" = 1 } },\n{ label = \"big\", set = { \"vars.m\" = 2 } }]\n";

#[track_caller]
fn refused(rules: &[(&str, &[&str])]) {
    for (rule, parts) in rules {
        suite_refused(&format!("{AXES}{rule}"), parts);
    }
}

#[test]
fn of_zips() {
    refused(&[
        (
            "[test.sweep]\nzip = [[\"vus\", \"modle\"]]",
            &["x.toml:12:16", "no axis `modle`", "did you mean `model`?"],
        ),
        (
            "[test.sweep]\nzip = [[\"vus\", \"rate\"]]",
            &["x.toml:12:16", "`vars.rate` has 3 values, `vus` has 2"],
        ),
        (
            "[test.sweep]\nzip = [[\"vus\", \"model\"], [\"model\", \"vus\"]]",
            &["x.toml:12:27", "is zipped already"],
        ),
        ("[test.sweep]\nzip = [[\"vus\", \"vus\"]]", &["x.toml:12:16", "is zipped already"]),
        ("[test.sweep]\nzip = [\"vus\", \"model\"]", &["x.toml:12:8", "expected a list of axes"]),
        ("[test.sweep]\nzip = \"vus\"", &["x.toml:12:7", "expected a list of lists of axes"]),
        ("[test.sweep]\nzip = [[\"vus\"]]", &["x.toml:12:8", "at least two axes"]),
    ]);
}

#[test]
fn of_excludes() {
    let exclude = |lines: &str| format!("[[test.exclude]]\n{lines}");
    for (lines, parts) in [
        ("", &["x.toml:11:1", "names no axis"][..]),
        ("vuss = 1", &["x.toml:12:1", "no axis `vuss`", "did you mean `vus`?"]),
        ("vars.rate = 10", &["x.toml:12:1", "put a dotted name in quotes"]),
        ("model = \"bgi\"", &["x.toml:12:9", "no value `bgi`", "it has svm, big", "did you mean `big`?"]),
        ("model = [\"big\", \"x\"]", &["x.toml:12:17", "no value `x`"]),
        ("model = []", &["x.toml:12:9", "an empty list"]),
        ("vus = {}", &["x.toml:12:7", "an empty comparison"]),
        ("vus = { gee = 1 }", &["x.toml:12:9", "unknown key `gee`", "did you mean `ge`?"]),
        ("vus = { ge = 3 }", &["x.toml:12:7", "no value of the axis `vus` lies there", "it has 1, 2"]),
        ("vus = { ge = \"x\" }", &["x.toml:12:14", "expected a number or a duration"]),
        ("vus = { ge = \"1s\" }", &["x.toml:12:14", "the value `1` of the axis `vus` is no duration"]),
        ("model = { lt = 5 }", &["x.toml:12:16", "the value `svm` of the axis `model` is no number"]),
        ("vus = { ne = 7 }", &["x.toml:12:14", "no value `7`"]),
        ("\"vars.rate\" = 10\nrate = 20", &["x.toml:13:1", "stands twice"]),
        ("vus = 1\nwhen = \"rate > 30\"", &["x.toml:11:1", "the exclude matches no case"]),
        ("vus = { ge = 1 }", &["x.toml:11:1", "no case of `a` is left", "all 12 combinations"]),
    ] {
        refused(&[(&exclude(lines), parts)]);
    }
}

#[test]
fn of_expressions() {
    for (when, parts) in [
        ("\"vuss > 1\"", &["x.toml:12:9", "unknown name `vuss`", "did you mean `vus`?"][..]),
        ("\"vars.rat > 1\"", &["x.toml:12:9", "unknown name `vars.rat`", "did you mean `vars.rate`?"]),
        ("'vus > > 1'", &["x.toml:12:15", "`vus > > 1`: found `>`"]),
        ("\"vus\"", &["x.toml:12:8", "true or false, found `1`", "where vus=1"]),
        ("\"model > 1\"", &["x.toml:12:9", "cannot compare", "where model=svm"]),
        ("\"vus | sqrt > 1\"", &["x.toml:12:15", "unknown filter `sqrt`"]),
        ("\"{{ vus }} > 1\"", &["x.toml:12:8", "`{{` has no place in an expression"]),
        ("\"model | seconds > 1\"", &["x.toml:12:", "`svm` is no duration"]),
        ("5", &["x.toml:12:8", "expected a string"]),
    ] {
        refused(&[(&format!("[[test.exclude]]\nwhen = {when}"), parts)]);
    }
}

#[test]
fn of_patches() {
    let patch = |lines: &str| format!("[[test.patch]]\n{lines}");
    for (lines, parts) in [
        ("match = { vus = 1 }", &["x.toml:11:1", "the patch has no `set`"][..]),
        ("set = { \"vars.x\" = 1 }", &["x.toml:11:1", "no `match` and no `when`"]),
        (
            "match = { vus = 1, when = \"vus > 1\" }\nset = { \"vars.x\" = 1 }",
            &["x.toml:12:20", "beside `match`"],
        ),
        ("match = 5\nset = { \"vars.x\" = 1 }", &["x.toml:12:9", "expected a table of axes"]),
        ("match = { vus = 1 }\nset = {}", &["x.toml:13:7", "`set` sets nothing"]),
        ("match = { vus = 1 }\nset = { vsu = 1 }", &["x.toml:13:9", "unknown field `vsu`"]),
        ("match = { vus = 1 }\nset = { \"k6.vus\" = 1 }", &["x.toml:13:9", "is what the axis `vus` sets"]),
        (
            "match = { vus = 1 }\nset = { \"k6.tisAuth\" = [], rps = \"x\" }",
            &["x.toml:13:9", "`tlsAuth`", "x.toml:13:34"],
        ),
        ("match = { vus = 1 }\nset = { target = \"x\" }", &["x.toml:13:18", "unknown target `x`"]),
        ("match = { vus = 1 }\nset = { rps = 1, \"k6.rps\" = 2 }", &["x.toml:13:18", "is set twice"]),
        ("when = \"vus > 2\"\nset = { \"vars.x\" = 1 }", &["x.toml:11:1", "the patch matches no case"]),
        ("match = { vus = 1 }\nsets = { \"vars.x\" = 1 }", &["x.toml:13:1", "did you mean `set`?"]),
    ] {
        refused(&[(&patch(lines), parts)]);
    }
    let excluded = "[[test.exclude]]\nvus = 1\n[[test.patch]]\nmatch = { vus = 1 }\nset = { \"vars.x\" = 1 }";
    refused(&[(excluded, &["x.toml:13:1", "the patch matches no case"])]);
}

#[test]
fn of_includes() {
    let include = |lines: &str| format!("[[test.include]]\n{lines}");
    for (lines, parts) in [
        ("vus = 3\nrate = 10", &["x.toml:11:1", "gives no value of `model`", "every axis"][..]),
        ("vus = 3\nrate = 10\nmodle = \"svm\"", &["x.toml:14:1", "no axis `modle`", "did you mean `model`?"]),
        ("vus = 3\nrate = 10\nmodel = \"smv\"", &["x.toml:14:9", "no value `smv`", "did you mean `svm`?"]),
        ("vus = \"x\"\nrate = 10\nmodel = \"svm\"", &["x.toml:12:7", "expected a whole number"]),
        (
            "vus = { label = \"x\", value = 1 }\nrate = 10\nmodel = \"svm\"",
            &["x.toml:12:7", "has plain values"],
        ),
        (
            "vus = 3\nrate = 10\nmodel = { label = \"svm\", set = { \"vars.m\" = 5 } }",
            &["x.toml:14:9", "has the value `svm` already"],
        ),
        (
            "vus = 1\nrate = 10\nmodel = \"svm\"",
            &["x.toml:11:1", "`a[vus=1,rate=10,model=svm]` is there already", "the matrix gives it"],
        ),
        (
            "vus = 3\nrate = 10\nmodel = \"svm\"\n[[test.include]]\nvus = 3\nrate = 10\nmodel = \"svm\"",
            &["x.toml:15:1", "an include above gives it"],
        ),
        (
            "vus = 3\nrate = 10\nmodel = \"svm\"\nset = { \"vars.rate\" = 5 }",
            &["x.toml:15:9", "is what the axis `vars.rate` sets"],
        ),
        ("vus = 3\n\"vars.rate\" = 10\nrate = 10\nmodel = \"svm\"", &["x.toml:14:1", "stands twice"]),
    ] {
        refused(&[(&include(lines), parts)]);
    }
    suite_refused("[[test.include]]\nvus = 3", &["x.toml:5:1", "the test has no axis `vus`"]);
}

#[test]
fn of_ids() {
    let with_id = |id: &str, parts: &[&str]| suite_refused(&format!("id = {id}\n{AXES}"), parts);
    with_id(
        "\"{{ vus }}-{{ model }}\"",
        &["x.toml:4:6", "the id `1-svm`", "a[vus=1,rate=10,model=svm] and a[vus=1,rate=20,model=svm]"],
    );
    with_id("\"{{ vsu }}\"", &["x.toml:4:10", "unknown name `vsu`", "did you mean `vus`?"]);
    with_id("\"{{ vus }\"", &["x.toml:4:14", "expected"]);
    with_id("\"\"", &["x.toml:4:6", "the id is empty"]);
    with_id("\" {{ vus }}\"", &["x.toml:4:6", "` 1` cannot be an id"]);
    with_id("\"x@{{ vus }}\"", &["x.toml:4:6", "`x@1` cannot be an id"]);
    with_id("5", &["x.toml:4:6", "expected a string"]);
    let other = "[[test]]\nname = \"b\"\ntemplate = \"ok.js\"";
    suite_refused(&format!("id = \"b\"\n{other}"), &["x.toml:4:6", "the name of another test"]);
    let twice = "id = \"same\"\n[[test]]\nname = \"b\"\ntemplate = \"ok.js\"\nid = \"same\"";
    suite_refused(twice, &["x.toml:8:6", "a and b", "put `{{ test }}` into `id`"]);
    suite_refused("role = \"warmup\"\nid = \"x\"", &["x.toml:5:1", "a warm-up has no `id`"]);
}

#[test]
fn of_products_and_trials() {
    let axes = "matrix = { \"vars.a\" = { from = 1, to = 4000, step = 1 }, \"vars.b\" = { from = 1, to = 4000, step = 1 } }\n";
    suite_refused(axes, &["x.toml:1:1", "4000 × 4000 cases", "at most 500"]);
    let excluded = format!("{axes}exclude = [{{ a = {{ gt = 1 }} }}]");
    suite_refused(&excluded, &["x.toml:1:1", "4000 × 4000 combinations", "at most 10000000"]);
    suite_refused(
        "repeat = 51\nmatrix = { vus = { from = 1, to = 200, step = 1 } }",
        &["x.toml:4:10", "200 cases × 51 trials are 10200 runs"],
    );
    // What is excluded has no trials.
    suite_refused(
        "repeat = 51\nmatrix = { vus = { from = 1, to = 200, step = 1 }, rps = [1, 2] }\nexclude = [{ rps = 2 }]",
        &["x.toml:4:10", "200 cases × 51 trials"],
    );
}

#[test]
fn of_ranges() {
    for (range, parts) in [
        ("from = 1, to = 9", &["x.toml:4:14", "exactly one of `step`, `factor` and `points`"][..]),
        ("from = 9, to = 1, step = 2", &["x.toml:4:41", "expected a negative step", "the range falls"]),
        ("from = 1, to = 9, factor = 0.5", &["x.toml:4:43", "expected a factor above 1"]),
        ("from = 1, to = 9, points = 3, scale = \"lgo\"", &["x.toml:4:54", "\"lin\" or \"log\""]),
        ("from = 1, to = 9, stpe = 3", &["x.toml:4:34", "did you mean `step`?"]),
    ] {
        suite_refused(&format!("matrix.vus = {{ {range} }}"), parts);
    }
}
