//! The pages as people meet them: the report, made by real k6, and the graph, opened in real Chromium (behind `real-services`).
#![cfg(feature = "real-services")]

mod chromium;
mod graph;
mod pictures;
mod report;
#[path = "../terminal/screen.rs"]
#[allow(dead_code, reason = "shared with the tests of the terminal")]
mod screen;
#[path = "../newcomer/space.rs"]
#[allow(dead_code, reason = "shared with the tests of a newcomer's workspace")]
mod space;

use chromium::Chromium;
use report::Report;
use serde_json::{Value, json};

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().filter_map(Value::as_f64).collect()
}

#[test]
fn it_asks_nobody_for_anything_and_reports_no_error() {
    for (width, colours) in [(1280, "light"), (360, "dark")] {
        let mut page = Report::open(width, colours);
        page.evaluate("document.querySelector('#cases-open').click()");
        page.painted();
        assert_eq!(page.evaluate("document.querySelectorAll('.opened').length"), 8);
        assert!(page.evaluate("document.querySelectorAll('.opened canvas').length").as_u64() > Some(20));
        for fold in ["details", "#theme"] {
            page.evaluate(&format!("document.querySelectorAll('{fold}').forEach((each) => each.click())"));
        }
        page.painted();
        let overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(page.evaluate(overflow), 0, "at {width}");
        let wrong = ["Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"];
        let own = page.url.clone();
        for event in &page.events {
            let method = event["method"].as_str().unwrap_or_default();
            assert!(!wrong.contains(&method), "{event}");
            if method == "Network.requestWillBeSent" {
                let url = event["params"]["request"]["url"].as_str().unwrap_or_default();
                assert!(url == own || url.starts_with("data:"), "{url}");
            }
        }
    }
}

#[test]
fn its_numbers_are_those_of_results_json() {
    let mut page = Report::open(1280, "light");
    page.evaluate("document.querySelector('#cases-open').click()");
    let shown = page.evaluate(
        "[...document.querySelectorAll('tr[data-case]')].flatMap((row) => \
         [...row.nextSibling.querySelectorAll('.statistic')].map(({ dataset }) => \
         [row.dataset.case, dataset.scope, dataset.metric, dataset.statistic, Number(dataset.value)]))",
    );
    let key = |row: &[&Value]| {
        row.iter().map(|cell| cell.as_str().unwrap_or_default()).collect::<Vec<_>>().join(" ")
    };
    let mut shown: Vec<(String, f64)> = shown
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| (key(&[&row[0], &row[1], &row[2], &row[3]]), row[4].as_f64().expect("a number")))
        .collect();
    let rows = page.results["rows"].as_array().expect("rows");
    let mut expected: Vec<(String, f64)> = rows
        .iter()
        .map(|row| {
            let name = key(&[&row["case"], &row["scope"], &row["metric"], &row["statistic"]]);
            (name, row["value"].as_f64().expect("a number"))
        })
        .collect();
    for list in [&mut shown, &mut expected] {
        list.sort_by(|one, other| one.partial_cmp(other).expect("no NaN"));
    }
    assert!(expected.len() > 500, "{}", expected.len());
    assert_eq!(shown, expected);
    let figures = page.evaluate(
        "[...document.querySelectorAll('tr[data-case]')].map((row) => \
         [row.dataset.case, row.querySelector('[data-figure=p95]').dataset.value, \
         row.querySelector('[data-figure=throughput]').dataset.value])",
    );
    for figure in figures.as_array().expect("rows") {
        for (at, metric, statistic) in [(1, "http_req_duration", "p95"), (2, "http_reqs", "rate")] {
            let scope = if figure[0] == "windowed" { "window" } else { "run" };
            let is_it = |row: &&Value| {
                row["case"] == figure[0]
                    && row["scope"] == scope
                    && row["metric"] == metric
                    && row["statistic"] == statistic
            };
            let row =
                page.results["rows"].as_array().and_then(|rows| rows.iter().find(is_it)).expect("a row");
            assert_eq!(figure[at].as_str(), Some(row["value"].to_string().as_str()), "{figure}");
        }
    }
}

