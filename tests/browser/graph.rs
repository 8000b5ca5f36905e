//! The page and the picture of `howitzer graph` as people meet them: in real Chromium. Nothing runs for them.

use std::fs;
use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Chromium;
use crate::space::Space;

/// A name that is markup, and one that is none.
const HOSTILE: &str = "<script>intruder = 1</script><img src=x onerror=alert(1)>";

const SUITE: &str = r#"
[suite]
title = "Graph"
[defaults]
template = "get.js"
cooldown = "1s"
[[test]]
name = "warm"
role = "warmup"
k6 = { vus = 1, duration = "2s" }
vars = { path = "w", label = "w" }
[[test]]
name = "map"
k6 = { duration = "5s" }
vars = { label = "x" }
[test.matrix]
vus = [1, 2, 4]
"vars.path" = ["one", "two"]
[[test]]
name = "names"
k6 = { vus = 1, duration = "7s" }
vars = { path = "n" }
[test.matrix]
"vars.label" = ["plain", "HOSTILE"]
"#;

const SCRIPT: &str = "import http from 'k6/http';\n{{ k6_opts }}\n// {{ vars.path }} {{ vars.label | json }}\n\
    export default function () { http.get('http://127.0.0.1:1/{{ vars.path }}'); }\n";

/// A workspace with that suite; nothing of it was built.
pub(crate) fn space() -> Space {
    let space = Space::new();
    space.write("k6_templates/get.js", SCRIPT);
    space.write("suites/drawn.toml", &SUITE.replace("HOSTILE", HOSTILE));
    space
}

/// A page of `howitzer graph`, opened.
pub(crate) struct Graph {
    chromium: Chromium,
    pub(crate) url: String,
    pub(crate) space: Space,
}

impl Graph {
    pub(crate) fn open(width: u32, colours: &str, flags: &[&str]) -> Self {
        let space = space();
        space.run(&[&["graph", "drawn", "-o", "graph.html"], flags].concat()).expect_code(0);
        let mut chromium = Chromium::start(width, colours);
        let url = format!("file://{}", space.path("graph.html").display());
        chromium.open(&url);
        let mut graph = Self { chromium, url, space };
        graph.painted();
        graph
    }

    /// Waits until what was asked for is drawn.
    pub(crate) fn painted(&mut self) {
        let frames = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0))))";
        self.evaluate(frames);
    }

    /// What the canvas shows, as bytes.
    fn pixels(&mut self) -> String {
        self.painted();
        self.evaluate("document.querySelector('#drawing').toDataURL()").as_str().expect("pixels").to_owned()
    }

    fn about(&mut self) -> String {
        self.evaluate("document.querySelector('#about').textContent").as_str().expect("text").to_owned()
    }

    /// Clicks the box that stands for a case, where it is drawn.
    fn click(&mut self, label: &str) {
        let place = format!(
            "(() => {{ const each = drawing.picture().boxes.find((one) => one.case?.id === '{label}'); \
             const {{ scale, x, y }} = drawing.view; const at = document.querySelector('#drawing').getBoundingClientRect(); \
             return [at.left + (each.x + each.w / 2) * scale + x, at.top + (each.y + each.h / 2) * scale + y]; }})()"
        );
        let place = self.evaluate(&place);
        let (x, y) = (place[0].as_f64().expect("x"), place[1].as_f64().expect("y"));
        self.chromium.click(x, y);
        self.painted();
    }

    fn search(&mut self, words: &str) {
        self.evaluate(&format!(
            "(() => {{ const field = document.querySelector('#search'); field.value = '{words}'; \
             field.dispatchEvent(new Event('input')); }})()"
        ));
    }
}

impl Deref for Graph {
    type Target = Chromium;

    fn deref(&self) -> &Chromium {
        &self.chromium
    }
}

impl DerefMut for Graph {
    fn deref_mut(&mut self) -> &mut Chromium {
        &mut self.chromium
    }
}

