//! Against a real MLflow: what was sent is read back by REST and compared value by value.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::counted::LEAST_A_CASE;
use crate::front::{At, Fault, Front, Request};
use crate::real_mlflow::{ADMIN, RealMlflow};
use crate::workspace::{Said, Workspace, output};

/// One case of three seconds on real k6, against MLflow's own `/health`.
fn loaded(server: &RealMlflow) -> (Workspace, Said) {
    let space = Workspace::new(&server.url());
    space.write(
        "k6_templates/health.js",
        "import http from 'k6/http';\nimport { check } from 'k6';\n{{ k6_opts }}\nexport default function () {\n  \
         const answer = http.get('{{ base_url }}');\n  check(answer, { 'is (200)': (r) => r.status === 200 });\n}\n",
    );
    let threshold = "thresholds = { \"http_req_duration{expected_response:true}\" = [\"p(95)<60000\"] }";
    space.write(
        "suites/s.toml",
        &format!(
            "[[test]]\nname = \"health\"\ntemplate = \"health.js\"\nbase_url = \"{}/health\"\nmax_age = \"never\"\n\
             k6 = {{ duration = \"3s\", {threshold} }}\n[test.matrix]\nvus = [1]\n",
            server.url()
        ),
    );
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut command = space.command(&["build", "s", "--export", "mlflow"]);
    command.env_remove("HOWITZER_K6").env("HOWITZER_TOOLS", shared.join("tools"));
    command.env("HOWITZER_LOAD_LOCK", shared.join("load.lock"));
    let said = Said::of(command.output().expect("starts")).expect_code(0);
    (space, said)
}

fn pairs(list: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    list.as_array().into_iter().flatten().map(|pair| (text(&pair["key"]), text(&pair["value"]))).collect()
}

fn named<'r>(runs: &'r [Value], name: &str) -> &'r Value {
    let found: Vec<&Value> = runs.iter().filter(|run| run["info"]["run_name"] == name).collect();
    assert_eq!(found.len(), 1, "{name} in {runs:#?}");
    found[0]
}

#[test]
fn a_real_server_gives_back_every_value_that_was_measured() {
    let server = RealMlflow::start(false);
    let (space, _) = loaded(&server);
    let runs = server.runs();
    let case = named(&runs, "health[vus=1]");
    assert_eq!(case["info"]["status"], "FINISHED");
    assert_eq!(pairs(&case["data"]["params"]), BTreeMap::from([("vus".to_owned(), "1".to_owned())]));
    let results: Value = serde_json::from_slice(&output(&space, "results.json")).expect("JSON");
    let metrics: BTreeMap<&str, f64> = case["data"]["metrics"]
        .as_array()
        .expect("metrics")
        .iter()
        .map(|one| (one["key"].as_str().expect("a key"), one["value"].as_f64().expect("a number")))
        .collect();
    let rows = results["rows"].as_array().expect("rows");
    assert!(rows.len() > 60, "{}", rows.len());
    for row in rows {
        let name = row["metric"].as_str().expect("a metric").replace('{', " ").replace('}', "");
        let key = format!("{name}/{}", row["statistic"].as_str().expect("a statistic"));
        let expected = row["value"].as_f64().expect("a number");
        assert_eq!(metrics.get(key.as_str()).copied(), Some(expected), "{key}");
    }
    let final_ones = metrics.keys().filter(|key| !key.starts_with("live/")).count();
    assert_eq!(final_ones, rows.len(), "nothing else is there");
    let tags = pairs(&case["data"]["tags"]);
    let entry = &results["cases"][0];
    for (tag, expected) in [
        ("howitzer.suite", "s"),
        ("howitzer.case", "health[vus=1]"),
        ("howitzer.key", entry["key"].as_str().expect("a key")),
        ("howitzer.verdict", entry["verdict"].as_str().expect("a verdict")),
        ("howitzer.k6", entry["k6"].as_str().expect("k6")),
        ("howitzer.host_class", entry["host"].as_str().expect("a class")),
    ] {
        assert_eq!(tags.get(tag).map(String::as_str), Some(expected), "{tag}");
    }
    for (artifact, file) in [
        ("summary.json", "summary/health[vus=1].json"),
        ("script.js", "render/health[vus=1].js"),
        ("results.txt", "results/health[vus=1].txt"),
    ] {
        assert_eq!(server.artifact(case, artifact), output(&space, file), "{artifact}");
    }
    let build = runs.iter().find(|run| run["info"]["run_id"] == tags["mlflow.parentRunId"].as_str());
    let build = build.expect("the build's run");
    for name in ["output.md", "report.html", "results.json"] {
        assert!(server.artifact(build, name) == output(&space, name), "{name} is another one");
    }
    history(&server, case, rows);
}

