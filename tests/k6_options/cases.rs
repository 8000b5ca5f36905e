//! What k6 would refuse of a case is shown while planning: the case, its values, and where they stand. Nothing is started.

use std::fs;
use std::process::Command;

const TEMPLATE: &str = "{{ k6_opts }}\nexport default function () {}\nexport function browse() {}\n";

/// What `howitzer build x -n` says of a suite of one test with `fields`, in a workspace that asks for the k6 `version`.
fn planned(version: &str, fields: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("temporary folder");
    let suite = format!("[[test]]\nname = \"a\"\ntemplate = \"t.js\"\n{fields}\n");
    let manifest = format!("[k6]\nversion = \"{version}\"\n");
    for (path, text) in
        [("howitzer.toml", manifest.as_str()), ("k6_templates/t.js", TEMPLATE), ("suites/x.toml", &suite)]
    {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        fs::write(path, text).expect("file");
    }
    let said = Command::new(env!("CARGO_BIN_EXE_howitzer"))
        .args(["build", "x", "-n"])
        .current_dir(folder.path())
        .output()
        .expect("runs");
    (said.status.code(), String::from_utf8_lossy(&said.stderr).into_owned())
}

#[track_caller]
fn refused(fields: &str, parts: &[&str]) {
    let (code, said) = planned("1.1", fields);
    assert_eq!(code, Some(3), "{said}");
    for part in parts {
        assert!(said.contains(part), "{part} is missing in:\n{said}");
    }
}

#[test]
fn a_combination_that_k6_refuses_is_named_with_its_values_and_where_they_stand() {
    refused(
        "[test.matrix]\nvus = [1, 5, 50]\niterations = [10, 20]",
        &[
            "50 virtual users cannot share 10 iterations",
            "in `a[vus=50,iterations=10]`",
            "50 virtual users cannot share 20 iterations",
            "suites/x.toml:6:15",
            "suites/x.toml:6:19",
        ],
    );
    refused(
        "[test.k6.scenarios.load]\nexecutor = \"constant-arrival-rate\"\nrate = 5\nduration = \"1s\"\nmaxVUs = 20\n\
         [test.matrix]\n\"k6.scenarios.load.preAllocatedVUs\" = [10, 30]\nuserAgent = [\"a\", \"b\", \"c\"]",
        &[
            "`maxVUs` (20) is less than `preAllocatedVUs` (30)",
            "in `a[preAllocatedVUs=30,userAgent=a]` and 2 more",
            "x.toml:8:10",
        ],
    );
    refused(
        "[test.k6]\niterations = 4\n[test.matrix]\nm = [{ label = \"x\", set = { vus = 2 } }, { label = \"y\", set = { duration = \"1s\", vus = 5 } }]",
        &["5 virtual users cannot share 4 iterations", "in `a[m=y]`", "x.toml:5:14"],
    );
}

#[test]
fn loads_that_exclude_each_other_are_shown_at_the_one_too_many() {
    refused(
        "k6 = { duration = \"1s\", stages = [{ duration = \"1s\", target = 1 }] }",
        &["x.toml:4:8", "`duration` cannot stand beside `stages`", "in `a`"],
    );
    refused(
        "[test.matrix]\nstages = [[{ duration = \"1s\", target = 1 }]]\nduration = [\"1s\"]",
        &["`duration` cannot stand beside `stages`", "x.toml:6:13"],
    );
    refused(
        "[test.k6]\nvus = 0\nstages = [{ duration = \"1s\", target = 0 }]",
        &["there is no load", "x.toml:6:10"],
    );
    refused(
        "[test.k6]\nexecutionSegment = \"0:1/3\"\nexecutionSegmentSequence = \"0,1/4,1/2,1\"",
        &["the `executionSegment` is none of this sequence", "x.toml:6:28"],
    );
}

#[test]
fn a_scenario_calls_only_what_the_script_exports() {
    let scenario = |function: &str| {
        format!(
            "[test.k6.scenarios.load]\nexecutor = \"constant-vus\"\nduration = \"1s\"\nexec = \"{function}\""
        )
    };
    refused(&scenario("brwose"), &["exports no function `brwose`", "did you mean `browse`?", "x.toml:7:8"]);
    for fine in ["browse", "default"] {
        let (code, said) = planned("1.1", &scenario(fine));
        assert_eq!(code, Some(0), "{fine}: {said}");
    }
}

#[test]
fn what_the_asked_k6_has_no_more_is_told_with_the_release_that_took_it() {
    let scenario = "[test.k6.scenarios.load]\nexecutor = \"externally-controlled\"\nduration = \"1s\"";
    let (code, said) = planned("2", scenario);
    assert_eq!(code, Some(3), "{said}");
    for part in ["x.toml:5:12", "has no executor `externally-controlled`", "no more since 2.0"] {
        assert!(said.contains(part), "{part} is missing in:\n{said}");
    }
    let (code, said) = planned(">=2", "k6.ext.loadimpact.name = \"x\"");
    assert!(code == Some(3) && said.contains("its place is `cloud`"), "{said}");
    assert_eq!(planned("1.1", scenario).0, Some(0));
    let threshold = "k6.thresholds.\"browser_web_vital_fid{url:a}\" = [\"p(95)<100\"]";
    let (code, said) = planned("2", threshold);
    assert!(code == Some(3) && said.contains("no metric `browser_web_vital_fid`"), "{said}");
    assert_eq!(planned("1.1", threshold).0, Some(0));
}

#[test]
fn a_threshold_on_a_metric_that_k6_lacks_is_a_note_where_it_is_a_slip() {
    let (code, said) =
        planned("1.1", "k6.thresholds = { http_req_duraton = [\"p(95)<200\"], orders = [\"count>1\"] }");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("did you mean `http_req_duration`?") && said.contains("x.toml:4:19"), "{said}");
    assert!(!said.contains("`orders`"), "{said}");
}