#[test]
fn a_header_sorts_the_cases_both_ways_and_back() {
    let mut page = Report::open(1280, "light");
    let values = "[...document.querySelectorAll('tr[data-case] [data-figure=p95]')].map(({ dataset }) => Number(dataset.value))";
    let first = numbers(&page.evaluate(values));
    let click = "document.querySelector('[data-column=p95]').click()";
    page.evaluate(click);
    let mut sorted = first.clone();
    sorted.sort_by(f64::total_cmp);
    assert_eq!(numbers(&page.evaluate(values)), sorted);
    assert_eq!(page.evaluate("document.querySelector('[aria-sort=ascending]').textContent"), "p95 ▲");
    page.evaluate(click);
    sorted.reverse();
    assert_eq!(numbers(&page.evaluate(values)), sorted);
    page.evaluate(click);
    assert_eq!(numbers(&page.evaluate(values)), first);
}

#[test]
fn filters_leave_the_cases_that_match() {
    let mut page = Report::open(1280, "light");
    let rows = "document.querySelectorAll('tr[data-case]').length";
    assert_eq!(page.evaluate(rows), 8);
    let typed = |words: &str| {
        format!(
            "(() => {{ const field = document.querySelector('#cases-filter'); field.value = '{words}'; field.dispatchEvent(new Event('input')); }})()"
        )
    };
    page.evaluate(&typed("vus=2 digits-64"));
    assert_eq!(page.evaluate(rows), 1);
    assert_eq!(page.evaluate("document.querySelector('#cases-count').textContent"), "1 of 8 cases");
    page.evaluate(&typed(""));
    let choose = Report::choose("#cases-standing select, select#cases-standing", "misses");
    page.evaluate(&choose);
    assert_eq!(page.evaluate(rows), 1);
    assert_eq!(page.evaluate("document.querySelector('tr[data-case]').dataset.case"), "windowed");
    // A count of the head filters too.
    page.evaluate("[...document.querySelectorAll('.chips button')].find((each) => each.textContent.includes('hold')).click()");
    assert_eq!(page.evaluate(rows), 7);
}

#[test]
fn chosen_axes_and_figures_change_what_is_drawn() {
    let mut page = Report::open(1280, "light");
    let mut seen = Vec::new();
    let mut draw = |page: &mut Report, selector: &str, value: &str| {
        if !selector.is_empty() {
            page.evaluate(&Report::choose(selector, value));
        }
        let drawn = page.evaluate("document.querySelector('#overview-drawn').innerHTML");
        assert!(!seen.contains(&drawn), "{selector} {value} changes nothing");
        seen.push(drawn);
    };
    draw(&mut page, "", "");
    assert_eq!(page.evaluate("document.querySelectorAll('.heat button').length"), 4, "two axes: a map");
    draw(&mut page, "#overview-figure", "throughput");
    draw(&mut page, "#overview-x", "payload");
    draw(&mut page, "#overview-y", "");
    assert!(
        page.evaluate("document.querySelectorAll('#overview-drawn svg .point').length").as_u64() >= Some(8)
    );
    draw(&mut page, ".overview-held", "2");
    draw(&mut page, "#overview-test", "line");
    let before = page.evaluate("document.querySelector('#throughput-drawn').innerHTML");
    page.evaluate(&Report::choose("#throughput-test", "line"));
    assert_ne!(page.evaluate("document.querySelector('#throughput-drawn').innerHTML"), before);
    let curves = "document.querySelectorAll('#curves-drawn [data-line]').length";
    let before = page.evaluate(curves).as_u64();
    page.evaluate("document.querySelector('tr[data-case] input:not(:checked)').click()");
    assert_eq!(page.evaluate(curves).as_u64(), before.map(|count| count + 1));
}