/// The series by second, and that it is the same run: its requests add up.
fn history(server: &RealMlflow, case: &Value, rows: &[Value]) {
    let id = case["info"]["run_id"].as_str().expect("an id");
    let points = |key: &str| {
        let key = key.replace('/', "%2F");
        let call = format!("metrics/get-history?run_id={id}&metric_key={key}&max_results=1000");
        let points = server.call("GET", &call, &Value::Null)["metrics"].as_array().cloned();
        let points = points.unwrap_or_default();
        let number = |point: &Value, name: &str| point[name].as_f64().expect("a number");
        points
            .iter()
            .map(|one| (number(one, "step"), number(one, "timestamp"), number(one, "value")))
            .collect::<Vec<_>>()
    };
    let rate = points("live/http_reqs/rate");
    assert!(rate.len() >= 3, "{rate:?}");
    let steps: BTreeSet<u64> = rate.iter().map(|(step, ..)| step.to_bits()).collect();
    assert_eq!(steps.len(), rate.len(), "a step each");
    let start = case["info"]["start_time"].as_f64().expect("a time");
    let seconds = |at: usize| (rate[at].1 - if at == 0 { start } else { rate[at - 1].1 }) / 1000.0;
    let sent: f64 = (0..rate.len()).map(|at| rate[at].2 * seconds(at)).sum();
    let counted = rows.iter().find(|row| row["metric"] == "http_reqs" && row["statistic"] == "count");
    let counted = counted.and_then(|row| row["value"].as_f64()).expect("a count");
    // The first slot begins a little after k6 was started.
    assert!((0.95..1.5).contains(&(sent / counted)), "{sent} of {counted}");
    assert_eq!(points("live/http_req_duration/p95").len(), rate.len());
    assert!(points("live/vus/value").iter().all(|(_, _, value)| *value <= 1.0));
}

/// Hands everything on to a real server.
fn before(server: &RealMlflow) -> Front {
    let upstream = server.address.clone();
    Front::start(move |request: &Request| {
        let config = ureq::Agent::config_builder().proxy(None).http_status_as_error(false);
        let agent: ureq::Agent = config.build().into();
        let url = format!("http://{upstream}{}", request.path);
        let kind = request.header("content-type").unwrap_or_default();
        let answer = match request.method.as_str() {
            "GET" => agent.get(&url).call(),
            "PUT" => agent.put(&url).header("content-type", kind).send(request.body.as_slice()),
            _ => agent.post(&url).header("content-type", kind).send(request.body.as_slice()),
        };
        let mut answer = answer.expect("it answers");
        (answer.status().as_u16(), answer.body_mut().read_to_vec().expect("a body"))
    })
}

