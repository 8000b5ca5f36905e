//! The options of a suite over those of a script.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::kept::SHOP;
use crate::space::Space;
use crate::{VERSIONS, count, measured, on, workspace};

/// What `k6` says of the load in its own words.
fn load_of(options: &Value) -> Value {
    let part =
        |name: &str| options.get(name).cloned().filter(|value| *value != json!({})).unwrap_or_default();
    json!({
        "vus": part("vus"), "duration": part("duration"), "iterations": part("iterations"), "stages": part("stages")
    })
}

/// The k6 of a version, and howitzer told to take it.
fn k6(space: &Space, version: &str) -> PathBuf {
    on(space, version);
    let said = space.run(&["doctor"]).expect_code(0);
    let text = format!("{}{}", said.stdout, said.stderr);
    let number = version.trim_start_matches('=');
    let path = text.split(['`', ' ', '\n', '\'']).find(|word| word.ends_with("/k6") && word.contains(number));
    PathBuf::from(path.unwrap_or_else(|| panic!("no k6 in:\n{text}")))
}

/// The oracle: k6's own flags over the same script, as its archive keeps them.
fn by_flags(space: &Space, k6: &Path, script: &str, flags: &[&str]) -> Value {
    let archive = space.path("flags.tar");
    let mut command = Command::new(k6);
    command.arg("archive").args(flags).arg("-O").arg(&archive).arg(space.path(script));
    let output = command.env("K6_NO_USAGE_REPORT", "true").output().expect("k6 starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata = Command::new("tar").arg("xOf").arg(&archive).arg("metadata.json").output().expect("tar");
    let metadata: Value = serde_json::from_slice(&metadata.stdout).expect("JSON");
    load_of(&metadata["options"])
}

/// The rendered wrapper, beside its script.
fn by_wrapper(space: &Space, k6: &Path) -> Value {
    space.run(&["render", "s"]).expect_code(0);
    let wrapper = space.path("load/wrapped.js");
    std::fs::copy(space.path("out/s/render/t.js"), &wrapper).expect("copies");
    let mut command = Command::new(k6);
    command.arg("inspect").arg(&wrapper).env("K6_NO_USAGE_REPORT", "true");
    let output = command.output().expect("k6 starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    load_of(&serde_json::from_slice(&output.stdout).expect("JSON"))
}

#[test]
fn a_load_over_a_script_is_what_the_same_flags_of_k6_make_of_it() {
    let own = [
        "",
        "export const options = { vus: 2, duration: '7s' };",
        "export const options = { vus: 2, iterations: 7 };",
        "export const options = { vus: 2, iterations: 7, duration: '9s' };",
        "export const options = { stages: [{ duration: '2s', target: 4 }], vus: 1 };",
        "export const options = { scenarios: { a: { executor: 'per-vu-iterations', vus: 2, exec: 'f' } } };",
    ];
    let over: [(&str, &[&str]); 5] = [
        ("duration = \"5s\"", &["--duration", "5s"]),
        ("iterations = 5\nvus = 3", &["--iterations", "5", "--vus", "3"]),
        ("iterations = 5\nduration = \"4s\"", &["--iterations", "5", "--duration", "4s"]),
        ("vus = 3", &["--vus", "3"]),
        ("stages = [{ duration = \"3s\", target = 9 }]", &["--stage", "3s:9"]),
    ];
    let space = workspace(&[], "");
    for version in VERSIONS {
        let k6 = k6(&space, version);
        for own in own {
            let script = format!("{own}\nexport function f() {{}}\nexport default function () {{}}\n");
            space.write("load/a.js", &script);
            for (options, flags) in over {
                // k6 takes `--vus` there and ignores it; howitzer says so.
                if (own.is_empty() || own.contains("scenarios")) && options == "vus = 3" {
                    continue;
                }
                space.write(
                    "suites/s.toml",
                    &format!("[[test]]\nname = \"t\"\nscript = \"load/a.js\"\n[test.k6]\n{options}\n"),
                );
                let expected = by_flags(&space, &k6, "load/a.js", flags);
                assert_eq!(by_wrapper(&space, &k6), expected, "{version} {own} {flags:?}");
            }
        }
    }
}

#[test]
fn one_field_of_a_scripts_own_scenario_changes_and_nothing_else() {
    let space = workspace(
        &[("load/shop.js", SHOP)],
        "[[test]]\nname = \"t\"\nscript = \"load/shop.js\"\n[test.matrix]\n\"k6.scenarios.browse.iterations\" = [1, 4]\n",
    );
    for version in VERSIONS {
        on(&space, version);
        space.run(&["build", "s"]).expect_code(0);
        for (case, browsed) in [("t[iterations=1]", 10.0), ("t[iterations=4]", 40.0)] {
            assert_eq!(count(&space, case, "browse"), Some(browsed), "{version}");
            assert_eq!(count(&space, case, "buy"), Some(10.0), "{version}");
        }
    }
}

#[test]
fn a_scenario_with_an_executor_is_instead_of_the_scripts_and_that_is_told() {
    let space = workspace(
        &[("load/shop.js", SHOP)],
        "[[test]]\nname = \"t\"\nscript = \"load/shop.js\"\n[test.k6.scenarios.only]\nexecutor = \"per-vu-iterations\"\n\
         exec = \"buy\"\niterations = 3\n",
    );
    let said = space.run(&["build", "s"]).expect_code(0);
    let note = "the load of `t` is instead of the scenarios of load/shop.js: `browse`, `buy`";
    assert!(said.stderr.contains(note), "{}", said.stderr);
    assert_eq!((count(&space, "t", "browse"), count(&space, "t", "buy")), (Some(0.0), Some(15.0)));
    space.write(
        "suites/s.toml",
        &(space.read("suites/s.toml") + "[test.k6.scenarios.browse]\niterations = 1\n"),
    );
    let said = space.run(&["build", "s"]).expect_code(0);
    assert!(said.stderr.contains("load/shop.js: `buy`"), "{}", said.stderr);
    assert_eq!((count(&space, "t", "browse"), count(&space, "t", "buy")), (Some(10.0), Some(15.0)));
}

#[test]
fn false_takes_an_option_out() {
    let space = workspace(
        &[("load/shop.js", SHOP)],
        "[[test]]\nname = \"t\"\nscript = \"load/shop.js\"\nk6.scenarios.buy = false\n\
         [test.matrix]\n\"k6.thresholds.browse\" = [[\"count<1\"], false]\n",
    );
    for version in VERSIONS {
        on(&space, version);
        space.run(&["build", "s"]).expect_code(99);
        let case = "t[browse=false]";
        assert_eq!(
            (count(&space, case, "browse"), count(&space, case, "buy")),
            (Some(30.0), None),
            "{version}"
        );
        let summary = space.read(&format!("out/s/summary/{case}.json"));
        assert!(!summary.contains("thresholds"), "{summary}");
    }
}

#[test]
fn tables_are_merged_and_the_scripts_own_entries_stay() {
    let script = "\
import { Counter } from 'k6/metrics';
import exec from 'k6/execution';
const seen = new Counter('seen');
export const options = { vus: 1, iterations: 1, tags: { a: 'script', b: 'script' }, thresholds: { seen: ['count<1000'] } };
export default function () {
  const { a, b, c } = exec.test.options.tags;
  seen.add(1 + (a === 'script') + 10 * (b === 'suite') + 100 * (c === 'suite'));
}
";
    let space = workspace(
        &[("load/a.js", script)],
        "[[test]]\nname = \"t\"\nscript = \"load/a.js\"\nk6.tags = { b = \"suite\", c = \"suite\" }\n\
         k6.thresholds.iterations = [\"count>5\"]\n",
    );
    space.run(&["build", "s"]).expect_code(99);
    assert_eq!(count(&space, "t", "seen"), Some(112.0));
    let summary: Value = serde_json::from_str(&space.read("out/s/summary/t.json")).expect("JSON");
    assert_eq!(summary["metrics"]["seen"]["thresholds"], json!({ "count<1000": false }));
    assert_eq!(summary["metrics"]["iterations"]["thresholds"], json!({ "count>5": true }));
}

#[test]
fn statistics_that_a_script_asks_for_are_kept() {
    let script = "export const options = { iterations: 2, summaryTrendStats: ['p(42)'] };\nexport default function () {}\n";
    let space = workspace(&[("load/a.js", script)], "[[test]]\nname = \"t\"\nscript = \"load/a.js\"\n");
    space.run(&["build", "s"]).expect_code(0);
    assert!(measured(&space, "t", "iteration_duration", "p(42)").is_some());
    assert!(measured(&space, "t", "iteration_duration", "p(43)").is_none());
}

#[test]
fn a_load_that_only_the_script_knows_is_not_cut_short() {
    // Its time is known to k6 alone: neither the estimate nor the limit may be invented.
    let script = "\
import { sleep } from 'k6';
export const options = { vus: 1, duration: `${__ENV.SECONDS || 1}s` };
export default function () { sleep(0.2); }
";
    let space = workspace(&[("load/a.js", script)], "[[test]]\nname = \"t\"\nscript = \"load/a.js\"\n");
    let planned = space.run(&["build", "-n", "s"]).expect_code(0);
    assert!(planned.stderr.contains("load of unknown length"), "{}", planned.stderr);
    space.run(&["build", "s"]).expect_code(0);
    assert!(space.run(&["build", "s"]).expect_code(0).runs().is_empty());
    space.write("load/a.js", &script.replace("`${__ENV.SECONDS || 1}s`", "'3s'"));
    let planned = space.run(&["build", "-n", "s"]).expect_code(0);
    assert!(planned.stderr.contains("about 3s of load"), "{}", planned.stderr);
}
