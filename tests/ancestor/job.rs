//! The Kubernetes Job: absolute paths, mounted ConfigMaps, no manifest, results and outputs on another volume.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::contains;
use super::folder::Folder;

/// A mounted ConfigMap: each file is a link into `..data`, which is a link to a folder with a time in its name.
fn mount(folder: &Path, time: &str, files: &[(&str, &str)]) {
    let version = folder.join(format!("..{time}"));
    fs::create_dir_all(&version).expect("folder");
    for (name, text) in files {
        fs::write(version.join(name), text).expect("writes");
        if folder.join(name).symlink_metadata().is_err() {
            symlink(Path::new("..data").join(name), folder.join(name)).expect("links");
        }
    }
    let _ = fs::remove_file(folder.join("..data"));
    symlink(format!("..{time}"), folder.join("..data")).expect("links");
}

const TEMPLATE: &str = "import { check } from 'k6';\n{{k6_opts}}\nconst data = JSON.parse(open(`../k6_test/payloads/{{payload}}`));\n\
                        export default function () { check(data, { 'one row': (d) => d.rows === 1 }); }\n";

const CONFIG: &str = r#"{
  "rendering_configs": {"title": "Job", "description": "In a pod."},
  "test_configs": [
    {"name": "small", "template": "s.js", "payload": "one.json", "base_url": "nowhere:1", "model_name": "m",
     "k6_opts": {"vus": [1], "duration": ["1s"], "thresholds": {"check": ["value>0.5"]}}}
  ]
}"#;

/// A pod with the configuration mounted at `perf/configs` and the payloads below `app`.
fn pod() -> Folder {
    let pod = Folder::with("");
    for name in ["config.json", "k6_test/t.js"] {
        fs::remove_file(pod.path(name)).expect("removes");
    }
    mount(&pod.path("perf/configs"), "2024_05_01", &[("inference-test.json", CONFIG), ("s.js", TEMPLATE)]);
    mount(&pod.path("app/k6_test/payloads"), "2024_05_01", &[("one.json", "{\"rows\": 1}")]);
    pod
}

#[test]
fn mounted_configuration_builds_and_leaves_no_trace_beside_itself() {
    let pod = pod();
    let (app, perf, volume) = (pod.path("app"), pod.path("perf/configs"), pod.path("volume"));
    let config = perf.join("inference-test.json").display().to_string();
    let templates = perf.display().to_string();
    let build = |more: &[&str], out: bool| {
        let mut arguments = vec!["-C".to_owned(), app.display().to_string(), "build".to_owned()];
        arguments.extend(["--store".to_owned(), volume.join("store").display().to_string()]);
        if out {
            arguments.extend(["--out".to_owned(), volume.join("out").display().to_string()]);
        }
        arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
        let environment = [
            ("TEMPLATE_DIR", templates.as_str()),
            ("CONFIG_FILE", config.as_str()),
            ("EXIT_ON_FAILURE", "true"),
        ];
        pod.run_with(&arguments, &environment)
    };
    let first = build(&[], true).expect_code(0);
    assert_eq!(first.runs().len(), 1, "{}", first.stderr);
    let mut names = pod.names("volume/out");
    names.retain(|name| !name.starts_with('.'));
    assert_eq!(
        names,
        [
            "build.json",
            "output.md",
            "render",
            "report.html",
            "results",
            "results.csv",
            "results.json",
            "summary",
            "summary.json"
        ]
    );
    let summary: serde_json::Value =
        serde_json::from_str(&pod.read("volume/out/summary.json")).expect("JSON");
    assert_eq!(summary["small_0"]["test_results"]["metrics"]["checks"]["value"], 1);
    assert_eq!(pod.names("app"), ["k6_test"], "only the volume is written");
    assert!(build(&["--check"], true).expect_code(0).runs().is_empty());
    // The ConfigMap is updated: another folder, the same bytes.
    mount(&perf, "2024_06_02", &[("inference-test.json", CONFIG), ("s.js", TEMPLATE)]);
    let remounted = build(&[], true).expect_code(0);
    assert!(remounted.runs().is_empty(), "{}", remounted.stderr);
    mount(&app.join("k6_test/payloads"), "2024_06_02", &[("one.json", "{\"rows\":  1}")]);
    let changed = build(&["-n"], true).expect_code(0);
    contains(&changed.stdout, &["k6_test/payloads/one.json changed"]);
    let wrong = CONFIG.replace("\"vus\"", "\"vus\" 1");
    mount(&perf, "2024_07_03", &[("inference-test.json", &wrong)]);
    let said = build(&["-n"], false).expect_code(3).stderr;
    assert!(!said.contains("..2024"), "a name that changes is shown:\n{said}");
}

