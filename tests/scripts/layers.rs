//! `script` as a field like any other: by layers, profiles, flags, patches, includes, and what is said of it.

use crate::{count, workspace};

/// Counts itself by its name.
fn counting(name: &str) -> String {
    format!(
        "import {{ Counter }} from 'k6/metrics';\nconst n = new Counter('calls_{name}');\n\
         export const options = {{ iterations: 1 }};\nexport default function () {{ n.add(1); }}\n"
    )
}

const TEMPLATE: &str = "{{ k6_opts }}\n// {{ vars | json }}\nexport default function () {}\n";

/// A workspace with scripts `a.js`, `b.js`, `c.js`, the template `t.js` and the suite `s`.
fn layered(defaults: &str, suite: &str) -> crate::space::Space {
    let scripts = ["a", "b", "c"].map(|name| (format!("load/{name}.js"), counting(name)));
    let mut files: Vec<(&str, &str)> =
        scripts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    files.push(("k6_templates/t.js", TEMPLATE));
    let space = workspace(&files, suite);
    space.write("howitzer.toml", &(space.read("howitzer.toml") + defaults));
    space
}

/// `field value layer place` of a case, as `list --trace` says it.
#[track_caller]
fn traced(space: &crate::space::Space, flags: &[&str], case: &str, line: &str) {
    let said = space.run(&[&["list", "s", case, "--trace"], flags].concat()).expect_code(0);
    let mut lines = said.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    assert!(lines.any(|found| found == line), "`{line}` is missing in:\n{}", said.stdout);
}

#[test]
fn the_highest_layer_that_names_a_script_or_a_template_decides() {
    let space = layered(
        "[defaults]\nscript = \"load/a.js\"\n",
        "[[test]]\nname = \"below\"\n[[test]]\nname = \"own\"\nscript = \"load/c.js\"\n\
         [[test]]\nname = \"rendered\"\ntemplate = \"t.js\"\nvars = { x = 1 }\nk6.iterations = 1\n",
    );
    space.run(&["build", "s"]).expect_code(0);
    assert_eq!((count(&space, "below", "calls_a"), count(&space, "own", "calls_c")), (Some(1.0), Some(1.0)));
    assert!(space.read("out/s/render/rendered.js").contains("{\"x\":1}"));
    traced(&space, &[], "below", "script \"load/a.js\" workspace defaults howitzer.toml:9");
    traced(&space, &[], "own", "script \"load/c.js\" test suites/s.toml:5");
    let suite = space.read("suites/s.toml");
    space.write("suites/s.toml", &format!("[defaults]\nscript = \"load/b.js\"\n{suite}"));
    space.run(&["build", "s"]).expect_code(0);
    assert_eq!((count(&space, "below", "calls_b"), count(&space, "own", "calls_c")), (Some(1.0), Some(1.0)));
    traced(&space, &[], "below", "script \"load/b.js\" suite defaults suites/s.toml:2");
    // A template of the suite's defaults stands over a script of the workspace's.
    space.write("suites/s.toml", &format!("[defaults]\ntemplate = \"t.js\"\nk6.iterations = 1\n{suite}"));
    let listed = space.run(&["list", "s", "below", "--trace"]).expect_code(0).stdout;
    assert!(listed.contains("\"t.js\"") && !listed.contains("load/a.js"), "{listed}");
    let listed = space.run(&["list", "s", "own", "--trace"]).expect_code(0).stdout;
    assert!(listed.contains("load/c.js") && !listed.contains("t.js"), "{listed}");
}

#[test]
fn a_profile_and_the_command_line_name_another_script() {
    let space = layered(
        "[profile.other]\nset = { script = \"load/b.js\" }\n",
        "[[test]]\nname = \"x\"\nscript = \"load/a.js\"\n\
         [[test]]\nname = \"y\"\ntemplate = \"t.js\"\nk6.iterations = 2\n",
    );
    space.run(&["build", "s", "-P", "other"]).expect_code(0);
    // What stood under a template stands over the script now.
    let counted = |case| {
        (count(&space, case, "calls_a"), count(&space, case, "calls_b"), count(&space, case, "calls_c"))
    };
    assert_eq!((counted("x").1, counted("y").1), (Some(1.0), Some(2.0)));
    traced(&space, &["-P", "other"], "x", "script \"load/b.js\" profile other howitzer.toml:9");
    let set = ["--set", "script=load/c.js"];
    traced(&space, &set, "y", "script \"load/c.js\" --set --set script=load/c.js");
    space.run(&[&["build", "s", "-P", "other"], &set[..]].concat()).expect_code(0);
    assert_eq!((counted("x"), counted("y")), ((None, None, Some(1.0)), (None, None, Some(2.0))));
    space.run(&["build", "s", "x", "--set", "template=t.js"]).expect_code(0);
    assert_eq!(counted("x"), (None, None, None));
    let said = space.run(&["build", "s", "--set", "script=load/d.js"]).expect_code(2);
    assert!(said.stderr.contains("no script `load/d.js`"), "{}", said.stderr);
}

