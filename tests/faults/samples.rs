//! What a k6 that writes its samples may do wrong: cut and garbled lines, a death in the middle, a pipe left open.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::fake::{build, build_in_time, faulty};
use crate::space::Space;

/// Two iterations, as k6 says them.
const SAMPLES: &str = r#"
point() { echo '{"metric":"'$1'","type":"Point","data":{"time":"'$(date -u +%Y-%m-%dT%H:%M:%S.%NZ)'","value":'$2',"tags":{"scenario":"default"}}}' >&3; }
echo '{"type":"Metric","data":{"name":"iterations","type":"counter","contains":"default"},"metric":"iterations"}' >&3
echo '{"type":"Metric","data":{"name":"odd.name é","type":"trend","contains":"default"},"metric":"odd.name é"}' >&3
point iterations 1
point 'odd.name é' -1.5
"#;

const SUMMARY_OF_TWO: &str = "echo '{\"metrics\":{\"iterations\":{\"count\":2,\"rate\":1}}}' > $SUMMARY\n";

fn sampled(script: &str) -> Space {
    let space = faulty(&format!("{SAMPLES}{script}"));
    space.edit(
        "suites/digits.toml",
        "name = \"plain\"",
        "name = \"plain\"\nwatch = \"samples\"\nkeep_samples = true",
    );
    space
}

fn trial(space: &Space) -> Value {
    let results: Value = serde_json::from_str(&space.read("out/digits/results.json")).expect("JSON");
    results["cases"][0].clone()
}

#[test]
fn a_stream_that_is_sound_gives_no_reason_to_doubt() {
    let space = sampled(&format!("point iterations 1\n{SUMMARY_OF_TWO}"));
    build(&space).expect_code(0);
    let trial = trial(&space);
    assert_eq!(
        (&trial["verdict"], &trial["doubts"]),
        (&"passed".into(), &Value::Array(Vec::new())),
        "{trial}"
    );
    assert!(space.path("out/digits/samples/plain.ndjson.gz").is_file());
}

#[test]
fn a_line_of_garbage_and_a_cut_one_make_a_run_suspect_and_are_told() {
    let cut = "printf '{\"metric\":\"iterations\",\"type\":\"Poi' >&3\n";
    let space = sampled(&format!("echo '<html>' >&3\npoint iterations 1\n{cut}{SUMMARY_OF_TWO}"));
    let said = build(&space);
    let trial = trial(&space);
    assert_eq!(trial["verdict"], "suspect", "{trial}\n{}", said.stderr);
    let all = trial.to_string();
    for part in
        ["2 lines of samples could not be read", "1 lines could not be read (the first: ", "1 lines were cut"]
    {
        assert!(all.contains(part), "`{part}` is missing in {all}");
    }
}

#[test]
fn a_sample_that_did_not_come_is_a_difference_to_the_summary() {
    let space = sampled(SUMMARY_OF_TWO);
    build(&space);
    let trial = trial(&space).to_string();
    assert!(trial.contains("series and summary disagree: iterations.count is 1 and 2"), "{trial}");
}

#[test]
fn values_that_are_no_numbers_are_counted_and_those_of_undescribed_metrics_too() {
    let space = sampled(&format!(
        "point iterations 1\npoint 'odd.name é' +Inf\npoint 'odd.name é' NaN\npoint unheard 1\n{SUMMARY_OF_TWO}"
    ));
    let said = build(&space);
    for part in [
        "2 values were no finite numbers",
        "1 samples are missing from the series",
        "histogram for odd.name é",
    ] {
        assert!(said.stderr.contains(part), "`{part}` is missing in:\n{}", said.stderr);
    }
}

#[test]
fn a_k6_that_is_killed_in_the_middle_of_a_line_is_a_failed_run_that_ends_at_once() {
    let space = sampled("printf '{\"metric\":\"iter' >&3\nkill -9 $$\n");
    let begun = Instant::now();
    let said = build_in_time(&space).expect_code(100);
    assert!(said.stderr.contains("signal 9"), "{}", said.stderr);
    assert!(begun.elapsed() < Duration::from_secs(40), "{:?}", begun.elapsed());
    assert!(trial(&space).to_string().contains("1 lines were cut"), "{}", trial(&space));
}

#[test]
fn far_more_than_a_pipe_holds_is_drained_although_it_is_rubbish() {
    let rubbish = "head -c 8000000 /dev/zero | tr '\\0' 'x' >&3\necho >&3\n";
    let space = sampled(&format!("{rubbish}point iterations 1\n{SUMMARY_OF_TWO}"));
    build_in_time(&space);
    let trial = trial(&space).to_string();
    assert!(trial.contains("a line of more than 1048576 bytes") && !trial.contains("disagree"), "{trial}");
}

#[test]
fn a_process_that_keeps_the_pipe_open_holds_up_nothing() {
    let note = Space::new();
    let file = note.path("sleeper").display().to_string();
    let sleep = format!(
        "setsid bash -c 'echo $$ > {file}.new; mv {file}.new {file}; exec sleep 300' >/dev/null 2>&1 &"
    );
    let leave = format!("{sleep}\nuntil [ -e {file} ]; do sleep 0.01; done\n");
    let space = sampled(&format!("point iterations 1\n{leave}{SUMMARY_OF_TWO}"));
    let said = build_in_time(&space);
    let sleeper = note.read("sleeper").trim().parse().ok().and_then(Pid::from_raw).expect("a process");
    kill_process(sleeper, Signal::KILL).expect("it is still there");
    assert!(said.stderr.contains("somebody still has the pipe of k6's samples open"), "{}", said.stderr);
    assert!(!trial(&space).to_string().contains("disagree"), "{}", trial(&space));
}

#[test]
fn any_percentile_of_a_window_can_be_expected_and_another_one_runs_nothing() {
    let describe = r#"echo '{"type":"Metric","data":{"name":"http_req_duration","type":"trend","contains":"time"},"metric":"http_req_duration"}' >&3"#;
    let trend = r#""http_req_duration":{"avg":5,"min":5,"med":5,"max":5,"p(90)":5,"p(95)":5}"#;
    let summary =
        format!("echo '{{\"metrics\":{{\"iterations\":{{\"count\":2,\"rate\":1}},{trend}}}}}' > $SUMMARY\n");
    let points = "point http_req_duration 5\npoint iterations 1\npoint http_req_duration 5\n";
    let space = sampled(&format!("{describe}\n{points}{summary}"));
    let expect = |statistic: &str| {
        format!(
            "measure = {{ until = \"10s\" }}\nexpect = {{ \"http_req_duration.{statistic}\" = {{ below = 9 }} }}\n"
        )
    };
    space.edit("suites/digits.toml", "watch = ", &format!("{}watch = ", expect("p99.95")));
    build(&space).expect_code(0);
    assert_eq!(trial(&space)["expectations"][0]["value"], 5.0, "{}", trial(&space));
    space.edit("suites/digits.toml", "p99.95", "p12.5");
    let said = build(&space).expect_code(0);
    assert!(said.stderr.contains("0 ran, 1 cached"), "{}", said.stderr);
    assert_eq!(trial(&space)["expectations"][0]["value"], 5.0, "{}", trial(&space));
}
