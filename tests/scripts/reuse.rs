//! Keys, reasons, the null build and what is written for people.

use std::process::{Command, Stdio};

use crate::kept::SHOP;
use crate::{count, fake, workspace};

const SWEEP: &str = "[[test]]\nname = \"t\"\nscript = \"load/shop.js\"\n[test.matrix]\n\"k6.scenarios.buy.iterations\" = [1, 2]\n";

#[test]
fn every_byte_of_a_script_counts_and_is_named() {
    let space = workspace(&[("load/shop.js", SHOP)], SWEEP);
    assert_eq!(space.run(&["build", "s"]).expect_code(0).runs().len(), 2);
    assert!(space.run(&["build", "s"]).expect_code(0).runs().is_empty());
    space.write("load/shop.js", &format!("// A comment.\n{SHOP}"));
    let planned = space.run(&["build", "-n", "s"]).expect_code(0);
    assert!(planned.stdout.contains("run t[iterations=1] (script shop.js changed"), "{}", planned.stdout);
    let explained = space.run(&["explain", "s"]).expect_code(0);
    assert!(explained.stdout.contains("script shop.js changed: "), "{}", explained.stdout);
    assert_eq!(space.run(&["build", "s"]).expect_code(0).runs().len(), 2);
    space.write("load/shop.js", SHOP);
    assert!(space.run(&["build", "s"]).expect_code(0).runs().is_empty());
}

#[test]
fn a_new_value_of_an_option_runs_its_case_alone_and_says_why() {
    let space = workspace(&[("load/shop.js", SHOP)], SWEEP);
    space.run(&["build", "s"]).expect_code(0);
    space.edit("suites/s.toml", "[1, 2]", "[1, 2, 3]");
    assert_eq!(space.run(&["build", "s"]).expect_code(0).runs().len(), 1);
    space.write(
        "suites/s.toml",
        &space.read("suites/s.toml").replace("[test.matrix]", "k6.tags.a = \"b\"\n[test.matrix]"),
    );
    let planned = space.run(&["build", "-n", "s"]).expect_code(0);
    assert!(planned.stdout.contains("k6 option tags.a none → \"b\""), "{}", planned.stdout);
}

#[test]
fn scripts_are_an_axis() {
    let plain = "export const options = { iterations: 2 };\nexport default function () {}\n";
    let space = workspace(
        &[("load/shop.js", SHOP), ("load/plain.js", plain)],
        "[[test]]\nname = \"t\"\n[test.matrix]\nscript = [\"load/shop.js\", \"load/plain.js\"]\n\
         [[test]]\nname = \"u\"\nscript = \"load/plain.js\"\n",
    );
    // The same script with nothing over it is the same measurement.
    let said = space.run(&["build", "s"]).expect_code(3);
    assert!(said.stderr.contains("are one measurement"), "{}", said.stderr);
    space.edit(
        "suites/s.toml",
        "script = \"load/plain.js\"\n",
        "script = \"load/plain.js\"\nk6.iterations = 3\n",
    );
    space.run(&["build", "s"]).expect_code(0);
    let listed = space.run(&["list", "s"]).expect_code(0);
    assert_eq!(listed.stdout, "t[script=load/shop.js]\nt[script=load/plain.js]\nu\n");
    assert_eq!(count(&space, "u", "iterations"), Some(3.0));
    space.edit(
        "suites/s.toml",
        "name = \"u\"\nscript = \"load/plain.js\"",
        "name = \"u\"\nscript = \"load/shop.js\"\nk6.scenarios = false",
    );
    space.write("load/shop.js", &format!("{SHOP}export default function () {{}}\n"));
    let explained = space.run(&["explain", "s", "u"]).expect_code(0);
    for reason in ["script \"load/plain.js\" → \"load/shop.js\"", "k6 option scenarios none → false"] {
        assert!(explained.stdout.contains(reason), "{reason} is missing in:\n{}", explained.stdout);
    }
}