#[test]
fn it_asks_nobody_for_anything_and_reports_no_error() {
    for (width, colours) in [(1280, "light"), (360, "dark")] {
        let mut page = Graph::open(width, colours, &[]);
        for level in ["suite", "test", "case", "node"] {
            page.evaluate(&format!("document.querySelector('[name=level][value={level}]').click()"));
            page.evaluate("drawing.choose(drawing.picture().boxes[0], true)");
            page.painted();
        }
        page.evaluate("document.querySelectorAll('#theme, .zooming button, .chips button').forEach((each) => each.click())");
        page.painted();
        let overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(page.evaluate(overflow), 0, "at {width}");
        let wrong = ["Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"];
        for event in &page.events {
            let method = event["method"].as_str().unwrap_or_default();
            assert!(!wrong.contains(&method), "{event}");
            if method == "Network.requestWillBeSent" {
                let url = event["params"]["request"]["url"].as_str().unwrap_or_default();
                assert!(url == page.url || url.starts_with("data:"), "{url}");
            }
        }
    }
}

#[test]
fn a_click_tells_reason_key_outputs_and_duration() {
    let mut page = Graph::open(1280, "light", &[]);
    assert!(page.about().contains("Nothing is chosen"));
    page.click("map[vus=2,path=one]");
    let told = page.about();
    let json =
        page.space.run(&["graph", "drawn", "--format", "json", "--level", "node"]).expect_code(0).stdout;
    let graph: Value = serde_json::from_str(&json).expect("JSON");
    let nodes = graph["nodes"].as_array().expect("nodes");
    let run = nodes.iter().find(|node| node["id"] == "run map[vus=2,path=one]").expect("the run");
    let key = run["key"].as_str().expect("a key");
    for words in [
        "map[vus=2,path=one]",
        "never built",
        key,
        "out/drawn/results/map[vus=2,path=one].txt",
        "5s, as configured",
    ] {
        assert!(told.contains(words), "`{words}` is not in {told}");
    }
}

#[test]
fn a_search_finds_dims_the_rest_and_goes_to_what_it_found() {
    let mut page = Graph::open(1280, "light", &[]);
    let before = page.pixels();
    page.search("map path=two");
    page.search("map two");
    assert_eq!(page.evaluate("document.querySelector('#found').textContent"), "3 of 10 found");
    assert_ne!(page.pixels(), before);
    page.evaluate("document.querySelector('#search').focus()");
    page.press("Enter", 13, "\r");
    assert!(page.about().contains("map[vus=1,path=two]"), "{}", page.about());
    page.search("nothing like it");
    assert_eq!(page.evaluate("document.querySelector('#found').textContent"), "0 of 10 found");
}

#[test]
fn each_level_draws_something_else() {
    let mut page = Graph::open(1280, "light", &[]);
    let mut seen = Vec::new();
    for (level, boxes) in [("suite", 1), ("test", 4), ("case", 10), ("node", 26)] {
        page.evaluate(&format!("document.querySelector('[name=level][value={level}]').click()"));
        assert_eq!(page.evaluate("drawing.picture().boxes.length"), boxes, "{level}");
        let pixels = page.pixels();
        assert!(!seen.contains(&pixels), "{level}");
        seen.push(pixels);
    }
}

#[test]
fn wheel_and_keys_zoom_and_arrows_go_from_box_to_box() {
    let mut page = Graph::open(1280, "light", &[]);
    let before = page.pixels();
    let scale = page.evaluate("drawing.view.scale").as_f64().expect("a scale");
    page.evaluate("document.querySelector('#drawing').dispatchEvent(new WheelEvent('wheel', { deltaY: -100, clientX: 300, clientY: 400, cancelable: true }))");
    assert!(page.evaluate("drawing.view.scale").as_f64().expect("a scale") > scale);
    assert_ne!(page.pixels(), before);
    page.evaluate("document.querySelector('#drawing').focus()");
    page.press("0", 48, "0");
    assert_eq!(page.pixels(), before);
    page.press("+", 187, "+");
    assert_ne!(page.pixels(), before);
    page.press("ArrowRight", 39, "");
    let first = page.evaluate("document.querySelector('#spoken').textContent");
    page.press("ArrowRight", 39, "");
    let second = page.evaluate("document.querySelector('#spoken').textContent");
    assert!(
        first != second && second.as_str().is_some_and(|words| words.starts_with("case ")),
        "{first} {second}"
    );
    page.press("Enter", 13, "\r");
    assert_eq!(page.evaluate("document.activeElement.id"), "about");
}

#[test]
fn a_name_that_is_markup_is_text() {
    let mut page = Graph::open(1280, "light", &[]);
    page.search("intruder");
    page.evaluate("document.querySelector('#search').focus()");
    page.press("Enter", 13, "\r");
    assert!(page.about().contains("<script>intruder"), "{}", page.about());
    assert_eq!(page.evaluate("document.querySelectorAll('#page script, #page img').length"), 0);
    assert_eq!(page.evaluate("typeof intruder"), "undefined");
}

