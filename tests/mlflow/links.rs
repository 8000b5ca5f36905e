//! What a build reuses is linked to its first sending, never sent again as new; and what that costs.

use serde_json::Value;

use crate::front::Request;
use crate::tracking::Tracking;
use crate::workspace::{SUITE, Workspace, output};

#[test]
fn a_build_is_a_run_with_its_cases_nested_and_their_trials_below() {
    let server = Tracking::start();
    let space = Workspace::new(&server.url());
    space.destination(&server.url(), "tags = { team = \"serving\" }\n");
    space.run(&["build", "s"]).expect_code(0).says("exported 3 cases to mlflow: http://");
    let runs = server.runs();
    let build = runs.iter().find(|run| run.tag("mlflow.parentRunId").is_empty()).expect("the build's run");
    let [load, twice] = ["load[vus=2]", "twice"].map(|name| {
        let above =
            |run: &&crate::tracking::Run| run.name == name && run.tag("mlflow.parentRunId") == build.id;
        runs.iter().find(above).unwrap_or_else(|| panic!("{name}: {runs:#?}"))
    });
    let below: Vec<&str> = runs
        .iter()
        .filter(|run| run.tag("mlflow.parentRunId") == twice.id)
        .map(|run| run.name.as_str())
        .collect();
    assert_eq!(below, ["twice", "twice@2"]);
    assert_eq!(load.params.get("vus").map(String::as_str), Some("2"));
    for (tag, value) in [
        ("howitzer.suite", "s"),
        ("howitzer.case", "load[vus=2]"),
        ("howitzer.test", "load"),
        ("howitzer.verdict", "passed"),
        ("howitzer.k6", "k6 v1.1.0 (commit/fake, go1, linux/amd64)"),
        ("howitzer.build", build.tag("howitzer.build")),
        ("team", "serving"),
        ("howitzer.name.trend_0 expected_response:true", "trend_0{expected_response:true}"),
    ] {
        assert_eq!(load.tag(tag), value, "{tag}");
    }
    assert!(load.tag("howitzer.key").len() == 64 && !load.tag("howitzer.host_class").is_empty());
    let value = |key: &str| {
        let found = load.metrics.iter().find(|(name, ..)| name == key);
        found.unwrap_or_else(|| panic!("{key}: {:?}", load.metrics)).3.clone()
    };
    assert_eq!(value("trend_3/p95"), "3.125");
    assert_eq!(value("trend_0 expected_response:true/max"), "9.75");
    assert_eq!(value("iterations/rate"), "5.0");
    let names: Vec<&str> = load.artifacts.keys().map(String::as_str).collect();
    assert_eq!(names, ["results.txt", "script.js", "summary.json"]);
    assert_eq!(load.artifacts["summary.json"], output(&space, "summary/load[vus=2].json"));
    assert_eq!(load.artifacts["script.js"], output(&space, "render/load[vus=2].js"));
    assert_eq!(load.artifacts["results.txt"], output(&space, "results/load[vus=2].txt"));
    let names: Vec<&str> = build.artifacts.keys().map(String::as_str).collect();
    assert_eq!(names, ["cases.json", "output.md", "report.html", "results.json"]);
    for name in ["output.md", "report.html", "results.json"] {
        assert!(build.artifacts[name] == output(&space, name), "{name} is another one");
    }
}

#[test]
fn a_null_build_with_nothing_left_to_send_asks_nobody() {
    let server = Tracking::start();
    let space = Workspace::new(&server.url());
    space.run(&["build", "s"]).expect_code(0);
    let asked = server.front.requests().len();
    space.run(&["build", "s"]).expect_code(0);
    assert_eq!(server.front.requests().len(), asked);
    drop(server);
    let away = space.run(&["build", "s", "--export", "mlflow"]).expect_code(0);
    assert!(!away.stderr.contains("refused"), "{}", away.stderr);
}

