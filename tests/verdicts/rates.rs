//! How often each rule fires on healthy runs: the cases of the example suite, again and again. Ignored, because it takes
//! minutes and judges nothing: `cargo test --test verdicts -- --ignored --nocapture how_often`. `ROUNDS` (7) and `SECONDS`
//! (12, a run) change its length. What it prints stands in docs/measurement.md.

use std::path::Path;

use serde_json::Value;

use crate::space::Space;

/// A rule, and what its doubt, note or verdict says.
const RULES: [(&str, &str); 13] = [
    ("iterations dropped", " dropped"),
    ("virtual users lacking", "every virtual user"),
    ("arrival rate not reached", "arrival rate not reached"),
    ("k6 was starved", "k6 was starved"),
    ("other programs", "other programs used"),
    ("the clock was set", "the clock was set"),
    ("too few samples", "samples are too few"),
    ("somebody else's requests", "somebody else loaded"),
    ("series and summary disagree", "series and summary disagree"),
    ("drift within the window", " within the window: "),
    ("exceptions", "threw an exception"),
    ("invalid", "verdict invalid"),
    ("aborted", "verdict aborted"),
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

/// What one run was doubted for.
struct Run {
    name: String,
    told: Vec<String>,
}

impl Run {
    fn is_told(&self, words: &str) -> bool {
        self.told.iter().any(|line| line.contains(words))
    }
}

/// One build of everything.
fn build_again(space: &Space, round: u32) -> Vec<Run> {
    let built = space.run(&["build", "inference", "--force"]);
    assert!(matches!(built.code, Some(0 | 99)), "{}", built.stderr);
    let results: Value = serde_json::from_str(&space.read("out/inference/results.json")).expect("JSON");
    let run = |entry: &Value| {
        let case = entry["case"].as_str().expect("a name");
        let doubts = entry["doubts"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let text = space.read(&format!("out/inference/results/{case}.txt"));
        let drifts = text.lines().filter(|line| line.contains(RULES[9].1)).map(str::trim);
        let verdict = format!("verdict {}", entry["verdict"].as_str().unwrap_or_default());
        let told = doubts.chain(drifts).chain([verdict.as_str()]).map(str::to_owned).collect();
        Run { name: format!("round {round} {case}"), told }
    };
    results["cases"].as_array().expect("cases").iter().map(run).collect()
}

#[test]
#[ignore = "takes minutes and judges nothing"]
#[allow(clippy::print_stdout, reason = "the table is what it is for")]
fn how_often_each_rule_fires_on_the_example_suite() {
    let (rounds, seconds) = (number("ROUNDS", 7), number("SECONDS", 12));
    let space = example(seconds);
    let runs: Vec<Run> = (1..=rounds).flat_map(|round| build_again(&space, round)).collect();
    for run in &runs {
        let told = run.told.iter().filter(|line| *line != "verdict passed");
        told.for_each(|line| println!("{}: {line}", run.name));
    }
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("{} runs of {seconds} s; load of the host at the end: {}", runs.len(), load.trim());
    // Runs beside which others were busy are not healthy ones: what fires there may be right.
    let quiet: Vec<&Run> = runs.iter().filter(|run| !run.is_told("other programs used")).collect();
    println!("{:30}{:>10}{:>22}", "", "all runs", "while others were few");
    for (rule, words) in RULES {
        let fired = |all: usize, count: usize| format!("{count} of {all}");
        let all = fired(runs.len(), runs.iter().filter(|run| run.is_told(words)).count());
        let few = fired(quiet.len(), quiet.iter().filter(|run| run.is_told(words)).count());
        println!("{rule:30}{all:>10}{few:>22}");
    }
}
