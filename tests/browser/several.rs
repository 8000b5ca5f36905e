//! Several suites on one page.

use serde_json::{Value, json};

use crate::report::{self, Report};

#[test]
fn several_suites_stand_on_one_page_and_a_link_shows_another_one() {
    for width in [1280, 360] {
        let mut page = Report::of_both(width);
        let rows = "[...document.querySelectorAll('.suites tbody tr')].map((each) => each.textContent)";
        let told = page.evaluate(rows);
        assert_eq!(told.as_array().map(Vec::len), Some(2), "{told}");
        assert!(
            told[1].as_str().is_some_and(|row| row.contains("✗ 7 of 8 cases hold: 1 miss a limit")),
            "{told}"
        );
        assert!(told[0].as_str().is_some_and(|row| row.contains("10 cases measured")), "{told}");
        assert_eq!(page.evaluate("document.querySelector('h1').textContent"), "Cube");
        let overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(page.evaluate(overflow), 0, "at {width}");
        page.events.clear();
        page.evaluate("document.querySelector('[data-suite=page] a').click()");
        page.loaded();
        assert_eq!(page.evaluate("document.querySelector('h1').textContent"), report::TITLE);
        assert_eq!(page.evaluate("document.querySelectorAll('tr[id^=case-]').length"), 8);
        page.evaluate("document.querySelector('.heat button').click()");
        assert_eq!(page.evaluate("document.querySelectorAll('.opened').length"), 1);
        let hash = page.evaluate("location.hash");
        assert!(hash.as_str().is_some_and(|hash| hash.starts_with("#suite=page&case=map%5B")), "{hash}");
        let failures = ["Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"];
        let wrong =
            page.events.iter().find(|event| failures.contains(&event["method"].as_str().unwrap_or_default()));
        assert_eq!(wrong, None);
    }
}

#[test]
fn what_two_suites_have_in_common_stands_side_by_side() {
    let mut page = Report::of_both(1280);
    for (figure, metric, statistic) in
        [("p95", "http_req_duration", "p95"), ("throughput", "http_reqs", "rate")]
    {
        page.evaluate(&Report::choose("#suites-figure", figure));
        let cells = page.evaluate(
            "[...document.querySelectorAll('#suites-drawn [data-case]')].map((each) => [each.dataset.case, Number(each.dataset.value)])",
        );
        let mut expected = Vec::new();
        for case in ["line[vus=1]", "line[vus=3]"] {
            for suite in page.results["suites"].as_array().expect("suites") {
                let is_it = |row: &&Value| {
                    row["case"] == case && row["metric"] == metric && row["statistic"] == statistic
                };
                let row = suite["rows"].as_array().and_then(|rows| rows.iter().find(is_it)).expect("a row");
                expected.push(json!([case, row["value"].as_f64()]));
            }
        }
        assert_eq!(cells, json!(expected), "{figure}");
    }
}