#[test]
fn a_reused_case_is_linked_to_its_first_sending() {
    let server = Tracking::start();
    let space = Workspace::new(&server.url());
    space.run(&["build", "s"]).expect_code(0);
    let first = server.case("load[vus=1]");
    space.write("suites/s.toml", &SUITE.replace("[1, 2]", "[1, 2, 3]"));
    space.run(&["build", "s"]).expect_code(0).says("exported 1 case to mlflow, 3 sent before");
    assert_eq!(server.case("load[vus=1]"), first, "it is as it was");
    let new = server.case("load[vus=3]");
    let runs = server.runs();
    let build = runs.iter().find(|run| run.id == new.tag("mlflow.parentRunId")).expect("its build");
    assert_eq!(build.tag("howitzer.cached"), "3");
    let cases: Value = serde_json::from_slice(&build.artifacts["cases.json"]).expect("JSON");
    let cases = cases.as_array().expect("a list");
    let linked = cases.iter().find(|case| case["case"] == "load[vus=1]").expect("the reused case");
    assert_eq!((&linked["run_id"], &linked["cached"]), (&first.id.as_str().into(), &true.into()));
    assert_eq!(linked["measured_in"], first.tag("howitzer.build"));
    let own = cases.iter().find(|case| case["case"] == "load[vus=3]").expect("the new case");
    assert_eq!((&own["run_id"], &own["cached"]), (&new.id.as_str().into(), &false.into()));
}

#[test]
fn a_third_trial_is_nested_beside_links_to_the_first_two() {
    let server = Tracking::start();
    let space = Workspace::new(&server.url());
    space.run(&["build", "s"]).expect_code(0);
    let before = server.runs();
    space.write("suites/s.toml", &SUITE.replace("repeat = 2", "repeat = 3"));
    space.run(&["build", "s"]).expect_code(0).says("exported 1 case");
    let after = server.by_digest();
    let new: Vec<_> = after.values().filter(|run| before.iter().all(|old| old.id != run.id)).collect();
    // The build, the case of now three, and the third trial.
    assert_eq!(new.len(), 3, "{new:#?}");
    let case = new.iter().find(|run| run.tag("howitzer.trials") == "3").expect("the case");
    for number in [1, 2, 3] {
        let id = case.tag(&format!("howitzer.trial.{number}"));
        let trial = after.values().find(|run| run.id == id).expect("a trial");
        assert_eq!(trial.tag("howitzer.trial"), number.to_string());
        assert_eq!(trial.tag("mlflow.parentRunId") == case.id, number == 3);
    }
}

#[test]
fn a_dry_run_prints_what_would_be_sent_and_sends_nothing() {
    let server = Tracking::start();
    let space = Workspace::new(&server.url());
    space.run(&["build", "s", "--offline"]).expect_code(0);
    let said = space.run(&["export", "mlflow", "s", "load[vus=2]", "--dry-run"]).expect_code(0);
    let said = said.says("1 of 1 cases to send");
    let documents: Vec<Value> =
        said.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let addresses: Vec<&str> = documents.iter().map(address).collect();
    assert_eq!(documents[1]["body"]["run_name"], "load[vus=2]");
    assert!(server.front.requests().is_empty() && !space.path(".howitzer/v1/exports").exists());
    // What is written when it comes true, without what the server was asked for and has answered.
    space.run(&["export", "mlflow", "s", "load[vus=2]"]).expect_code(0);
    let written: Vec<String> =
        server.front.requests().iter().filter_map(|one| writing(one, &server)).collect();
    assert_eq!(addresses, written);
    assert_eq!(written.len(), 12, "a build, a case, and what they hold: {written:#?}");
}

fn address(document: &Value) -> &str {
    document["POST"].as_str().or(document["PUT"].as_str()).expect("a method with an address")
}

/// The address of a request that writes results, with the ids of the dry run.
fn writing(request: &Request, server: &Tracking) -> Option<String> {
    let is_question = request.path.contains("runs/search") || request.path.contains("experiments/");
    let path = request.path.replace("/artifacts/1/run1/", "/artifacts/EXPERIMENT/BUILD/");
    let path = path.replace("/artifacts/1/run2/", "/artifacts/EXPERIMENT/CASE/");
    (!is_question).then(|| format!("{}{path}", server.url()))
}