#[test]
fn a_rendered_wrapper_runs_by_hand_in_the_scripts_folder() {
    let space = workspace(&[("load/shop.js", SHOP)], SWEEP);
    space.run(&["build", "s"]).expect_code(0);
    let k6 = std::fs::read_dir(std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("tools"))
        .expect("tools")
        .flatten()
        .map(|entry| entry.path().join("bin/k6"))
        .find(|path| path.is_file())
        .expect("an installed k6");
    let script = std::fs::File::open(space.path("out/s/render/t[iterations=2].js")).expect("the wrapper");
    let output = Command::new(k6)
        .args(["run", "--address", "", "--summary-export", "by-hand.json", "-"])
        .current_dir(space.path("load"))
        .env("K6_NO_USAGE_REPORT", "true")
        .stdin(Stdio::from(script))
        .output()
        .expect("k6 starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(space.path("load/own.json").is_file());
    let summary: serde_json::Value = serde_json::from_str(&space.read("load/by-hand.json")).expect("JSON");
    assert_eq!(summary["metrics"]["buy"]["count"], 10.0);
}

#[test]
fn a_graph_and_a_warm_up_take_scripts_like_templates() {
    let space = workspace(
        &[("load/shop.js", SHOP)],
        "[[test]]\nname = \"first\"\nrole = \"warmup\"\nscript = \"load/shop.js\"\n\
         [[test]]\nname = \"t\"\nscript = \"load/shop.js\"\n[test.matrix]\n\"k6.scenarios.buy.iterations\" = [1, 2]\n",
    );
    let said = space.run(&["build", "s"]).expect_code(0);
    assert!(said.stderr.contains("warm-up first"), "{}", said.stderr);
    let graph = space.run(&["graph", "s"]).expect_code(0);
    assert!(graph.stdout.contains("2 cached"), "{}", graph.stdout);
    space.write("load/shop.js", &format!("{SHOP}\n"));
    let explained = space.run(&["explain", "s"]).expect_code(0);
    for part in ["script shop.js changed", "warm-up first changed"] {
        assert!(explained.stdout.contains(part), "{part} is missing in:\n{}", explained.stdout);
    }
}

#[cfg(feature = "real-services")]
#[test]
fn extensions_of_a_real_custom_k6_work_in_scripts_and_templates() {
    let script = "import faker from 'k6/x/faker';\nexport const options = { iterations: 1 };\nexport default function () { if (!faker.person.firstName()) { throw new Error('no name'); } }\n";
    let suite = "[[test]]\nname = \"s\"\nscript = \"names.js\"\nmatrix.iterations = [2, 4]\n[[test]]\nname = \"t\"\ntemplate = \"names.js\"\nk6.iterations = 3\n";
    let space =
        workspace(&[("names.js", script)], &suite.replace("\"names.js\"\nmatrix", "\"./names.js\"\nmatrix"));
    space.write(
        "k6_templates/names.js",
        &script.replace("export const options = { iterations: 1 };", "{{ k6_opts }}"),
    );
    let build =
        || space.command(&["build", "s"]).env("HOWITZER_K6", crate::custom::k6()).output().expect("starts");
    let first = String::from_utf8_lossy(&build().stderr).into_owned();
    assert!(first.contains("done 3 ran, 0 cached"), "{first}");
    for (case, iterations) in [("s[iterations=2]", 2.0), ("s[iterations=4]", 4.0), ("t", 3.0)] {
        assert_eq!(count(&space, case, "iterations"), Some(iterations), "{case}");
    }
    let text = space.read("out/s/results/t.txt");
    assert!(text.contains("k6 v1.7.0"), "however its file is called: {text}");
    let second = String::from_utf8_lossy(&build().stderr).into_owned();
    assert!(second.contains("3 cached"), "{second}");
}

#[test]
fn modules_of_a_custom_k6_are_its_own() {
    let script = "import sql from 'k6/x/sql';\nexport const options = { iterations: 1 };\nexport default function () { sql.open(); }\n";
    let space = fake::faulty(
        "grep -q \"import \\* as script from './db.js'\" db.howitzer.js && grep -q k6/x/sql db.js && echo '{\"metrics\":{\"iterations\":{\"count\":1,\"rate\":1}}}' > $SUMMARY",
    );
    space.edit(
        "fake-k6",
        "linux/amd64)'",
        "linux/amd64)'; echo 'Extensions:'; echo '  github.com/grafana/xk6-sql v1.0.0, k6/x/sql [js]'",
    );
    // A k6 calls itself as its file is called.
    space.edit("fake-k6", "echo 'k6 v1.1.0", "echo 'fake-k6 v1.1.0");
    space.write("db.js", script);
    space.write("suites/digits.toml", "[[test]]\nname = \"db\"\nscript = \"db.js\"\nk6.iterations = 2\n");
    let said = fake::build(&space).expect_code(0);
    assert_eq!(said.runs(), ["run 1/1 db (never built)"]);
}
