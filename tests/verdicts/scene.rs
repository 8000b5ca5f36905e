//! A workspace with one test against the example target, and what its build says.

use serde_json::Value;

use crate::space::{Said, Space};

/// What a script requests: the cheapest of the target.
pub(crate) const GET: &str = "http.get('{{ base_url }}/v2');";

/// One test, `http`, of one case.
pub(crate) struct Scene {
    pub(crate) space: Space,
}

impl Scene {
    /// Its iteration does `body`; `more` stands in the test, `options` are those of k6.
    pub(crate) fn new(body: &str, more: &str, options: &str) -> Self {
        let space = Space::new();
        let script = format!(
            "import http from 'k6/http';\nimport {{ check, sleep }} from 'k6';\n\
             import {{ Counter, Gauge, Rate, Trend }} from 'k6/metrics';\n{{{{ k6_opts }}}}\n\
             export default function () {{ {body} }}\n"
        );
        space.write("k6_templates/test.js", &script);
        let address = format!("http://127.0.0.1:{}", space.http);
        space.write(
            "suites/http.toml",
            &format!(
                "[[test]]\nname = \"http\"\ntarget = \"digits\"\ntemplate = \"test.js\"\n\
                 base_url = \"{address}\"\n{more}\n[test.k6]\n{options}\n"
            ),
        );
        Self { space }
    }

    /// More lines of the manifest; `PAGE` is the address of the target's metrics.
    pub(crate) fn with_manifest(self, lines: &str) -> Self {
        let page = format!("http://127.0.0.1:{}/metrics", self.space.http);
        let manifest = self.space.read("howitzer.toml");
        self.space.write("howitzer.toml", &format!("{manifest}\n{}\n", lines.replace("PAGE", &page)));
        self
    }

    pub(crate) fn build(&self) -> Said {
        self.space.run(&["build", "http"])
    }

    /// What `results.json` says.
    pub(crate) fn results(&self) -> Value {
        serde_json::from_str(&self.space.read("out/http/results.json")).expect("JSON")
    }

    /// The verdict of the first trial, and every doubt.
    pub(crate) fn verdict(&self) -> (String, String) {
        let results = self.results();
        let entry = &results["cases"][0];
        let doubts = entry["doubts"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let verdict = entry["verdict"].as_str().unwrap_or_default().to_owned();
        (verdict, doubts.collect::<Vec<_>>().join("; "))
    }

    /// What people read of the first trial.
    pub(crate) fn text(&self) -> String {
        self.space.read("out/http/results/http.txt")
    }

    /// A number of the whole run.
    pub(crate) fn number(&self, metric: &str, statistic: &str) -> f64 {
        let results = self.results();
        let is_it =
            |row: &&Value| row["scope"] == "run" && row["metric"] == metric && row["statistic"] == statistic;
        let row = results["rows"].as_array().into_iter().flatten().find(is_it);
        row.and_then(|row| row["value"].as_f64()).unwrap_or_else(|| panic!("no {metric}.{statistic}"))
    }
}

/// A constant arrival rate.
pub(crate) fn rate(rate: u32, seconds: u32, vus: u32) -> String {
    format!(
        "[test.k6.scenarios.load]\nexecutor = \"constant-arrival-rate\"\nrate = {rate}\n\
         duration = \"{seconds}s\"\npreAllocatedVUs = {vus}\nmaxVUs = {vus}\n"
    )
}
