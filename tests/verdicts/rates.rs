//! How often each rule fires on healthy runs: the cases of the example suite, again and again. Ignored, because it takes
//! minutes and judges nothing: `cargo test --test verdicts -- --ignored --nocapture how_often`. `ROUNDS` (7) and `SECONDS`
//! (12, a run) change its length. What it prints stands in docs/measurement.md.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::space::Space;

/// A rule, and what its doubt or note says.
const RULES: [(&str, &str); 10] = [
    ("iterations dropped", "iterations dropped"),
    ("virtual users lacking", "every virtual user"),
    ("arrival rate not reached", "arrival rate not reached"),
    ("k6 was starved", "k6 was starved"),
    ("other programs", "other programs used"),
    ("the clock was set", "the clock was set"),
    ("too few samples", "samples are too few"),
    ("somebody else's requests", "somebody else loaded"),
    ("series and summary disagree", "series and summary disagree"),
    ("drift within the window", " within the window: "),
];

/// The example suite as it is, for so many seconds a run, with a window and a counter of requests.
fn example(seconds: u32) -> Space {
    let space = Space::new();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: &str| std::fs::read_to_string(repository.join(file)).expect("the repository's file");
    space.write("k6_templates/http/infer.js", &read("k6_templates/http/infer.js"));
    let suite = read("suites/inference.toml")
        .replace("127.0.0.1:8008", &format!("127.0.0.1:{}", space.http))
        .replace("duration = \"5s\"", &format!("duration = \"{seconds}s\""))
        .replace("duration = \"8s\"", &format!("duration = \"{seconds}s\""))
        .replace("[defaults]", "[defaults]\nmeasure = { skip = \"1s\" }");
    space.write("suites/inference.toml", &suite);
    let manifest = space.read("howitzer.toml").replace("shared = true", "shared = false");
    let page = format!("http://127.0.0.1:{}/metrics", space.http);
    let scrape = format!("[scrape.server]\nmetrics = \"{page}\"\nrequests = \"inference_requests_total\"\n");
    space.write("howitzer.toml", &format!("{manifest}\n{scrape}"));
    space
}

fn number(name: &str, default: u32) -> u32 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
#[ignore = "takes minutes and judges nothing"]
#[allow(clippy::print_stdout, reason = "the table is what it is for")]
fn how_often_each_rule_fires_on_the_example_suite() {
    let (rounds, seconds) = (number("ROUNDS", 7), number("SECONDS", 12));
    let space = example(seconds);
    let mut fired: BTreeMap<&str, u32> = BTreeMap::new();
    let (mut runs, mut said) = (0_u32, Vec::new());
    for round in 1..=rounds {
        let built = space.run(&["build", "inference", "--force"]);
        assert!(matches!(built.code, Some(0 | 99)), "{}", built.stderr);
        let results: Value = serde_json::from_str(&space.read("out/inference/results.json")).expect("JSON");
        for entry in results["cases"].as_array().expect("cases") {
            runs += 1;
            let case = entry["case"].as_str().unwrap_or_default();
            let told = entry["doubts"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let mut told: Vec<String> = told.map(str::to_owned).collect();
            let text = space.read(&format!("out/inference/results/{case}.txt"));
            told.extend(text.lines().filter(|line| line.contains(RULES[9].1)).map(str::to_owned));
            for (rule, words) in RULES {
                *fired.entry(rule).or_default() += u32::from(told.iter().any(|line| line.contains(words)));
            }
            said.extend(told.into_iter().map(|line| format!("round {round} {case}: {line}")));
        }
    }
    println!("{}", said.join("\n"));
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("{runs} runs of {seconds} s; load of the host at the end: {}", load.trim());
    for (rule, _) in RULES {
        println!("{rule:30}{:>4} of {runs}", fired[rule]);
    }
}
