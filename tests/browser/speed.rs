//! How long the page of a thousand cases takes to open, against a page that reads the same data and draws nothing.

use std::fs;
use std::path::Path;

use howitzer::report::html::html;

use crate::chromium::Chromium;
use crate::many_cases::suite;

/// What drawing may cost, as a multiple of reading. Both hang on the same machine at the same time.
const MOST: f64 = 20.0;

/// From the begin of navigation to the mark, in milliseconds.
fn opened(folder: &Path, name: &str, page: &str) -> f64 {
    let path = folder.join(name);
    fs::write(&path, page).expect("written");
    let mut chromium = Chromium::start(1280, "light");
    chromium.open(&format!("file://{}", path.display()));
    let mark = chromium.evaluate("performance.getEntriesByName('ready')[0].startTime");
    let cases = chromium.evaluate("document.querySelectorAll('tr[data-case]').length");
    assert_eq!(cases.as_u64().is_some_and(|count| count > 0), name == "report.html");
    mark.as_f64().expect("a time")
}

#[test]
#[expect(clippy::print_stderr, reason = "`--nocapture` shows how long it took")]
fn a_thousand_cases_open_in_a_small_multiple_of_reading_their_data() {
    let page = String::from_utf8(html(&suite(1_000)).expect("a page")).expect("text");
    let data =
        page.split("id=\"data\">").nth(1).and_then(|rest| rest.split("</script>").next()).expect("data");
    let floor = format!(
        "<!doctype html><meta charset=\"utf-8\"><script type=\"application/json\" id=\"data\">{data}</script>\
         <script>const data = JSON.parse(document.getElementById('data').textContent); \
         document.title = data.cases.length; performance.mark('ready');</script>"
    );
    let folder = tempfile::tempdir().expect("a folder");
    let mut ratios: Vec<(f64, f64, f64)> = (0..3)
        .map(|_| {
            let least = opened(folder.path(), "floor.html", &floor);
            let ours = opened(folder.path(), "report.html", &page);
            (ours / least, ours, least)
        })
        .collect();
    ratios.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (ratio, ours, least) = ratios[1];
    eprintln!(
        "{:.1} MB: ready after {ours:.0} ms, {ratio:.1} times as long as reading the data alone ({least:.0} ms)",
        page.len() as f64 / 1e6
    );
    assert!(ratio < MOST, "{ratio}: {ours} ms against {least} ms");
}