#[test]
fn the_knee_is_where_a_request_a_second_costs_the_least_latency() {
    let mut page = Report::open(1280, "light");
    let mut knee = |points: &[(f64, f64)]| {
        let points: Vec<Value> =
            points.iter().map(|(goodput, p95)| json!({ "goodput": goodput, "p95": p95 })).collect();
        let found = page.evaluate(&format!("kneeOf({})", json!(points)));
        (found["kind"].as_str().unwrap_or_default().to_owned(), found["point"]["goodput"].as_f64())
    };
    let hockey_stick = [(100.0, 5.0), (200.0, 5.2), (400.0, 6.0), (500.0, 20.0), (510.0, 80.0)];
    assert_eq!(knee(&hockey_stick), ("at".to_owned(), Some(400.0)));
    assert_eq!(knee(&[(100.0, 5.0), (200.0, 5.0), (400.0, 5.0)]), ("beyond".to_owned(), Some(400.0)));
    assert_eq!(knee(&[(100.0, 5.0), (100.0, 10.0), (100.0, 20.0)]), ("below".to_owned(), Some(100.0)));
    assert_eq!(knee(&[(100.0, 5.0), (200.0, 5.0)]), ("unknown".to_owned(), None));
    let told = page.evaluate(
        "document.querySelector('.knees').textContent + document.querySelector('#short').textContent",
    );
    let told = told.as_str().expect("text");
    assert!(
        ["knee at vus=", "at the knee or past it: vus=", "highest load: vus="]
            .iter()
            .any(|words| told.contains(words)),
        "{told}"
    );
}

#[test]
fn a_case_opens_by_keyboard_and_its_link_opens_it_again() {
    let mut page = Report::open(1280, "light");
    page.evaluate("document.querySelector('tr[data-case] .name').focus()");
    page.press("Enter", 13, "\r");
    page.painted();
    assert_eq!(page.evaluate("document.querySelectorAll('.opened').length"), 1);
    let told = page.evaluate("document.querySelector('.opened').textContent");
    let told = told.as_str().expect("text");
    for words in
        ["Limits", "Checks", "Why it ran", "never built", "Script", "import http from", "key", "provenance"]
    {
        assert!(told.to_lowercase().contains(&words.to_lowercase()), "`{words}` is not in {told}");
    }
    page.evaluate("document.querySelector('.heat button').click()");
    let hash = page.evaluate("location.hash");
    let hash = hash.as_str().expect("a hash").to_owned();
    let mut again = Report::open_at(1280, "light", &hash);
    assert_eq!(again.evaluate("document.querySelectorAll('.opened').length"), 1, "{hash}");
}

#[test]
fn a_name_that_is_markup_is_text() {
    let mut page = Report::open(1280, "light");
    assert_eq!(page.evaluate("document.querySelector('h1').textContent"), report::TITLE);
    assert_eq!(page.evaluate("document.querySelector('h1').children.length"), 0);
    assert_eq!(page.evaluate("document.title.startsWith('Digits </script>')"), true);
    assert_eq!(page.evaluate("document.querySelectorAll('#page script').length"), 0);
    assert_eq!(page.evaluate("typeof intruder"), "undefined");
}

#[test]
fn what_is_measured_is_shaded() {
    let mut page = Report::open(1280, "light");
    page.evaluate("table.open(data.cases.find((each) => each.id === 'windowed'))");
    page.painted();
    // Just below the top of the plot, where no line is: the colours at the first and at the last second.
    let colours = page.evaluate(
        "(() => { const canvas = document.querySelector('.opened canvas'); const context = canvas.getContext('2d'); \
         const at = (share) => [...context.getImageData(76 + (canvas.width - 110) * share, 22, 1, 1).data].join(); \
         return [at(0.1), at(0.7)]; })()",
    );
    assert_ne!(colours[0], colours[1]);
}

#[test]
fn the_verdict_counts_what_there_is() {
    let mut page = Report::open(1280, "light");
    assert_eq!(
        page.evaluate("document.querySelector('#verdict').textContent"),
        "✗ 7 of 8 cases hold: 1 miss a limit"
    );
    let chips = page.evaluate("document.querySelector('.chips').textContent");
    let chips = chips.as_str().expect("text");
    for words in ["8 cases", "8 ran", "0 cached", "0 failed"] {
        assert!(chips.contains(words), "`{words}` is not in {chips}");
    }
}
