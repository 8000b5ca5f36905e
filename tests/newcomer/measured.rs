//! What a run's record holds: windows, distributions, metrics of the user's own and of the server, trials, doubts.

use serde_json::Value;

use crate::space::Space;

const HTTP: &str = "import http from 'k6/http';\n{{ k6_opts }}\n\
    export default function () { http.get('{{ base_url }}/v2'); }\n";

/// A suite of one test over HTTP, `more` above it and in it.
fn measuring(above: &str, more: &str, options: &str) -> Space {
    let space = Space::new();
    space.write("k6_templates/get.js", HTTP);
    let address = format!("http://127.0.0.1:{}", space.http);
    let manifest = space.read("howitzer.toml");
    space.write("howitzer.toml", &format!("{manifest}\n[scrape.server]\nmetrics = \"{address}/metrics\"\n"));
    space.write(
        "suites/http.toml",
        &format!(
            "{above}\n[[test]]\nname = \"http\"\ntarget = \"digits\"\ntemplate = \"get.js\"\n\
             base_url = \"{address}\"\n{more}\n[test.k6]\n{options}\n"
        ),
    );
    space
}

fn build(space: &Space) -> crate::space::Said {
    space.run(&["build", "http"])
}

pub(crate) fn results(space: &Space) -> Value {
    serde_json::from_str(&space.read("out/http/results.json")).expect("JSON")
}

/// A number of the first trial.
pub(crate) fn number(results: &Value, scope: &str, metric: &str, statistic: &str) -> f64 {
    let rows = results["rows"].as_array().expect("rows");
    let is_it = |row: &&Value| {
        row["scope"] == scope && row["metric"] == metric && row["statistic"] == statistic && row["trial"] == 1
    };
    let row = rows.iter().find(is_it).unwrap_or_else(|| panic!("no {scope} {metric}.{statistic}"));
    row["value"].as_f64().expect("a number")
}

const RATE: &str = "[test.k6.scenarios.load]\nexecutor = \"constant-arrival-rate\"\nrate = 50\n\
                    duration = \"5s\"\npreAllocatedVUs = 20\n";