#[test]
fn what_would_run_stands_in_order_with_the_time_at_which_it_begins() {
    let mut page = Graph::open(1280, "light", &["--stale"]);
    let rows = page.evaluate("[...document.querySelectorAll('#timeline tbody tr')].map((row) => [row.dataset.label, row.cells[0].textContent])");
    // The warm-up takes 2 s, a run 5 s, the pause between two of them 1 s.
    let expected = [("warm", "0s"), ("map[vus=1,path=one]", "3s"), ("map[vus=1,path=two]", "9s")];
    for (row, (label, begins)) in rows.as_array().expect("rows").iter().zip(expected) {
        assert_eq!((row[0].as_str(), row[1].as_str()), (Some(label), Some(begins)));
    }
    assert_eq!(rows.as_array().map(Vec::len), Some(9));
    assert_eq!(
        page.evaluate("drawing.picture().boxes.filter((each) => each.state === model.FRESH).length"),
        0
    );
    page.evaluate("document.querySelector('#timeline tbody tr:nth-child(3) button').click()");
    assert!(page.about().contains("as number 3 of 9"), "{}", page.about());
}

#[test]
fn the_picture_is_drawn_by_chromium_with_all_its_boxes() {
    let space = space();
    space.run(&["graph", "drawn", "-o", "graph.svg"]).expect_code(0);
    let mut chromium = Chromium::start(1280, "dark");
    chromium.open(&format!("file://{}", space.path("graph.svg").display()));
    let boxes =
        "[...document.querySelectorAll('[data-id]')].filter((each) => each.getBBox().width > 100).length";
    assert_eq!(chromium.evaluate(boxes), 10);
    let wide = "[...document.querySelectorAll('.node')].filter((each) => [...each.querySelectorAll('text')].some((words) => \
        words.getBBox().x + words.getBBox().width > each.querySelector('path').getBBox().x + each.querySelector('path').getBBox().width)).length";
    assert_eq!(chromium.evaluate(wide), 0, "words leave their box");
    assert_eq!(chromium.evaluate("typeof intruder"), "undefined");
}

/// Ten thousand cases against a page that holds the same JSON and does nothing but read it: what laying out and drawing
/// costs beside that is printed, and must be no more than a few times what any such page takes.
#[test]
#[allow(clippy::print_stdout, reason = "it is a measurement too")]
fn ten_thousand_cases_open_like_a_page_that_only_reads_them() {
    let space = space();
    let sweep = "[defaults]\ntemplate = \"get.js\"\nvars = { label = \"x\" }\n[[test]]\nname = \"big\"\nk6 = { duration = \"30s\" }\nmax_cases = 20000\n\
        [test.matrix]\nvus = { from = 1, to = 100, step = 1 }\n\"vars.path\" = { from = 1, to = 100, step = 1 }\n";
    space.write("suites/big.toml", sweep);
    space.run(&["graph", "big", "-o", "graph.html"]).expect_code(0);
    let page = space.read("graph.html");
    let (head, rest) = page.split_once("<div id=\"page\">").expect("the page");
    let (json, _) = rest.split_once("</script>").expect("its data");
    let floor = format!(
        "{head}<div id=\"page\">{json}</script><script>const read = JSON.parse(document.getElementById('data').textContent); \
         document.documentElement.dataset.ready = 'true';</script></body></html>"
    );
    fs::write(space.path("floor.html"), floor).expect("written");
    let opened = |name: &str| {
        let mut chromium = Chromium::start(1280, "light");
        let began = Instant::now();
        chromium.open(&format!("file://{}", space.path(name).display()));
        let frames = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0))))";
        chromium.evaluate(frames);
        assert_eq!(chromium.evaluate("document.documentElement.dataset.ready"), "true");
        (began.elapsed(), chromium)
    };
    let (floor, _) = opened("floor.html");
    let (whole, mut chromium) = opened("graph.html");
    println!(
        "10,000 cases: {whole:.2?} to open and draw, {floor:.2?} to read the same JSON, {} bytes",
        page.len()
    );
    assert_eq!(chromium.evaluate("drawing.picture().boxes.length"), 10_001);
    assert!(whole < floor * 20 + Duration::from_secs(5), "{whole:?} against {floor:?}");
}