/// Folders that can be entered and read; writable again when dropped, so that they can be removed.
struct ReadOnly(Vec<PathBuf>);

impl ReadOnly {
    fn all_of(roots: &[PathBuf]) -> Self {
        let mut folders = Vec::new();
        let mut waiting = roots.to_vec();
        while let Some(folder) = waiting.pop() {
            for entry in fs::read_dir(&folder).expect("a folder").flatten() {
                if entry.file_type().expect("a type").is_dir() {
                    waiting.push(entry.path());
                }
            }
            folders.push(folder);
        }
        let read_only = Self(folders);
        read_only.set(0o555);
        read_only
    }

    fn set(&self, mode: u32) {
        for folder in &self.0 {
            fs::set_permissions(folder, fs::Permissions::from_mode(mode)).expect("permissions");
        }
    }

    /// Every name in them with its time: whoever may write everywhere writes here too.
    fn seen(&self) -> Vec<(PathBuf, SystemTime)> {
        let entries = self.0.iter().flat_map(|folder| fs::read_dir(folder).expect("a folder").flatten());
        let time = |path: &Path| path.symlink_metadata().expect("an entry").modified().expect("a time");
        let mut seen: Vec<_> = entries.map(|entry| (entry.path(), time(&entry.path()))).collect();
        seen.sort();
        seen
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        self.set(0o755);
    }
}

#[test]
fn read_only_mounts_are_enough_where_results_and_outputs_stand_elsewhere() {
    let pod = pod();
    let (app, perf, volume) = (pod.path("app"), pod.path("perf/configs"), pod.path("volume"));
    let read_only = ReadOnly::all_of(&[app.clone(), perf.clone()]);
    let before = read_only.seen();
    let run = |verb: &[&str]| {
        let (app, store) = (app.display().to_string(), volume.join("store").display().to_string());
        let arguments = [&["-C", app.as_str(), "--store", store.as_str()], verb].concat();
        let (config, templates) = (perf.join("inference-test.json"), perf.display().to_string());
        let config = config.display().to_string();
        let environment = [("TEMPLATE_DIR", templates.as_str()), ("CONFIG_FILE", config.as_str())];
        pod.run_with(&arguments, &environment)
    };
    let out = volume.join("out").display().to_string();
    assert_eq!(run(&["build", "--out", &out]).expect_code(0).runs().len(), 1);
    assert!(run(&["build", "--out", &out, "--verify"]).expect_code(0).runs().is_empty());
    for verb in
        [&["list"][..], &["status"], &["graph"], &["explain"], &["build", "-n"], &["render", "--out", &out]]
    {
        run(verb).expect_code(0);
    }
    assert_eq!(read_only.seen(), before, "only the volume is written");
}

#[test]
fn every_verb_looks_into_the_store_that_is_named() {
    let folder = Folder::with(r#"{"name": "a", "template": "t.js", "k6_opts": {"vus": 1, "iterations": 1}}"#);
    let run = |arguments: &[&str]| folder.run(&[arguments, &["--store", "elsewhere/store"]].concat());
    assert_eq!(run(&["build"]).expect_code(0).runs().len(), 1);
    assert_eq!(folder.names("elsewhere/store"), [".gitignore", "CACHEDIR.TAG", "v1"]);
    assert!(!folder.path(".howitzer").exists());
    contains(&run(&["status"]).expect_code(0).stdout, &["cached  a"]);
    contains(&run(&["explain"]).expect_code(0).stdout, &["a"]);
    contains(&run(&["graph"]).expect_code(0).stdout, &["1 cached"]);
    contains(&run(&["cache", "stats"]).expect_code(0).stdout, &["elsewhere/store/v1", "attempts     1"]);
    contains(&run(&["cache", "verify"]).expect_code(0).stderr, &["0 problems"]);
    contains(&run(&["gc", "-n", "--max-age", "0s"]).expect_code(0).stdout, &["remove record"]);
    assert!(run(&["build"]).expect_code(0).runs().is_empty());
    contains(&folder.run(&["status"]).expect_code(0).stdout, &["stale   a  never built"]);
    contains(&run(&["clean", "--results"]).expect_code(0).stderr, &["removed elsewhere/store"]);
    contains(&run(&["status"]).expect_code(0).stdout, &["stale   a  never built"]);
    let inside = folder.run(&["build", "--store", "out/config/store"]).expect_code(2);
    contains(&inside.stderr, &["the store lies in `out/config`, which `clean` removes"]);
    folder.write("mine/notes.txt", "mine");
    let refused = folder.run(&["build", "--store", "mine"]).expect_code(1);
    contains(&refused.stderr, &["is no store of howitzer", "`notes.txt`"]);
}