#[test]
fn a_window_and_metrics_of_ones_own_are_read_off_what_was_kept() {
    let above = "[metric.fast]\nof = \"http_req_duration\"\nbelow = \"1s\"\n\
                 [metric.ok]\nof = \"http_reqs\"\nwhere = { status = \"2*\" }\n\
                 [metric.each]\nof = \"http_reqs\"\nper = \"iterations\"\n\
                 [metric.p999]\nof = \"http_req_duration\"\npercentile = 99.95\n";
    let space = measuring(above, "expect = { \"fast.value\" = { above = 0.5 } }", RATE);
    build(&space).expect_code(0);
    let whole = results(&space);
    let count = number(&whole, "run", "http_reqs", "count");
    let of_server =
        "server.inference_requests_total{method=\"ServerMetadata\",outcome=\"ok\",protocol=\"http\"}";
    assert!((number(&whole, "server", of_server, "count") - count).abs() < 1e-9, "sent and served");
    for (metric, value) in [("fast", 1.0), ("ok", 1.0), ("each", 1.0)] {
        assert!((number(&whole, "defined", metric, "value") - value).abs() < 1e-9, "{metric}");
    }
    assert!((number(&whole, "defined", "ok", "count") - count).abs() < 1e-9);
    let [high, max] = [("defined", "p999", "value"), ("run", "http_req_duration", "max")]
        .map(|(scope, metric, statistic)| number(&whole, scope, metric, statistic));
    assert!(high > number(&whole, "run", "http_req_duration", "p99") && high <= max);

    space.edit(
        "suites/http.toml",
        "name = \"http\"",
        "name = \"http\"\nmeasure = { skip = \"1s\", until = \"-1s\" }",
    );
    space.edit("suites/http.toml", "percentile = 99.95", "percentile = 50");
    let again = build(&space).expect_code(0);
    assert!(again.runs().is_empty(), "{}", again.stderr);
    let part = results(&space);
    assert!((number(&part, "run", "http_reqs", "count") - count).abs() < 1e-9, "the whole is kept");
    let within = number(&part, "window", "http_reqs", "count");
    assert!(within > count * 0.2 && within < count * 0.8, "{within} of {count}");
    let rate = number(&part, "window", "http_reqs", "rate");
    assert!((rate - 50.0).abs() < 5.0, "{rate}/s");
    let (median, whole_median) = (
        number(&part, "window", "http_req_duration", "p50"),
        number(&part, "run", "http_req_duration", "p50"),
    );
    assert!(median > whole_median * 0.5 && median < whole_median * 2.0);
    let text = space.read("out/http/results/http.txt");
    for part in ["metrics of the measured window", "metrics of the whole run", "± 5 % (histogram)", "server."]
    {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
}

#[test]
fn how_a_run_is_watched_is_part_of_its_key_and_the_summary_is_exact_either_way() {
    let space = measuring("", "watch = \"summary\"\nrepeat = 2", "vus = 2\nduration = \"1s\"");
    build(&space).expect_code(0);
    let results = results(&space);
    let rows = results["rows"].as_array().expect("rows");
    assert!(rows.iter().all(|row| row["precision"].is_null()), "all of it is k6's own");
    let over = results["over_trials"].as_array().expect("over trials");
    let p95 = over.iter().find(|one| one["metric"] == "http_req_duration" && one["statistic"] == "p95");
    let p95 = p95.expect("a p95 over trials");
    assert_eq!((&p95["trials"], &p95["builds"]), (&2.into(), &1.into()));
    assert!(
        p95["merged_precision"].as_str().is_some_and(|words| words.starts_with("merged, rank error ≤")),
        "{p95}"
    );
    assert!(p95["lower"].as_f64() <= p95["mean"].as_f64() && p95["mean"].as_f64() <= p95["upper"].as_f64());
    // The summary that is shown is what the user would have asked k6 for, not the grid.
    let summary: Value = serde_json::from_str(&space.read("out/http/summary/http.json")).expect("JSON");
    assert!(summary["metrics"]["http_req_duration"]["p(95)"].is_number());
    assert!(summary["metrics"]["http_req_duration"]["p(42)"].is_null());

    space.edit("suites/http.toml", "watch = \"summary\"", "watch = \"series\"");
    let said = space.run(&["build", "http", "-n"]).expect_code(0);
    assert_eq!(
        said.stdout.matches("watched differently: summary/2 → series/2").count(),
        2,
        "{}",
        said.stdout
    );
    space.edit("suites/http.toml", "watch = \"series\"", "watch = \"summary\"\nmeasure = { skip = \"1s\" }");
    let refused = build(&space).expect_code(3);
    assert!(refused.stderr.contains("`measure` needs `watch = \"series\"`"), "{}", refused.stderr);
}

#[test]
fn iterations_that_no_virtual_user_was_free_for_make_a_run_suspect_and_enough_of_them_do_not() {
    let rate = |vus: u32| {
        format!(
            "[test.k6.scenarios.load]\nexecutor = \"constant-arrival-rate\"\nrate = 20\nduration = \"2s\"\n\
             preAllocatedVUs = {vus}\nmaxVUs = {vus}\n"
        )
    };
    let space = measuring("", "", &rate(1));
    space.edit(
        "k6_templates/get.js",
        "http.get(",
        "const until = Date.now() + 200; while (Date.now() < until) { /* busy */ } http.get(",
    );
    let few = build(&space).expect_code(0);
    assert!(
        few.stderr.contains("suspect: ")
            && few.stderr.contains("every virtual user that it may have was busy"),
        "{}",
        few.stderr
    );
    let space = measuring("", "", &rate(20));
    let enough = build(&space).expect_code(0);
    assert!(enough.stderr.contains("passed, ") && !enough.stderr.contains("suspect"), "{}", enough.stderr);
}

#[test]
fn a_secret_in_an_address_is_in_no_label_of_the_series_that_is_kept() {
    let secret = "hunter2secret";
    let space =
        measuring("", "env = { TOKEN = { from = \"OUTER\", secret = true } }", "vus = 1\niterations = 12");
    space.edit("k6_templates/get.js", "/v2')", "/v2?token=' + __ENV.TOKEN)");
    let mut command = space.command(&["build", "http"]);
    let said = crate::space::Said::of(command.env("OUTER", secret).output().expect("starts")).expect_code(0);
    assert_eq!(said.runs().len(), 1, "{}", said.stderr);
    let mut decoded = 0;
    for (path, bytes) in space.files(".howitzer").into_iter().chain(space.files("out")) {
        assert!(!String::from_utf8_lossy(&bytes).contains(secret), "{}", path.display());
        if let Ok(series) = howitzer::result::Series::decode(&bytes) {
            decoded += 1;
            let shown = format!("{series:?}");
            assert!(!shown.contains(secret) && shown.contains("token=***"), "{shown}");
        }
    }
    assert_eq!(decoded, 1, "one series is kept");
    let text = space.read("out/http/results/http.txt");
    assert!(text.contains("(within this run)"), "twelve samples tell something of the median:\n{text}");
}
