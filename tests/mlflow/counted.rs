//! How many requests a sending takes, against the least that MLflow's API allows.

use crate::tracking::Tracking;
use crate::workspace::Workspace;

/// A run is made, gets its numbers and its three artifacts, and ends.
pub(crate) const LEAST_A_CASE: usize = 1 + 1 + 3 + 1;

#[test]
fn a_case_takes_the_least_requests_and_a_build_a_few() {
    let server = Tracking::start();
    let space = Workspace::new(&server.url());
    let vus: Vec<String> = (1..=30).map(|vus| vus.to_string()).collect();
    let vus = vus.join(", ");
    space.write(
        "suites/s.toml",
        &format!(
            "[[test]]\nname = \"load\"\ntemplate = \"plain.js\"\nk6 = {{ duration = \"1s\" }}\n[test.matrix]\nvus = [{vus}]\n"
        ),
    );
    space.run(&["build", "s"]).expect_code(0).says("exported 30 cases");
    let requests = server.front.requests();
    // The experiment is looked for and made; the build's run is made, gets four artifacts and ends; what is below
    // it is asked for in pages.
    let pages = server.front.count("runs/search");
    assert_eq!(requests.len(), 30 * LEAST_A_CASE + 2 + 6 + pages, "{}", server.front.count("log-batch"));
    assert_eq!(pages, 15, "the fake's pages have two runs");
    let metrics = server.case("load[vus=7]").metrics.len();
    assert!(metrics >= 60, "{metrics}");
}