#[test]
fn a_sender_that_is_killed_in_the_middle_leaves_no_double_at_a_real_server() {
    let server = RealMlflow::start(false);
    for (call, number) in [("runs/create", 2), ("runs/create", 4), ("log-batch", 2), ("runs/update", 1)] {
        let front = before(&server);
        let space = Workspace::new(&format!("http://{}", front.address));
        let experiment = format!("experiment = \"{}-{number}\"\n", call.replace('/', "-"));
        space.destination(&format!("http://{}", front.address), &experiment);
        space.run(&["build", "s", "--offline"]).expect_code(0);
        front.fail(At(call, number, Fault::FreezeAfter));
        let mut sender = space.command(&["export", "mlflow", "s"]).spawn().expect("starts");
        assert!(front.await_frozen(Duration::from_mins(2)), "{call} {number}");
        sender.kill().expect("it waits");
        sender.wait().expect("ended");
        front.thaw();
        let known = server.runs().len();
        space.run(&["export", "mlflow", "s"]).expect_code(0);
        let runs = server.runs();
        assert!(known < runs.len());
    }
    let runs = server.runs();
    let digests: BTreeSet<String> =
        runs.iter().map(|run| pairs(&run["data"]["tags"])["howitzer.digest"].clone()).collect();
    assert_eq!((runs.len(), digests.len()), (4 * 6, 4 * 6), "a build, three cases, two trials each");
    assert!(runs.iter().all(|run| run["info"]["status"] == "FINISHED"));
    // An equal batch that is sent again is no second value.
    let case = runs.iter().find(|run| run["info"]["run_name"] == "load[vus=1]").expect("a case");
    let id = case["info"]["run_id"].as_str().expect("an id");
    let call = format!("metrics/get-history?run_id={id}&metric_key=trend_3%2Fp95&max_results=10");
    assert_eq!(server.call("GET", &call, &Value::Null)["metrics"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_real_server_with_users_takes_the_one_of_the_environment_and_refuses_others() {
    let server = RealMlflow::start(true);
    let space = Workspace::new(&server.url());
    space.run(&["build", "s", "--offline"]).expect_code(0);
    space.run(&["export", "mlflow", "s"]).expect_code(5).says("status 401");
    let with = |password: &str| {
        let mut command = space.command(&["export", "mlflow", "s"]);
        command.env("MLFLOW_TRACKING_USERNAME", ADMIN.0).env("MLFLOW_TRACKING_PASSWORD", password);
        Said::of(command.output().expect("starts"))
    };
    let wrong = with("wrong-password").expect_code(5).says("status 401");
    assert!(!wrong.stderr.contains("wrong-password"), "{}", wrong.stderr);
    with(ADMIN.1).expect_code(0).says("exported 3 cases");
    assert_eq!(server.runs().len(), 6);
    // What stands before it answers in plain text: a name that the server is not known by.
    space.destination(&server.url(), "experiment = \"other\"\nheaders = { host = \"elsewhere.example\" }\n");
    with(ADMIN.1).expect_code(5).says("status 403: Invalid Host header");
}

/// How long it takes is printed only: the server is not ours, and neither is the machine. What is ours is held.
#[test]
#[ignore = "a measurement of minutes: cargo test --features real-services --test mlflow -- --ignored --nocapture thousand"]
#[allow(clippy::print_stdout, reason = "it is what this measurement gives")]
fn a_thousand_cases_of_sixty_metrics_are_bound_by_the_server() {
    let server = RealMlflow::start(false);
    let space = Workspace::new(&server.url());
    let vus: Vec<String> = (1..=1000).map(|vus| vus.to_string()).collect();
    space.write(
        "suites/s.toml",
        &format!(
            "[[test]]\nname = \"load\"\ntemplate = \"plain.js\"\nk6 = {{ duration = \"1s\" }}\n[test.matrix]\nvus = [{}]\n\
             [test.sweep]\nmax_cases = 1000\n",
            vus.join(", ")
        ),
    );
    space.run(&["build", "s", "--offline"]).expect_code(0);
    let asked = server.requests();
    let began = Instant::now();
    let before = cpu();
    space.run(&["export", "mlflow", "s"]).expect_code(0).says("exported 1000 cases");
    let (wall, own) = (began.elapsed().as_secs_f64(), cpu() - before);
    let requests = server.requests() - asked;
    println!("{wall:.1} s, own processor time {own:.1} s: {:.1} %; {requests} requests", 100.0 * own / wall);
    assert!(own < 0.1 * wall, "{own:.1} s of {wall:.1} s are our own");
    // The experiment is looked for and made; the build's run is made, gets four artifacts and ends; the runs below it
    // are asked for in two pages, behind which there may be an empty one.
    let least = 1000 * LEAST_A_CASE + 2 + 6 + 2;
    assert!((least..=least + 1).contains(&requests), "{requests} requests, where {least} are the least");
}

/// Processor time of all children that have ended, in seconds.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<&str> = stat.rsplit_once(')').expect("a name").1.split_whitespace().collect();
    let ticks: f64 =
        fields[13].parse::<f64>().expect("a number") + fields[14].parse::<f64>().expect("a number");
    ticks / 100.0
}