#[test]
fn what_a_profile_says_for_templates_is_told_of_a_script() {
    let space = layered(
        "[profile.p]\nset = { \"vars.x\" = 5, model_name = \"m\" }\n",
        "[[test]]\nname = \"x\"\nscript = \"load/a.js\"\n\
         [[test]]\nname = \"y\"\ntemplate = \"t.js\"\nk6.iterations = 1\n",
    );
    let said = space.run(&["build", "s", "-P", "p"]).expect_code(0);
    for field in ["vars.x", "model_name"] {
        let note = format!(
            "`{field}` of profile p does not reach the test `x`: it runs a script, which does not see it"
        );
        assert!(said.stderr.contains(&note), "{note} is missing in:\n{}", said.stderr);
    }
    assert!(said.stderr.contains("howitzer.toml:9:") && !said.stderr.contains("test `y`"), "{}", said.stderr);
    assert!(space.read("out/s/render/y.js").contains("{\"x\":5}"));
}

#[test]
fn a_scenario_that_only_the_script_names_takes_fields_from_profiles_and_flags() {
    let space = workspace(
        &[("load/shop.js", crate::kept::SHOP)],
        "[[test]]\nname = \"t\"\nscript = \"load/shop.js\"\n",
    );
    let profile = "[profile.p]\nset = { \"k6.scenarios.browse.iterations\" = 1 }\n";
    space.write("howitzer.toml", &(space.read("howitzer.toml") + profile));
    let flags = ["build", "s", "-P", "p", "--set", "k6.scenarios.buy.iterations=4"];
    space.run(&flags).expect_code(0);
    // Two virtual users with one iteration each, and four shared ones; each counts the price of 5.
    assert_eq!((count(&space, "t", "browse"), count(&space, "t", "buy")), (Some(10.0), Some(20.0)));
    let axis = ["list", "s", "--axis", "k6.scenarios.buy.iterations=1,2"];
    let listed = space.run(&axis).expect_code(0).stdout;
    assert_eq!(listed.lines().count(), 2, "{listed}");
    let said = space.run(&["build", "s", "-n", "--set", "k6.scenarios.bay.iterations=4"]).expect_code(2);
    assert!(said.stderr.contains("load/shop.js has no scenario `bay`"), "{}", said.stderr);
}

#[test]
fn patches_and_includes_change_tests_with_scripts() {
    let space = layered(
        "",
        "[[test]]\nname = \"t\"\nscript = \"load/a.js\"\n[test.matrix]\niterations = [1, 2, 3]\n\
         [[test.patch]]\nmatch = { iterations = 2 }\nset = { script = \"load/b.js\" }\n\
         [[test.patch]]\nmatch = { iterations = 3 }\nset = { \"k6.vus\" = 3 }\n\
         [[test.include]]\niterations = 4\nset = { script = \"load/c.js\" }\n",
    );
    space.run(&["build", "s"]).expect_code(0);
    let counts = [("1", "a"), ("2", "b"), ("3", "a"), ("4", "c")]
        .map(|(times, name)| count(&space, &format!("t[iterations={times}]"), &format!("calls_{name}")));
    assert_eq!(counts, [Some(1.0), Some(2.0), Some(3.0), Some(4.0)]);
    assert!(space.read("out/s/render/t[iterations=3].js").contains("\"vus\": 3"));
    space.edit("suites/s.toml", "set = { \"k6.vus\" = 3 }", "set = { \"k6.vuss\" = 3 }");
    let said = space.run(&["build", "-n", "s"]).expect_code(3);
    assert!(said.stderr.contains("suites/s.toml:11:"), "{}", said.stderr);
    space.edit("suites/s.toml", "set = { \"k6.vuss\" = 3 }", "set = { \"vars.x\" = 3 }");
    let said = space.run(&["build", "-n", "s"]).expect_code(3);
    assert!(said.stderr.contains("`vars` does not reach a script"), "{}", said.stderr);
}

#[test]
fn every_script_that_a_pattern_finds_is_a_case() {
    let space = layered(
        "",
        "[[test]]\nname = \"t\"\n[test.matrix]\nscript = { glob = \"load/*.js\" }\niterations = [2]\n",
    );
    space.run(&["build", "s"]).expect_code(0);
    let ids = |names: &[&str]| -> String {
        names.iter().map(|name| format!("t[script=load/{name}.js,iterations=2]\n")).collect()
    };
    assert_eq!(space.run(&["list", "s"]).expect_code(0).stdout, ids(&["a", "b", "c"]));
    let summaries = space.files("out/s/summary");
    for name in ["a", "b", "c"] {
        let counter = format!("\"calls_{name}\": {{");
        let holds = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(&counter);
        assert_eq!(summaries.iter().filter(|(_, bytes)| holds(bytes)).count(), 1, "{name}");
    }
    // A new file is a new case, and nothing else runs.
    space.write("load/d.js", &counting("d"));
    let said = space.run(&["build", "s"]).expect_code(0);
    assert_eq!(said.runs(), ["run 1/1 t[script=load/d.js,iterations=2] (never built)"]);
    assert_eq!(space.run(&["list", "s"]).expect_code(0).stdout, ids(&["a", "b", "c", "d"]));
    space.edit("suites/s.toml", "load/*.js", "lod/*.js");
    let said = space.run(&["build", "-n", "s"]).expect_code(3);
    assert!(said.stderr.contains("no file matches `lod/*.js`"), "{}", said.stderr);
}
