//! The report on paper, and where there is little room.

use crate::report::Report;

#[test]
fn on_paper_it_says_when_it_was_printed_and_charts_are_as_wide_as_the_page() {
    let mut page = Report::open(390, "dark");
    let is_shown = "document.querySelector('#printed').offsetHeight > 0";
    assert_eq!(page.evaluate(is_shown), false);
    page.onto_paper();
    assert_eq!(page.evaluate(is_shown), true);
    let told = page.evaluate("document.querySelector('#printed').textContent");
    assert!(told.as_str().is_some_and(|told| told.starts_with("Printed at 20")), "{told}");
    for away in ["nav", "#theme", "#cases-filter"] {
        assert_eq!(page.evaluate(&format!("document.querySelector('{away}').offsetHeight")), 0, "{away}");
    }
    let wide = "document.querySelector('#throughput-drawn .plot svg').clientWidth \
        / document.querySelector('#throughput-drawn .plot').clientWidth";
    page.width(1000);
    assert!(page.evaluate(wide).as_f64() > Some(0.99));
}

#[test]
fn a_threshold_says_what_was_reached() {
    let mut page = Report::open(1280, "light");
    page.evaluate("table.open(data.cases.find((each) => each.test === 'map'))");
    let cells = page.evaluate(
        "[...[...document.querySelectorAll('.opened tr')].find((row) => row.textContent.startsWith('threshold of k6')).children].map((cell) => cell.textContent)",
    );
    let reached = page.evaluate(
        "document.querySelector('.opened [data-metric=http_req_duration][data-scope=run][data-statistic=p95]').textContent",
    );
    assert_eq!(cells[1], "http_req_duration");
    assert_eq!(format!("p95 {}", cells[3].as_str().unwrap_or_default()), reached);
    assert_eq!(cells[4], "✓ kept");
}

#[test]
fn on_a_phone_the_sign_of_a_standing_is_in_sight_beside_the_case() {
    for (width, is_shown) in [(390, true), (1280, false)] {
        let mut page = Report::open(width, "light");
        let signs = page.evaluate(
            "[...document.querySelectorAll('tr[data-case] .on-phone')].filter((each) => each.offsetWidth > 0 \
             && each.getBoundingClientRect().right <= innerWidth).map((each) => each.textContent.trim()[0])",
        );
        let signs = signs.as_array().expect("signs");
        assert_eq!(signs.len(), if is_shown { 8 } else { 0 }, "at {width}: {signs:?}");
        assert_eq!(signs.iter().filter(|sign| *sign == "✗").count(), usize::from(is_shown));
    }
}
