//! Real k6 runs second by second: what becomes of rates whose counts k6 does not post.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::front::{At, Fault, Front};
use crate::tracking::{Run, Tracking};
use crate::workspace::{Said, Workspace, output};

const SCRIPT: &str = "import { check, sleep } from 'k6';
{{ k6_opts }}
export default function () {
  check(null, { 'even': () => __ITER % 2 === 0 });
  if ({{ vars.both }}) check(null, { '(third)': () => __ITER % 3 === 0 });
  sleep(0.05);
}
";

/// Steps and values of a metric, by step.
fn history(run: &Run, key: &str) -> Vec<(i64, f64)> {
    let points = run.metrics.iter().filter(|(name, ..)| name == key);
    points.map(|(_, step, _, value)| (*step, value.parse().expect("a number"))).collect()
}

fn on_real_k6(space: &Workspace, arguments: &[&str]) -> Command {
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut command = space.command(arguments);
    command.env_remove("HOWITZER_K6").env("HOWITZER_TOOLS", shared.join("tools"));
    command.env("HOWITZER_LOAD_LOCK", shared.join("load.lock"));
    command
}

#[test]
fn a_rate_without_counts_has_the_share_since_the_beginning_as_its_history() {
    let server = Tracking::start();
    let space = Workspace::new(&server.url());
    space.write("k6_templates/checks.js", SCRIPT);
    space.write(
        "suites/s.toml",
        "[[test]]\nname = \"checks\"\ntemplate = \"checks.js\"\nk6 = { vus = 1, duration = \"3s\" }\n\
         [test.matrix]\n\"vars.both\" = [false, true]\n",
    );
    let done = on_real_k6(&space, &["build", "s", "--export", "mlflow"]).output();
    Said::of(done.expect("starts")).expect_code(0);
    let results: Value = serde_json::from_slice(&output(&space, "results.json")).expect("JSON");
    let rows = results["rows"].as_array().expect("rows");
    let cases: Vec<Run> = server.runs().into_iter().filter(|run| !run.params.is_empty()).collect();
    assert_eq!(cases.len(), 2);
    for case in &cases {
        let is_one = case.params.values().any(|value| value == "false");
        let key = if is_one { "live/checks/running" } else { "live/checks check:even/running" };
        let even = history(case, key);
        assert!(even.len() > 1, "{key}: {:?}", case.metrics.iter().map(|one| &one.0).collect::<Vec<_>>());
        assert!(even.iter().all(|(_, share)| (0.4..=1.0).contains(share)), "{even:?}");
        assert!(even.windows(2).all(|pair| pair[0].0 < pair[1].0), "a step each: {even:?}");
        assert!(history(case, "live/checks/rate").is_empty(), "nobody knows the share of one second");
        if is_one {
            // The last one is the whole run's.
            let is_final = |row: &&Value| {
                row["metric"] == "checks" && row["statistic"] == "rate" && row["case"] == case.name.as_str()
            };
            let whole = rows.iter().find(is_final).and_then(|row| row["value"].as_f64()).expect("a rate");
            let (_, last) = even.last().expect("points");
            assert!((last - whole).abs() < 1e-9, "{last} and {whole}");
        } else {
            // Its name had to be mapped, and is kept.
            let named = case.tags.iter().find(|(_, was)| *was == "checks{check:(third)}");
            let mapped = named.expect("a tag").0.strip_prefix("howitzer.name.").expect("a name");
            assert!(history(case, &format!("live/{mapped}/running")).len() > 1, "{mapped}");
        }
    }
}

#[test]
fn a_signal_during_a_run_does_not_wait_for_a_prometheus_that_never_answers() {
    let front = Front::start(|_| (200, Vec::new()));
    front.fail(At("/", 0, Fault::Freeze));
    let space = Workspace::new("http://127.0.0.1:1");
    space.write("howitzer.toml", &format!("[export.prometheus]\nurl = \"http://{}\"\n", front.address));
    space.write("k6_templates/checks.js", SCRIPT);
    space.write(
        "suites/s.toml",
        "[[test]]\nname = \"checks\"\ntemplate = \"checks.js\"\nvars = { both = true }\n\
         k6 = { vus = 1, duration = \"5m\" }\n",
    );
    let mut build = on_real_k6(&space, &["build", "s", "--grace", "1s"]);
    let build = build.spawn().expect("starts");
    assert!(front.await_frozen(Duration::from_mins(2)));
    let process = rustix::process::Pid::from_child(&build);
    rustix::process::kill_process(process, rustix::process::Signal::INT).expect("it runs");
    let ended = Said::of(build.wait_with_output().expect("ends")).expect_code(130);
    // Not `no answer within 5s`.
    assert!(ended.stderr.contains(": interrupted"), "{}", ended.stderr);
}
