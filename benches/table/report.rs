//! The report: how fast a suite becomes a page, against serde_json that writes the same data and thinks of nothing.

use std::hint::black_box;
use std::process::Command;

use howitzer::report::html::html;
use serde_json::Value;

use crate::Bench;
use crate::many_cases::suite;
use crate::measure::{interleaved, time_and_memory};
use crate::row::{Found, Row, shown};

const CASES: usize = 1_000;

/// A page of so many cases with runs by time, against writing its JSON.
pub(crate) fn page(bench: &Bench) -> Row {
    let suite = suite(CASES);
    let page = html(&suite).expect("a page");
    let path = bench.folder("report").join("report.html");
    std::fs::write(path, &page).expect("written");
    let data = data(&page);
    let pairs = interleaved(
        7,
        || html(black_box(&suite)).expect("a page").len(),
        || serde_json::to_vec(black_box(&data)).expect("JSON").len(),
    );
    let measured = format!(
        "{} against {} for {:.1} MB, median of {} pairs",
        shown(pairs.ours),
        shown(pairs.peer),
        page.len() as f64 / 1e6,
        pairs.count
    );
    let found =
        Found::Measured { measured, ratio: format!("{:.2}", pairs.ratio), reached: pairs.ratio < 2.0 };
    Row { what: "report.html of 1,000 cases", peer: "serde_json writing the same data", goal: "< 2", found }
}

/// The argument by which this program makes the page and nothing else.
pub(crate) const ALONE: &str = "report-alone";

/// The peak of a process that makes such a page, with the results in its memory.
pub(crate) fn memory(_: &Bench) -> Row {
    let own = std::env::current_exe().expect("this program");
    let (_, bytes) = time_and_memory(Command::new(own).arg(ALONE));
    let measured = format!("{} MB at most, once", bytes / 1_000_000);
    let ratio = format!("{:.2}", bytes as f64 / 500e6);
    let found = Found::Measured { measured, ratio, reached: bytes < 500_000_000 };
    Row { what: "memory for it, results included", peer: "500 MB", goal: "< 1", found }
}

/// Makes the page.
pub(crate) fn alone() {
    black_box(html(&suite(CASES)).expect("a page"));
}

/// What the page holds.
fn data(page: &[u8]) -> Value {
    let text = std::str::from_utf8(page).expect("is text");
    let (_, rest) = text.split_once("id=\"data\">").expect("data");
    let (data, _) = rest.split_once("</script>").expect("an end");
    serde_json::from_str(data).expect("JSON")
}
