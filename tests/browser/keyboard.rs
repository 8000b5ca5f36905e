//! The report by keyboard alone.

use serde_json::Value;

use crate::report::Report;

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
fn arrow_keys_read_a_chart_by_time_and_its_table_has_the_same_numbers() {
    let mut page = Report::open(1280, "light");
    page.evaluate("table.open(data.cases.find((each) => each.id === 'windowed'))");
    page.painted();
    page.evaluate("document.querySelector('.opened .time').focus()");
    let said = "document.querySelector('#said').textContent";
    assert_eq!(page.evaluate(said), "Throughput by time: arrow keys read the points");
    page.press("Home", 36, "");
    let first = page.evaluate(said);
    page.press("ArrowRight", 39, "");
    let second = page.evaluate(said);
    assert_ne!(first, second);
    assert_eq!(page.evaluate("document.querySelector('.opened .time').matches(':focus-visible')"), true);
    page.evaluate("document.querySelector('.opened figure .as-table summary').click()");
    page.painted();
    let cells = page.evaluate(
        "[...document.querySelectorAll('.opened figure .as-table tbody tr')].slice(0, 2).map((row) => [...row.children].map((cell) => cell.textContent))",
    );
    for (place, told) in [first, second].iter().enumerate() {
        let [at, rate] = [0, 1].map(|cell| cells[place][cell].as_str().unwrap_or_default().to_owned());
        assert_eq!(told.as_str(), Some(format!("{at}s: per second {rate}").as_str()));
    }
    let rates = page
        .evaluate("data.cases.find((each) => each.id === 'windowed').trials[0].result.series.rate.length");
    assert_eq!(
        page.evaluate("document.querySelector('.opened figure .as-table tbody').children.length"),
        rates
    );
}

#[test]
fn arrow_keys_go_from_point_to_point_and_from_line_to_line() {
    let mut page = Report::open(1280, "light");
    let reachable = "document.querySelectorAll('#curves-drawn .point[tabindex=\"0\"]').length";
    assert_eq!(page.evaluate(reachable), 1, "one of all points is reached by Tab");
    page.evaluate("document.querySelector('#curves-drawn .point').focus()");
    let told = "document.activeElement.getAttribute('aria-label')";
    let mut seen = vec![page.evaluate(told)];
    for (key, code) in [("ArrowRight", 39), ("ArrowDown", 40), ("ArrowLeft", 37), ("ArrowUp", 38)] {
        page.press(key, code, "");
        let now = page.evaluate(told);
        assert_eq!(page.evaluate("document.querySelector('#tip').textContent"), now);
        seen.push(now);
    }
    assert_eq!(seen[0], seen[4], "round and back");
    seen.pop();
    let distinct: std::collections::BTreeSet<String> = seen.iter().map(Value::to_string).collect();
    assert_eq!(distinct.len(), 4, "{seen:?}");
    assert_eq!(page.evaluate(reachable), 1);
    page.evaluate("document.querySelector('#curves-drawn .as-table summary').click()");
    page.painted();
    let rows = page.evaluate("document.querySelectorAll('#curves-drawn .as-table tbody tr').length");
    assert_eq!(rows, page.evaluate("data.cases.filter((each) => curves.chosen.has(each.index)).reduce((sum, each) => sum + each.curve.length, 0)"));
}
