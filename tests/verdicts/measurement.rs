//! Runs that measured nothing, runs cut short, runs whose load was not the one that was asked for.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::page_server::PageServer;
use crate::scene::{GET, Scene, rate};
use crate::space::{Said, Space, wait_for};

#[track_caller]
fn expect_invalid(scene: &Scene, reason: &str) {
    let said = scene.build().expect_code(100);
    assert!(said.stderr.contains(&format!("invalid: {reason}")), "{reason} is missing in:\n{}", said.stderr);
    assert_eq!(scene.verdict().0, "invalid");
}

#[test]
fn a_run_without_a_whole_iteration_is_invalid() {
    let options = "[test.k6.scenarios.load]\nexecutor = \"constant-vus\"\nvus = 1\nduration = \"1s\"\n\
                   gracefulStop = \"0s\"\n";
    expect_invalid(&Scene::new("sleep(60);", "", options), "no iterations");
}

#[test]
fn a_run_all_of_whose_requests_failed_is_invalid() {
    // Nobody listens there: the example target is the only one of this workspace, on two other ports.
    let scene = Scene::new("http.get('http://127.0.0.1:1/');", "", "vus = 1\niterations = 3");
    expect_invalid(&scene, "all 3 requests failed");
}

#[test]
fn a_run_all_of_whose_checks_failed_is_invalid() {
    let body = format!("check({}, {{ 'never': () => false }});", GET.trim_end_matches(';'));
    expect_invalid(&Scene::new(&body, "", "vus = 1\niterations = 4"), "all 4 checks failed");
}

#[test]
fn a_run_that_throws_in_every_iteration_is_invalid() {
    let body = format!("{GET} throw new Error('always');");
    expect_invalid(&Scene::new(&body, "", "vus = 1\niterations = 5"), "an exception in every iteration");
}

#[test]
fn a_run_of_which_some_of_all_that_fails_is_valid() {
    let body = format!(
        "if (__ITER == 0) {{ http.get('http://127.0.0.1:1/'); check(0, {{ 'some': () => false }}); throw new Error('once'); }} \
         {GET} check(0, {{ 'some': () => true }});"
    );
    let scene = Scene::new(&body, "", "vus = 1\niterations = 50");
    scene.build().expect_code(0);
    assert_eq!(scene.verdict(), ("passed".to_owned(), String::new()));
}

#[test]
fn a_run_that_throws_in_many_iterations_and_not_in_all_is_suspect() {
    let body = format!("{GET} if (__ITER % 2) throw new Error('often');");
    let scene = Scene::new(&body, "", "vus = 1\niterations = 10");
    scene.build().expect_code(0);
    assert_eq!(scene.verdict(), ("suspect".to_owned(), "5 of 10 iterations threw an exception".to_owned()));
}

#[test]
fn a_run_that_a_threshold_stops_is_aborted_and_one_whose_threshold_holds_is_not() {
    let options = |limit: &str| {
        format!(
            "vus = 1\nduration = \"20s\"\n[[test.k6.thresholds.iterations]]\nthreshold = \"{limit}\"\nabortOnFail = true\n"
        )
    };
    let scene = Scene::new("sleep(0.05);", "", &options("count<3"));
    let said = scene.build().expect_code(99);
    assert!(said.stderr.contains("aborted: iterations count<3"), "{}", said.stderr);
    assert_eq!(scene.verdict().0, "aborted");
    let short = options("count<1000").replace("20s", "1s");
    let scene = Scene::new("sleep(0.05);", "", &short);
    scene.build().expect_code(0);
    assert_eq!(scene.verdict(), ("passed".to_owned(), String::new()));
}

/// The k6 of this workspace that runs a test.
fn running_k6(space: &Space) -> Option<Pid> {
    let root = space.path("").canonicalize().expect("exists");
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let folder = std::fs::read_link(entry.path().join("cwd")).unwrap_or_default();
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let words: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
        let is_k6 = words.first().is_some_and(|program| program.ends_with(b"k6"));
        if folder.starts_with(&root) && is_k6 && words.get(1) == Some(&&b"run"[..]) {
            return Pid::from_raw(entry.file_name().to_str()?.parse().ok()?);
        }
    }
    None
}

/// Whether the target has answered a request of the load by now.
fn is_loaded(space: &Space) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", space.http)) else { return false };
    let mut page = String::new();
    let asked = stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    asked.and_then(|()| stream.read_to_string(&mut page)).is_ok() && page.contains("ServerMetadata")
}

/// A load at an arrival rate whose k6 is frozen past its end, like on a machine that sleeps.
fn build_with_a_frozen_k6(scene: &Scene) -> Said {
    let child = scene.space.spawn(&["build", "http", "--force"]);
    wait_for(|| is_loaded(&scene.space));
    let k6 = running_k6(&scene.space).expect("it runs");
    kill_process(k6, Signal::STOP).expect("it runs");
    std::thread::sleep(Duration::from_secs(5));
    kill_process(k6, Signal::CONT).expect("it is there");
    Said::of(child.wait_with_output().expect("ends")).expect_code(0)
}

#[test]
fn an_arrival_rate_that_was_not_reached_is_told_and_one_that_was_is_not() {
    let scene = Scene::new(GET, "", &rate(60, 4, 40));
    // When k6 wakes, its end and its next iteration are both due, and it takes whichever it sees first: either it
    // ends at once, or it catches up and drops what finds no free virtual user. Both are told, the first is meant here.
    let is_told = (0..8).any(|_| {
        let said = build_with_a_frozen_k6(&scene).stderr;
        let is_short =
            said.contains("suspect: arrival rate not reached: ") && said.contains(" of 240 iterations");
        assert!(is_short || said.contains(" dropped"), "{said}");
        is_short
    });
    assert!(is_told, "k6 caught up each time");

    let said = scene.space.run(&["build", "http", "--rerun", "suspect"]).expect_code(0);
    assert_eq!(said.runs().len(), 1, "{}", said.stderr);
    assert!(!scene.verdict().1.contains("not reached"), "{}", said.stderr);
}

#[test]
fn an_aborted_trial_is_in_no_statistics_over_trials() {
    let page = PageServer::start("200 OK", "here");
    let body = format!("{GET} away.add(http.get('http://{}/').status !== 200); sleep(0.15);", page.address);
    let limit = "[[test.k6.thresholds.away]]\nthreshold = \"rate<0.5\"\nabortOnFail = true\n";
    let scene = Scene::new(&body, "repeat = 2", &format!("vus = 1\niterations = 30\n{limit}"));
    scene.space.edit(
        "k6_templates/test.js",
        "export default",
        "const away = new Rate('away');\nexport default",
    );
    scene.build().expect_code(0);
    let over = || {
        let results = scene.results();
        let all = results["over_trials"].as_array().expect("over trials").clone();
        let of = all.iter().find(|one| one["metric"] == "iterations" && one["statistic"] == "count");
        of.map(|one| (one["trials"].clone(), one["mean"].clone()))
    };
    assert_eq!(over(), Some((2.into(), 30.into())));
    drop(page);
    scene.space.edit("suites/http.toml", "repeat = 2", "repeat = 3");
    let said = scene.build().expect_code(99);
    assert!(said.runs().len() == 1 && said.stderr.contains("aborted: away rate<0.5"), "{}", said.stderr);
    assert_eq!(over(), Some((2.into(), 30.into())));
    assert!(scene.text().contains("over 2 trials, without 1 aborted\n"), "{}", scene.text());
}
