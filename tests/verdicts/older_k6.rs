//! k6 0.57, which many still have, through the binary.

use serde_json::Value;

use crate::scene::{GET, Scene};

#[test]
fn series_window_definitions_and_scrapes_work_with_k6_0_57() {
    let more = "measure = { skip = \"1s\" }\nexpect = { \"fast.value\" = { above = 0.5 } }";
    let body = format!("{GET} sleep(0.02);");
    let scene = Scene::new(&body, more, "vus = 2\nduration = \"4s\"").with_manifest(
        "[scrape.server]\nmetrics = \"PAGE\"\nrequests = \"inference_requests_total\"\n[k6]\nversion = \"0.57\"\n",
    );
    let suite = scene.space.read("suites/http.toml");
    let defined = "[metric.fast]\nof = \"http_req_duration\"\nbelow = \"5s\"\n\
                   [metric.ok]\nof = \"http_reqs\"\nwhere = { status = \"2*\" }\n\
                   [metric.far]\nof = \"http_req_duration\"\npercentile = 97.5\n";
    scene.space.write("suites/http.toml", &format!("{defined}{suite}"));
    scene.build().expect_code(0);
    let results = scene.results();
    let entry = &results["cases"][0];
    assert!(entry["k6"].as_str().is_some_and(|line| line.contains("v0.57")), "{entry}");
    assert_eq!(scene.verdict(), ("passed".to_owned(), String::new()));
    let rows = results["rows"].as_array().expect("rows");
    let number = |scope: &str, metric: &str, statistic: &str| {
        let is_it =
            |row: &&Value| row["scope"] == scope && row["metric"] == metric && row["statistic"] == statistic;
        rows.iter().find(is_it).and_then(|row| row["value"].as_f64())
    };
    let whole = number("run", "http_reqs", "count").expect("requests");
    let within = number("window", "http_reqs", "count").expect("a window");
    assert!(within > 0.0 && within < whole, "{within} of {whole}");
    assert!(number("window", "http_req_duration", "p95").is_some_and(|p95| p95 > 0.0));
    assert_eq!(number("defined", "fast", "value"), Some(1.0));
    assert_eq!(number("defined", "ok", "value"), Some(1.0));
    assert!(number("defined", "far", "value").is_some_and(|far| far > 0.0));
    let server =
        "server.inference_requests_total{method=\"ServerMetadata\",outcome=\"ok\",protocol=\"http\"}";
    let of_server = number("server", server, "count").expect("a page");
    assert!(of_server > 0.0 && of_server < whole, "{of_server} of {whole}");
    assert!(!scene.text().contains("no live series"), "{}", scene.text());
}
