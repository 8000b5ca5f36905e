//! The report of one small suite, built once by real k6, in a browser of each test's own.

use std::collections::BTreeMap;
use std::fs;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

use serde_json::Value;

use crate::Chromium;
use crate::space::Space;

pub(crate) const TITLE: &str = "Digits </script><script>intruder = 1</script><img src=x onerror=alert(1)>";

/// Two axes, one axis, and a case that is measured in part and misses its limit.
fn suite(address: &str) -> String {
    format!(
        r#"
[suite]
title = "{TITLE}"
[defaults]
target = "digits"
template = "get.js"
base_url = "{address}"
[[test]]
name = "map"
k6 = {{ duration = "1s", thresholds = {{ http_req_duration = ["p(95)<60000"] }} }}
[test.matrix]
vus = [1, 2]
payload = ["digits-1.json", "digits-64.json"]
[[test]]
name = "line"
k6 = {{ duration = "1s" }}
[test.matrix]
vus = [1, 3, 9]
[[test]]
name = "windowed"
k6 = {{ vus = 1, duration = "4s" }}
measure = {{ skip = "2s" }}
expect = {{ "http_reqs.rate" = {{ above = 1e9 }} }}
"#
    )
}

const SCRIPT: &str = "import http from 'k6/http';\nimport { check } from 'k6';\n{{ k6_opts }}\n\
    {% if payload %}const body = open('{{ payload_path }}');\n{% endif %}\
    export default function () { check(http.get('{{ base_url }}/v2'), { answered: (r) => r.status === 200 }); }\n";

/// Three axes of two values, and two cases that are called as two of the other suite.
fn cube(address: &str) -> String {
    format!(
        r#"
[suite]
title = "Cube"
[defaults]
target = "digits"
template = "get.js"
base_url = "{address}"
[[test]]
name = "cube"
k6 = {{ duration = "1s" }}
[test.matrix]
payload = ["digits-1.json", "digits-64.json"]
noConnectionReuse = [false, true]
vus = [1, 2]
[[test]]
name = "line"
k6 = {{ duration = "1s", batch = 10 }}
[test.matrix]
vus = [1, 3]
"#
    )
}

/// What was built, by names of files.
fn built() -> &'static BTreeMap<&'static str, String> {
    static BUILT: OnceLock<BTreeMap<&str, String>> = OnceLock::new();
    BUILT.get_or_init(|| {
        let space = Space::new();
        let address = format!("http://127.0.0.1:{}", space.http);
        space.write("k6_templates/get.js", SCRIPT);
        space.write("suites/page.toml", &suite(&address));
        space.write("suites/cube.toml", &cube(&address));
        space.run(&["build", "page", "cube"]).expect_code(99);
        let files = [
            "out/page/report.html",
            "out/page/results.json",
            "out/cube/report.html",
            "out/cube/results.json",
        ];
        let mut built: BTreeMap<&str, String> = files.map(|name| (name, space.read(name))).into();
        let both = ["both.html", "both.svg", "both.json"];
        let asked = both.iter().flat_map(|name| ["-o", name]);
        let typed: Vec<&str> = ["report", "page", "cube"].into_iter().chain(asked).collect();
        space.run(&typed).expect_code(0);
        built.extend(both.map(|name| (name, space.read(name))));
        built
    })
}

/// The opened report.
pub(crate) struct Report {
    chromium: Chromium,
    pub(crate) url: String,
    pub(crate) results: Value,
    _folder: tempfile::TempDir,
}

impl Report {
    pub(crate) fn open(width: u32, colours: &str) -> Self {
        Self::open_at(width, colours, "")
    }

    /// The same with the part behind `#`.
    pub(crate) fn open_at(width: u32, colours: &str, hash: &str) -> Self {
        Self::open_file(("out/page/report.html", "out/page/results.json"), width, colours, hash)
    }

    /// The suite of three axes.
    pub(crate) fn of_three_axes() -> Self {
        Self::open_file(("out/cube/report.html", "out/cube/results.json"), 1280, "light", "")
    }

    /// Both suites on one page.
    pub(crate) fn of_both(width: u32) -> Self {
        Self::open_file(("both.html", "both.json"), width, "light", "")
    }

    fn open_file((html, results): (&str, &str), width: u32, colours: &str, hash: &str) -> Self {
        let [html, results] = [html, results].map(|name| &built()[name]);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("report.html");
        fs::write(&path, html).expect("written");
        let url = format!("file://{}", path.display());
        let mut chromium = Chromium::start(width, colours);
        chromium.open(&format!("{url}{hash}"));
        let results = serde_json::from_str(results).expect("is JSON");
        Self { chromium, url, results, _folder: folder }
    }

    /// A file that was made of it.
    pub(crate) fn made(name: &str) -> &'static str {
        &built()[name]
    }

    /// Waits until what was asked for is drawn.
    pub(crate) fn painted(&mut self) {
        let frames = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0))))";
        self.evaluate(frames);
    }

    /// Chooses a value of a list as a person does.
    pub(crate) fn choose(selector: &str, value: &str) -> String {
        format!(
            "(() => {{ const list = document.querySelector('{selector}'); list.value = '{value}'; \
             list.dispatchEvent(new Event('change')); }})()"
        )
    }
}

impl Deref for Report {
    type Target = Chromium;

    fn deref(&self) -> &Chromium {
        &self.chromium
    }
}

impl DerefMut for Report {
    fn deref_mut(&mut self) -> &mut Chromium {
        &mut self.chromium
    }
}
