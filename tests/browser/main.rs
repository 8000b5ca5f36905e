//! The pages as people meet them: the report, made by real k6, and the graph, opened in real Chromium (behind `real-services`).
#![cfg(feature = "real-services")]

mod chromium;
mod graph;
mod keyboard;
#[path = "../../benches/table/many_cases.rs"]
mod many_cases;
mod paper;
mod pictures;
mod report;
mod several;
#[path = "../terminal/screen.rs"]
#[allow(dead_code, reason = "shared with the tests of the terminal")]
mod screen;
mod speed;
#[path = "../newcomer/space.rs"]
#[allow(dead_code, reason = "shared with the tests of a newcomer's workspace")]
mod space;

use chromium::Chromium;
use report::Report;
use serde_json::Value;

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
fn the_knee_that_is_drawn_is_the_one_in_the_data() {
    let mut page = Report::open(1280, "light");
    let told = page.evaluate("document.querySelector('.knees').textContent");
    let line = page.evaluate("data.tests.find((each) => each.name === 'map').sequences[0][0]");
    let words = match line["knee"].as_str().expect("a word") {
        "at" => "knee at vus=",
        "below" => "at the knee or past it: vus=",
        "beyond" => "highest load: vus=",
        _ => "it takes three measured loads",
    };
    assert!(told.as_str().expect("text").contains(words), "{line}: {told}");
    assert_eq!(line["knee"], "unknown", "two loads tell of no knee");
    // Where there is one it is ringed: a line whose second load has the most power.
    page.evaluate(
        "(() => { const line = data.tests.find((each) => each.name === 'line').sequences[0][0]; \
         Object.assign(line, { knee: 'at', at: line.cases[1] }); })()",
    );
    page.evaluate(&Report::choose("#throughput-test", "line"));
    let ringed = "[...document.querySelectorAll('#throughput-drawn .point')].filter((each) => each.querySelector('.ring')).map((each) => each.getAttribute('aria-label'))";
    let ringed = page.evaluate(ringed);
    assert_eq!(ringed.as_array().map(Vec::len), Some(1), "{ringed}");
    assert!(ringed[0].as_str().is_some_and(|told| told.starts_with("knee: vus=3: ")), "{ringed}");
    assert_eq!(page.evaluate("document.querySelectorAll('#throughput-drawn .note').length"), 1);
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

/// Case and value of what a map shows.
fn fields(page: &mut Report) -> Vec<(String, f64)> {
    let shown = page.evaluate(
        "[...document.querySelectorAll('.heat button')].map((each) => [each.title.split(':')[0], Number(each.dataset.value)])",
    );
    let shown = shown.as_array().expect("fields").iter();
    shown
        .map(|field| (field[0].as_str().expect("a name").to_owned(), field[1].as_f64().expect("a number")))
        .collect()
}

#[test]
fn of_three_axes_any_two_are_chosen_and_the_third_filters() {
    let mut page = Report::of_three_axes();
    let p95 = |page: &Report, case: &str| {
        let is_it = |row: &&Value| {
            row["case"] == format!("cube[{case}]")
                && row["metric"] == "http_req_duration"
                && row["statistic"] == "p95"
                && row["scope"] == "run"
        };
        let row = page.results["rows"].as_array().and_then(|rows| rows.iter().find(is_it)).expect("a row");
        row["value"].as_f64().expect("a number")
    };
    let axes = ["payload", "noConnectionReuse", "vus"];
    let mut seen = Vec::new();
    for (x, y, held) in [(0, 1, 2), (0, 2, 1), (1, 2, 0), (2, 0, 1)] {
        page.evaluate(&Report::choose("#overview-x", axes[x]));
        page.evaluate(&Report::choose("#overview-y", axes[y]));
        assert_eq!(page.evaluate("document.querySelectorAll('.overview-held').length"), 1);
        let values = page
            .evaluate("[...document.querySelectorAll('.overview-held option')].map((each) => each.value)");
        for value in values.as_array().expect("values") {
            let value = value.as_str().expect("text");
            page.evaluate(&Report::choose(".overview-held", value));
            let fields = fields(&mut page);
            assert_eq!(fields.len(), 4, "{x} {y}");
            for (case, shown) in &fields {
                assert!(case.contains(&format!("{}={value}", axes[held])), "{case} {held} {value}");
                assert!(p95(&page, case).total_cmp(shown).is_eq(), "{case}: {shown}");
            }
            let heads = page.evaluate("document.querySelector('.heat').textContent").to_string();
            assert!(!seen.contains(&heads), "{x} {y} {value} changes nothing");
            seen.push(heads);
        }
    }
    page.evaluate(&Report::choose("#overview-y", ""));
    assert_eq!(page.evaluate("document.querySelectorAll('.overview-held').length"), 2, "lines hold two");
    assert!(
        page.evaluate("document.querySelectorAll('#overview-drawn svg .point').length").as_u64() >= Some(6)
    );
}

#[test]
fn the_picture_opens_by_itself_and_says_what_the_page_says() {
    let picture = Report::made("both.svg");
    let document = roxmltree::Document::parse(picture).expect("well-formed");
    let words: Vec<&str> = document
        .descendants()
        .filter(|node| node.has_tag_name("text"))
        .filter_map(|node| node.text())
        .collect();
    for expected in [
        report::TITLE,
        "Cube",
        "p95 by vus and payload",
        "Latency by vus",
        "p95 against throughput, along vus",
    ] {
        assert!(words.iter().any(|found| found.starts_with(expected)), "`{expected}` is not in {words:?}");
    }
    assert!(words.iter().any(|words| words.contains("✓ 7 hold, ✗ 1 miss a limit")), "{words:?}");
    let mut page = Report::open(1280, "light");
    let knees = page.evaluate("[...document.querySelectorAll('.knees li')].map((each) => each.textContent)");
    for knee in knees.as_array().expect("lines") {
        assert!(words.contains(&knee.as_str().expect("text")), "{knee} is not in {words:?}");
    }
}

#[test]
fn the_place_of_a_comparison_says_that_there_is_no_baseline() {
    let mut page = Report::open(1280, "light");
    let told = page.evaluate("document.querySelector('#comparison').textContent");
    assert!(told.as_str().is_some_and(|told| told.contains("No baseline is set.")), "{told}");
    assert_eq!(page.evaluate("document.querySelectorAll('#comparison table, #comparison svg').length"), 0);
}
